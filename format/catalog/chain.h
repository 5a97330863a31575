// SPDX-License-Identifier: Apache-2.0
// The chain of all bundles of a feed: what was issued here, and what signed manifests told of what was issued
// elsewhere. FORMAT.md, "Chain".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/catalog/catalog.h"
#include "format/catalog/feeds.h"
#include "format/manifest.h"

namespace ferry::format {

// The newest bundle of a feed: of an own feed, that was signed; of a followed one, that a manifest told of.
// Sequence 0 and zeros before the first.
struct ChainHead {
  std::uint64_t sequence = 0;
  Digest manifest;
  bool operator==(const ChainHead&) const = default;
};
[[nodiscard]] ChainHead issued_head(Catalog& catalog, const Feed& feed);
[[nodiscard]] ChainHead taken_head(Catalog& catalog, const Feed& feed);

// The next bundle of an own feed follows on this one. For what was signed, and for what a site shows that this point,
// restored from a backup, no longer knows of.
void set_issued_head(Catalog& catalog, std::int64_t feed, const ChainHead& head);

// The first eight bytes of a manifest's digest as words, to compare by voice.
[[nodiscard]] std::string chain_fingerprint(const Digest& manifest);

// A bundle that a signed manifest named.
struct KnownLink {
  std::uint64_t sequence = 0;
  Digest manifest;
  std::string name;  // empty where only its digest is known; untrusted text
};
// Keeps what the manifest says of itself and of bundles before it. Gives the links that contradict what was known.
// Needs a transaction.
std::vector<KnownLink> note_links(Catalog& catalog, const Feed& feed, const Manifest& manifest, const Digest& digest);
// By sequence.
[[nodiscard]] std::vector<KnownLink> known_links(Catalog& catalog, const Feed& feed);

// The signed manifest of an import, as it was taken.
struct KeptManifest {
  std::int64_t import = 0;
  std::string bytes;
  std::vector<std::string> signatures;
};
void keep_manifest(Catalog& catalog, const KeptManifest& kept);
// Nothing for an import that is not kept: made before they were. Throws IoError when the bytes cannot be read.
[[nodiscard]] std::optional<KeptManifest> kept_manifest(Catalog& catalog, std::int64_t import);

}  // namespace ferry::format
