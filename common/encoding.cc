// SPDX-License-Identifier: Apache-2.0
#include "common/encoding.h"

#include <openssl/evp.h>

#include <climits>
#include <cstdint>

namespace ferry {
namespace {

constexpr std::string_view consonants = "bdfghjklmnprstvz";
constexpr std::string_view vowels = "aiou";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::uint32_t utf16_unit(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]) | static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + 1])) << 8U;
}
bool is_high_surrogate(std::uint32_t unit) noexcept { return unit >= 0xD800U && unit < 0xDC00U; }
bool is_low_surrogate(std::uint32_t unit) noexcept { return unit >= 0xDC00U && unit < 0xE000U; }

void append_utf8(std::string& text, std::uint32_t point) {
  const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | (point >> shift & 0x3FU)); };
  if (point < 0x80U) {
    text += static_cast<char>(point);
  } else if (point < 0x800U) {
    text += static_cast<char>(0xC0U | point >> 6U);
    tail(0);
  } else if (point < 0x10000U) {
    text += static_cast<char>(0xE0U | point >> 12U);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0U | point >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::size_t utf8_length(unsigned char lead) noexcept {
  return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return {};
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return {};
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string packed;
  packed.reserve(text.size());
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') packed += c;
  }
  if (packed.size() % 4 != 0 || packed.size() > INT_MAX) return {};
  std::string bytes(packed.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(packed.data()), static_cast<int>(packed.size()));
  if (length < 0) return {};
  if (packed.ends_with("==")) {
    bytes.resize(bytes.size() - 2);
  } else if (packed.ends_with('=')) {
    bytes.resize(bytes.size() - 1);
  }
  // EVP_DecodeBlock takes padding in the middle and stray low bits; one form per value keeps digests unique.
  if (to_base64(bytes) != packed) return {};
  return bytes;
}

std::string to_proquints(std::string_view bytes) {
  std::string words;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const unsigned value =
        static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) << 8U | static_cast<unsigned char>(bytes[i + 1]);
    if (!words.empty()) words += '-';
    words += consonants[value >> 12U];
    words += vowels[value >> 10U & 3U];
    words += consonants[value >> 6U & 15U];
    words += vowels[value >> 4U & 3U];
    words += consonants[value & 15U];
  }
  return words;
}

std::optional<std::string> from_proquints(std::string_view text) {
  constexpr std::size_t word_and_dash = 6;
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); at += word_and_dash) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < word_and_dash - 1; ++i) {
      const std::string_view& letters = i % 2 == 0 ? consonants : vowels;
      const std::size_t letter = at + i < text.size() ? letters.find(text[at + i]) : std::string_view::npos;
      if (letter == std::string_view::npos) return {};
      value = value * letters.size() + letter;
    }
    bytes += static_cast<char>(value >> 8U);
    bytes += static_cast<char>(value & 0xFFU);
  }
  if (to_proquints(bytes) != text) return {};
  return bytes;
}

std::optional<std::string> utf8_from_utf16le(std::string_view bytes) {
  if (bytes.size() % 2 != 0) return {};
  std::string text;
  text.reserve(bytes.size() / 2 + bytes.size() / 8);
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    std::uint32_t point = utf16_unit(bytes, at);
    if (is_low_surrogate(point)) return {};
    if (is_high_surrogate(point)) {
      if (at + 4 > bytes.size() || !is_low_surrogate(utf16_unit(bytes, at + 2))) return {};
      at += 2;
      point = 0x10000U + ((point - 0xD800U) << 10U) + (utf16_unit(bytes, at) - 0xDC00U);
    }
    append_utf8(text, point);
  }
  return text;
}

std::string utf16le_from_utf8(std::string_view text) {
  std::string bytes;
  bytes.reserve(utf16_size(text));
  const auto append = [&bytes](std::uint32_t unit) {
    bytes += static_cast<char>(unit & 0xFFU);
    bytes += static_cast<char>(unit >> 8U);
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_length(lead);
    std::uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) point = point << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
    at += length;
    if (point >= 0x10000U) {
      append(0xD800U + ((point - 0x10000U) >> 10U));
      point = 0xDC00U + ((point - 0x10000U) & 0x3FFU);
    }
    append(point);
  }
  return bytes;
}

std::size_t utf16_size(std::string_view text) noexcept {
  std::size_t size = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) size += byte >= 0xF0U ? 4 : 2;
  }
  return size;
}

}  // namespace ferry
