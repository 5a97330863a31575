// SPDX-License-Identifier: Apache-2.0
// Which update should be seen, and travel, before another: security and critical ones first, among them by the
// severity that their publisher gives, then the newest.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "format/update.h"

namespace ferry::format {

struct Importance {
  bool is_security = false;  // of the classification Security Updates or Critical Updates
  int severity = 0;          // 4 critical, 3 important, 2 moderate, 1 low, 0 none or another word
  std::string created;       // as the document says it; ISO 8601, so text order is time order
  auto operator<=>(const Importance&) const = default;
};

[[nodiscard]] bool is_security_classification(const UpdateId& category);
[[nodiscard]] int severity_rank(std::string_view severity);
[[nodiscard]] Importance importance_of(const Update& update);

}  // namespace ferry::format
