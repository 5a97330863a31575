// SPDX-License-Identifier: Apache-2.0
// The folders into which `run` puts bundles, one for each site: a share, or what a courier or a diode empties.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "format/catalog/catalog.h"
#include "format/point.h"

namespace ferry::exporter {

// The site's own, else one of its name in that of [schedule]. Throws UsageError where point.toml names neither.
[[nodiscard]] std::filesystem::path drop_folder_of(const format::PointConfig& config, const format::SiteConfig& site);

// Those that a person named: the schedule's, and those of sites that have their own. Throws UsageError where a site has
// none, or there is no site.
[[nodiscard]] std::vector<std::filesystem::path> drop_folders(const format::PointConfig& config);

// What a person named must be there: a share that is not mounted would else be filled under its mount point. Throws
// IoError.
void require_drop_folder(const format::PointConfig& config, const format::SiteConfig& site);

struct RemovedBundle {
  std::string name;
  std::vector<std::filesystem::path> files;
};
// Removes all but the newest `keep` bundles that were exported for the site. A file is one of these when its manifest
// stands in the export log; every other file stays. Throws IoError; what was removed before is gone.
std::vector<RemovedBundle> remove_old_bundles(format::Catalog& catalog, const std::filesystem::path& folder,
                                              const std::string& site, std::uint64_t keep);

}  // namespace ferry::exporter
