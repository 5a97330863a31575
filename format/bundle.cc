// SPDX-License-Identifier: Apache-2.0
#include "format/bundle.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

// An ECDSA signature varies by a few bytes from one signing to the next.
constexpr std::size_t signature_slack_bytes = 16;

// Fills volumes one after the other. `front_bytes` is what stands before the chunks.
std::vector<std::vector<ChunkInfo>> distribute(const std::vector<ChunkInfo>& chunks, std::uint64_t front_bytes,
                                               std::uint64_t max_volume_bytes) {
  std::vector<std::vector<ChunkInfo>> volumes(1);
  std::uint64_t used = front_bytes + tar_trailer_bytes;
  for (const ChunkInfo& chunk : chunks) {
    const std::uint64_t needed = tar_stored_bytes(chunk.size);
    if (max_volume_bytes > 0 && used + needed > max_volume_bytes && !volumes.back().empty()) {
      volumes.emplace_back();
      used = front_bytes + tar_trailer_bytes;
    }
    if (max_volume_bytes > 0 && used + needed > max_volume_bytes)
      throw UsageError(
          fmt::format("a volume of {} bytes is too small: {} with manifest and signatures needs {}; "
                      "use a larger --volume-size",
                      max_volume_bytes, chunk.name, used + needed));
    volumes.back().push_back(chunk);
    used += needed;
  }
  if (volumes.size() > limits::max_volumes)
    throw UsageError(fmt::format("{} volumes would be needed, at most {} are possible; use a larger --volume-size",
                                 volumes.size(), limits::max_volumes));
  return volumes;
}

std::vector<std::string> sign_all(const std::string& manifest, const std::vector<Signer>& signers, Time time,
                                  const Role& role) {
  std::vector<std::string> signatures;
  for (const Signer& signer : signers) signatures.push_back(sign_for(role, manifest, signer, time));
  return signatures;
}

// The manifest lists the volumes and stands in each of them, so its size and the distribution depend on each
// other: more volumes make it longer, never shorter, so taking the longer one ends after a few rounds.
VolumeFront settle_volumes(Manifest& manifest, const BundleParts& parts, const Role& role) {
  VolumeFront front;
  front.trust = parts.trust;
  manifest.trust = trust_members(parts.trust);
  std::uint64_t reserved = 0;
  for (;;) {
    manifest.volumes = distribute(parts.chunks, reserved, parts.max_volume_bytes);
    front.manifest.bytes = encode(manifest);
    front.manifest.signatures = sign_all(front.manifest.bytes, parts.signers, manifest.created, role);
    if (stored_bytes(front) <= reserved) return front;
    VolumeFront padded = front;
    for (std::string& signature : padded.manifest.signatures) signature.append(signature_slack_bytes, '\0');
    reserved = std::max(stored_bytes(padded), reserved);
  }
}

// How many of our signatures count towards the threshold; two that rest on one authority are one. Where they
// do not reach it, each must hold by itself. Throws TrustError.
std::size_t count_own(const UnverifiedManifest& manifest, const Role& role) {
  const std::size_t counted = count_signatures(manifest.bytes, manifest.signatures, role).counted.size();
  if (counted >= role.threshold) return counted;
  for (const std::string& signature : manifest.signatures) {
    const RoleSignatures alone = count_signatures(manifest.bytes, {&signature, 1}, role);
    if (alone.counted.empty()) throw TrustError("a signature just made does not count" + alone.faults);
  }
  return counted;
}

// The exporter's own check of what is on the medium now, under the rules that the site will apply.
void verify_written(const fs::path& file, const VerifiedManifest& manifest, std::size_t index) {
  VolumeReader reader(file);
  if (reader.identify(manifest) != index) throw FormatError(fmt::format("volume {} was written as another one", index));
  reader.check(manifest, index, [](const ChunkInfo&, std::string_view) {});
}

}  // namespace

std::string bundle_name(const Manifest& manifest) {
  const std::string site = manifest.recipients.empty() ? "" : "_" + manifest.recipients.front();
  return fmt::format("{}{}_g{}-g{}_{}", manifest.feed, site, manifest.base(), manifest.target.generation,
                     name_of(manifest.kind));
}

WrittenBundle write_bundle(Manifest manifest, const BundleParts& parts, const fs::path& directory) {
  manifest.bundle_name = bundle_name(manifest);
  const TrustChain chain = TrustChain::walk(parts.trust);
  TrustFile trust = chain.current();
  const VolumeFront front = settle_volumes(manifest, parts, trust.exporter);
  if (parts.signers.empty()) throw TrustError("there is no key to sign the bundle with");
  // What a site will demand; as long as others have not signed yet, all of ours must hold.
  WrittenBundle written;
  const std::size_t counted = count_own(front.manifest, trust.exporter);
  written.signatures_missing = trust.exporter.threshold - std::min<std::uint64_t>(trust.exporter.threshold, counted);
  trust.exporter.threshold -= written.signatures_missing;
  const VerifiedManifest verified = verify_manifest(front.manifest, trust, {});
  check_front(front, verified);
  std::uint64_t total = 0;
  for (const auto& chunks : manifest.volumes) total += volume_bytes(front, chunks);
  require_space(directory, total, "writing the bundle");

  written.bytes = total;
  written.manifest = verified.digest();
  std::vector<AtomicFile> files;
  for (std::size_t i = 0; i < manifest.volumes.size(); ++i) {
    files.emplace_back(directory / volume_file_name(manifest.bundle_name, i + 1, manifest.volumes.size()));
    AtomicFile& file = files.back();
    write_volume(file, front, manifest.volumes[i], parts.spool);
    file.seal();
    fault_point("export: volume sealed");
    verify_written(file.partial(), verified, i + 1);
  }
  for (AtomicFile& file : files) {
    file.publish();
    fault_point("export: volume published");
    written.volumes.push_back(file.target());
  }
  return written;
}

std::string signature_file_name(std::string_view bundle_name, std::size_t number) {
  return fmt::format("{}.{:02}{}", bundle_name, number, signature_extension);
}

}  // namespace ferry::format
