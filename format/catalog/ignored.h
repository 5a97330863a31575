// SPDX-License-Identifier: Apache-2.0
// Products and classifications that no feed chooses, and those of them that people do not want to be told of.
#pragma once

#include <string>
#include <vector>

#include "common/clock.h"
#include "format/catalog/catalog.h"
#include "format/catalog/selection.h"

namespace ferry::format {

// A product or classification that holds updates here and that none of the feeds chooses.
struct UnchosenCategory {
  UpdateId id;
  CategoryType type = CategoryType::none;
  std::string name;
  std::string first_seen;
  std::uint64_t updates = 0;
};
// Those that are ignored left out.
[[nodiscard]] std::vector<UnchosenCategory> unchosen_categories(Catalog& catalog,
                                                                const std::vector<FeedDefinition>& feeds);

// Goes by the id: a new name does not bring it back.
struct IgnoredCategory {
  UpdateId id;
  CategoryType type = CategoryType::none;  // none, and no name, where the catalog knows it no more
  std::string name;
  std::string by;
  Time at;
};
[[nodiscard]] std::vector<IgnoredCategory> ignored_categories(Catalog& catalog);
// False where that was so already. Both need a transaction.
bool ignore_category(Catalog& catalog, const UpdateId& id, const std::string& by, Time now);
bool heed_category(Catalog& catalog, const UpdateId& id);

}  // namespace ferry::format
