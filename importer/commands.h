// SPDX-License-Identifier: Apache-2.0
// The commands of ferry-import: each adds itself to the program and prints what its job reports.
#pragma once

#include <string>

#include "common/cli.h"

namespace ferry::importer {

// `point_option` is what --point said; it must outlive the program.
void add_point_commands(Program& program, const std::string& point_option);   // init, trust, undo
void add_history_command(Program& program, const std::string& point_option);  // history
void add_status_commands(Program& program, const std::string& point_option);  // status, report
void add_need_command(Program& program, const std::string& point_option);     // need
void add_receipt_command(Program& program, const std::string& point_option);  // receipt
void add_look_commands(Program& program, const std::string& point_option);    // inspect, verify
void add_import_commands(Program& program, const std::string& point_option);  // import, diff, prune
void add_run_command(Program& program, const std::string& point_option);      // run, schedule …
void add_release_command(Program& program);                                   // release

// Gives up what reading a bundle does not need (common/confine.h); every command that opens one begins so.
void confine(const Console& console);

}  // namespace ferry::importer
