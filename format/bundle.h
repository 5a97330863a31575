// SPDX-License-Identifier: Apache-2.0
// A bundle: all volumes of one manifest, written as one thing and found again as one thing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/error.h"
#include "format/parity.h"
#include "format/volume.h"

namespace ferry::format {

// <feed>[_<site>]_g<base>-g<target>_<full|delta>, or, since there may be several to one generation,
// <feed>[_<site>]_g<target>_content-<created, 20261123t120000z>
[[nodiscard]] std::string bundle_name(const Manifest& manifest);

struct WrittenBundle {
  std::vector<std::filesystem::path> volumes;
  std::vector<std::filesystem::path> parity;
  std::uint64_t bytes = 0;  // of all volumes
  std::uint64_t parity_bytes = 0;
  Digest manifest;                       // of the manifest's bytes
  std::uint64_t resumed = 0;             // volumes that an earlier run had written
  std::uint64_t signatures_missing = 0;  // until they lie beside it, no site takes it
};

// What goes into a bundle besides the manifest's own facts.
struct BundleParts {
  std::vector<ChunkInfo> chunks;
  std::filesystem::path spool;         // where the chunks lie
  std::vector<ContentFile> files;      // payload to carry, in any order
  ContentStore store{{}};              // where it lies
  std::vector<SignedTrust> trust;      // versions 1 … current
  std::vector<Signer> signers;         // fewer than the threshold: others add theirs beside the volumes
  std::uint64_t max_volume_bytes = 0;  // 0 = one volume
  std::optional<ParityMode> parity;    // parity files beside the volumes
  std::function<void(std::uint64_t)> progress = [](std::uint64_t) {};  // bytes written and read back
};

// A bundle that is signed and not written yet. Kept together with its chunks it can be written again after a run that
// was cut off, and goes on where that was.
struct PreparedBundle {
  Manifest manifest;  // complete, with its volumes
  VolumeFront front;
  bool resumes = false;  // look for what an earlier run left in the directory
};
// Distributes chunks and files over volumes and signs. Throws UsageError when the volumes are too small, TrustError.
[[nodiscard]] PreparedBundle prepare_bundle(Manifest manifest, const BundleParts& parts);
// The volumes that a bundle of these parts has, without signing: each of `signatures` is taken to have
// `signature_bytes`. Digests of parts of files are left open. Throws UsageError when the volumes are too small.
[[nodiscard]] std::vector<VolumeContents> plan_volumes(Manifest manifest, const BundleParts& parts,
                                                       std::size_t signatures, std::size_t signature_bytes);
// Writes as below; of `parts` the trust, the spool, the files' store, the sizes and parity count. Where there are
// several volumes, those that were finished stay under hidden names after an exception, for a run that resumes.
[[nodiscard]] WrittenBundle write_bundle(const PreparedBundle& prepared, const BundleParts& parts,
                                         const std::filesystem::path& directory);

// Distributes chunks and files over volumes, signs, writes, reads everything back and verifies it against the
// current trust file, and only then gives the files their final names, in `directory`. Files of an older bundle
// of the name are replaced or removed. Throws UsageError when the volumes are too small, IoError, TrustError; no file
// stays under a final name.
[[nodiscard]] WrittenBundle write_bundle(Manifest manifest, const BundleParts& parts,
                                         const std::filesystem::path& directory);

// Volumes found in one or several places that carry the same manifest.
struct FoundBundle {
  std::vector<VolumeReader> volumes;  // never empty; fronts are all equal
  std::vector<std::string> beside;    // signature files that lie beside them, for this bundle or another
  [[nodiscard]] const VolumeFront& front() const { return volumes.front().front(); }
};

// Signatures of the front and those beside the volumes, in the order in which they are counted.
[[nodiscard]] std::vector<std::string> all_signatures(const FoundBundle& bundle);

// Checks signatures, those beside the volumes included, and the trust files in the front. REQUIRES: `trust`
// went along with them (TrustChain::follow). Throws as verify_manifest() and check_front() do.
[[nodiscard]] VerifiedManifest verify_bundle(const FoundBundle& bundle, const TrustFile& trust,
                                             std::optional<Time> certificates_at = {});

// Where a signature that is made later goes: <bundle name>.01.p7s and so on, beside the volumes.
[[nodiscard]] std::string signature_file_name(std::string_view bundle_name, std::size_t number);
inline constexpr std::string_view signature_extension = ".p7s";
// Where the change report of a bundle goes: <bundle name>.html, beside the volumes.
[[nodiscard]] std::string change_page_name(std::string_view bundle_name);

// A file that was offered and cannot be part of any bundle.
struct UnreadableVolume {
  std::filesystem::path path;
  std::string error;
  ExitCode code;
};

struct FoundBundles {
  std::vector<FoundBundle> bundles;
  std::vector<UnreadableVolume> unreadable;
};

// What a file is to a bundle of this name, as its own name says.
enum class FileRole { none, volume, partial, parity, signature, report };
[[nodiscard]] FileRole role_of(std::string_view file_name, std::string_view bundle_name);

// The files, and all *.ferry files of the directories, in the order of their names; of a directory without any, none.
[[nodiscard]] std::vector<std::filesystem::path> volumes_in(const std::vector<std::filesystem::path>& places);

// Looks at files, and at all *.ferry files of directories (not below them), in the order of their names;
// collects the signature files (*.p7s) that lie in the same directories.
// Throws NotFoundError for a path that does not exist or a directory without any volume.
[[nodiscard]] FoundBundles find_bundles(const std::vector<std::filesystem::path>& places);

// The volumes of a manifest that were found, each identified by what it is.
struct VolumeSet {
  std::vector<VolumeReader*> volumes;  // in order; nullptr for one that is not there
  std::string faults;                  // "; 'FILE': …" for each that cannot be used
};
[[nodiscard]] VolumeSet identify_volumes(FoundBundle& bundle, const VerifiedManifest& manifest);

// A FormatError (15) that names the volumes that are missing and what is wrong with others.
class VolumesMissing : public FormatError {
 public:
  VolumesMissing(std::string message, bool has_faults) : FormatError(std::move(message)), has_faults_(has_faults) {}
  [[nodiscard]] bool has_faults() const noexcept { return has_faults_; }  // of volumes that are there

 private:
  bool has_faults_;
};
// Throws it unless every volume is there, or `is_staged` from an earlier run, and nothing is wrong.
void require_complete(const VolumeSet& set, const VerifiedManifest& manifest,
                      const std::function<bool(std::size_t)>& is_staged = {});

// Both: every volume, in order.
[[nodiscard]] std::vector<VolumeReader*> complete_set(FoundBundle& bundle, const VerifiedManifest& manifest);
// Reads all of them, one after the other. Throws as complete_set() and VolumeReader::check().
void check_volumes(FoundBundle& bundle, const VerifiedManifest& manifest, MemberTaker& taker);

}  // namespace ferry::format
