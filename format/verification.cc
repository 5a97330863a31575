// SPDX-License-Identifier: Apache-2.0
#include "format/verification.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/bundle.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

// The signing time stands in the signature and the creation time in the manifest; a signature added later
// by a second person has its own, later time, so only an earlier one is wrong.
constexpr std::int64_t signing_time_slack_seconds = 600;

SignaturePolicy policy_of(const Role& role, std::optional<Time> at) {
  SignaturePolicy policy;
  policy.trusted = role.certificates;
  policy.pinned = role.pins;
  policy.purpose = role.purpose;
  policy.algorithms = role.algorithms;
  policy.needs_crl = role.needs_crl;
  policy.at = at;
  return policy;
}

bool verifies(std::string_view signature, std::string_view content, const SignaturePolicy& policy) {
  try {
    static_cast<void>(cms_verify(signature, content, policy));
    return true;
  } catch (const TrustError&) {
    return false;
  }
}

// The keys of the role that a valid signature rests on, each tried alone; the signer's own key first, so that
// an authority is left for those that need it.
std::vector<Digest> supports(std::string_view signature, std::string_view content, const Role& role,
                             const Digest& signer, std::optional<Time> at) {
  std::vector<Digest> keys;
  SignaturePolicy alone = policy_of(role, at);
  for (const Certificate& certificate : role.certificates) {
    alone.trusted = {certificate};
    alone.pinned.clear();
    if (verifies(signature, content, alone)) keys.push_back(certificate.key_id());
  }
  for (const Digest& pin : role.pins) {
    alone.trusted.clear();
    alone.pinned = {pin};
    if (verifies(signature, content, alone)) keys.push_back(pin);
  }
  std::stable_partition(keys.begin(), keys.end(), [&signer](const Digest& key) { return key == signer; });
  return keys;
}

using IsRevoked = std::function<bool(const Digest&)>;

// Drops what is signed by, or rests on an authority with, a key that is revoked.
void drop_revoked(RoleSignatures& found, const IsRevoked& is_revoked) {
  std::erase_if(found.counted, [&](const RoleSignatures::Counted& counted) {
    const std::vector<Digest>& chain = counted.signature.chain;
    if (!is_revoked(counted.role_key) && std::none_of(chain.begin(), chain.end(), is_revoked)) return false;
    found.faults += fmt::format("; the key of {} is revoked", quote(counted.signature.signer));
    return true;
  });
}

// A bundle's name becomes a file name and is printed everywhere; signed text may still be hostile.
void require_names(const Manifest& manifest) {
  for (const std::string& site : manifest.recipients) {
    if (const auto problem = name_problem(site))
      throw FormatError(fmt::format("recipient {}: {}", quote(site), *problem));
  }
  const std::string& name = manifest.bundle_name;
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
  if (name.empty() || name.size() > 3 * limits::max_name_bytes || name.front() == '.' || name.front() == '-' ||
      name.find_first_not_of(allowed) != std::string::npos)
    throw FormatError(fmt::format("bundle name is {}; expected {}", quote(name), quote(bundle_name(manifest))));
}

}  // namespace

RoleSignatures count_signatures(std::string_view content, std::span<const std::string> signatures, const Role& role,
                                std::optional<Time> at) {
  RoleSignatures found;
  const SignaturePolicy policy = policy_of(role, at);
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    try {
      VerifiedSignature signature = cms_verify(signatures[i], content, policy);
      const auto is_taken = [&found](const Digest& key) {
        return std::any_of(found.counted.begin(), found.counted.end(), [&key](const RoleSignatures::Counted& counted) {
          return counted.role_key == key || counted.signature.key_id == key;
        });
      };
      const std::vector<Digest> keys = supports(signatures[i], content, role, signature.key_id, at);
      const auto key = std::find_if_not(keys.begin(), keys.end(), is_taken);
      if (is_taken(signature.key_id) || key == keys.end()) {
        found.faults += fmt::format("; signature {}: its key counts already", i + 1);
        continue;
      }
      found.counted.push_back({std::move(signature), *key});
    } catch (const TrustError& error) {
      found.faults += fmt::format("; signature {}: {}", i + 1, error.what());
    }
  }
  return found;
}

std::string sign_for(const Role& role, std::string_view content, const Signer& signer, Time time) {
  const auto allows = [&role](SignatureAlgorithm algorithm) {
    return std::find(role.algorithms.begin(), role.algorithms.end(), algorithm) != role.algorithms.end();
  };
  const bool prefers_pss = allows(SignatureAlgorithm::rsa_pss) && !allows(SignatureAlgorithm::rsa_pkcs1);
  return cms_sign(content, signer, time, prefers_pss);
}

VerifiedManifest verify_manifest(const UnverifiedManifest& unverified, const TrustFile& trust,
                                 const VerifyOptions& options) {
  std::vector<std::string> signatures = unverified.signatures;
  signatures.insert(signatures.end(), options.beside.begin(), options.beside.end());
  RoleSignatures found = count_signatures(unverified.bytes, signatures, trust.exporter, options.certificates_at);
  const auto require_threshold = [&] {
    if (found.counted.size() >= trust.exporter.threshold) return;
    throw TrustError(fmt::format(
        "{} of {} signatures are valid, trust file {} demands {} from distinct keys{}; do not use this bundle, "
        "ask its publisher",
        found.counted.size(), signatures.size(), trust.version, trust.exporter.threshold, found.faults));
  };
  drop_revoked(found, [&trust](const Digest& key) { return trust.is_revoked_entirely(key); });
  require_threshold();
  VerifiedManifest verified;
  verified.manifest_ = parse_manifest(unverified.bytes);
  verified.digest_ = sha256(unverified.bytes);
  const Manifest& manifest = verified.manifest_;
  require_names(manifest);
  drop_revoked(found, [&](const Digest& key) {
    return trust.is_revoked(key, manifest.lineage, manifest.target.generation);
  });
  std::erase_if(found.counted, [&](const RoleSignatures::Counted& counted) {
    const Time signed_at = counted.signature.signed_at;
    if (signed_at.seconds + signing_time_slack_seconds >= manifest.created.seconds) return false;
    found.faults += fmt::format("; signed at {}, before the bundle was created at {}", signed_at.text(),
                                manifest.created.text());
    return true;
  });
  require_threshold();
  if (compare_format_versions(format_version, trust.minimum_format) == std::strong_ordering::less)
    throw TrustError(fmt::format("bundle has format {}, trust file {} accepts none before {}; ask its publisher for a "
                                 "newer one",
                                 format_version, trust.version, trust.minimum_format));
  if (manifest.epoch > trust.epoch)
    throw TrustError(fmt::format("bundle was made under epoch {}, trust file {} has epoch {}; ask its publisher",
                                 manifest.epoch, trust.version, trust.epoch));
  for (RoleSignatures::Counted& counted : found.counted) verified.signatures_.push_back(std::move(counted.signature));
  return verified;
}

}  // namespace ferry::format
