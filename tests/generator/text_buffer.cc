// SPDX-License-Identifier: Apache-2.0
#include "tests/generator/text_buffer.h"

#include <charconv>

#include "tests/generator/random.h"

namespace ferry::tests {

namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

Guid Guid::from_key(std::uint64_t key) {
  Random random(key);
  const std::uint64_t high = (random.next() & ~0xf000ULL) | 0x4000ULL;  // version 4
  const std::uint64_t low = (random.next() >> 2U) | (1ULL << 63U);      // variant 10
  Guid guid;
  std::size_t at = 0;
  for (unsigned nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) guid.text_[at++] = '-';
    const std::uint64_t word = nibble < 16 ? high : low;
    guid.text_[at++] = lower_digits[(word >> (60U - 4U * (nibble % 16U))) & 0xfU];
  }
  return guid;
}

Guid Guid::from_text(std::string_view text) {
  Guid guid;
  text.copy(guid.text_.data(), guid.text_.size());
  return guid;
}

std::string Guid::upper_case() const {
  std::string text(view());
  for (char& letter : text) {
    if (letter >= 'a' && letter <= 'f') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return text;
}

void TextBuffer::add_pattern(std::string_view text, std::string_view value) {
  for (std::size_t mark = text.find('%'); mark != std::string_view::npos; mark = text.find('%')) {
    *this << text.substr(0, mark) << value;
    text.remove_prefix(mark + 1);
  }
  *this << text;
}

void TextBuffer::add_hex(std::uint64_t value, unsigned digits, bool upper_case) {
  const std::string_view alphabet = upper_case ? upper_digits : lower_digits;
  for (unsigned left = digits; left > 0; --left) {
    text_.push_back(alphabet[(value >> (4U * (left - 1U))) & 0xfU]);
  }
}

void TextBuffer::add_padded(std::uint32_t value, unsigned digits) {
  std::array<char, 10> text{};
  unsigned count = 0;
  do {
    text[count++] = static_cast<char>('0' + value % 10U);
    value /= 10U;
  } while (value > 0);
  for (unsigned filled = count; filled < digits; ++filled) text_.push_back('0');
  while (count > 0) text_.push_back(text[--count]);
}

void TextBuffer::add_digest(std::uint64_t key, std::size_t bytes) {
  Random random(key);
  // Three bytes make four digits; a rest of one or two bytes is padded as base64 wants it.
  while (bytes > 0) {
    const std::size_t taken = bytes < 3 ? bytes : 3;
    std::uint64_t word = random.next() >> 40U;
    if (taken == 1) word &= 0xff0000U;
    if (taken == 2) word &= 0xffff00U;
    std::array<char, 4> digits{};
    for (unsigned index = 0; index < 4; ++index) {
      digits[index] = index <= taken ? base64_digits[(word >> (18U - 6U * index)) & 0x3fU] : '=';
    }
    text_.append(digits.data(), digits.size());
    bytes -= taken;
  }
}

void TextBuffer::add_number(std::uint64_t number) {
  std::array<char, 20> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
  text_.append(text.data(), end.ptr);
}

}  // namespace ferry::tests
