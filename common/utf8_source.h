// SPDX-License-Identifier: Apache-2.0
// A stream of text whose encoding nobody says, as UTF-8.
#pragma once

#include <string>

#include "common/stream.h"

namespace ferry {

// Knows UTF-8, UTF-16LE and UTF-16BE, each with a byte order mark, which is left out; without one, two bytes of which
// one is NUL tell UTF-16, and anything else is taken for UTF-8. No character is changed or replaced.
class Utf8Source final : public Source {
 public:
  // `bytes` must outlive the object.
  explicit Utf8Source(Source& bytes) : bytes_(bytes) {}
  // Throws what `bytes` throws, and FormatError (exit 1) for UTF-16 that is none. UTF-8 is passed on unchecked.
  [[nodiscard]] std::size_t read(std::span<char> buffer) override;

 private:
  enum class Encoding { unknown, utf8, utf16le, utf16be };
  void detect();
  bool fill();  // false at the end
  void decode();

  Source& bytes_;
  Encoding encoding_ = Encoding::unknown;
  std::string pending_;  // read and not decoded yet
  std::string ready_;    // UTF-8
  std::size_t given_ = 0;
  bool at_end_ = false;
};

}  // namespace ferry
