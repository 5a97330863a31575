// SPDX-License-Identifier: Apache-2.0
// The command `log` that both programs have, the same in both: the audit log, one readable line a step.
#pragma once

#include <string>

#include "common/cli.h"

namespace ferry::format {

// Adds it. `point_option` is what --point said; it must outlive the program.
void add_log_command(Program& program, const std::string& point_option);

}  // namespace ferry::format
