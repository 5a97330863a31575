// SPDX-License-Identifier: Apache-2.0
#include "format/backup_command.h"
#include "format/browse.h"
#include "format/completion_command.h"
#include "format/content_commands.h"
#include "format/decision_commands.h"
#include "format/log_command.h"
#include "format/run.h"
#include "format/version.h"
#include "format/write_command.h"
#include "importer/commands.h"

namespace {

int run(int argc, char** argv) {
  std::string point;
  ferry::Program program("ferry-import", "Verifies signed bundles and merges them into a disconnected catalog.");
  program.app()
      .add_option("--point", point, "Directory of the point; else FERRY_POINT, else /var/lib/ferry")
      ->type_name("DIR");
  program.app().set_version_flag("--version", "ferry-import " FERRY_VERSION);
  ferry::importer::add_point_commands(program, point);
  ferry::importer::add_history_command(program, point);
  ferry::importer::add_status_commands(program, point);
  ferry::importer::add_look_commands(program, point);
  ferry::importer::add_need_command(program, point);
  ferry::importer::add_receipt_command(program, point);
  ferry::importer::add_import_commands(program, point);
  ferry::importer::add_run_command(program, point);
  ferry::importer::add_release_command(program);
  ferry::format::add_browse_commands(program, point);
  ferry::format::add_content_commands(program, point);
  ferry::format::add_decision_commands(program, point);
  ferry::format::add_backup_command(program, point);
  ferry::format::add_log_command(program, point);
  ferry::format::add_write_commands(program, point);
  ferry::format::add_completion_command(program);
  ferry::format::log_runs(program);
  if (const auto code = ferry::format::answer_completion(program, argc, argv)) return *code;
  return program.main(argc, argv);
}

}  // namespace

int main(int argc, char** argv) { return ferry::guarded_main("ferry-import", argc, argv, &run); }
