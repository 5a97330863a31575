// SPDX-License-Identifier: Apache-2.0
#include "exporter/http.h"

#include <algorithm>
#include <array>
#include <exception>
#include <map>

#include <fmt/format.h>

#include "common/certificate.h"
#include "common/error.h"
#include "common/file.h"
#include "common/handle.h"
#include "common/text.h"
#include "exporter/internal/curl.h"
#include "format/version.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;
using Outcome = HttpResult::Outcome;

constexpr const char* protocols = "http,https";
constexpr unsigned max_redirects = 5;
constexpr long connect_seconds = 30;
constexpr long low_speed_bytes = 1;  // a second, for so long:
constexpr long low_speed_seconds = 60;
constexpr long buffer_bytes = 128L * 1024;
constexpr std::chrono::milliseconds paused_poll{20};
constexpr std::uint64_t max_ignored_bytes = 1024ULL * 1024;
constexpr std::uint64_t max_ca_bytes = 16ULL * 1024 * 1024;

using Url = Handle<CURLU, &curl_url_cleanup>;
using Text = Handle<char, &curl_free>;

// Publishers write spaces and letters beyond ASCII; both are taken and encoded.
constexpr unsigned url_flags = CURLU_ALLOW_SPACE | CURLU_URLENCODE;

// Nothing where it is no URL with a host.
Url parse_url(const std::string& text, unsigned flags) {
  Url url(curl_url());
  if (!url) throw std::bad_alloc();
  if (text.find('\0') != std::string::npos || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), flags) != CURLUE_OK)
    return {};
  return url;
}

std::string part(const Url& url, CURLUPart what) {
  char* text = nullptr;
  if (curl_url_get(url.get(), what, &text, url_flags) != CURLUE_OK) return {};
  return Text(text).get();
}

// A rate that all transfers keep together, over any second or longer. libcurl 7.88 does not keep its own limit
// (CURLOPT_MAX_RECV_SPEED_LARGE) in the first seconds of a transfer.
struct RateLimit {
  std::uint64_t rate = 0;  // bytes a second; 0: no limit
  std::uint64_t taken = 0;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

  [[nodiscard]] bool allows_more() {
    if (rate == 0) return true;
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    const auto allowed = static_cast<std::uint64_t>(passed.count() * static_cast<double>(rate));
    if (allowed > rate) taken = std::max(taken, allowed - rate);  // what was not used is not saved up
    return taken <= allowed;
  }
};

struct Transfer {
  HttpRequest request;
  std::string url;  // where redirects have led to
  unsigned redirects = 0;
  std::uint64_t offset = 0;  // where it went on
  std::uint64_t length = 0;
  std::optional<PlainFile> file;
  std::array<char, CURL_ERROR_SIZE> message{};
  Handle<CURL, &curl_easy_cleanup> easy;
  const std::function<void(std::size_t, std::uint64_t)>* progress = nullptr;
  RateLimit* limit = nullptr;
  bool is_paused = false;  // until the limit allows more
  bool is_judged = false;
  bool is_too_long = false;
  bool is_unusable = false;  // neither a whole file nor the part that was asked for
  std::uint64_t ignored_bytes = 0;
  std::exception_ptr failure;

  [[nodiscard]] long status() const {
    long code = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }

  // The answer is the part that was asked for: "bytes 1000-1999/2000".
  [[nodiscard]] bool is_continuation() const {
    curl_header* header = nullptr;
    return offset > 0 && status() == 206 &&
           curl_easy_header(easy.get(), "Content-Range", 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
           std::string_view(header->value).starts_with(fmt::format("bytes {}-", offset));
  }

  void begin_anew() {
    file.reset();
    std::error_code ignored;
    fs::remove(request.path, ignored);
    offset = 0;
    length = 0;
    file.emplace(request.path, 0);
  }

  // Looks at the answer's head, before its first byte is taken.
  void judge() {
    is_judged = true;
    if (status() == 200 && offset > 0) begin_anew();  // a server that cannot go on at a place sends the whole file
    is_unusable = offset > 0 ? !is_continuation() : status() != 200;
    curl_off_t announced = -1;
    curl_easy_getinfo(easy.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    is_too_long = announced > 0 && static_cast<std::uint64_t>(announced) > request.size - offset;
  }

  void write(std::string_view bytes) {
    if (status() / 100 == 3) {  // words about a redirection
      ignored_bytes += bytes.size();
      is_unusable = ignored_bytes > max_ignored_bytes;
      return;
    }
    if (!is_judged) judge();
    is_too_long = is_too_long || bytes.size() > request.size - length;
    if (is_unusable || is_too_long) return;
    file->write(bytes);
    length += bytes.size();
    if (*progress) (*progress)(request.id, length);
  }
};

std::size_t on_bytes(char* bytes, std::size_t one, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  if (!transfer.limit->allows_more()) {
    transfer.is_paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  transfer.limit->taken += one * count;
  try {
    transfer.write({bytes, one * count});
  } catch (...) {
    transfer.failure = std::current_exception();  // no exception may cross libcurl
  }
  return transfer.failure || transfer.is_too_long || transfer.is_unusable ? CURL_WRITEFUNC_ERROR : one * count;
}

}  // namespace

struct HttpClient::State {
  HttpOptions options;
  std::function<void(std::size_t, std::uint64_t)> progress;
  std::string authorities;  // empty: those of the system
  Handle<CURLM, &curl_multi_cleanup> multi;
  RateLimit limit;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers;

  void begin(Transfer& transfer);
  [[nodiscard]] bool resume_paused();  // as far as the limit allows; true when some still wait
  // Nothing when it goes on: somewhere else, or from its beginning.
  std::optional<HttpResult> end(Transfer& transfer, CURLcode code);
};

namespace internal {

void start_libcurl() {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  require_set(global, "up libcurl");
}

void require_set(CURLcode code, std::string_view what) {
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK) throw Error(fmt::format("cannot set {}: {}", what, curl_easy_strerror(code)));
}

std::string authorities(const fs::path& file) {
  const std::string own = read_file(file, max_ca_bytes);
  try {
    static_cast<void>(Certificate::all_from_pem(own));
  } catch (Error& error) {
    error.add_context("authorities in " + quote(file.native()));
    throw;
  }
  const curl_version_info_data* version = curl_version_info(CURLVERSION_NOW);
  const char* bundle = version->cainfo;
  if (bundle == nullptr || !file_exists(bundle)) return own;
  return read_file(bundle, max_ca_bytes) + "\n" + own;
}

void require_proxy(const std::string& proxy) {
  if (proxy.empty()) return;
  const Url url = parse_url(proxy, CURLU_NON_SUPPORT_SCHEME | CURLU_DEFAULT_SCHEME);
  static constexpr std::array<std::string_view, 6> known{"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
  if (!url || std::find(known.begin(), known.end(), part(url, CURLUPART_SCHEME)) == known.end())
    throw UsageError(
        fmt::format("proxy: {} is no proxy; expected a URL such as http://proxy.example:3128", shown_url(proxy)));
}

bool is_temporary(CURLcode code, long status) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    case CURLE_HTTP_RETURNED_ERROR:
      return status >= 500 || status == 408 || status == 429;
    default:
      return false;
  }
}

void set_common_options(CURL* easy, const HttpOptions& options, std::string& authority_pem) {
  const auto set = [easy](CURLoption option, auto value) { set_option(easy, option, value); };
  set(CURLOPT_PROTOCOLS_STR, protocols);
  set(CURLOPT_FOLLOWLOCATION, 0L);  // each step is looked at first
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CONNECTTIMEOUT, connect_seconds);
  set(CURLOPT_BUFFERSIZE, buffer_bytes);
  set(CURLOPT_USERAGENT, "ferry-export/" FERRY_VERSION);
  if (options.proxy) {
    set(CURLOPT_PROXY, options.proxy->c_str());
    set(CURLOPT_NOPROXY, "");  // what is asked for holds for every host, whatever the environment says
  }
  if (!authority_pem.empty()) {
    curl_blob blob{authority_pem.data(), authority_pem.size(), CURL_BLOB_NOCOPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
  }
}

std::string encoded_url(const std::string& text) {
  const Url url = parse_url(text, url_flags);
  return url ? part(url, CURLUPART_URL) : "";
}

}  // namespace internal

std::optional<std::string> url_problem(const std::string& url, const std::vector<std::string>& only_hosts) {
  const Url parsed = parse_url(url, url_flags | CURLU_NON_SUPPORT_SCHEME);
  if (!parsed) return "that is not a URL";
  const std::string scheme = part(parsed, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return fmt::format("has the scheme {}; expected http or https", quote(scheme));
  const std::string host = to_lower(part(parsed, CURLUPART_HOST));
  if (host.empty()) return "names no host";
  if (!only_hosts.empty() && std::find(only_hosts.begin(), only_hosts.end(), host) == only_hosts.end())
    return fmt::format("names the host {}, which is none of --only-hosts", quote(host));
  return {};
}

std::string public_url(const std::string& url) {
  const Url parsed = parse_url(url, url_flags | CURLU_NON_SUPPORT_SCHEME);
  if (!parsed) return {};
  for (const CURLUPart secret : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_FRAGMENT})
    curl_url_set(parsed.get(), secret, nullptr, 0);
  const bool has_query = !part(parsed, CURLUPART_QUERY).empty();
  curl_url_set(parsed.get(), CURLUPART_QUERY, nullptr, 0);
  return part(parsed, CURLUPART_URL) + (has_query ? "?…" : "");
}

std::string shown_url(const std::string& url) {
  const std::string text = public_url(url);
  return text.empty() ? "a place" : quote(text);
}

HttpClient::HttpClient(const HttpOptions& options, std::function<void(std::size_t, std::uint64_t)> progress)
    : state_(std::make_unique<State>()) {
  internal::start_libcurl();
  state_->options = options;
  state_->limit.rate = options.limit_rate;
  state_->progress = std::move(progress);
  if (options.proxy) internal::require_proxy(*options.proxy);
  if (!options.ca.empty()) state_->authorities = internal::authorities(options.ca);
  state_->multi.reset(curl_multi_init());
  if (!state_->multi) throw std::bad_alloc();
}

HttpClient::~HttpClient() {
  for (const auto& [easy, transfer] : state_->transfers) curl_multi_remove_handle(state_->multi.get(), easy);
}

void HttpClient::start(const HttpRequest& request) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = request;
  transfer->url = request.url;
  transfer->progress = &state_->progress;
  transfer->limit = &state_->limit;
  transfer->easy.reset(curl_easy_init());
  if (!transfer->easy) throw std::bad_alloc();
  CURL* easy = transfer->easy.get();
  Transfer& started = *state_->transfers.emplace(easy, std::move(transfer)).first->second;
  state_->begin(started);
}

std::size_t HttpClient::active() const noexcept { return state_->transfers.size(); }

void HttpClient::State::begin(Transfer& transfer) {
  std::error_code error;
  const std::uintmax_t there = fs::file_size(transfer.request.path, error);
  transfer.offset = error ? 0 : there;
  transfer.length = transfer.offset;
  transfer.file.emplace(transfer.request.path, transfer.offset);
  transfer.is_paused = transfer.is_judged = transfer.is_too_long = transfer.is_unusable = false;
  transfer.ignored_bytes = 0;
  CURL* easy = transfer.easy.get();
  curl_easy_reset(easy);
  internal::set_common_options(easy, options, authorities);
  const auto set = [easy](CURLoption option, auto value) { internal::set_option(easy, option, value); };
  set(CURLOPT_URL, internal::encoded_url(transfer.url).c_str());
  set(CURLOPT_REDIR_PROTOCOLS_STR, protocols);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_LOW_SPEED_LIMIT, low_speed_bytes);
  set(CURLOPT_LOW_SPEED_TIME, low_speed_seconds);
  set(CURLOPT_ERRORBUFFER, transfer.message.data());
  set(CURLOPT_WRITEFUNCTION, &on_bytes);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  // Not CURLOPT_RESUME_FROM_LARGE: that takes the words of a redirection for a server without ranges.
  if (transfer.offset > 0) set(CURLOPT_RANGE, fmt::format("{}-", transfer.offset).c_str());
  transfer.message.front() = '\0';
  if (curl_multi_add_handle(multi.get(), easy) != CURLM_OK) throw std::bad_alloc();
}

bool HttpClient::State::resume_paused() {
  bool is_any_paused = false;
  for (const auto& [easy, transfer] : transfers) {
    if (transfer->is_paused && limit.allows_more()) {
      transfer->is_paused = false;
      curl_easy_pause(easy, CURLPAUSE_CONT);  // may give bytes at once, and pause again
    }
    is_any_paused = is_any_paused || transfer->is_paused;
  }
  return is_any_paused;
}

std::optional<HttpResult> HttpClient::State::end(Transfer& transfer, CURLcode code) {
  if (transfer.failure) std::rethrow_exception(transfer.failure);
  transfer.file->close();
  const long status = transfer.status();
  HttpResult result;
  result.id = transfer.request.id;
  result.was_continued = transfer.offset > 0;
  const auto ended = [&](Outcome outcome, std::string error) {
    result.outcome = outcome;
    result.error = std::move(error);
    return result;
  };
  if (transfer.is_too_long)
    return ended(Outcome::wrong, fmt::format("{} sends more than the {} bytes of the file", shown_url(transfer.url),
                                             transfer.request.size));
  // No such place there, or another one than was asked for: the whole file, then.
  if (transfer.offset > 0 && (status == 416 || (transfer.is_unusable && status == 206))) {
    transfer.begin_anew();
    begin(transfer);
    return {};
  }
  if (code == CURLE_OK && status / 100 == 3) {
    char* target = nullptr;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_REDIRECT_URL, &target);
    if (target == nullptr) return ended(Outcome::refused, shown_url(transfer.url) + " redirects to nowhere");
    const std::string next = target;
    if (const auto problem = url_problem(next, options.only_hosts))
      return ended(Outcome::refused,
                   fmt::format("{} redirects to {}, which {}", shown_url(transfer.url), shown_url(next), *problem));
    if (++transfer.redirects > max_redirects)
      return ended(Outcome::refused,
                   fmt::format("{} redirects more than {} times", shown_url(transfer.request.url), max_redirects));
    transfer.url = next;
    begin(transfer);
    return {};
  }
  if (transfer.is_unusable || (code == CURLE_OK && status != 200 && status != 206))
    return ended(Outcome::refused, fmt::format("{} answers {}, without the file", shown_url(transfer.url), status));
  if (code == CURLE_OK) return result;
  curl_off_t wait = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RETRY_AFTER, &wait);
  result.retry_after = std::chrono::seconds(wait);
  const char* text = transfer.message.front() != '\0' ? transfer.message.data() : curl_easy_strerror(code);
  return ended(internal::is_temporary(code, status) ? Outcome::temporary : Outcome::refused,
               code == CURLE_HTTP_RETURNED_ERROR ? fmt::format("{} answers {}", shown_url(transfer.url), status)
                                                 : fmt::format("{}: {}", shown_url(transfer.url), for_terminal(text)));
}

std::vector<HttpResult> HttpClient::wait(std::chrono::milliseconds at_most) {
  CURLM* multi = state_->multi.get();
  std::vector<HttpResult> results;
  const auto collect = [&] {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;
      curl_multi_remove_handle(multi, easy);  // `message` is gone with it
      auto result = state_->end(*state_->transfers.at(easy), code);
      if (!result) continue;
      state_->transfers.erase(easy);
      results.push_back(std::move(*result));
    }
  };
  int running = 0;
  bool is_any_paused = state_->resume_paused();
  curl_multi_perform(multi, &running);
  collect();
  if (!results.empty()) return results;
  is_any_paused = state_->resume_paused() || is_any_paused;
  const auto pause = is_any_paused ? std::min(at_most, paused_poll) : at_most;
  curl_multi_poll(multi, nullptr, 0, static_cast<int>(pause.count()), nullptr);
  curl_multi_perform(multi, &running);
  collect();
  return results;
}

}  // namespace ferry::exporter
