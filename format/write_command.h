// SPDX-License-Identifier: Apache-2.0
// `write wsus`, `write scup`, `write content`: what a point holds as files that other programs take. The same in both
// programs.
#pragma once

#include <string>

#include "common/cli.h"

namespace ferry::format {

// Adds them. `point_option` is what --point said; it must outlive the program.
void add_write_commands(Program& program, const std::string& point_option);

}  // namespace ferry::format
