// SPDX-License-Identifier: Apache-2.0
// From bytes on a medium to a manifest that may be believed. FORMAT.md, "Verification procedure".
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/cms.h"
#include "format/manifest.h"
#include "format/trust.h"

namespace ferry::format {

// What a stick offers before anybody has checked it: bytes only.
struct UnverifiedManifest {
  std::string bytes;
  std::vector<std::string> signatures;
  bool operator==(const UnverifiedManifest&) const = default;
};

// The signatures over some bytes that count towards a role's threshold: valid ones whose chains, from the
// signer's key to the nearest one that the role names, have no key in common. So whoever holds one key, be it
// a signer's or an authority's, reaches no more than one.
struct RoleSignatures {
  struct Counted {
    VerifiedSignature signature;
    Digest role_key;  // the certificate or pin of the role that it rests on
  };
  std::vector<Counted> counted;
  std::string faults;  // "; signature 2: …" for each that does not count, for a message
};
using KeyTest = std::function<bool(const Digest&)>;
// `is_revoked` is asked for every key of a chain. `at`: judge certificates at this time instead of the signing
// time.
[[nodiscard]] RoleSignatures count_signatures(std::string_view content, std::span<const std::string> signatures,
                                              const Role& role, const KeyTest& is_revoked = {},
                                              std::optional<Time> at = {});

struct VerifyOptions {
  std::span<const std::string> beside;  // signatures that lie beside the volumes
  std::optional<Time> certificates_at;  // judge certificates at this time instead of the signing time
};

// What the role demands of one signature.
[[nodiscard]] SignaturePolicy signature_policy(const Role& role, std::optional<Time> at = {});

// Signs as the role demands it: with PSS where that is the only RSA it allows. Throws TrustError.
[[nodiscard]] std::string sign_for(const Role& role, std::string_view content, const Signer& signer, Time time);

// A manifest whose signatures reached the threshold. Made by verify_manifest() alone.
class VerifiedManifest {
 public:
  [[nodiscard]] const Manifest& get() const noexcept { return manifest_; }
  [[nodiscard]] const Manifest* operator->() const noexcept { return &manifest_; }
  [[nodiscard]] const Digest& digest() const noexcept { return digest_; }  // of the manifest's bytes
  [[nodiscard]] const std::vector<VerifiedSignature>& signatures() const noexcept { return signatures_; }

 private:
  friend VerifiedManifest verify_manifest(const UnverifiedManifest&, const TrustFile&, const VerifyOptions&);
  VerifiedManifest() = default;
  Manifest manifest_;
  Digest digest_;
  std::vector<VerifiedSignature> signatures_;
};

// Counts the signatures of the exporter role's distinct keys that are not revoked, and only then parses the
// manifest; then counts again without those revoked from its generation on and those older than the bundle.
// A junk signature neither helps nor harms. Throws TrustError (11) with each signature's fault when the
// threshold is not reached, or when the trust file asks for another format or epoch; FormatError (15) when
// what was signed is not a manifest; Error (19) when it is too new.
[[nodiscard]] VerifiedManifest verify_manifest(const UnverifiedManifest& unverified, const TrustFile& trust,
                                               const VerifyOptions& options = {});

}  // namespace ferry::format
