// SPDX-License-Identifier: Apache-2.0
#include "exporter/commands.h"
#include "format/backup_command.h"
#include "format/browse.h"
#include "format/completion_command.h"
#include "format/content_commands.h"
#include "format/decision_commands.h"
#include "format/log_command.h"
#include "format/run.h"
#include "format/version.h"
#include "format/write_command.h"

namespace {

int run(int argc, char** argv) {
  std::string point;
  ferry::Program program("ferry-export",
                         "Packs what disconnected sites lack of an update catalog into signed bundles.");
  program.app()
      .add_option("--point", point, "Directory of the point; else FERRY_POINT, else /var/lib/ferry")
      ->type_name("DIR");
  program.app().set_version_flag("--version", "ferry-export " FERRY_VERSION);
  ferry::exporter::add_point_commands(program, point);
  ferry::exporter::add_trust_commands(program, point);
  ferry::exporter::add_sync_command(program, point);
  ferry::format::add_browse_commands(program, point);
  ferry::format::add_content_commands(program, point);
  ferry::format::add_decision_commands(program, point);
  ferry::exporter::add_fetch_command(program, point);
  ferry::exporter::add_status_commands(program, point);
  ferry::exporter::add_ignore_command(program, point);
  ferry::exporter::add_history_commands(program, point);
  ferry::exporter::add_preview_command(program, point);
  ferry::exporter::add_export_commands(program, point);
  ferry::exporter::add_receipt_command(program, point);
  ferry::exporter::add_run_command(program, point);
  ferry::exporter::add_sign_command(program, point);
  ferry::exporter::add_split_command(program, point);
  ferry::format::add_backup_command(program, point);
  ferry::format::add_log_command(program, point);
  ferry::format::add_write_commands(program, point);
  ferry::format::add_completion_command(program);
  ferry::format::log_runs(program);
  if (const auto code = ferry::format::answer_completion(program, argc, argv)) return *code;
  return program.main(argc, argv);
}

}  // namespace

int main(int argc, char** argv) { return ferry::guarded_main("ferry-export", argc, argv, &run); }
