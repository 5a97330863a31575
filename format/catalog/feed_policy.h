// SPDX-License-Identifier: Apache-2.0
// What a feed says beside its documents: which payload files it carries, and which updates its publisher approved.
// Both are part of a generation, at both ends: a change of them makes a new one, and undo brings the earlier ones back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/catalog/decisions.h"
#include "format/catalog/feeds.h"
#include "format/catalog/selection.h"

namespace ferry::format {

// Which files of its members a feed carries.
struct ContentPolicy {
  std::string kind = "none";                                // none, eula, approved, all
  std::vector<std::string> languages;                       // short names; "*" or none = all
  UpstreamApprovals upstream = UpstreamApprovals::suggest;  // what approvals of followed feeds are worth in an own one
};

// As they stand in a manifest: lower case, ascending, each once, "*" alone.
[[nodiscard]] std::vector<std::string> canonical_languages(const std::vector<std::string>& languages);

// Of the current generation.
[[nodiscard]] ContentPolicy feed_policy(Catalog& catalog, const Feed& feed);
// Ascending.
[[nodiscard]] std::vector<UpdateId> feed_approvals(Catalog& catalog, const Feed& feed);

// Approvals that travel with an own feed as it stands: the effective ones of this point on its members. Ascending.
[[nodiscard]] std::vector<UpdateId> approvals_to_carry(Catalog& catalog, const Feed& feed, UpstreamApprovals upstream);

// From generation `number` on, which must be recorded, or 0. REQUIRES: a transaction.
void set_feed_policy(Catalog& catalog, const Feed& feed, std::uint64_t number, const ContentPolicy& policy,
                     const std::vector<UpdateId>& approvals);
// Takes back what set_feed_policy() did for generation `undone`, when the feed is back at `previous`.
void restore_feed_policy(Catalog& catalog, const Feed& feed, std::uint64_t previous, std::uint64_t undone);

}  // namespace ferry::format
