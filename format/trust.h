// SPDX-License-Identifier: Apache-2.0
// The trust file: who may sign bundles and how many must. FORMAT.md, "Trust file".
//
// Version 1 is carried to a site by hand and its fingerprint read back over the phone. The root key that
// it names signs later versions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/cms.h"
#include "format/manifest.h"

namespace ferry::format {

inline constexpr std::string_view trust_namespace = "urn:ferry:trust:1";

// Some certificates, of which `threshold` distinct keys must sign.
struct Role {
  std::uint64_t threshold = 1;
  std::vector<Certificate> certificates;
};

struct TrustFile {
  std::uint64_t version = 1;
  Guid lineage;  // of this chain of trust files
  Time created;
  Role root;      // signs the next version of the trust file
  Role exporter;  // signs bundles
};

[[nodiscard]] std::string encode(const TrustFile& trust);
// Canonical bytes only. Throws TrustError (11).
[[nodiscard]] TrustFile parse_trust(std::string_view bytes);

// SHA-256 of the file in groups of four digits, for reading aloud.
[[nodiscard]] std::string fingerprint(std::string_view trust_bytes);

// trust-0001.xml
[[nodiscard]] std::string trust_file_name(std::uint64_t version);

// What a stick offers before anybody has checked it: bytes only.
struct UnverifiedManifest {
  std::string bytes;
  std::vector<std::string> signatures;
};

// A manifest whose signatures reached the threshold. Made by verify_manifest() alone.
class VerifiedManifest {
 public:
  [[nodiscard]] const Manifest& get() const noexcept { return manifest_; }
  [[nodiscard]] const Manifest* operator->() const noexcept { return &manifest_; }
  [[nodiscard]] const Digest& digest() const noexcept { return digest_; }  // of the manifest's bytes
  [[nodiscard]] const std::vector<VerifiedSignature>& signatures() const noexcept { return signatures_; }

 private:
  friend VerifiedManifest verify_manifest(const UnverifiedManifest&, const TrustFile&);
  VerifiedManifest() = default;
  Manifest manifest_;
  Digest digest_;
  std::vector<VerifiedSignature> signatures_;
};

// Counts the distinct keys of the exporter role on which a valid signature rests, and only then parses the
// manifest.
// A junk signature neither helps nor harms. Throws TrustError (11) with each signature's fault when the
// threshold is not reached, FormatError (15) when what was signed is not a manifest, Error (19) when it is
// too new.
[[nodiscard]] VerifiedManifest verify_manifest(const UnverifiedManifest& unverified, const TrustFile& trust);

}  // namespace ferry::format
