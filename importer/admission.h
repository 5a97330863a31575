// SPDX-License-Identifier: Apache-2.0
// May this bundle enter? The policy steps between a verified manifest and the merge; each throws the error
// that scripts know by its exit code. FORMAT.md, "Verification procedure".
#pragma once

#include <optional>
#include <string>

#include "format/catalog/feeds.h"
#include "format/trust.h"

namespace ferry::importer {

// What the operator said about refusals that may be overridden. None of it touches signatures.
struct Overrides {
  bool dates = false;  // take a bundle that is too old, from the future or older than the last one
  bool jump = false;   // take a bundle that leads unusually many generations on
};

// The bundle must be for this site, or for every site where the trust file allows that. Throws StateError (13).
void check_recipient(const format::Manifest& manifest, const std::string& site, const format::TrustFile& trust);

// Where the site stands with a feed; generation 0 and the empty state when it never had any.
struct Position {
  std::uint64_t generation = 0;
  Digest state;
  std::uint64_t epoch = 0;
  std::optional<Digest> at_target = {};  // state of the bundle's target generation, where the site was there once
};

// A full bundle of a higher epoch takes a feed back to the start, whatever its generation.
[[nodiscard]] bool restarts(const format::Manifest& manifest, const Position& position);

// The bundle must lead on from where the site stands. Digests decide, generations only order. Throws
// StateError: 14 when the site has it already, 10 when a base is missing (naming the bundle that brings it),
// 13 when the feed's history is not the one that the site has; TrustError (11) for a jump that only a stolen
// key would make.
void check_position(const format::Manifest& manifest, const Position& position, const Overrides& overrides);

// A feed that this point follows, found by lineage; nothing for a feed that is new here. Throws StateError
// (13) when a feed of that name has another lineage.
[[nodiscard]] std::optional<format::Feed> find_followed_feed(format::Catalog& catalog,
                                                             const format::Manifest& manifest);

}  // namespace ferry::importer
