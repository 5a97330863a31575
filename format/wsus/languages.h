// SPDX-License-Identifier: Apache-2.0
// The languages that update servers know, by number (LCID), short and long name (WSUS-FORMATS c.5).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ferry::format::wsus {

struct KnownLanguage {
  std::uint32_t id = 0;
  std::string_view short_name;
  std::string_view long_name;
};
inline constexpr std::uint32_t all_languages = 0;  // stands for all of them; the first of the list

// Ascending by number.
[[nodiscard]] std::span<const KnownLanguage> known_languages() noexcept;

}  // namespace ferry::format::wsus
