// SPDX-License-Identifier: Apache-2.0
#include "importer/repair.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/cms.h"
#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/bundle.h"
#include "format/parity.h"

namespace ferry::importer {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t ranges_shown = 4;

// Directories of the places, which is where the parts of a bundle lie.
std::vector<fs::path> directories_of(const std::vector<fs::path>& places) {
  std::vector<fs::path> directories;
  for (const fs::path& place : places) {
    std::error_code error;
    const fs::path directory = fs::is_directory(place, error) ? place : place.parent_path();
    if (std::find(directories.begin(), directories.end(), directory) == directories.end())
      directories.push_back(directory.empty() ? "." : directory);
  }
  return directories;
}

// all_g0-g1_full of all_g0-g1_full_p01of02.parity; empty where no file is called so.
std::string bundle_of(const format::ParitySet& set) {
  for (const fs::path& file : set.files()) {
    const std::string name = file.filename().native();
    const auto end = name.rfind("_p");
    if (!file.empty() && end != std::string::npos) return name.substr(0, end);
  }
  return {};
}

// The data files of a set are volumes, found by their names; a missing one keeps the name that it would have.
std::vector<fs::path> volumes_of(const format::ParitySet& set, const std::string& bundle,
                                 const std::vector<fs::path>& directories) {
  std::vector<fs::path> volumes;
  const std::size_t count = set.shape().data_sizes.size();
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string name = format::volume_file_name(bundle, i, count);
    fs::path found = directories.front() / name;
    for (const fs::path& directory : directories) {
      if (file_exists(directory / name)) found = directory / name;
    }
    volumes.push_back(found);
  }
  return volumes;
}

std::string describe(const format::Assessment& found, std::size_t file, bool beyond_repair) {
  std::string text;
  std::size_t count = 0;
  const auto add = [&](format::ByteRange range) {
    if (count++ < ranges_shown)
      text += fmt::format("{}{} bytes at offset {}", text.empty() ? "" : "; ", range.length, range.offset);
  };
  if (beyond_repair) {
    found.visit_beyond_repair(file, add);
  } else {
    found.visit_damaged(file, add);
  }
  if (count > ranges_shown) text += fmt::format("; and {} more places", count - ranges_shown);
  return text;
}

BundleDamage damage_of(const format::ParitySet& set, const std::string& name, const std::vector<fs::path>& volumes,
                       const format::Assessment& found) {
  BundleDamage damage;
  damage.name = name;
  damage.lost_blocks = found.lost_data_blocks();
  damage.block_bytes = set.shape().block_bytes;
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    if (!found.is_damaged(i)) continue;
    const bool is_repairable = found.is_repairable(i);
    damage.files.push_back({volumes[i], found.is_missing(i), is_repairable, describe(found, i, !is_repairable), {}});
  }
  return damage;
}

// Two sets may claim one bundle, when somebody put a false one there: the better one counts.
void keep_better(std::vector<BundleDamage>& list, BundleDamage damage) {
  for (BundleDamage& other : list) {
    if (other.name != damage.name) continue;
    if (!other.is_repairable() && damage.is_repairable()) other = std::move(damage);
    return;
  }
  list.push_back(std::move(damage));
}

std::vector<BundleDamage> look(const std::vector<fs::path>& places, const fs::path* directory,
                               const std::function<void(std::uint64_t)>& read) {
  const std::vector<fs::path> directories = directories_of(places);
  std::vector<BundleDamage> list;
  std::set<std::string> intact;
  std::size_t number = 0;
  for (const format::ParitySet& set : format::find_parity(directories).sets) {
    const std::string name = bundle_of(set);
    if (name.empty() || intact.count(name) != 0) continue;
    const std::vector<fs::path> volumes = volumes_of(set, name, directories);
    format::Assessment found = format::assess(set, volumes, read);
    if (found.is_intact()) {
      intact.insert(name);
      continue;
    }
    BundleDamage damage = damage_of(set, name, volumes, found);
    if (directory != nullptr) {
      // Side by side, unless two sets claim one bundle.
      const auto is_taken = [&](const fs::path& volume) { return file_exists(*directory / volume.filename()); };
      const bool any_taken = std::any_of(volumes.begin(), volumes.end(), is_taken);
      const fs::path target = any_taken ? *directory / fmt::format("{}", ++number) : *directory;
      make_directories(target);
      const format::Repair repaired = format::repair(set, volumes, std::move(found), target, read);
      for (BundleDamage::File& file : damage.files) {
        const auto at =
            static_cast<std::size_t>(std::find(volumes.begin(), volumes.end(), file.path) - volumes.begin());
        if (repaired.files[at]) file.repaired = *repaired.files[at];
        file.is_repairable = repaired.files[at].has_value();
      }
    }
    keep_better(list, std::move(damage));
  }
  std::erase_if(list, [&intact](const BundleDamage& damage) { return intact.count(damage.name) != 0; });
  return list;
}

// Best effort: one that is too large or cannot be read would count for nothing either.
void copy_signatures(const fs::path& from, const fs::path& to) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(from, error)) {
    const fs::path target = to / entry.path().filename();
    if (entry.path().extension() != format::signature_extension || file_exists(target)) continue;
    try {
      write_file(target, read_file(entry.path(), max_signature_bytes));
    } catch (const Error&) {
      continue;
    }
  }
}

}  // namespace

bool BundleDamage::is_repairable() const {
  return std::all_of(files.begin(), files.end(), [](const File& file) { return file.is_repairable; });
}

std::string BundleDamage::text() const {
  std::string lines;
  for (const File& file : files)
    lines += fmt::format("{}{} {}: {}", lines.empty() ? "" : "; ", quote(file.path.filename().native()),
                         file.is_missing      ? "is missing"
                         : file.is_repairable ? "is damaged"
                                              : "is damaged beyond repair",
                         file.ranges);
  return fmt::format("{}: {} of {} bytes lost: {}", for_terminal(name), counted(lost_blocks, "block", "blocks"),
                     block_bytes, lines);
}

format::FoundBundles find_bundles_or_parity(const std::vector<fs::path>& places) {
  try {
    return format::find_bundles(places);
  } catch (const NotFoundError&) {
    if (format::find_parity(places).sets.empty()) throw;
  }
  return {};
}

std::vector<BundleDamage> assess_damage(const std::vector<fs::path>& places,
                                        const std::function<void(std::uint64_t)>& read) {
  return look(places, nullptr, read);
}

std::vector<BundleDamage> repair_damage(const std::vector<fs::path>& places, const fs::path& directory,
                                        const std::function<void(std::uint64_t)>& read) {
  return look(places, &directory, read);
}

std::vector<fs::path> repaired_places(const std::vector<fs::path>& places, const std::vector<BundleDamage>& repaired) {
  std::set<fs::path> replaced;
  std::vector<fs::path> result;
  for (const BundleDamage& damage : repaired) {
    for (const BundleDamage::File& file : damage.files) {
      if (file.repaired.empty()) continue;
      replaced.insert(file.path);
      result.push_back(file.repaired);
      copy_signatures(file.path.parent_path(), file.repaired.parent_path());
    }
  }
  for (const fs::path& volume : format::volumes_in(places)) {
    if (replaced.count(volume) == 0) result.push_back(volume);
  }
  return result;
}

}  // namespace ferry::importer
