// SPDX-License-Identifier: Apache-2.0
#include "exporter/drop_folder.h"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/bundle.h"
#include "format/catalog/journal.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;

struct Dropped {
  std::string name;
  std::vector<fs::path> files;
};
// Newest first, by the number of the export.
using DroppedBundles = std::map<std::int64_t, Dropped, std::greater<>>;

DroppedBundles bundles_in(format::Catalog& catalog, const fs::path& folder, const std::string& site) {
  DroppedBundles bundles;
  for (const fs::path& file : format::volumes_in({folder})) {
    try {
      const format::VolumeReader reader(file);
      const auto entry = format::find_export(catalog, site, sha256(reader.front().manifest.bytes));
      if (!entry) continue;
      Dropped& bundle = bundles[entry->id];
      bundle.name = entry->name;
      bundle.files.push_back(file);
    } catch (const FormatError&) {
      continue;  // not a volume, so not ours to remove
    } catch (const NotFoundError&) {
      continue;  // whoever carries it took it away meanwhile
    }
  }
  return bundles;
}

// What belongs to a bundle and says so by its name alone.
std::vector<fs::path> companions(const fs::path& folder, const std::string& name) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const format::FileRole role = format::role_of(entry.path().filename().native(), name);
    if (role == format::FileRole::parity || role == format::FileRole::signature || role == format::FileRole::report)
      files.push_back(entry.path());
  }
  return files;
}

}  // namespace

fs::path drop_folder_of(const format::PointConfig& config, const format::SiteConfig& site) {
  if (!site.drop_folder.empty()) return site.drop_folder;
  if (!config.schedule.drop_folder.empty()) return config.schedule.drop_folder / site.name;
  throw UsageError(
      fmt::format("point.toml says no folder for the bundles of site {}; add drop-folder to [schedule], or to the site",
                  quote(site.name)));
}

std::vector<fs::path> drop_folders(const format::PointConfig& config) {
  if (config.sites.empty()) throw UsageError("point.toml names no [[site]]; add one");
  std::vector<fs::path> folders;
  for (const format::SiteConfig& site : config.sites) {
    const fs::path folder = site.drop_folder.empty() ? drop_folder_of(config, site).parent_path() : site.drop_folder;
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(folder);
  }
  return folders;
}

void require_drop_folder(const format::PointConfig& config, const format::SiteConfig& site) {
  const fs::path& named = site.drop_folder.empty() ? config.schedule.drop_folder : site.drop_folder;
  std::error_code error;
  if (!fs::is_directory(named, error))
    throw IoError(
        fmt::format("there is no drop folder {}; mount it or make it, then run again", quote(named.native())));
}

std::vector<RemovedBundle> remove_old_bundles(format::Catalog& catalog, const fs::path& folder, const std::string& site,
                                              std::uint64_t keep) {
  std::vector<RemovedBundle> removed;
  std::error_code error;
  if (!fs::is_directory(folder, error)) return removed;
  std::uint64_t kept = 0;
  for (const auto& [id, bundle] : bundles_in(catalog, folder, site)) {
    if (kept++ < keep) continue;
    RemovedBundle gone{bundle.name, bundle.files};
    for (const fs::path& file : companions(folder, bundle.name)) gone.files.push_back(file);
    for (const fs::path& file : gone.files) {
      if (!fs::remove(file, error) && error) throw io_error("remove", file.native(), error.value());
    }
    removed.push_back(std::move(gone));
  }
  return removed;
}

}  // namespace ferry::exporter
