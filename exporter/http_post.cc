// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <exception>

#include <fmt/format.h>

#include "common/error.h"
#include "common/handle.h"
#include "common/text.h"
#include "exporter/http.h"
#include "exporter/internal/curl.h"

namespace ferry::exporter {
namespace {

using HeaderList = Handle<curl_slist, &curl_slist_free_all>;

struct PostedAnswer {
  std::string body;
  std::uint64_t max_bytes = 0;
  bool is_too_long = false;
  std::exception_ptr failure;
};

std::size_t on_answer(char* bytes, std::size_t one, std::size_t count, void* user) {
  PostedAnswer& answer = *static_cast<PostedAnswer*>(user);
  answer.is_too_long = one * count > answer.max_bytes - answer.body.size();
  if (answer.is_too_long) return CURL_WRITEFUNC_ERROR;
  try {
    answer.body.append(bytes, one * count);
  } catch (...) {
    answer.failure = std::current_exception();  // no exception may cross libcurl
    return CURL_WRITEFUNC_ERROR;
  }
  return one * count;
}

}  // namespace

struct HttpPoster::State {
  HttpOptions options;
  std::chrono::seconds answer_within;
  std::string authorities;
  Handle<CURL, &curl_easy_cleanup> easy;
};

HttpPoster::HttpPoster(const HttpOptions& options, std::chrono::seconds answer_within)
    : state_(std::make_unique<State>()) {
  internal::start_libcurl();
  state_->options = options;
  state_->answer_within = answer_within;
  if (options.proxy) internal::require_proxy(*options.proxy);
  if (!options.ca.empty()) state_->authorities = internal::authorities(options.ca);
  state_->easy.reset(curl_easy_init());
  if (!state_->easy) throw std::bad_alloc();
}

HttpPoster::~HttpPoster() = default;

HttpAnswer HttpPoster::post(const std::string& url, const std::vector<std::string>& headers, const std::string& body,
                            std::uint64_t max_bytes) {
  CURL* easy = state_->easy.get();
  curl_easy_reset(easy);  // the connection stays
  internal::set_common_options(easy, state_->options, state_->authorities);
  const auto set = [easy](CURLoption option, auto value) { internal::set_option(easy, option, value); };
  HeaderList list;
  for (const std::string& header : headers) {
    curl_slist* longer = curl_slist_append(list.get(), header.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  }
  PostedAnswer answer;
  answer.max_bytes = max_bytes;
  std::array<char, CURL_ERROR_SIZE> message{};
  set(CURLOPT_URL, internal::encoded_url(url).c_str());
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  set(CURLOPT_POSTFIELDS, body.data());
  set(CURLOPT_HTTPHEADER, list.get());
  set(CURLOPT_TIMEOUT, static_cast<long>(state_->answer_within.count()));
  set(CURLOPT_ERRORBUFFER, message.data());
  set(CURLOPT_WRITEFUNCTION, &on_answer);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
  const CURLcode code = curl_easy_perform(easy);
  if (answer.failure) std::rethrow_exception(answer.failure);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  HttpAnswer result;
  curl_off_t wait = 0;
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait);
  result.retry_after = std::chrono::seconds(wait);
  if (answer.is_too_long) {
    result.is_too_long = true;
    result.error = fmt::format("{} answers with more than {} bytes", shown_url(url), max_bytes);
  } else if (code != CURLE_OK) {
    result.is_temporary = internal::is_temporary(code, 0);
    result.error = fmt::format("{}: {}", shown_url(url),
                               for_terminal(message.front() != '\0' ? message.data() : curl_easy_strerror(code)));
  } else {
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &result.status);
    result.is_temporary = internal::is_temporary(CURLE_HTTP_RETURNED_ERROR, result.status);
    result.body = std::move(answer.body);
  }
  return result;
}

}  // namespace ferry::exporter
