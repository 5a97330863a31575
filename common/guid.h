// SPDX-License-Identifier: Apache-2.0
// A GUID as 16 bytes in the order in which it is written, so that order and text agree.
#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace ferry {

struct Guid {
  std::array<unsigned char, 16> value{};

  // 8-4-4-4-12 hexadecimal digits in either case, with or without braces around; nothing otherwise.
  [[nodiscard]] static std::optional<Guid> parse(std::string_view text);
  [[nodiscard]] static std::optional<Guid> from_bytes(std::string_view bytes);
  // Random, version 4 (RFC 4122 section 4.4).
  [[nodiscard]] static Guid random();
  // Name-based, version 5 (RFC 4122 section 4.3): the same name always gives the same GUID.
  [[nodiscard]] static Guid from_name(const Guid& name_space, std::string_view name);

  [[nodiscard]] std::string text() const;  // lower case, no braces
  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(value.data()), value.size()};
  }

  auto operator<=>(const Guid&) const = default;
};

}  // namespace ferry
