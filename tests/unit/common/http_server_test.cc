// SPDX-License-Identifier: Apache-2.0
// The server's own limits and answers, asked over a socket; tests/e2e/serve.sh asks a whole one.
#include "common/http_server.h"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>

#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

// Sends bytes as they are and gives all that comes back until the server closes.
std::string exchange_with(const HttpServer& server, const std::string& sent) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.endpoint().port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "no connection";
  static_cast<void>(::send(socket.get(), sent.data(), sent.size(), MSG_NOSIGNAL));
  std::string all;
  std::string part(65536, '\0');
  for (ssize_t size = 0; (size = ::read(socket.get(), part.data(), part.size())) > 0;)
    all.append(part.data(), static_cast<std::size_t>(size));
  return all;
}

std::string request(const std::string& method, const std::string& path, const std::string& more = "",
                    const std::string& body = "") {
  return method + " " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" + more +
         (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body;
}

std::string first_line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

HttpServerOptions on_loopback() {
  HttpServerOptions options;
  options.listen = Endpoint::parse("127.0.0.1:0", "test");
  return options;
}

}  // namespace

TEST_CASE("a handler gets the request whole and its answer goes out whole", "[common][http]") {
  const std::string large(3'000'000, 'x');  // more than is kept in memory
  HttpServer server(on_loopback(), [&large](const HttpRequest& got) {
    if (got.path == "/large") return HttpAnswer::plain(200, large);
    return HttpAnswer::plain(404, got.method + " " + got.path + " " + got.body + " " +
                                      got.header("x-more").value_or("none") + " " + got.client.text());
  });
  const std::string answer = exchange_with(server, request("POST", "/a%20b?q", "X-More: yes\r\n", "the body"));
  CHECK(first_line(answer) == "HTTP/1.1 404 Not Found");
  CHECK(body_of(answer) == "POST /a b the body yes 127.0.0.1\n");
  CHECK(contains(answer, "X-Content-Type-Options: nosniff\r\n"));
  CHECK(body_of(exchange_with(server, request("GET", "/large"))) == large + "\n");
  CHECK(body_of(exchange_with(server, request("HEAD", "/large"))).empty());
}

TEST_CASE("a handler that throws is a 500 that tells nothing", "[common][http]") {
  HttpServer server(on_loopback(), [](const HttpRequest&) -> HttpAnswer { throw IoError("the secret path /etc/x"); });
  const std::string answer = exchange_with(server, request("GET", "/"));
  CHECK(first_line(answer) == "HTTP/1.1 500 Internal Server Error");
  CHECK_FALSE(contains(answer, "secret"));
}

TEST_CASE("bodies and answers are bounded", "[common][http]") {
  HttpServerOptions options = on_loopback();
  options.limits.max_body_bytes = 1000;
  options.limits.max_held_bytes = 5000;
  HttpServer server(std::move(options), [](const HttpRequest& got) {
    return HttpAnswer::plain(200, std::string(got.path == "/long" ? 9000 : 10, 'y'));
  });
  CHECK(first_line(exchange_with(server, request("POST", "/", "", std::string(1000, 'z')))) == "HTTP/1.1 200 OK");
  CHECK(contains(first_line(exchange_with(server, request("POST", "/", "", std::string(1001, 'z')))), " 413 "));
  CHECK(contains(first_line(exchange_with(server, request("POST", "/", "Content-Length: -1\r\n"))), " 4"));
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n" + std::string("7d1\r\n") + std::string(2001, 'z');
  CHECK(exchange_with(server, "POST / HTTP/1.1\r\nHost: here\r\n" + chunked).empty());
  const std::string refused = exchange_with(server, request("GET", "/long"));
  CHECK(contains(first_line(refused), " 503 "));
  CHECK(contains(refused, "Retry-After: "));
  // What was held is let go: it goes on as before.
  for (int i = 0; i < 20; ++i)
    CHECK(first_line(exchange_with(server, request("POST", "/", "", std::string(900, 'z')))) == "HTTP/1.1 200 OK");
}

TEST_CASE("who is not on the list gets no answer, and what was answered is told", "[common][http]") {
  HttpServerOptions options = on_loopback();
  options.clients = ClientList({"192.0.2.0/24"}, "test");
  HttpServer closed(std::move(options), [](const HttpRequest&) { return HttpAnswer::plain(200, "hello"); });
  CHECK(exchange_with(closed, request("GET", "/")).empty());

  std::mutex mutex;
  std::vector<std::string> log;
  options = on_loopback();
  options.log = [&](const HttpLogEntry& entry) {
    const std::lock_guard<std::mutex> lock(mutex);
    log.push_back(entry.method + " " + entry.path + " " + std::to_string(entry.status) + " " +
                  std::to_string(entry.bytes));
  };
  HttpServer open(std::move(options), [](const HttpRequest&) { return HttpAnswer::plain(200, "hello"); });
  static_cast<void>(exchange_with(open, request("GET", "/x")));
  open.stop(5);
  CHECK(log == std::vector<std::string>{"GET /x 200 6"});
  CHECK(exchange_with(open, request("GET", "/x")) == "no connection");
}

TEST_CASE("a file is sent in ranges", "[common][http]") {
  const Scratch scratch;
  write(scratch / "file", "0123456789");
  HttpServer server(on_loopback(), [&scratch](const HttpRequest&) {
    HttpAnswer answer;
    answer.type = "application/octet-stream";
    answer.file = HttpFile{FileDescriptor(::open((scratch / "file").c_str(), O_RDONLY | O_CLOEXEC)), 10};
    return answer;
  });
  CHECK(body_of(exchange_with(server, request("GET", "/"))) == "0123456789");
  const std::string part = exchange_with(server, request("GET", "/", "Range: bytes=3-5\r\n"));
  CHECK(first_line(part) == "HTTP/1.1 206 Partial Content");
  CHECK(contains(part, "Content-Range: bytes 3-5/10\r\n"));
  CHECK(body_of(part) == "345");
  const std::string beyond = exchange_with(server, request("GET", "/", "Range: bytes=10-\r\n"));
  CHECK(contains(first_line(beyond), " 416 "));
  CHECK(contains(beyond, "Content-Range: bytes */10\r\n"));
  const std::string head = exchange_with(server, request("HEAD", "/"));
  CHECK(contains(head, "Content-Length: 10\r\n"));
  CHECK(contains(head, "Accept-Ranges: bytes\r\n"));
}

TEST_CASE("a file that the client has is not sent again", "[common][http]") {
  const Scratch scratch;
  write(scratch / "file", "0123456789");
  HttpServer server(on_loopback(), [&scratch](const HttpRequest&) {
    HttpAnswer answer;
    FileDescriptor fd(::open((scratch / "file").c_str(), O_RDONLY | O_CLOEXEC));
    answer.file = HttpFile{std::move(fd), 10, {"\"a1\"", Time{0}}};
    return answer;
  });
  for (const char* had : {"If-None-Match: \"a1\"\r\n", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n"}) {
    const std::string same = exchange_with(server, request("GET", "/", had));
    CHECK(first_line(same) == "HTTP/1.1 304 Not Modified");
    CHECK(contains(same, "ETag: \"a1\"\r\n"));
    CHECK(body_of(same).empty());
  }
  const std::string other = exchange_with(server, request("GET", "/", "If-None-Match: \"a2\"\r\n"));
  CHECK(first_line(other) == "HTTP/1.1 200 OK");
  CHECK(contains(other, "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
  CHECK(body_of(other) == "0123456789");
  const std::string range = "Range: bytes=3-5\r\n";
  CHECK(body_of(exchange_with(server, request("GET", "/", range + "If-Range: \"a1\"\r\n"))) == "345");
  const std::string changed = exchange_with(server, request("GET", "/", range + "If-Range: \"a0\"\r\n"));
  CHECK(first_line(changed) == "HTTP/1.1 200 OK");
  CHECK(body_of(changed) == "0123456789");
}

TEST_CASE("a certificate that is none, and a port that is taken, are refused with the reason", "[common][http]") {
  HttpServerOptions options = on_loopback();
  options.tls_certificate = "junk";
  options.tls_key = "junk";
  const auto handler = [](const HttpRequest&) { return HttpAnswer::plain(200, ""); };
  CHECK(code_of([&] { const HttpServer server(std::move(options), handler); }) == ExitCode::failed);
  const HttpServer first(on_loopback(), handler);
  HttpServerOptions same = on_loopback();
  same.listen = first.endpoint();
  CHECK(contains(message_of([&] { const HttpServer second(std::move(same), handler); }),
                 "another program uses the port"));
}
