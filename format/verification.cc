// SPDX-License-Identifier: Apache-2.0
#include "format/verification.h"

#include <algorithm>
#include <set>

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

// One signature with what cms_verify() found.
struct Judged {
  std::optional<VerifiedSignature> valid;
  std::string fault;
};

std::vector<Judged> judge(std::string_view content, std::span<const std::string> signatures, const Role& role,
                          std::optional<Time> at) {
  const SignaturePolicy policy = signature_policy(role, at);
  std::vector<Judged> judged;
  for (const std::string& signature : signatures) {
    try {
      judged.push_back({cms_verify(signature, content, policy), {}});
    } catch (const TrustError& error) {
      judged.push_back({{}, error.what()});
    }
  }
  return judged;
}

// Why a valid signature does not count; empty when it does.
using Objection = std::function<std::string(const VerifiedSignature&)>;

Objection unless_revoked(const KeyTest& is_revoked) {
  return [is_revoked](const VerifiedSignature& signature) {
    if (!is_revoked || std::none_of(signature.chain.begin(), signature.chain.end(), is_revoked)) return std::string();
    return fmt::format("the key of {}, or an authority above it, is revoked", quote(signature.signer));
  };
}

// Objections come first, so that what does not count takes no place.
RoleSignatures count(const std::vector<Judged>& judged, const Objection& objection) {
  RoleSignatures found;
  std::set<Digest> used;
  const auto is_used = [&used](const Digest& key) { return used.count(key) > 0; };
  std::size_t faults = 0;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    std::string fault = judged[i].valid ? objection(*judged[i].valid) : judged[i].fault;
    if (fault.empty()) {
      const std::vector<Digest>& chain = judged[i].valid->chain;
      if (std::any_of(chain.begin(), chain.end(), is_used)) {
        fault = is_used(chain.front()) ? "its key counts already" : "an authority above its key counts already";
      } else {
        used.insert(chain.begin(), chain.end());
        found.counted.push_back({*judged[i].valid, chain.back()});
      }
    }
    if (!fault.empty() && faults++ < faults_told) found.faults += fmt::format("; signature {}: {}", i + 1, fault);
  }
  if (faults > faults_told) found.faults += fmt::format("; and {} more that do not count", faults - faults_told);
  return found;
}

// A revoked key that the role names no more is a stranger's to it; whoever reads the refusal should know that it
// was no stranger.
std::string revoked_signers(std::string_view content, std::span<const std::string> signatures, const TrustFile& trust) {
  SignaturePolicy policy = signature_policy(trust.exporter, {});
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

// Names become file names and are printed everywhere; signed text may still be hostile.
void require_names(const Manifest& manifest) {
  const auto require = [](std::string_view what, const std::string& name) {
    if (const auto problem = name_problem(name))
      throw FormatError(fmt::format("{} {}: {}", what, quote(name), *problem));
  };
  require("feed", manifest.feed);
  for (const std::string& site : manifest.recipients) require("recipient", site);
  if (const std::string expected = bundle_name(manifest); manifest.bundle_name != expected)
    throw FormatError(fmt::format("bundle name is {}; expected {}", quote(manifest.bundle_name), quote(expected)));
}

}  // namespace

SignaturePolicy signature_policy(const Role& role, std::optional<Time> at) {
  SignaturePolicy policy;
  policy.trusted = role.certificates;
  policy.pinned = role.pins;
  policy.purpose = role.purpose;
  policy.algorithms = role.algorithms;
  policy.needs_crl = role.needs_crl;
  policy.at = at;
  return policy;
}

RoleSignatures count_signatures(std::string_view content, std::span<const std::string> signatures, const Role& role,
                                const KeyTest& is_revoked, std::optional<Time> at) {
  return count(judge(content, signatures, role, at), unless_revoked(is_revoked));
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
  const std::vector<Judged> judged = judge(unverified.bytes, signatures, trust.exporter, options.certificates_at);
  const auto count_to_threshold = [&](const Objection& objection) {
    RoleSignatures found = count(judged, objection);
    if (found.counted.size() >= trust.exporter.threshold) return found;
    throw TrustError(fmt::format(
        "{} of {} signatures are valid, trust file {} demands {} from distinct keys{}{}; do not use this bundle, "
        "ask its publisher",
        found.counted.size(), signatures.size(), trust.version, trust.exporter.threshold, found.faults,
        revoked_signers(unverified.bytes, signatures, trust)));
  };
  static_cast<void>(
      count_to_threshold(unless_revoked([&trust](const Digest& key) { return trust.is_revoked_entirely(key); })));
  VerifiedManifest verified;
  verified.manifest_ = parse_manifest(unverified.bytes);
  verified.digest_ = sha256(unverified.bytes);
  const Manifest& manifest = verified.manifest_;
  require_names(manifest);
  const Objection revoked = unless_revoked(
      [&](const Digest& key) { return trust.is_revoked(key, manifest.lineage, manifest.target.generation); });
  RoleSignatures found = count_to_threshold([&](const VerifiedSignature& signature) {
    if (signature.signed_at.seconds + signing_time_slack_seconds >= manifest.created.seconds) return revoked(signature);
    return fmt::format("signed at {}, before the bundle was created at {}", signature.signed_at.text(),
                       manifest.created.text());
  });
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
