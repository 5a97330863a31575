// SPDX-License-Identifier: Apache-2.0
// The command that both programs have for shells: completion.
#pragma once

#include <optional>
#include <string>

#include "common/cli.h"

namespace ferry::format {

// Adds it. Its scripts are installed, and fit the program whatever commands are added to it.
void add_completion_command(Program& program);

// Where a shell asks what may stand at the cursor (`--complete WORD…`), answers on standard output and gives the exit
// code; nothing for any other command line. Looks at the point without a lock and without a trace; what cannot be
// read there is not offered.
[[nodiscard]] std::optional<int> answer_completion(Program& program, int argc, char** argv);

}  // namespace ferry::format
