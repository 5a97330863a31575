// SPDX-License-Identifier: Apache-2.0
// Keys, trust files and chains of them, for the tests of who may sign what.
#pragma once

#include <string>
#include <vector>

#include "common/cms.h"
#include "format/trust_chain.h"
#include "format/verification.h"
#include "tests/support/test_support.h"

namespace ferry::tests {

inline const Time trust_time = *Time::parse("2026-11-23T12:00:00Z");

// A key with the certificate it made for itself.
struct Holder {
  PrivateKey key = PrivateKey::generate(KeyType::p256);
  Certificate certificate = Certificate::self_signed(key, "test-only", *Time::parse("2026-01-01T00:00:00Z"));
  [[nodiscard]] Signer signer() const { return {key, certificate}; }
  [[nodiscard]] Digest id() const { return certificate.key_id(); }
  [[nodiscard]] std::string sign(std::string_view bytes, Time time = trust_time) const {
    return cms_sign(bytes, signer(), time);
  }
};

inline format::Role role_of(const std::vector<Holder>& holders, std::uint64_t threshold = 1) {
  format::Role role;
  role.threshold = threshold;
  for (const Holder& holder : holders) role.certificates.push_back(holder.certificate);
  return role;
}

inline format::TrustFile trust_with(const std::vector<Holder>& roots, std::uint64_t root_threshold,
                                    const std::vector<Holder>& exporters, std::uint64_t threshold = 1) {
  format::TrustFile trust;
  trust.lineage = id(1);
  trust.created = trust_time;
  trust.root = role_of(roots, root_threshold);
  trust.exporter = role_of(exporters, threshold);
  return trust;
}

inline format::SignedTrust sign_trust(const format::TrustFile& trust, const std::vector<Holder>& holders) {
  format::SignedTrust made{format::encode(trust), {}};
  for (const Holder& holder : holders) made.signatures.push_back(holder.sign(made.bytes));
  return made;
}

// The version after it, with nothing else changed.
inline format::TrustFile successor(format::TrustFile trust) {
  ++trust.version;
  return trust;
}

// A full bundle to generation 5 of the feed with lineage id(2).
inline format::Manifest small_manifest(Time created = trust_time) {
  format::Manifest made;
  made.tool = "test";
  made.compressor = "none";
  made.bundle_name = "all_g0-g5_full";
  made.created = created;
  made.next_expected = created;
  made.valid_until = created;
  made.publisher_name = "hq";
  made.feed = "all";
  made.lineage = id(2);
  made.target = {5, sha256("state")};
  made.volumes = {{}};
  return made;
}

}  // namespace ferry::tests
