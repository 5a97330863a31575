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

std::vector<std::string> sign_all(const std::string& manifest, const std::vector<Signer>& signers, Time time) {
  std::vector<std::string> signatures;
  for (const Signer& signer : signers) signatures.push_back(cms_sign(manifest, signer.key, signer.certificate, time));
  return signatures;
}

// The manifest lists the volumes and stands in each of them, so its size and the distribution depend on each
// other: more volumes make it longer, never shorter, so taking the longer one ends after a few rounds.
VolumeFront settle_volumes(Manifest& manifest, const BundleParts& parts) {
  VolumeFront front;
  front.trust_files = parts.trust_files;
  std::uint64_t reserved = 0;
  for (;;) {
    manifest.volumes = distribute(parts.chunks, reserved, parts.max_volume_bytes);
    front.manifest.bytes = encode(manifest);
    front.manifest.signatures = sign_all(front.manifest.bytes, parts.signers, manifest.created);
    if (stored_bytes(front) <= reserved) return front;
    VolumeFront padded = front;
    for (std::string& signature : padded.manifest.signatures) signature.append(signature_slack_bytes, '\0');
    reserved = std::max(stored_bytes(padded), reserved);
  }
}

// The exporter's own check of what is on the medium now, under the rules that the site will apply.
void verify_written(const fs::path& file, const VerifiedManifest& manifest, std::size_t index) {
  VolumeReader reader(file);
  if (reader.identify(manifest) != index) throw FormatError(fmt::format("volume {} was written as another one", index));
  reader.check(manifest, index, [](const ChunkInfo&, std::string_view) {});
}

// A second copy of a volume does no harm; which of two different ones is meant, only a person can say.
bool have_same_bytes(const fs::path& left, const fs::path& right) {
  FileSource one(left);
  FileSource two(right);
  std::string left_bytes(256 * 1024, '\0');
  std::string right_bytes(left_bytes.size(), '\0');
  for (std::uint64_t rest = one.size(); rest > 0;) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(rest, left_bytes.size()));
    read_exactly(one, std::span<char>(left_bytes).first(step), left.native());
    read_exactly(two, std::span<char>(right_bytes).first(step), right.native());
    if (left_bytes != right_bytes) return false;
    rest -= step;
  }
  return one.size() == two.size();
}

}  // namespace

std::string bundle_name(const Manifest& manifest) {
  const std::string site = manifest.recipients.empty() ? "" : "_" + manifest.recipients.front();
  return fmt::format("{}{}_g{}-g{}_{}", manifest.feed, site, manifest.base(), manifest.target.generation,
                     name_of(manifest.kind));
}

WrittenBundle write_bundle(Manifest manifest, const BundleParts& parts, const fs::path& directory) {
  manifest.bundle_name = bundle_name(manifest);
  const VolumeFront front = settle_volumes(manifest, parts);
  const VerifiedManifest verified = verify_manifest(front.manifest, parse_trust(parts.trust_files.back()));
  std::uint64_t total = 0;
  for (const auto& chunks : manifest.volumes) total += volume_bytes(front, chunks);
  require_space(directory, total, "writing the bundle");

  WrittenBundle written;
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

FoundBundles find_bundles(const std::vector<fs::path>& places) {
  std::vector<fs::path> files;
  for (const fs::path& place : places) {
    std::error_code error;
    if (!fs::is_directory(place, error)) {
      if (!fs::exists(place, error)) throw NotFoundError(fmt::format("there is no {}", quote(place.native())));
      files.push_back(place);
      continue;
    }
    const std::size_t before = files.size();
    try {
      for (const fs::directory_entry& entry : fs::directory_iterator(place)) {
        if (entry.path().extension() == volume_extension && !entry.path().filename().native().starts_with('.'))
          files.push_back(entry.path());
      }
    } catch (const fs::filesystem_error& failure) {
      throw io_error("read directory", place.native(), failure.code().value());
    }
    if (files.size() == before)
      throw NotFoundError(fmt::format("there is no volume (*{}) in {}", volume_extension, quote(place.native())));
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());

  FoundBundles found;
  for (const fs::path& file : files) {
    try {
      VolumeReader reader(file);
      const auto same = std::find_if(found.bundles.begin(), found.bundles.end(), [&reader](const FoundBundle& bundle) {
        return bundle.front().manifest.bytes == reader.front().manifest.bytes;
      });
      if (same == found.bundles.end()) {
        found.bundles.emplace_back().volumes.push_back(std::move(reader));
      } else if (same->front() == reader.front()) {
        reader.share_front(same->volumes.front());
        same->volumes.push_back(std::move(reader));
      } else {
        throw FormatError(
            fmt::format("volume {}: its signatures or trust files differ from those of {}, which has "
                        "the same manifest; copy the volume again",
                        quote(file.filename().native()), quote(same->volumes.front().path().filename().native())));
      }
    } catch (const Error& error) {
      found.unreadable.push_back({file, error.what(), error.code()});
    }
  }
  return found;
}

std::vector<VolumeReader*> complete_set(FoundBundle& bundle, const VerifiedManifest& manifest) {
  const std::size_t count = manifest->volumes.size();
  std::vector<VolumeReader*> set(count, nullptr);
  std::string faults;
  for (VolumeReader& volume : bundle.volumes) {
    try {
      VolumeReader*& place = set[volume.identify(manifest) - 1];
      if (place == nullptr) {
        place = &volume;
      } else if (!have_same_bytes(place->path(), volume.path())) {
        throw FormatError(fmt::format("is not the same as {}, though it is the same volume; remove the worse one",
                                      quote(place->path().filename().native())));
      }
    } catch (const FormatError& error) {
      faults += fmt::format("; {}: {}", quote(volume.path().filename().native()), error.what());
    }
  }
  std::string missing;
  for (std::size_t i = 0; i < count; ++i) {
    if (set[i] == nullptr)
      missing += (missing.empty() ? "" : ", ") + volume_file_name(manifest->bundle_name, i + 1, count);
  }
  if (missing.empty() && faults.empty()) return set;
  if (!missing.empty())
    faults = fmt::format("; missing of {}: {}", counted(count, "volume", "volumes"), missing) + faults;
  throw FormatError(
      fmt::format("bundle {}{}; bring all volumes together and run again", quote(manifest->bundle_name), faults));
}

}  // namespace ferry::format
