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

// Where whole volumes can be repaired, a parity file is a little longer than the longest of them, and it has to fit
// the medium too.
std::vector<VolumeContents> distribute(const BundleParts& parts, std::uint64_t front_bytes) {
  std::vector<VolumeContents> volumes = internal::distribute(parts, front_bytes);
  if (!parts.parity || parts.parity->kind != ParityKind::volumes || parts.max_volume_bytes == 0) return volumes;
  BundleParts smaller = parts;
  for (;;) {
    const std::size_t count = volumes.size();
    smaller.max_volume_bytes = largest_data_file(parts.parity->strength, count, parts.max_volume_bytes);
    volumes = internal::distribute(smaller, front_bytes);
    if (volumes.size() <= count) return volumes;
  }
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
    manifest.volumes = distribute(parts, reserved);
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

namespace {

// Volumes and parity files that an earlier bundle of the name left in the directory: a courier must not take them
// for a part of this one.
void remove_stale(const fs::path& directory, const std::string& name, const WrittenBundle& written) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const std::string file = entry.path().filename().native();
    const bool is_volume = file.starts_with(name + "_v") && file.ends_with(volume_extension);
    const bool is_parity = file.starts_with(name + "_p") && file.ends_with(parity_extension);
    const auto is_this = [&entry](const fs::path& path) { return path.filename() == entry.path().filename(); };
    if ((is_volume && std::none_of(written.volumes.begin(), written.volumes.end(), is_this)) ||
        (is_parity && std::none_of(written.parity.begin(), written.parity.end(), is_this)))
      fs::remove(entry.path(), error);
  }
}

// Says which volumes the parity files belong to. Signatures are part of volumes, and no two signings are alike.
Digest parity_set_id(const VolumeFront& front) {
  Sha256 hash;
  hash.update(front.manifest.bytes);
  for (const std::string& signature : front.manifest.signatures) hash.update(signature);
  return hash.finish();
}

// The parity files of sealed volumes, read back together with them.
std::vector<AtomicFile> add_parity(const ParityPlan& plan, const VolumeFront& front,
                                   const std::vector<AtomicFile>& volumes, const fs::path& directory,
                                   const std::string& name) {
  std::vector<fs::path> data;
  for (const AtomicFile& volume : volumes) data.push_back(volume.partial());
  std::vector<AtomicFile> files = write_parity(plan, parity_set_id(front), data, directory, name);
  std::vector<fs::path> written;
  for (const AtomicFile& file : files) written.push_back(file.partial());
  const Assessment found = assess(open_parity(written, parity_set_id(front)), data);
  if (!found.is_intact() || found.lost_parity_blocks() > 0)
    throw FormatError("parity files do not read back as they were written; is the medium sound?");
  fault_point("export: parity sealed");
  return files;
}

}  // namespace

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
  std::optional<ParityPlan> parity;
  if (parts.parity) {
    std::vector<std::uint64_t> sizes;
    for (const VolumeContents& contents : manifest.volumes) sizes.push_back(volume_bytes(front, contents));
    parity = plan_parity(*parts.parity, std::move(sizes), parts.max_volume_bytes);
    written.parity_bytes = parity->parity_bytes();
  }
  require_space(directory, total + written.parity_bytes, "writing the bundle");

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
  std::vector<AtomicFile> parity_files;
  if (parity) parity_files = add_parity(*parity, front, files, directory, manifest.bundle_name);
  for (AtomicFile& file : files) {
    file.publish();
    fault_point("export: volume published");
    written.volumes.push_back(file.target());
  }
  for (AtomicFile& file : parity_files) {
    file.publish();
    written.parity.push_back(file.target());
  }
  remove_stale(directory, manifest.bundle_name, written);
  return written;
}

std::string signature_file_name(std::string_view bundle_name, std::size_t number) {
  return fmt::format("{}.{:02}{}", bundle_name, number, signature_extension);
}

}  // namespace ferry::format
