// SPDX-License-Identifier: Apache-2.0
// `write scup`: a catalog of third-party updates for Configuration Manager.
#pragma once

#include <filesystem>
#include <string>

#include "common/cli.h"
#include "format/point.h"
#include "format/scup_writer.h"

namespace ferry::format {

// Gives 2 where there is nothing to write, 4 where documents had to be left out.
ExitCode write_scup(const Console& console, const Point& point, const std::filesystem::path& out,
                    const std::string& feed, ScupForm form, bool force);

}  // namespace ferry::format
