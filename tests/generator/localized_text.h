// SPDX-License-Identifier: Apache-2.0
//
// The sentences of a user-visible update in the languages that an update server knows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ferry::tests {

// In the texts '%' stands for the name of the product.
struct LocalizedText {
  std::string_view language;  // short name
  std::uint32_t lcid;
  bool in_categories;  // one of the languages that category documents are written in
  std::string_view security_title;
  std::string_view title;
  std::string_view description;
  std::string_view uninstall_notes;
};

// Sorted by language.
std::span<const LocalizedText> localized_texts();

}  // namespace ferry::tests
