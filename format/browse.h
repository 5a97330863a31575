// SPDX-License-Identifier: Apache-2.0
// The commands that both programs have, the same in both: list, show, check.
#pragma once

#include <string>

#include "common/cli.h"
#include "format/update.h"

namespace ferry::format {

// Adds them. `point_option` is what --point said; it must outlive the program.
void add_browse_commands(Program& program, const std::string& point_option);

// The whole model of one stored document, as `show --json` prints it.
[[nodiscard]] Json to_json(const Update& update);

// One line for people: a title that cannot harm a terminal.
[[nodiscard]] std::string title_line(const Update& update);

}  // namespace ferry::format
