// SPDX-License-Identifier: Apache-2.0
// `prune` of both programs: forgets what point.toml's [retain] does not keep, and says what becomes impossible.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/cli.h"
#include "format/catalog/prune.h"
#include "format/point.h"

namespace ferry::format {

// What one feed's prune means for the program's own commands, a line each; empty when nothing.
using PruneConsequences =
    std::function<std::vector<std::string>(Catalog& catalog, const PointConfig& config, const PrunedFeed& feed)>;

// Adds the command. `point_option` is what --point said; it must outlive the program. `consequences` is called before
// anything is committed.
void add_prune_command(Program& program, const std::string& point_option, PruneConsequences consequences);

}  // namespace ferry::format
