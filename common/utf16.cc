// SPDX-License-Identifier: Apache-2.0
#include "common/utf16.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"

namespace ferry {
namespace {

void append_code_point(std::string& text, std::uint32_t point) {
  const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0U | (point >> 6U));
    put(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    put(0xE0U | (point >> 12U));
    put(0x80U | ((point >> 6U) & 0x3FU));
    put(0x80U | (point & 0x3FU));
  } else {
    put(0xF0U | (point >> 18U));
    put(0x80U | ((point >> 12U) & 0x3FU));
    put(0x80U | ((point >> 6U) & 0x3FU));
    put(0x80U | (point & 0x3FU));
  }
}

std::uint32_t code_unit(std::string_view bytes, std::size_t at, bool is_big) {
  const auto first = static_cast<unsigned char>(bytes[at]);
  const auto second = static_cast<unsigned char>(bytes[at + 1]);
  return is_big ? (std::uint32_t{first} << 8U) | second : (std::uint32_t{second} << 8U) | first;
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// Decodes whole characters and says how many bytes they had: fewer than all where the last one is not complete.
std::size_t decode_units(std::string_view bytes, bool is_big, std::string& text) {
  std::size_t at = 0;
  while (at + 2 <= bytes.size()) {
    const std::uint32_t unit = code_unit(bytes, at, is_big);
    if (is_low_surrogate(unit)) throw FormatError("UTF-16 text has half a character, a low surrogate by itself");
    if (!is_high_surrogate(unit)) {
      append_code_point(text, unit);
      at += 2;
      continue;
    }
    if (at + 4 > bytes.size()) break;
    const std::uint32_t low = code_unit(bytes, at + 2, is_big);
    if (!is_low_surrogate(low)) throw FormatError("UTF-16 text has half a character, a high surrogate by itself");
    append_code_point(text, 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00));
    at += 4;
  }
  return at;
}

}  // namespace

std::uint64_t utf16_units(std::string_view text) noexcept {
  std::uint64_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xC0U) != 0x80U ? 1U : 0U;
    units += byte >= 0xF0U ? 1U : 0U;
  }
  return units;
}

std::string utf16le_of_utf8(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 2);
  const auto put = [&bytes](std::uint32_t unit) {
    bytes += static_cast<char>(static_cast<unsigned char>(unit & 0xFFU));
    bytes += static_cast<char>(static_cast<unsigned char>(unit >> 8U));
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i)
      point = (point << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
    at += length;
    if (point < 0x10000) {
      put(point);
    } else {
      put(0xD800 + ((point - 0x10000) >> 10U));
      put(0xDC00 + ((point - 0x10000) & 0x3FFU));
    }
  }
  return bytes;
}

std::string utf8_of_utf16le(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  if (decode_units(bytes, false, text) != bytes.size())
    throw FormatError(fmt::format("UTF-16 text of {} bytes ends in the middle of a character", bytes.size()));
  return text;
}

void Utf8Source::detect() {
  char first[4];
  while (pending_.size() < 3 && !at_end_) {
    const std::size_t got = bytes_.read(first);
    at_end_ = got == 0;
    pending_.append(first, got);
  }
  encoding_ = Encoding::utf8;
  if (pending_.starts_with("\xEF\xBB\xBF")) {
    pending_.erase(0, 3);
  } else if (pending_.starts_with("\xFF\xFE") || pending_.starts_with("\xFE\xFF")) {
    encoding_ = pending_[0] == '\xFF' ? Encoding::utf16le : Encoding::utf16be;
    pending_.erase(0, 2);
  } else if (pending_.size() >= 2 && (pending_[0] == '\0') != (pending_[1] == '\0')) {
    encoding_ = pending_[1] == '\0' ? Encoding::utf16le : Encoding::utf16be;
  }
}

bool Utf8Source::fill() {
  constexpr std::size_t step = 64 * 1024;
  ready_.clear();
  given_ = 0;
  if (encoding_ == Encoding::utf8) {
    ready_.swap(pending_);
  }
  while (ready_.empty() && !at_end_) {
    const std::size_t old = pending_.size();
    pending_.resize(old + step);
    const std::size_t got = bytes_.read(std::span<char>(pending_).subspan(old));
    pending_.resize(old + got);
    at_end_ = got == 0;
    if (encoding_ == Encoding::utf8) {
      ready_.swap(pending_);
    } else {
      pending_.erase(0, decode_units(pending_, encoding_ == Encoding::utf16be, ready_));
    }
  }
  if (ready_.empty() && !pending_.empty()) {
    pending_.erase(0, decode_units(pending_, encoding_ == Encoding::utf16be, ready_));
    if (ready_.empty()) throw FormatError("UTF-16 text ends in the middle of a character");
  }
  return !ready_.empty();
}

std::size_t Utf8Source::read(std::span<char> buffer) {
  if (encoding_ == Encoding::unknown) detect();
  if (given_ == ready_.size() && !fill()) return 0;
  const std::size_t count = std::min(buffer.size(), ready_.size() - given_);
  std::copy_n(ready_.data() + given_, count, buffer.data());
  given_ += count;
  return count;
}

}  // namespace ferry
