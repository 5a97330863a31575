// SPDX-License-Identifier: Apache-2.0
// The commands `status` and `report` that both programs have: what a program reads of its point, printed in every form.
#pragma once

#include <functional>
#include <string>

#include "format/point_status.h"

namespace ferry::format {

// Adds both. `read` gives the status when one of them runs.
void add_status_command(Program& program, const std::string& description, std::function<PointStatus()> read);

}  // namespace ferry::format
