// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "exporter/commands.h"
#include "exporter/export_run.h"
#include "exporter/units.h"
#include "format/schedule_command.h"

namespace ferry::exporter {
namespace {

std::string_view result_of(const SiteDrop& drop) {
  if (!drop.error.empty()) return "failed";
  return drop.bundle.is_null() ? "nothing" : "exported";
}

Json to_json(const SiteDrop& drop) {
  Json removed = Json::array();
  for (const RemovedBundle& bundle : drop.removed) removed.push_back(bundle.name);
  return Json{{"site", drop.site},
              {"folder", drop.folder.native()},
              {"result", result_of(drop)},
              {"code", static_cast<int>(drop.code)},
              {"bundle", drop.bundle},
              {"removed", removed},
              {"error", drop.error.empty() ? Json(nullptr) : Json(drop.error)}};
}

// The line of the log that closes the run; the steps have theirs.
Json summary(const ScheduledExport& run, std::chrono::milliseconds taken) {
  Json sites = Json::array();
  for (const SiteDrop& drop : run.sites)
    sites.push_back(Json{{"site", drop.site}, {"result", result_of(drop)}, {"code", static_cast<int>(drop.code)}});
  return Json{{"code", static_cast<int>(run.code())},
              {"sync", static_cast<int>(run.sync.code)},
              {"sites", sites},
              {"milliseconds", taken.count()}};
}

ExitCode run(const Console& console, const std::string& point_option) {
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const SystemClock clock;
  const auto start = std::chrono::steady_clock::now();
  const ScheduledExport result = run_scheduled_export(console, point, clock);
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  console.note(point.audit(clock, "run", summary(result, taken)));
  Json sites = Json::array();
  for (const SiteDrop& drop : result.sites) sites.push_back(to_json(drop));
  Json receipts = Json::array();
  for (const ReceiptOutcome& receipt : result.receipts) receipts.push_back(receipt.json);
  console.emit(Json{{"version", 1},
                    {"code", static_cast<int>(result.code())},
                    {"sync", result.sync.json},
                    {"receipts", receipts},
                    {"sites", sites}});
  return result.code();
}

}  // namespace

void add_run_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  program.command("run", "What a timer starts: sync, then a bundle for each site that lacks something",
                  "ferry-export --point /var/lib/ferry run",
                  [&console, &point_option] { return run(console, point_option); });
  format::ScheduledProgram scheduled;
  scheduled.name = "ferry-export";
  scheduled.units = {{".service", service_template}, {".timer", timer_template}};
  scheduled.activators = {".timer"};
  scheduled.folders = drop_folders;
  format::add_schedule_commands(program, point_option, std::move(scheduled));
}

}  // namespace ferry::exporter
