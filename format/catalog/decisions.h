// SPDX-License-Identifier: Apache-2.0
// What people of this point decided about updates. No merge touches it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "format/catalog/catalog.h"
#include "format/update.h"

namespace ferry::format {

struct Decision {
  enum class Action { approve, decline };
  UpdateId update;
  Action action = Action::approve;
  std::string note;
  std::string by;  // who
  Time at;
};
[[nodiscard]] std::string_view name_of(Decision::Action action);

// In place of an earlier one on the same update.
void decide_update(Catalog& catalog, const Decision& decision);

}  // namespace ferry::format
