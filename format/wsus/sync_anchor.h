// SPDX-License-Identifier: Apache-2.0
// Anchors that this server gives to downstream servers: which generation of each served feed they have seen. They hold
// as long as the catalog has that generation in that state, whichever server of the same feeds is asked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/catalog/serving.h"

namespace ferry::format::wsus {

// "f1/<lineage>-<generation>-<state>", once for each feed, with dots between; lineage and state cut to 12 digits.
[[nodiscard]] std::string sync_anchor(const std::vector<ServedFeed>& feeds);

enum class AnchorTrouble {
  malformed,  // no anchor of an update server
  foreign,    // of another server, or of a state that this catalog is not in any more: start from nothing
};
// Sets the base of each feed, 0 for one that the anchor does not name. Gives what is wrong, and then leaves bases
// alone.
[[nodiscard]] std::optional<AnchorTrouble> apply_anchor(Catalog& catalog, std::string_view anchor,
                                                        std::vector<ServedFeed>& feeds);

}  // namespace ferry::format::wsus
