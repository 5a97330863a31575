// SPDX-License-Identifier: Apache-2.0
//
// The text of one document while it is made, and the two kinds of opaque token it is full of:
// GUIDs and base64 digests. Nothing is escaped here: all word lists are XML text already.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ferry::tests {

// A GUID in its text form, lower case, without braces.
class Guid {
 public:
  // The version 4 GUID that belongs to `key`.
  static Guid from_key(std::uint64_t key);
  // REQUIRES: `text` has 36 characters.
  static Guid from_text(std::string_view text);

  std::string_view view() const { return {text_.data(), text_.size()}; }
  std::string upper_case() const;

 private:
  std::array<char, 36> text_{};
};

class TextBuffer {
 public:
  void clear() { text_.clear(); }
  std::size_t size() const { return text_.size(); }
  std::string_view view() const { return text_; }

  // Appends a string, a GUID, or an unsigned integer in decimal. An operator, because its operands
  // are evaluated from left to right; with arguments of a function each compiler has its own order,
  // and draws from a Random among them would give other bytes.
  TextBuffer& operator<<(std::string_view text) {
    text_.append(text);
    return *this;
  }
  TextBuffer& operator<<(const Guid& guid) { return *this << guid.view(); }
  template <std::unsigned_integral Number>
  TextBuffer& operator<<(Number number) {
    add_number(number);
    return *this;
  }

  // Appends `text` with every '%' replaced by `value`.
  void add_pattern(std::string_view text, std::string_view value);

  // Appends `value` in `digits` hexadecimal digits.
  void add_hex(std::uint64_t value, unsigned digits, bool upper_case);

  // Appends `value` in decimal, with leading zeros up to `digits` digits.
  void add_padded(std::uint32_t value, unsigned digits);

  // Appends `bytes` pseudo-random bytes that belong to `key`, in base64: it looks like a digest.
  void add_digest(std::uint64_t key, std::size_t bytes);

 private:
  void add_number(std::uint64_t number);

  std::string text_;
};

}  // namespace ferry::tests
