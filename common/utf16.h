// SPDX-License-Identifier: Apache-2.0
// UTF-16, in which WSUS keeps its texts, to and from UTF-8, strictly: no character is ever changed or replaced.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/stream.h"

namespace ferry {

// The length of UTF-8 text in UTF-16 code units. REQUIRES: is_utf8(text).
[[nodiscard]] std::uint64_t utf16_units(std::string_view text) noexcept;

// Little-endian, no byte order mark. REQUIRES: is_utf8(text).
[[nodiscard]] std::string utf16le_of_utf8(std::string_view text);

// Throws FormatError for an odd number of bytes and for a surrogate without its other half.
[[nodiscard]] std::string utf8_of_utf16le(std::string_view bytes);

// Text of any of these encodings as UTF-8: UTF-8, UTF-16LE and UTF-16BE, each with a byte order mark, which is left out;
// without one, two bytes of which one is NUL tell UTF-16, and anything else is taken for UTF-8.
class Utf8Source final : public Source {
 public:
  // `bytes` must outlive the object.
  explicit Utf8Source(Source& bytes) : bytes_(bytes) {}
  // Throws what `bytes` throws, and FormatError for UTF-16 that is none. UTF-8 is passed on unchecked.
  [[nodiscard]] std::size_t read(std::span<char> buffer) override;

 private:
  enum class Encoding { unknown, utf8, utf16le, utf16be };
  void detect();
  bool fill();  // false at the end

  Source& bytes_;
  Encoding encoding_ = Encoding::unknown;
  std::string pending_;  // read and not decoded yet
  std::string ready_;    // UTF-8
  std::size_t given_ = 0;
  bool at_end_ = false;
};

}  // namespace ferry
