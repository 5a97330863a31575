// SPDX-License-Identifier: Apache-2.0
// The reading half of bundle.h: from paths to complete sets of volumes.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/bundle.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

constexpr std::string_view page_extension = ".html";

namespace fs = std::filesystem;

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

// All *`extension` files of a directory, but none that is hidden or still being written.
std::vector<fs::path> files_of(const fs::path& directory, std::string_view extension) {
  std::vector<fs::path> files;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
      if (entry.path().extension() == extension && !entry.path().filename().native().starts_with('.'))
        files.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& failure) {
    throw io_error("read directory", directory.native(), failure.code().value());
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct SignatureFile {
  std::string name;
  std::string bytes;
};

// What the names of a bundle's signature files begin with, told from one of its volumes.
std::string signature_prefix(const fs::path& volume) {
  const std::string name = volume.filename().native();
  return name.substr(0, name.rfind("_v")) + ".";
}

// Signatures beside the volumes, those first whose names begin as a volume's, so that no heap of junk can
// crowd them out. What they sign, only verification tells; one that cannot be read counts as none.
std::vector<SignatureFile> signature_files(const std::vector<fs::path>& volumes) {
  std::set<fs::path> directories;
  std::set<std::string> prefixes;
  for (const fs::path& volume : volumes) {
    directories.insert(volume.parent_path());
    prefixes.insert(signature_prefix(volume));
  }
  std::vector<fs::path> files;
  for (const fs::path& directory : directories) {
    const std::vector<fs::path> found = files_of(directory.empty() ? "." : directory, signature_extension);
    files.insert(files.end(), found.begin(), found.end());
  }
  std::stable_partition(files.begin(), files.end(), [&prefixes](const fs::path& file) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&file](const std::string& prefix) { return file.filename().native().starts_with(prefix); });
  });
  std::vector<SignatureFile> signatures;
  for (const fs::path& file : files) {
    if (signatures.size() == limits::max_signature_files) break;
    try {
      signatures.push_back({file.filename().native(), read_file(file, max_signature_bytes)});
    } catch (const Error&) {
      continue;
    }
  }
  return signatures;
}

// All of this bundle's name, then a few of the others.
std::vector<std::string> signatures_for(const FoundBundle& bundle, const std::vector<SignatureFile>& files) {
  const std::string prefix = signature_prefix(bundle.volumes.front().path());
  std::vector<std::string> chosen;
  std::vector<std::string> foreign;
  for (const SignatureFile& file : files) {
    if (file.name.starts_with(prefix)) {
      chosen.push_back(file.bytes);
    } else if (foreign.size() < limits::max_foreign_signatures) {
      foreign.push_back(file.bytes);
    }
  }
  chosen.insert(chosen.end(), foreign.begin(), foreign.end());
  return chosen;
}

// Puts a volume to those of its bundle, or begins a new one.
void add_volume(FoundBundles& found, VolumeReader reader) {
  const auto same = std::find_if(found.bundles.begin(), found.bundles.end(), [&reader](const FoundBundle& bundle) {
    return bundle.front().manifest.bytes == reader.front().manifest.bytes;
  });
  if (same == found.bundles.end()) {
    std::uint64_t held = stored_bytes(reader.front());
    for (const FoundBundle& bundle : found.bundles) held += stored_bytes(bundle.front());
    if (held > limits::max_fronts_bytes)
      throw Error(
          fmt::format("the manifests and trust files of all these bundles have more than {} bytes; run again "
                      "with fewer bundles at a time",
                      limits::max_fronts_bytes));
    found.bundles.emplace_back().volumes.push_back(std::move(reader));
    return;
  }
  if (same->front() != reader.front())
    throw FormatError(
        fmt::format("volume {}: its signatures or trust files differ from those of {}, which has the same manifest; "
                    "copy the volume again",
                    quote(reader.path().filename().native()), quote(same->volumes.front().path().filename().native())));
  reader.share_front(same->volumes.front());
  same->volumes.push_back(std::move(reader));
}

}  // namespace

std::vector<std::string> all_signatures(const FoundBundle& bundle) {
  std::vector<std::string> all = bundle.front().manifest.signatures;
  all.insert(all.end(), bundle.beside.begin(), bundle.beside.end());
  return all;
}

VerifiedManifest verify_bundle(const FoundBundle& bundle, const TrustFile& trust, std::optional<Time> certificates_at) {
  VerifiedManifest manifest = verify_manifest(bundle.front().manifest, trust, {bundle.beside, certificates_at});
  check_front(bundle.front(), manifest);
  return manifest;
}

FileRole role_of(std::string_view file_name, std::string_view bundle_name) {
  const bool is_hidden = file_name.starts_with('.');
  std::string_view rest = file_name.substr(is_hidden ? 1 : 0);
  if (!rest.starts_with(bundle_name)) return FileRole::none;
  rest.remove_prefix(bundle_name.size());
  if (is_hidden) return rest.starts_with('_') && rest.ends_with(".partial") ? FileRole::partial : FileRole::none;
  if (rest.starts_with("_v") && rest.ends_with(volume_extension)) return FileRole::volume;
  if (rest.starts_with("_p") && rest.ends_with(parity_extension)) return FileRole::parity;
  if (rest == page_extension) return FileRole::report;
  return rest.starts_with('.') && rest.ends_with(signature_extension) ? FileRole::signature : FileRole::none;
}

std::string change_page_name(std::string_view bundle_name) { return std::string(bundle_name).append(page_extension); }

std::vector<fs::path> volumes_in(const std::vector<fs::path>& places) {
  std::vector<fs::path> files;
  for (const fs::path& place : places) {
    std::error_code error;
    if (!fs::is_directory(place, error)) {
      if (!fs::exists(place, error))
        throw NotFoundError(
            fmt::format("there is no file or folder {}; is the medium mounted?", quote(place.native())));
      files.push_back(place);
      continue;
    }
    const std::vector<fs::path> found = files_of(place, volume_extension);
    files.insert(files.end(), found.begin(), found.end());
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

FoundBundles find_bundles(const std::vector<fs::path>& places) {
  const std::vector<fs::path> files = volumes_in(places);
  for (const fs::path& place : places) {
    std::error_code error;
    if (fs::is_directory(place, error) && files_of(place, volume_extension).empty())
      throw NotFoundError(fmt::format("there is no volume (*{}) in {}", volume_extension, quote(place.native())));
  }
  FoundBundles found;
  for (const fs::path& file : files) {
    try {
      add_volume(found, VolumeReader(file));
    } catch (const Error& error) {
      found.unreadable.push_back({file, error.what(), error.code()});
    }
  }
  const std::vector<SignatureFile> signatures = signature_files(files);
  for (FoundBundle& bundle : found.bundles) bundle.beside = signatures_for(bundle, signatures);
  return found;
}

VolumeSet identify_volumes(FoundBundle& bundle, const VerifiedManifest& manifest) {
  VolumeSet set;
  set.volumes.assign(manifest->volumes.size(), nullptr);
  for (VolumeReader& volume : bundle.volumes) {
    try {
      VolumeReader*& place = set.volumes[volume.identify(manifest) - 1];
      if (place == nullptr) {
        place = &volume;
      } else if (!have_same_bytes(place->path(), volume.path())) {
        throw FormatError(fmt::format("is not the same as {}, though it is the same volume; remove the worse one",
                                      quote(place->path().filename().native())));
      }
    } catch (const FormatError& error) {
      set.faults += fmt::format("; {}: {}", quote(volume.path().filename().native()), error.what());
    }
  }
  return set;
}

void require_complete(const VolumeSet& set, const VerifiedManifest& manifest,
                      const std::function<bool(std::size_t)>& is_staged) {
  const std::size_t count = set.volumes.size();
  std::string missing;
  bool any_staged = false;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_there = is_staged && is_staged(i + 1);
    any_staged |= is_there;
    if (set.volumes[i] == nullptr && !is_there)
      missing += (missing.empty() ? "" : ", ") + volume_file_name(manifest->bundle_name, i + 1, count);
  }
  if (missing.empty() && set.faults.empty()) return;
  std::string text = fmt::format("bundle {}", quote(manifest->bundle_name));
  if (!missing.empty()) text += fmt::format("; missing of {}: {}", counted(count, "volume", "volumes"), missing);
  text += set.faults;
  text += any_staged ? "; the other volumes are read and kept: insert the medium with these and run again"
                     : "; bring all volumes together and run again";
  throw VolumesMissing(text, !set.faults.empty());
}

std::vector<VolumeReader*> complete_set(FoundBundle& bundle, const VerifiedManifest& manifest) {
  VolumeSet set = identify_volumes(bundle, manifest);
  require_complete(set, manifest);
  return std::move(set.volumes);
}

void check_volumes(FoundBundle& bundle, const VerifiedManifest& manifest, MemberTaker& taker) {
  const std::vector<VolumeReader*> volumes = complete_set(bundle, manifest);
  for (std::size_t i = 0; i < volumes.size(); ++i) volumes[i]->check(manifest, i + 1, taker);
}

}  // namespace ferry::format
