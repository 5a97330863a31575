// SPDX-License-Identifier: Apache-2.0
// Bytes as text: hexadecimal and base64, strict in reading.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ferry {

[[nodiscard]] std::string to_hex(std::string_view bytes);  // lower case
// Nothing for an odd length or any other character; both cases are read.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

[[nodiscard]] std::string to_base64(std::string_view bytes);  // padded, one line
// Nothing unless the text is exactly what to_base64() writes, white space around and inside excepted.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

// Proquints: each two bytes as a pronounceable word of five letters, joined by dashes; for reading aloud
// (Wilkerson, "A Proposal for Proquints", 2009). REQUIRES: an even number of bytes.
[[nodiscard]] std::string to_proquints(std::string_view bytes);
// Nothing unless the text is exactly what to_proquints() writes.
[[nodiscard]] std::optional<std::string> from_proquints(std::string_view text);

// UTF-16, little endian, without a byte order mark: one that is there is a character like any other.
// Nothing for an odd number of bytes or half of a surrogate pair.
[[nodiscard]] std::optional<std::string> utf8_from_utf16le(std::string_view bytes);
// REQUIRES: is_utf8(text).
[[nodiscard]] std::string utf16le_from_utf8(std::string_view text);
[[nodiscard]] std::size_t utf16_size(std::string_view text) noexcept;  // of that, in bytes

}  // namespace ferry
