// SPDX-License-Identifier: Apache-2.0
// The trust files of an exporting point: trust/trust-0001.xml with the signatures of later ones beside them,
// and in trust/draft/ a next version that still lacks signatures. FORMAT.md, "Trust file".
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "exporter/keys.h"
#include "format/point.h"
#include "format/trust_chain.h"

namespace ferry::exporter {

// All of the point's, version 1 first. Throws NotFoundError before `trust init`, TrustError when they do not
// follow from each other.
[[nodiscard]] format::TrustChain load_chain(const format::Point& point);

// Writes version 1. Throws UsageError when there is a trust file already.
void install_first(const format::Point& point, const format::TrustFile& trust);

// The next version while it lacks signatures.
struct Draft {
  format::SignedTrust trust;
  format::RootSignatures signatures;
};
[[nodiscard]] std::optional<Draft> load_draft(const format::Point& point, const format::TrustChain& chain);

// Signs the next version with every root key in the store, the current root role's and its own; installs it
// when both thresholds are reached, else keeps it as the draft. Throws UsageError when there is a draft.
Draft propose(const format::Point& point, const format::TrustChain& chain, const format::TrustFile& next,
              const KeyStore& keys, Time now);
// Adds the signatures that the store can make to the draft, as propose() does. Throws NotFoundError.
Draft sign_draft(const format::Point& point, const format::TrustChain& chain, const KeyStore& keys, Time now);

// Signs a trust file that lies anywhere with every key that one of its own root keys, or of those of
// `current`, is; the signatures go beside it. Gives how many were made.
std::size_t sign_trust_file(const std::filesystem::path& file, const std::optional<format::TrustFile>& current,
                            const KeyStore& keys, Time now);

}  // namespace ferry::exporter
