// SPDX-License-Identifier: Apache-2.0
#include "format/bundle.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/distribution.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

// An ECDSA signature varies by a few bytes from one signing to the next.
constexpr std::size_t signature_slack_bytes = 16;

std::vector<std::string> sign_all(const std::string& manifest, const std::vector<Signer>& signers, Time time,
                                  const Role& role) {
  std::vector<std::string> signatures;
  for (const Signer& signer : signers) signatures.push_back(sign_for(role, manifest, signer, time));
  return signatures;
}

// Where whole volumes can be repaired, a parity file is a little longer than the longest of them, and it has to fit
// the medium too.
std::vector<VolumeContents> distribute(const BundleParts& parts, std::uint64_t front_bytes) {
  std::vector<VolumeContents> volumes = distribute_members(parts, front_bytes);
  if (!parts.parity || parts.parity->kind != ParityKind::volumes || parts.max_volume_bytes == 0) return volumes;
  BundleParts smaller = parts;
  for (;;) {
    const std::size_t count = volumes.size();
    smaller.max_volume_bytes = largest_data_file(parts.parity->strength, count, parts.max_volume_bytes);
    volumes = distribute_members(smaller, front_bytes);
    if (volumes.size() <= count) return volumes;
  }
}

void describe_parts(Manifest& manifest, const BundleParts& parts) {
  manifest.trust = trust_members(parts.trust);
  manifest.files = parts.files.size();
  manifest.file_bytes = 0;
  for (const ContentFile& file : parts.files) manifest.file_bytes += file.size;
}

// The manifest lists the volumes and stands in each of them, so its size and the distribution depend on each
// other: more volumes make it longer, never shorter, so taking the longer one ends after a few rounds.
VolumeFront settle_volumes(Manifest& manifest, const BundleParts& parts, const Role& role) {
  VolumeFront front;
  front.trust = parts.trust;
  describe_parts(manifest, parts);
  const auto sign = [&] {
    front.manifest.bytes = encode(manifest);
    front.manifest.signatures = sign_all(front.manifest.bytes, parts.signers, manifest.created, role);
  };
  std::uint64_t reserved = 0;
  for (;;) {
    manifest.volumes = distribute(parts, reserved);
    sign();
    if (stored_bytes(front) <= reserved) {
      // The digests of parts change no size, so the long way through cut files is gone once.
      fill_digests(manifest.volumes, parts.store);
      sign();
      if (stored_bytes(front) <= reserved) return front;
    }
    VolumeFront padded = front;
    for (std::string& signature : padded.manifest.signatures) signature.append(signature_slack_bytes, '\0');
    reserved = std::max(stored_bytes(padded), reserved);
  }
}

// Two of our signatures that rest on one authority count as one. Where they do not reach the threshold, others have
// still to sign, and each of ours must hold by itself. Throws TrustError.
void require_own(const UnverifiedManifest& manifest, const Role& role) {
  if (count_signatures(manifest.bytes, manifest.signatures, role).counted.size() >= role.threshold) return;
  for (const std::string& signature : manifest.signatures) {
    const RoleSignatures alone = count_signatures(manifest.bytes, {&signature, 1}, role);
    if (alone.counted.empty()) throw TrustError("a signature just made does not count" + alone.faults);
  }
}

}  // namespace

std::string bundle_name(const Manifest& manifest) {
  const std::string site = manifest.recipients.empty() ? "" : "_" + manifest.recipients.front();
  if (manifest.kind == BundleKind::content) {
    std::string made = to_lower(manifest.created.text());
    std::erase_if(made, [](char c) { return c == '-' || c == ':'; });
    return fmt::format("{}{}_g{}_content-{}", manifest.feed, site, manifest.target.generation, made);
  }
  return fmt::format("{}{}_g{}-g{}_{}", manifest.feed, site, manifest.base(), manifest.target.generation,
                     name_of(manifest.kind));
}

PreparedBundle prepare_bundle(Manifest manifest, const BundleParts& parts) {
  manifest.bundle_name = bundle_name(manifest);
  const TrustFile trust = TrustChain::walk(parts.trust).current();
  if (parts.signers.empty()) throw TrustError("there is no key to sign the bundle with");
  PreparedBundle prepared;
  prepared.front = settle_volumes(manifest, parts, trust.exporter);
  require_own(prepared.front.manifest, trust.exporter);
  prepared.manifest = std::move(manifest);
  return prepared;
}

std::vector<VolumeContents> plan_volumes(Manifest manifest, const BundleParts& parts, std::size_t signatures,
                                         std::size_t signature_bytes) {
  manifest.bundle_name = bundle_name(manifest);
  describe_parts(manifest, parts);
  VolumeFront front;
  front.trust = parts.trust;
  front.manifest.signatures.assign(signatures, std::string(signature_bytes, '\0'));
  for (std::uint64_t reserved = 0;;) {
    manifest.volumes = distribute(parts, reserved);
    front.manifest.bytes = encode(manifest);
    if (stored_bytes(front) <= reserved) return std::move(manifest.volumes);
    reserved = stored_bytes(front);
  }
}

std::string signature_file_name(std::string_view bundle_name, std::size_t number) {
  return fmt::format("{}.{:02}{}", bundle_name, number, signature_extension);
}

}  // namespace ferry::format
