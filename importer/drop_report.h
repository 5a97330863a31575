// SPDX-License-Identifier: Apache-2.0
// What people and scripts are told of the drop folder; for `run` and `status`.
#pragma once

#include "common/cli.h"
#include "importer/drop_run.h"

namespace ferry::importer {

// What the last `run` left in the drop folder and why, a bundle each, from what the catalog remembers.
[[nodiscard]] std::vector<DropEntry> remembered_drops(format::Catalog& catalog);

// [{"bundle","files","result","code","error","examined"}]
[[nodiscard]] Json drops_json(const std::vector<DropEntry>& entries);
// A line for each that was not applied.
[[nodiscard]] std::vector<std::string> drop_lines(const std::vector<DropEntry>& entries);

}  // namespace ferry::importer
