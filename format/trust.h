// SPDX-License-Identifier: Apache-2.0
// The trust file: who may sign bundles, how many must, and what no longer counts. FORMAT.md, "Trust file".
//
// The first one is carried to a site by hand and its fingerprint read back over the phone. Later versions
// travel in bundles; trust_chain.h walks from one to the next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/cms.h"
#include "common/guid.h"
#include "common/hash.h"

namespace ferry::format {

inline constexpr std::string_view trust_namespace = "urn:ferry:trust:1";

// Some keys, of which `threshold` distinct ones must sign. A key is a certificate, of a signer or of an
// authority above signers, or a pin: the SHA-256 of a SubjectPublicKeyInfo that a certificate which travels
// with the signature must have. An authority counts once, however many certificates it issued.
struct Role {
  std::uint64_t threshold = 1;
  std::string purpose = std::string(code_signing_purpose);                  // extended key usage that signers must have
  std::vector<SignatureAlgorithm> algorithms = all_signature_algorithms();  // allowed ones, ascending
  bool needs_crl = false;  // a revocation list of the signer's authority must come along
  std::vector<Certificate> certificates;
  std::vector<Digest> pins;

  [[nodiscard]] std::vector<Digest> keys() const;
};

// A key whose signatures no longer count: for the feeds listed, from that generation on, so that bundles
// which are on their way stay good; for every other feed, at all.
struct Revocation {
  struct From {
    Guid lineage;
    std::uint64_t generation = 0;
    bool operator==(const From&) const = default;
  };
  Digest key;  // of a signer or an authority
  std::vector<From> from;
  bool operator==(const Revocation&) const = default;
};

struct TrustFile {
  std::uint64_t version = 1;
  Guid lineage;  // of this chain of trust files
  Time created;
  // A higher one lets a full bundle made under it take a site back to a lower generation: the way out after
  // a thief has signed a bundle with a huge generation.
  std::uint64_t epoch = 0;
  std::string minimum_format = "1.0";  // older bundles are refused
  bool broadcast = true;               // are bundles without recipients accepted
  Role root;                           // signs the next version of this file
  Role exporter;                       // signs bundles
  std::vector<Revocation> revoked;

  // Does a signature by this key count for a bundle that leads to this generation of a feed?
  [[nodiscard]] bool is_revoked(const Digest& key, const Guid& lineage, std::uint64_t generation) const;
  // Does it count for no bundle at all?
  [[nodiscard]] bool is_revoked_entirely(const Digest& key) const;
  // Is there any bundle that it does not count for? Such a key signs no trust files.
  [[nodiscard]] bool names_revoked(const Digest& key) const;
};

[[nodiscard]] std::string encode(const TrustFile& trust);
// Canonical bytes only. Throws TrustError (11), also for roles whose thresholds cannot be reached.
[[nodiscard]] TrustFile parse_trust(std::string_view bytes);

// SHA-256 of the file in groups of four digits, for reading aloud.
[[nodiscard]] std::string fingerprint(std::string_view trust_bytes);
// The same as sixteen words of five letters (proquints), which are harder to mishear than digits.
[[nodiscard]] std::string fingerprint_words(std::string_view trust_bytes);
// Is `typed` the fingerprint in one of these two forms? Spaces, dashes, colons and case do not matter.
[[nodiscard]] bool is_fingerprint(std::string_view typed, std::string_view trust_bytes);

// trust-0002.xml, trust-0002.01.p7s
[[nodiscard]] std::string trust_file_name(std::uint64_t version);
[[nodiscard]] std::string trust_signature_name(std::uint64_t version, std::size_t number);

}  // namespace ferry::format
