// SPDX-License-Identifier: Apache-2.0
// What a client has of a file already, and whether it is still the same: entity tags and dates of HTTP (RFC 9110).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"

namespace ferry {

// "Sun, 29 Nov 2026 13:31:28 GMT".
[[nodiscard]] std::string http_date(Time time);
// Exactly that form; nothing for the two that nobody has sent for decades, and for all else.
[[nodiscard]] std::optional<Time> parse_http_date(std::string_view text);

// By what a client recognises a file. Another content has another tag.
struct HttpValidators {
  std::string tag;  // with its quotation marks: "\"3fa1c2\""; empty: none
  std::optional<Time> modified;
};

// The value of a request header, which is untrusted.
using HttpHeaderLookup = std::function<std::optional<std::string>(const char* name)>;

// Does the client say that it has this very file? Then 304 is the answer.
[[nodiscard]] bool has_same_file(const HttpHeaderLookup& header, const HttpValidators& file);
// May a range of it be sent, as far as the client makes that depend on what it has of it?
[[nodiscard]] bool may_send_range(const HttpHeaderLookup& header, const HttpValidators& file);

}  // namespace ferry
