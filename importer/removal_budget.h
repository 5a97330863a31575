// SPDX-License-Identifier: Apache-2.0
// A bundle that takes away much of what a site holds is more often a mistake upstream (a source that was read half, a
// feed that was narrowed) than a wish, and its signature does not tell the two apart: so a person is asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/catalog/feeds.h"

namespace ferry::importer {

// What a feed holds before a bundle is merged. Lives around the merge, within its transaction.
class RemovalBudget {
 public:
  // `followed`: the feed as it is; nothing for one that is new here. `restarts`: a new epoch is about to forget its
  // members, so they are noted now, or nobody could tell later which of them left.
  RemovalBudget(format::Catalog& catalog, const std::optional<format::Feed>& followed, bool restarts);

  // Adds the updates that left through a new epoch, which the merge cannot see. REQUIRES: the merge is done.
  void add_forgotten(std::vector<format::UpdateChange>& changes);

  // Updates that leave entirely, against `max_percent` of those held before; what is wrong and what to do, or nothing.
  // Fewer than ten never stop a bundle. `again` is the command that would be run again, without the option.
  [[nodiscard]] std::optional<std::string> exceeded(const std::vector<format::UpdateChange>& changes,
                                                    std::uint64_t max_percent, const std::string& bundle,
                                                    const std::string& again) const;

 private:
  format::Catalog& catalog_;
  std::string feed_;
  std::int64_t feed_id_ = 0;
  std::uint64_t held_ = 0;  // updates
  bool restarts_ = false;
};

}  // namespace ferry::importer
