// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>

#include <fmt/format.h>

#include "common/file.h"
#include "common/text.h"
#include "format/schedule_command.h"
#include "format/site_key.h"
#include "importer/commands.h"
#include "importer/drop_report.h"
#include "importer/gatekeeper.h"
#include "importer/receipt_job.h"
#include "importer/units.h"

namespace ferry::importer {
namespace {

Json to_json(const DropReport& report) {
  Json entries = drops_json(report.entries);
  for (std::size_t i = 0; i < report.entries.size(); ++i) {
    const DropEntry& entry = report.entries[i];
    entries[i]["new"] = entry.is_news;
    entries[i]["removed"] = entry.is_removed;
    entries[i]["import"] = entry.json ? *entry.json : Json(nullptr);
  }
  return Json{{"version", 1},
              {"code", static_cast<int>(report.code())},
              {"folder", report.folder.native()},
              {"bundles", entries},
              {"repaired", report.repaired}};
}

// The steps as `import` logs them, without those that came out as before; then the run.
void audit(const Console& console, const format::Point& point, const DropReport& report,
           std::chrono::milliseconds taken) {
  const SystemClock clock;
  Json counts = Json::object();
  for (const DropEntry& entry : report.entries) {
    if (entry.json && entry.is_news && entry.result != "waiting")
      console.note(point.audit(clock, "import", *entry.json));
    if (entry.is_removed)
      console.note(point.audit(clock, "drop-remove", Json{{"name", entry.bundle}, {"files", entry.files.size()}}));
    counts[entry.result] = counts.value(entry.result, 0) + 1;
  }
  console.note(point.audit(clock, "run",
                           Json{{"code", static_cast<int>(report.code())},
                                {"bundles", counts},
                                {"applied", report.count("applied")},
                                {"refused", report.count("refused")},
                                {"milliseconds", taken.count()}}));
}

// What the site holds now, where [schedule] names a folder for it. Gives the file. What was imported stays imported, so
// a receipt that cannot be written makes the run incomplete and no more.
std::string write_receipt(const Console& console, const format::Point& point, ExitCode& code) try {
  const std::filesystem::path folder = point.config().schedule.receipts;
  if (folder.empty()) return {};
  const SystemClock clock;
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  const format::Receipt receipt = make_receipt(point, catalog, clock.now());
  const std::filesystem::path file = folder / (receipt.site + std::string(format::receipt_extension));
  write_file(file, format::sign_receipt(receipt, format::open_site_key(point, clock.now())));
  catalog.database().checkpoint();
  console.note(point.audit(clock, "receipt", Json{{"serial", receipt.serial}, {"file", file.native()}}));
  return file.native();
} catch (const Error& error) {
  console.warn(fmt::format("no receipt was written: {}; the next run, or 'ferry-import receipt -o FILE', writes one",
                           error.what()));
  if (code == ExitCode::done || code == ExitCode::nothing_to_do) code = ExitCode::incomplete;
  return {};
}

ExitCode run(const Console& console, const std::string& point_option, bool forget) {
  confine(console);
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const auto start = std::chrono::steady_clock::now();
  refuse_one_step(point.config().import);
  DropOptions options;
  options.forget = forget;
  options.again = command_again(point_option, {point.config().schedule.drop_folder.native()}, {});
  const DropReport report = run_drop_folder(console, point, options, SystemClock());
  audit(console, point, report,
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start));
  ExitCode code = report.code();
  const std::string receipt = write_receipt(console, point, code);
  console.say(fmt::format("drop folder {}: {} applied, {} newly refused, {} in all", quote(report.folder.native()),
                          counted(report.count("applied"), "bundle", "bundles"), format_count(report.count("refused")),
                          format_count(report.entries.size())));
  for (const std::string& line : drop_lines(report.entries)) console.say(line);
  Json json = to_json(report);
  json["code"] = static_cast<int>(code);
  json["receipt"] = receipt.empty() ? Json(nullptr) : Json(receipt);
  console.emit(json);
  return code;
}

}  // namespace

void add_run_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto forget = std::make_shared<bool>(false);
  CLI::App& command = program.command("run", "What a timer starts: take what is new in the drop folder of point.toml",
                                      "ferry-import --point /var/lib/ferry run", [&console, &point_option, forget] {
                                        return run(console, point_option, *forget);
                                      });
  command.add_flag("--forget", *forget,
                   "Look at everything in the folder again, also at bundles whose import was taken back");
  format::ScheduledProgram scheduled;
  scheduled.name = "ferry-import";
  scheduled.units = {{".service", service_template}, {".timer", timer_template}, {".path", path_template}};
  scheduled.activators = {".timer", ".path"};
  scheduled.watches = true;
  scheduled.folders = [](const format::PointConfig& config) {
    return std::vector<std::filesystem::path>{drop_folder_of(config)};
  };
  format::add_schedule_commands(program, point_option, std::move(scheduled));
}

}  // namespace ferry::importer
