// SPDX-License-Identifier: Apache-2.0
#include "format/verification.h"

#include <algorithm>

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

// So many signatures that do not count are explained; beside a bundle may lie any heap of junk.
constexpr std::size_t faults_told = 8;

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

// What a signature that verifies breaks of the rules; nothing when it may count.
std::optional<std::string> objection(const VerifiedSignature& signature, const CountRules& rules) {
  if (rules.is_revoked && std::any_of(signature.chain.begin(), signature.chain.end(), rules.is_revoked))
    return fmt::format("the key of {}, or one above it, is revoked", quote(signature.signer));
  if (rules.not_before && signature.signed_at.seconds + signing_time_slack_seconds < rules.not_before->seconds)
    return fmt::format("signed at {}, before the bundle was created at {}", signature.signed_at.text(),
                       rules.not_before->text());
  return {};
}

// A revoked key that the role names no more is a stranger's to it; whoever reads the refusal should know that it
// was no stranger.
std::string revoked_signers(std::string_view content, std::span<const std::string> signatures, const TrustFile& trust) {
  SignaturePolicy policy = policy_of(trust.exporter, {});
  policy.trusted.clear();
  policy.pinned.clear();
  const std::vector<Digest> named = trust.exporter.keys();
  for (const Revocation& revocation : trust.revoked) {
    if (std::find(named.begin(), named.end(), revocation.key) == named.end()) policy.pinned.push_back(revocation.key);
  }
  std::string faults;
  for (std::size_t i = 0; i < signatures.size() && !policy.pinned.empty(); ++i) {
    try {
      const VerifiedSignature signature = cms_verify(signatures[i], content, policy);
      faults += fmt::format("; signature {}: the key of {} is revoked", i + 1, quote(signature.signer));
    } catch (const TrustError&) {
      continue;  // by a stranger indeed
    }
  }
  return faults;
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
                                const CountRules& rules) {
  RoleSignatures found;
  const SignaturePolicy policy = policy_of(role, rules.at);
  std::size_t faults = 0;
  const auto tell = [&](std::size_t index, std::string_view fault) {
    if (faults++ < faults_told) found.faults += fmt::format("; signature {}: {}", index + 1, fault);
  };
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    try {
      VerifiedSignature signature = cms_verify(signatures[i], content, policy);
      // Before it is counted: it must not take the place of one that may count.
      if (const auto problem = objection(signature, rules)) throw TrustError(*problem);
      // Any key on a path may have issued what is below it, so that whoever stole it could sign all of that.
      const auto is_taken = [&found](const Digest& key) {
        return std::any_of(found.counted.begin(), found.counted.end(), [&key](const RoleSignatures::Counted& counted) {
          const std::vector<Digest>& chain = counted.signature.chain;
          return counted.role_key == key || std::find(chain.begin(), chain.end(), key) != chain.end();
        });
      };
      std::vector<Digest> keys = supports(signatures[i], content, role, signature.key_id, rules.at);
      if (rules.is_revoked) std::erase_if(keys, rules.is_revoked);
      const auto key = std::find_if_not(keys.begin(), keys.end(), is_taken);
      const bool is_counted = std::any_of(signature.chain.begin(), signature.chain.end(), is_taken);
      if (is_counted || key == keys.end()) {
        tell(i, is_taken(signature.key_id) ? "its key counts already" : "a key above its own counts already");
        continue;
      }
      found.counted.push_back({std::move(signature), *key});
    } catch (const TrustError& error) {
      tell(i, error.what());
    }
  }
  if (faults > faults_told) found.faults += fmt::format("; and {} more that do not count", faults - faults_told);
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
  CountRules rules;
  rules.at = options.certificates_at;
  const auto count = [&] {
    RoleSignatures found = count_signatures(unverified.bytes, signatures, trust.exporter, rules);
    if (found.counted.size() >= trust.exporter.threshold) return found;
    throw TrustError(fmt::format(
        "{} of {} signatures are valid, trust file {} demands {} from distinct keys{}{}; do not use this bundle, "
        "ask its publisher",
        found.counted.size(), signatures.size(), trust.version, trust.exporter.threshold, found.faults,
        revoked_signers(unverified.bytes, signatures, trust)));
  };
  rules.is_revoked = [&trust](const Digest& key) { return trust.is_revoked_entirely(key); };
  static_cast<void>(count());
  VerifiedManifest verified;
  verified.manifest_ = parse_manifest(unverified.bytes);
  verified.digest_ = sha256(unverified.bytes);
  const Manifest& manifest = verified.manifest_;
  require_names(manifest);
  // Again, by what only the manifest tells.
  rules.is_revoked = [&](const Digest& key) {
    return trust.is_revoked(key, manifest.lineage, manifest.target.generation);
  };
  rules.not_before = manifest.created;
  RoleSignatures found = count();
  if (compare_format_versions(format_version, trust.minimum_format) == std::strong_ordering::less)
    throw TrustError(
        fmt::format("bundle has format {}, trust file {} accepts none before {}; ask its publisher for a "
                    "newer one",
                    format_version, trust.version, trust.minimum_format));
  if (manifest.epoch > trust.epoch)
    throw TrustError(fmt::format("bundle was made under epoch {}, trust file {} has epoch {}; ask its publisher",
                                 manifest.epoch, trust.version, trust.epoch));
  for (RoleSignatures::Counted& counted : found.counted) verified.signatures_.push_back(std::move(counted.signature));
  return verified;
}

}  // namespace ferry::format
