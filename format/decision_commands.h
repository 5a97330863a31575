// SPDX-License-Identifier: Apache-2.0
// The commands on decisions about updates that both programs have, the same in both: approve, decline, hide, unhide,
// note, undecide, decisions.
#pragma once

#include <string>

#include "common/cli.h"
#include "format/catalog/decisions.h"

namespace ferry::format {

// Adds them. `point_option` is what --point said; it must outlive the program.
void add_decision_commands(Program& program, const std::string& point_option);

// {"decision","approvals":[{"group","deadline","by","at"}],"declined","hidden","note","upstream":[feeds]}
[[nodiscard]] Json to_json(const Decision& decision, UpstreamApprovals landing);
// Lines for people: one for each approval, the decline, the suggestion, that it is hidden, and the note.
[[nodiscard]] std::vector<std::string> describe(const Decision& decision, UpstreamApprovals landing);

// A line about so many decisions that are worth a look; none for 0.
void say_attention(const Console& console, std::size_t count, std::string_view since = "");

}  // namespace ferry::format
