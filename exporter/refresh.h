// SPDX-License-Identifier: Apache-2.0
// Brings feeds in step with what the point holds and with what point.toml says: a feed that changed gets a
// new generation, also when only its content policy, its languages or the approvals that travel with it changed; one
// that did not is left alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/json.h"
#include "format/catalog/feeds.h"
#include "format/catalog/selection.h"
#include "format/point.h"

namespace ferry::exporter {

struct FeedRefresh {
  format::Feed feed;  // as it stands now
  bool has_new_generation = false;
  bool has_new_policy = false;  // other payload files, languages or approvals; a new generation, once it has any
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  format::SelectionResult selection;  // of the evaluation, if there was one
};

// Needs a transaction around it. Feeds of point.toml that the catalog does not know are created. A feed of
// which nothing changed is only evaluated, to learn what it lacks, when `always` is set.
[[nodiscard]] std::vector<FeedRefresh> refresh_feeds(format::Catalog& catalog, const format::PointConfig& config,
                                                     Time now, std::string_view cause, bool always);

// A line about the feed's new generation.
[[nodiscard]] std::string describe(const FeedRefresh& refresh);
// What the log keeps of it.
[[nodiscard]] Json feed_event(const FeedRefresh& refresh);

// What is wrong with a feed, one line each: wishes that match nothing, references that nothing satisfies.
[[nodiscard]] std::vector<std::string> warnings(format::Catalog& catalog, const FeedRefresh& refresh);

}  // namespace ferry::exporter
