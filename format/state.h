// SPDX-License-Identifier: Apache-2.0
// The state digest: one SHA-256 that names a set of (identity, document digest). Equal digest = equal set.
// FORMAT.md, "State digest". A tree of fixed shape (65,536 buckets, 256 groups, one root), so that a change
// of n members costs n buckets, whatever the size of the set.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "format/update.h"

namespace ferry::format {

struct StateEntry {
  RevisionId id;
  Digest document;
  auto operator<=>(const StateEntry&) const = default;
};

inline constexpr std::size_t state_buckets = 65536;
inline constexpr std::size_t state_groups = 256;

// All revisions of one update share a bucket.
[[nodiscard]] std::uint16_t state_bucket(const UpdateId& update);

// REQUIRES: entries are in order and of one bucket. All zeros for none.
[[nodiscard]] Digest bucket_digest(std::span<const StateEntry> entries);
// Of the 256 buckets whose number has the group's number as its high byte. All zeros when all are.
[[nodiscard]] Digest group_digest(const std::array<Digest, 256>& buckets);
[[nodiscard]] Digest root_digest(const std::array<Digest, state_groups>& groups);

// The whole computation in memory, for tests and small sets. Entries in any order, without repeats.
[[nodiscard]] Digest state_digest(std::vector<StateEntry> entries);

// Of the empty set: what a site holds before its first bundle, generation 0.
[[nodiscard]] Digest empty_state();

}  // namespace ferry::format
