// SPDX-License-Identifier: Apache-2.0
// `write content` and `check --content`: the files of a WsusContent tree, put there and looked at.
#pragma once

#include <filesystem>
#include <string>

#include "common/cli.h"
#include "format/point.h"

namespace ferry::format {

// Gives 2 where all is there already or no feed carries files, 4 where files are missing at the point.
ExitCode write_content(const Console& console, const Point& point, const std::filesystem::path& directory,
                       const std::string& feed, bool may_link);

// Gives 1 where files are missing or wrong; orphaned ones alone are only told. With `all_files`, every file that
// updates name must be there, whatever the feeds carry.
ExitCode check_content(const Console& console, const Point& point, const std::filesystem::path& directory,
                       bool all_files);

}  // namespace ferry::format
