// SPDX-License-Identifier: Apache-2.0
// `backup FILE` of both programs: a copy of the catalog that was read back before it got its name.
#pragma once

#include <string>

#include "common/cli.h"

namespace ferry::format {

// Adds the command. `point_option` is what --point said; it must outlive the program.
void add_backup_command(Program& program, const std::string& point_option);

}  // namespace ferry::format
