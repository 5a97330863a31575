// SPDX-License-Identifier: Apache-2.0
// Files over http and https, several at a time, each gone on with where it ends; and messages. No other protocol, no
// cookies, no netrc; certificates are always checked. URLs and answers are untrusted.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ferry::exporter {

struct HttpOptions {
  std::optional<std::string> proxy;     // http, https or socks URL; empty text: none; nothing: as the environment says
  std::filesystem::path ca;             // PEM, believed besides the authorities of the system; may be empty
  std::vector<std::string> only_hosts;  // lower case; none: any host
  std::uint64_t limit_rate = 0;         // bytes a second, of all transfers together; 0: no limit
};

// Why a URL is not followed; nothing where it is: http or https, and a host that may be asked.
[[nodiscard]] std::optional<std::string> url_problem(const std::string& url,
                                                     const std::vector<std::string>& only_hosts);
// Without user, password, query and fragment, which may be secrets; empty where it is no URL.
[[nodiscard]] std::string public_url(const std::string& url);
// That in quotes, for messages.
[[nodiscard]] std::string shown_url(const std::string& url);

struct HttpRequest {
  std::size_t id = 0;  // the caller's; of one request at a time
  std::string url;
  std::filesystem::path path;  // the bytes are put behind what it holds; it is made where it is missing
  std::uint64_t size = 0;      // of the whole file; more is refused as soon as it shows
};

struct HttpResult {
  enum class Outcome {
    done,       // the answer is complete; whether it is the right file is not known
    temporary,  // the same again may succeed, and goes on where this ended
    wrong,      // another file than the one that was asked for
    refused,
  };
  std::size_t id = 0;
  Outcome outcome = Outcome::done;
  std::string error;                   // fit for terminals; empty when done
  bool was_continued = false;          // some of the bytes were there before
  std::chrono::seconds retry_after{};  // what the server asks for; 0: nothing
};

class HttpClient {
 public:
  // `progress` is told the length that a request's file has now. Throws UsageError, NotFoundError or TrustError when
  // an option is of no use.
  HttpClient(const HttpOptions& options, std::function<void(std::size_t id, std::uint64_t length)> progress);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // REQUIRES: the file at `path` is shorter than `size`, or missing.
  void start(const HttpRequest& request);
  [[nodiscard]] std::size_t active() const noexcept;
  // Works until a request ends, at most so long; gives those that ended. Throws IoError when bytes cannot be written:
  // then only the destructor may be called, and the files keep what they have.
  [[nodiscard]] std::vector<HttpResult> wait(std::chrono::milliseconds at_most);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct HttpAnswer {
  long status = 0;  // of a complete answer; 0 when there is none
  std::string body;
  std::string error;                   // fit for terminals; empty when there is an answer, whatever its status
  bool is_too_long = false;            // that is the error
  bool is_temporary = false;           // the same again may succeed
  std::chrono::seconds retry_after{};  // what the server asks for; 0: nothing
};

// Messages to a server and its answers, one after the other, held in memory. Redirections are answers like others.
class HttpPoster {
 public:
  // `answer_within`: so long one answer may take in all. Throws what HttpClient's constructor throws.
  HttpPoster(const HttpOptions& options, std::chrono::seconds answer_within);
  ~HttpPoster();
  HttpPoster(const HttpPoster&) = delete;
  HttpPoster& operator=(const HttpPoster&) = delete;

  // An answer of more than `max_bytes` is an error as soon as it shows. `headers`: whole lines.
  [[nodiscard]] HttpAnswer post(const std::string& url, const std::vector<std::string>& headers,
                                const std::string& body, std::uint64_t max_bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ferry::exporter
