// SPDX-License-Identifier: Apache-2.0
// libcurl for the two kinds of transfers of exporter/http.h; nobody else includes it.
#pragma once

#include <curl/curl.h>

#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "exporter/http.h"

namespace ferry::exporter::internal {

void start_libcurl();
// Throws Error that names `what` unless the code is CURLE_OK.
void require_set(CURLcode code, std::string_view what);
template <typename T>
void set_option(CURL* easy, CURLoption option, T value) {
  require_set(curl_easy_setopt(easy, option, value), fmt::format("option {} of libcurl", static_cast<int>(option)));
}
// What every transfer has; `authority_pem` must outlive the handle's use.
void set_common_options(CURL* easy, const HttpOptions& options, std::string& authority_pem);
// As libcurl takes it; empty where it is no URL.
[[nodiscard]] std::string encoded_url(const std::string& text);
// The authorities of the system and those of the file: libcurl takes one set in place of the other.
[[nodiscard]] std::string authorities(const std::filesystem::path& file);
void require_proxy(const std::string& proxy);  // throws UsageError
// What may be otherwise in a minute.
[[nodiscard]] bool is_temporary(CURLcode code, long status);

}  // namespace ferry::exporter::internal
