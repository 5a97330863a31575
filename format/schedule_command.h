// SPDX-License-Identifier: Apache-2.0
// `schedule install` and `schedule show`, the same in both programs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/cli.h"
#include "format/point.h"
#include "format/schedule_units.h"

namespace ferry::format {

struct ScheduledProgram {
  std::string name;  // "ferry-export"
  std::vector<UnitTemplate> units;
  std::vector<std::string> activators;  // the units to enable, by suffix: ".timer"
  bool watches = false;                 // the drop folder
  // Where it drops or finds bundles. Throws UsageError where point.toml says too little for `run`.
  std::function<std::vector<std::filesystem::path>(const PointConfig&)> folders;
};

// `point_option` is what --point said; it must outlive the program.
void add_schedule_commands(Program& program, const std::string& point_option, ScheduledProgram scheduled);

}  // namespace ferry::format
