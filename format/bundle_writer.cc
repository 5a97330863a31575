// SPDX-License-Identifier: Apache-2.0
// The writing half of bundle.h: from a signed front to volumes on a medium.
#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/bundle.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

// The exporter's own check of what is on the medium now, under the rules that the site will apply.
void verify_written(const fs::path& file, const VolumeFront& front, const VerifiedManifest& manifest, std::size_t index,
                    const std::function<void(std::uint64_t)>& progress) {
  VolumeReader reader(file);
  if (reader.front() != front || reader.identify(manifest) != index)
    throw FormatError(fmt::format("volume {} was written as another one", index));
  ProgressTaker taker(progress);
  reader.check(manifest, index, taker);
}

// Volumes and parity files that an earlier bundle of the name left in the directory, and what runs that were cut off
// left: a courier must not take them for a part of this one.
void remove_stale(const fs::path& directory, const std::string& name, const WrittenBundle& written) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    const FileRole role = role_of(entry.path().filename().native(), name);
    const bool is_volume = role == FileRole::volume || role == FileRole::partial;
    const bool is_parity = role == FileRole::parity;
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
std::vector<AtomicFile> add_parity(const ParityPlan& plan, const VolumeFront& front, const std::vector<fs::path>& data,
                                   const fs::path& directory, const std::string& name) {
  std::vector<AtomicFile> files = write_parity(plan, parity_set_id(front), data, directory, name);
  std::vector<fs::path> written;
  for (const AtomicFile& file : files) written.push_back(file.partial());
  const Assessment found = assess(open_parity(written, parity_set_id(front)), data);
  if (!found.is_intact() || found.lost_parity_blocks() > 0)
    throw FormatError("parity files do not read back as they were written; is the medium sound?");
  fault_point("export: parity sealed");
  return files;
}

// What a site will demand, less the signatures that others have still to make.
VerifiedManifest verify_own(const VolumeFront& front, const BundleParts& parts, std::uint64_t& signatures_missing) {
  TrustFile trust = TrustChain::walk(parts.trust).current();
  const std::size_t counted =
      count_signatures(front.manifest.bytes, front.manifest.signatures, trust.exporter).counted.size();
  signatures_missing = trust.exporter.threshold - std::min<std::uint64_t>(trust.exporter.threshold, counted);
  trust.exporter.threshold -= signatures_missing;
  VerifiedManifest verified = verify_manifest(front.manifest, trust, {});
  check_front(front, verified);
  return verified;
}

// One volume on its way: written now, or found as an earlier run left it.
struct PendingVolume {
  fs::path target;
  bool is_done = false;            // found sound, under its final name or as `file`
  std::optional<AtomicFile> file;  // none: it has its final name already, or is not written yet
  [[nodiscard]] const fs::path& readable() const { return file ? file->partial() : target; }
};

bool is_sound(const fs::path& file, const VolumeFront& front, const VerifiedManifest& manifest, std::size_t index,
              const std::function<void(std::uint64_t)>& progress) {
  try {
    verify_written(file, front, manifest, index, progress);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// What a run that was cut off left of the bundle, read again in full.
std::optional<PendingVolume> left_volume(const fs::path& target, const VolumeFront& front,
                                         const VerifiedManifest& manifest, std::size_t index,
                                         const std::function<void(std::uint64_t)>& progress) {
  if (is_sound(target, front, manifest, index, progress)) return PendingVolume{target, true, {}};
  const fs::path partial = AtomicFile::partial_of(target);
  if (!is_sound(partial, front, manifest, index, progress)) return {};
  return PendingVolume{target, true, AtomicFile::adopt(target)};
}

std::uint64_t bytes_of(const PreparedBundle& prepared, std::size_t index) {
  return volume_bytes(prepared.front, prepared.manifest.volumes[index]);
}

}  // namespace

WrittenBundle write_bundle(const PreparedBundle& prepared, const BundleParts& parts, const fs::path& directory) {
  const VolumeFront& front = prepared.front;
  const Manifest& manifest = prepared.manifest;
  WrittenBundle written;
  const VerifiedManifest verified = verify_own(front, parts, written.signatures_missing);
  written.manifest = verified.digest();
  const std::size_t count = manifest.volumes.size();
  std::vector<std::uint64_t> sizes;
  for (std::size_t i = 0; i < count; ++i) sizes.push_back(bytes_of(prepared, i));
  for (const std::uint64_t size : sizes) written.bytes += size;
  std::optional<ParityPlan> parity;
  if (parts.parity) parity = plan_parity(*parts.parity, std::move(sizes), parts.max_volume_bytes);
  if (parity) written.parity_bytes = parity->parity_bytes();

  std::vector<PendingVolume> volumes;
  std::uint64_t needed = written.parity_bytes;
  for (std::size_t i = 0; i < count; ++i) {
    const fs::path target = directory / volume_file_name(manifest.bundle_name, i + 1, count);
    auto left = prepared.resumes ? left_volume(target, front, verified, i + 1, parts.progress) : std::nullopt;
    if (left) {
      volumes.push_back(std::move(*left));
      ++written.resumed;
    } else {
      volumes.push_back({target, false, {}});
      needed += bytes_of(prepared, i);
    }
  }
  require_space(directory, needed, "writing the bundle");
  std::vector<fs::path> readable;
  for (std::size_t i = 0; i < count; ++i) {
    PendingVolume& volume = volumes[i];
    if (!volume.is_done) {
      volume.file.emplace(volume.target);
      write_volume(*volume.file, front, manifest.volumes[i], parts.spool, parts.store, parts.progress);
      volume.file->seal();
      fault_point("export: volume sealed");
      verify_written(volume.file->partial(), front, verified, i + 1, parts.progress);
      if (count > 1) volume.file->keep();
    }
    readable.push_back(volume.readable());
  }
  std::vector<AtomicFile> parity_files;
  if (parity) parity_files = add_parity(*parity, front, readable, directory, manifest.bundle_name);
  for (PendingVolume& volume : volumes) {
    if (volume.file) volume.file->publish();
    fault_point("export: volume published");
    written.volumes.push_back(volume.target);
  }
  for (AtomicFile& file : parity_files) {
    file.publish();
    written.parity.push_back(file.target());
  }
  remove_stale(directory, manifest.bundle_name, written);
  sync_filesystem(directory);
  return written;
}

WrittenBundle write_bundle(Manifest manifest, const BundleParts& parts, const fs::path& directory) {
  return write_bundle(prepare_bundle(std::move(manifest), parts), parts, directory);
}

}  // namespace ferry::format
