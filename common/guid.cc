// SPDX-License-Identifier: Apache-2.0
#include "common/guid.h"

#include <openssl/rand.h>

#include <algorithm>

#include "common/encoding.h"
#include "common/error.h"
#include "common/hash.h"

namespace ferry {

std::optional<Guid> Guid::parse(std::string_view text) {
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() != 36) return {};
  std::string digits;
  digits.reserve(32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash_place = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash_place != (text[i] == '-')) return {};
    if (!is_dash_place) digits += text[i];
  }
  const auto bytes = from_hex(digits);
  return bytes ? from_bytes(*bytes) : std::nullopt;
}

std::optional<Guid> Guid::from_bytes(std::string_view bytes) {
  Guid guid;
  if (bytes.size() != guid.value.size()) return {};
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(guid.value.data()));
  return guid;
}

Guid Guid::random() {
  Guid guid;
  if (RAND_bytes(guid.value.data(), static_cast<int>(guid.value.size())) != 1)
    throw Error("OpenSSL gave no random bytes");
  guid.value[6] = static_cast<unsigned char>((guid.value[6] & 0x0FU) | 0x40U);
  guid.value[8] = static_cast<unsigned char>((guid.value[8] & 0x3FU) | 0x80U);
  return guid;
}

Guid Guid::from_name(const Guid& name_space, std::string_view name) {
  std::string input(name_space.bytes());
  input.append(name);
  Guid guid = *from_bytes(std::string_view(sha1(input)).substr(0, 16));
  guid.value[6] = static_cast<unsigned char>((guid.value[6] & 0x0FU) | 0x50U);
  guid.value[8] = static_cast<unsigned char>((guid.value[8] & 0x3FU) | 0x80U);
  return guid;
}

std::string Guid::text() const {
  std::string text = to_hex(bytes());
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, "-");
  return text;
}

}  // namespace ferry
