// SPDX-License-Identifier: Apache-2.0
// Does what was imported stand in one chain? FORMAT.md, "Chain".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/catalog/chain.h"

namespace ferry::importer {

struct ChainAudit {
  format::Feed feed;
  std::uint64_t imports = 0;                 // that were proved: signed manifest, place in the chain
  std::uint64_t unproved = 0;                // made before manifests were kept
  format::ChainHead head;                    // newest bundle that was taken
  std::vector<format::KnownLink> links;      // all that signed manifests told
  std::vector<format::KnownLink> not_taken;  // named by later ones, and never imported here: lost, or passed over
  std::vector<std::string> breaks;           // inserted, dropped, changed or issued twice; empty: the chain holds
};

// Of every followed feed. Reads each kept manifest again, and holds its digest, its signatures under the trust file of
// that time, and its place against what the log says and what every other manifest told.
[[nodiscard]] std::vector<ChainAudit> audit_chains(format::Catalog& catalog);

}  // namespace ferry::importer
