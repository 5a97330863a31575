// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server, plain or with TLS: a few threads, every wait and every size bounded.
//
// What comes in is hostile: it reaches the handler only within the limits, whole, from a client on the list. The
// handler runs in the server's threads, several at once. What it throws becomes an answer of status 500 without a
// word about the reason.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/file.h"
#include "common/http_conditions.h"
#include "common/net_address.h"

namespace ferry {

struct HttpRequest {
  std::string method;  // "GET", "HEAD", "POST", "PUT"; as sent
  std::string path;    // from the first slash to the "?", percent signs decoded; untrusted
  std::string body;
  NetAddress client;
  // The value of a request header; letter case of the name does not matter.
  HttpHeaderLookup header;
};

// A regular file to send; the server answers a range of it where the client asks for one, and 304 where the client has
// the file already.
struct HttpFile {
  FileDescriptor fd;
  std::uint64_t size = 0;
  HttpValidators validators = {};
};

struct HttpAnswer {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;              // of an answer without a file
  std::optional<HttpFile> file;  // instead of `body`; with status 200
  std::string allow;             // header Allow, of a 405

  [[nodiscard]] static HttpAnswer plain(unsigned status, std::string_view text) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = std::string(text) + "\n";
    return answer;
  }
};

using HttpHandler = std::function<HttpAnswer(const HttpRequest&)>;

// What was answered, when its last byte is sent or its client is gone.
struct HttpLogEntry {
  NetAddress client;
  std::string method;  // untrusted, like the path
  std::string path;
  unsigned status = 0;  // 0: the request was given up before there was an answer
  std::uint64_t bytes = 0;
  std::int64_t milliseconds = 0;
  bool is_complete = false;  // the client took all of it
};

struct HttpLimits {
  std::uint64_t max_body_bytes = 1024ULL * 1024;
  unsigned max_connections = 128;
  unsigned max_connections_per_client = 64;
  unsigned idle_seconds = 60;      // without a byte in either direction
  unsigned request_seconds = 120;  // for a request's body to come in
  // A longer answer waits in a file without a name, in the directory for temporary files, until its client took it.
  std::uint64_t max_answer_in_memory = 1024ULL * 1024;
  // Of bodies of requests and of shorter answers together; beyond, clients get 503 and the time to come again.
  std::uint64_t max_held_bytes = 96ULL * 1024 * 1024;
  unsigned threads = 2;
};

struct HttpServerOptions {
  Endpoint listen;
  std::string tls_certificate;  // PEM, with its chain; empty: no TLS
  std::string tls_key;          // PEM
  ClientList clients;
  HttpLimits limits;
  std::function<void(const HttpLogEntry&)> log;  // must not throw; several threads call it
};

class HttpServer {
 public:
  // Listens from here on. Throws UsageError, IoError; then nothing listens.
  HttpServer(HttpServerOptions options, HttpHandler handler);
  // Stops as stop() does.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const noexcept;  // with the real port

  // Takes no new connection, lets answers that are under way end, but no longer than this, and ends.
  void stop(unsigned patience_seconds) noexcept;

  struct State;  // for the callbacks of the library alone

 private:
  std::unique_ptr<State> state_;
};

// The first and last byte that a Range header asks of a file; nothing where the whole file is to be sent (no range,
// more than one, another unit, not understood).
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool is_satisfiable = true;
};
[[nodiscard]] std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size) noexcept;

}  // namespace ferry
