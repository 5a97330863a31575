// SPDX-License-Identifier: Apache-2.0
#include "format/importance.h"

#include <algorithm>
#include <array>

#include "common/text.h"

namespace ferry::format {
namespace {

// "2026-11-10T17:00:00Z"; a publisher may write anything there.
constexpr std::size_t max_created_bytes = 32;

}  // namespace

bool is_security_classification(const UpdateId& category) {
  const auto title = known_classification_title(category);
  return title == "Security Updates" || title == "Critical Updates";
}

int severity_rank(std::string_view severity) {
  constexpr std::array<std::string_view, 5> ranks{"none", "low", "moderate", "important", "critical"};
  for (std::size_t rank = 1; rank < ranks.size(); ++rank) {
    if (equal_ignoring_case(severity, ranks[rank])) return static_cast<int>(rank);
  }
  return 0;
}

Importance importance_of(const Update& update) {
  const std::vector<UpdateId> categories = update.categories();
  return {std::any_of(categories.begin(), categories.end(), is_security_classification), severity_rank(update.severity),
          update.created.substr(0, max_created_bytes)};
}

}  // namespace ferry::format
