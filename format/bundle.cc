// SPDX-License-Identifier: Apache-2.0
#include "format/bundle.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/internal/distribution.h"
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

// The manifest lists the volumes and stands in each of them, so its size and the distribution depend on each
// other: more volumes make it longer, never shorter, so taking the longer one ends after a few rounds.
VolumeFront settle_volumes(Manifest& manifest, const BundleParts& parts, const Role& role) {
  VolumeFront front;
  front.trust = parts.trust;
  manifest.trust = trust_members(parts.trust);
  manifest.files = parts.files.size();
  manifest.file_bytes = 0;
  for (const ContentFile& file : parts.files) manifest.file_bytes += file.size;
  const auto sign = [&] {
    front.manifest.bytes = encode(manifest);
    front.manifest.signatures = sign_all(front.manifest.bytes, parts.signers, manifest.created, role);
  };
  std::uint64_t reserved = 0;
  for (;;) {
    manifest.volumes = internal::distribute(parts, reserved);
    sign();
    if (stored_bytes(front) <= reserved) {
      // The digests of parts change no size, so the long way through cut files is gone once.
      internal::fill_digests(manifest.volumes, parts.store);
      sign();
      if (stored_bytes(front) <= reserved) return front;
    }
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

class ReadBack final : public MemberTaker {
 public:
  explicit ReadBack(const std::function<void(std::uint64_t)>& progress) : progress_(progress) {}
  void read(std::uint64_t bytes) override { progress_(bytes); }

 private:
  const std::function<void(std::uint64_t)>& progress_;
};

// The exporter's own check of what is on the medium now, under the rules that the site will apply.
void verify_written(const fs::path& file, const VerifiedManifest& manifest, std::size_t index,
                    const std::function<void(std::uint64_t)>& progress) {
  VolumeReader reader(file);
  if (reader.identify(manifest) != index) throw FormatError(fmt::format("volume {} was written as another one", index));
  ReadBack taker(progress);
  reader.check(manifest, index, taker);
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
  for (const VolumeContents& contents : manifest.volumes) total += volume_bytes(front, contents);
  require_space(directory, total, "writing the bundle");

  written.bytes = total;
  written.manifest = verified.digest();
  std::vector<AtomicFile> files;
  for (std::size_t i = 0; i < manifest.volumes.size(); ++i) {
    files.emplace_back(directory / volume_file_name(manifest.bundle_name, i + 1, manifest.volumes.size()));
    AtomicFile& file = files.back();
    write_volume(file, front, manifest.volumes[i], parts.spool, parts.store, parts.progress);
    file.seal();
    fault_point("export: volume sealed");
    verify_written(file.partial(), verified, i + 1, parts.progress);
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
