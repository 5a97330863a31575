// SPDX-License-Identifier: Apache-2.0
// The command `serve` that both programs have.
#pragma once

#include <functional>
#include <string>

#include "common/cli.h"
#include "format/point_status.h"

namespace ferry::format {

// `read` gives the status of the point; several threads call it, one at a time. `point_option` is what --point said; it
// must outlive the program.
void add_serve_command(Program& program, const std::string& point_option, std::function<PointStatus()> read);

}  // namespace ferry::format
