// SPDX-License-Identifier: Apache-2.0
// What people and scripts are told of bundles that were tried; for `import`, `diff` and `run`.
#pragma once

#include <string>
#include <vector>

#include "common/cli.h"
#include "importer/import_run.h"

namespace ferry::importer {

// A word for a shell, as a person would type it again.
[[nodiscard]] std::string shell_word(const std::string& text);

// The command that imports the places, for a message that says what to add to it.
[[nodiscard]] std::string command_again(const std::string& point_option, const std::vector<std::string>& places,
                                        const Overrides& overrides);

// `feed`, `generation` and `state` are where the bundle leads, whether it was applied or not; null where its
// signatures did not hold.
[[nodiscard]] Json to_json(const Attempt& attempt, bool is_staged = false);
// With the same members.
[[nodiscard]] Json to_json(const format::UnreadableVolume& volume);
[[nodiscard]] Json repairs_json(const ImportRun& run);

void say_attempt(const Console& console, const Attempt& attempt, bool dry_run);
void say_repairs(const Console& console, const ImportRun& run);

}  // namespace ferry::importer
