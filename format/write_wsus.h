// SPDX-License-Identifier: Apache-2.0
// `write wsus`: a package for `wsusutil import`, and what its target must be like.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/cli.h"
#include "format/catalog/serving.h"
#include "format/point.h"

namespace ferry::format {

// The feeds whose members are written: all of them, or those of this name. Throws NotFoundError where there is none.
[[nodiscard]] std::vector<ServedFeed> feeds_to_write(Catalog& catalog, const PointConfig& config,
                                                     const std::string& name);
// A name for a file to write; throws UsageError where something stands there, unless `force` says to replace a file.
void require_target(const std::filesystem::path& target, bool force);

// Gives 2 where there is nothing to write, 4 where documents had to be left out.
ExitCode write_wsus(const Console& console, const Point& point, const std::filesystem::path& file,
                    const std::string& feed, bool force);

}  // namespace ferry::format
