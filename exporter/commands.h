// SPDX-License-Identifier: Apache-2.0
// The commands of ferry-export: each adds itself to the program and prints what its job reports.
#pragma once

#include <string>

#include "common/cli.h"

namespace ferry::exporter {

// `point_option` is what --point said; it must outlive the program.
void add_point_commands(Program& program, const std::string& point_option);    // init
void add_trust_commands(Program& program, const std::string& point_option);    // trust …
void add_sync_command(Program& program, const std::string& point_option);      // sync
void add_preview_command(Program& program, const std::string& point_option);   // preview
void add_export_commands(Program& program, const std::string& point_option);   // export
void add_receipt_command(Program& program, const std::string& point_option);   // receipt
void add_run_command(Program& program, const std::string& point_option);       // run, schedule …
void add_sign_command(Program& program, const std::string& point_option);      // sign
void add_split_command(Program& program, const std::string& point_option);     // split
void add_fetch_command(Program& program, const std::string& point_option);     // fetch
void add_status_commands(Program& program, const std::string& point_option);   // feeds, sites, status, report
void add_ignore_command(Program& program, const std::string& point_option);    // ignore
void add_history_commands(Program& program, const std::string& point_option);  // diff, prune

}  // namespace ferry::exporter
