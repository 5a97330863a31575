// SPDX-License-Identifier: Apache-2.0
#include "common/encoding.h"

#include <openssl/evp.h>

#include <climits>

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

}  // namespace ferry
