// SPDX-License-Identifier: Apache-2.0
// Forgets old generations of the feeds, and the documents that only they held. Current generations stay as they are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"
#include "format/catalog/feeds.h"

namespace ferry::format {

// What a person wants kept of each feed. A generation goes when it is beyond both limits.
struct RetainPolicy {
  std::uint64_t generations = 64;  // the newest so many stay; at least 1
  std::uint64_t days = 0;          // and those made within so many days; 0: only the number decides
};

// What a feed loses.
struct PrunedFeed {
  Feed feed;
  std::uint64_t oldest = 0;               // generation that is the oldest one afterwards
  std::uint64_t generations = 0;          // rows that go
  std::uint64_t members = 0;              // intervals that ended before the oldest one
  std::vector<std::string> undo_is_lost;  // bundles whose import could be undone until now, newest first
};

struct PruneResult {
  std::vector<PrunedFeed> feeds;  // all of the point, also those that lose nothing
  std::uint64_t revisions = 0;
  std::uint64_t documents = 0;
  std::uint64_t document_bytes = 0;  // as published

  [[nodiscard]] bool any() const;
};

// References are not checked row by row while this lives, since finding what refers to a row would read whole
// tables for each; prune() checks all of them at its end. REQUIRES: no transaction, when it begins and when it ends.
class UncheckedReferences {
 public:
  explicit UncheckedReferences(Database& database);
  ~UncheckedReferences();
  UncheckedReferences(const UncheckedReferences&) = delete;
  UncheckedReferences& operator=(const UncheckedReferences&) = delete;

 private:
  Database& database_;
};

// Removes member intervals that ended before the oldest kept generation, generations older than it, and the
// documents that are neither members at a kept generation nor offered by a source, with their index. An exporting
// point keeps the newest revision of every SDP, since its number must not be given again. REQUIRES: a transaction
// within an UncheckedReferences. Throws IoError when a reference would lead nowhere.
PruneResult prune(Catalog& catalog, const RetainPolicy& policy, Time now);

// The generation below which a prune removed the history of the feed; 0 where none did.
[[nodiscard]] std::uint64_t pruned_below(Catalog& catalog, const Feed& feed);
// Where that is noted.
[[nodiscard]] std::string pruned_key(const Feed& feed);

}  // namespace ferry::format
