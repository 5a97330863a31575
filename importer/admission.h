// SPDX-License-Identifier: Apache-2.0
// May this bundle enter? The policy steps between a verified manifest and the merge; each throws the error
// that scripts know by its exit code. FORMAT.md, "Verification procedure".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "format/catalog/feeds.h"
#include "format/trust.h"
#include "format/volume.h"

namespace ferry::importer {

// The trust files that came along must be the installed ones. Throws TrustError (11).
void check_trust_files(const format::VolumeFront& front, const std::vector<std::string>& installed);

// The bundle must be for this site, or for every site. Throws StateError (13).
void check_recipient(const format::Manifest& manifest, const std::string& site);

// Where the site stands with a feed; generation 0 and the empty state when it never had any.
struct Position {
  std::uint64_t generation = 0;
  Digest state;
};

// The bundle must lead on from where the site stands. Digests decide, generations only order. Throws
// StateError: 14 when the site has it already, 10 when a base is missing (naming the bundle that brings it),
// 13 when the feed's history is not the one that the site has.
void check_position(const format::Manifest& manifest, const Position& position);

// A feed that this point follows, found by lineage; nothing for a feed that is new here. Throws StateError
// (13) when a feed of that name has another lineage.
[[nodiscard]] std::optional<format::Feed> find_followed_feed(format::Catalog& catalog,
                                                             const format::Manifest& manifest);

}  // namespace ferry::importer
