// SPDX-License-Identifier: Apache-2.0
#include "format/schedule_command.h"

#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/process.h"
#include "common/text.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view times_shown = "3";
constexpr std::uint64_t max_unit_bytes = 1024ULL * 1024;

struct InstallOptions {
  std::string directory = "/etc/systemd/system";
  std::string name;
  std::string user = "ferry";
  bool enable = false;
};

// The next times of a calendar expression; nothing where systemd-analyze is not there. Throws UsageError.
std::optional<std::vector<std::string>> next_times(const std::string& calendar) {
  const auto result =
      run_process({"systemd-analyze", "calendar", "--iterations=" + std::string(times_shown), "--", calendar});
  if (!result) return {};
  if (result->code != 0)
    throw UsageError(fmt::format("point.toml: calendar of [schedule]: systemd does not take {}: {}", quote(calendar),
                                 for_terminal(trimmed(result->output))));
  std::vector<std::string> times;
  for (const std::string_view line : split(result->output, '\n')) {
    const std::string_view text = trimmed(line);
    const std::size_t colon = text.find(": ");
    if (colon != std::string_view::npos && (text.starts_with("Next elapse:") || text.starts_with("Iter")))
      times.push_back(for_terminal(trimmed(text.substr(colon + 1))));
  }
  return times;
}

// What `run` and its timer need to know; a point that cannot run must not get a timer.
PointConfig scheduled_config(const Point& point, const ScheduledProgram& scheduled) {
  PointConfig config = point.config();
  if (config.schedule.calendar.empty())
    throw NotFoundError(fmt::format("{} has no calendar in [schedule]; add one such as calendar = \"Mon *-*-* 03:00\"",
                                    quote(point.config_path().native())));
  static_cast<void>(scheduled.folders(config));
  return config;
}

UnitValues unit_values(const Point& point, const PointConfig& config, const ScheduledProgram& scheduled,
                       const InstallOptions& options) {
  UnitValues values;
  values.name = options.name.empty() ? scheduled.name : options.name;
  values.user = options.user;
  values.program = fs::read_symlink("/proc/self/exe");
  values.point = point.directory().lexically_normal();
  values.calendar = config.schedule.calendar;
  values.folders = scheduled.folders(config);
  if (!config.schedule.receipts.empty()) values.folders.push_back(config.schedule.receipts);
  if (scheduled.watches) values.drop_folder = config.schedule.drop_folder;
  return values;
}

// False where the same unit stands there already.
bool install_unit(const fs::path& path, const std::string& text) {
  if (file_exists(path) && read_file(path, max_unit_bytes) == text) return false;
  write_file(path, text);
  return true;
}

void run_systemctl(const std::vector<std::string>& command) {
  const auto result = run_process(command);
  const std::string line = fmt::format("{}", fmt::join(command, " "));
  if (!result) throw NotFoundError(fmt::format("there is no systemctl to run {}; the units are written", quote(line)));
  if (result->code != 0)
    throw Error(fmt::format("{} failed: {}", quote(line), for_terminal(trimmed(result->output), 1000)));
}

ExitCode install(const Console& console, const std::string& point_option, const ScheduledProgram& scheduled,
                 const InstallOptions& options) {
  const Point point(Point::choose_directory(point_option));
  const PointConfig config = scheduled_config(point, scheduled);
  const bool is_checked = next_times(config.schedule.calendar).has_value();
  if (!is_checked)
    console.warn("there is no systemd-analyze here, so nobody looked whether systemd takes the calendar expression");
  const UnitValues values = unit_values(point, config, scheduled, options);
  const fs::path directory = fs::absolute(options.directory);
  std::error_code error;
  if (!fs::is_directory(directory, error))
    throw NotFoundError(fmt::format("there is no directory {} for units; make it, or name another with --directory",
                                    quote(directory.native())));
  bool any = false;
  Json files = Json::array();
  for (const Unit& unit : fill_units(scheduled.units, values)) {
    const bool is_new = install_unit(directory / unit.file_name, unit.text);
    any |= is_new;
    files.push_back((directory / unit.file_name).native());
    console.say(fmt::format("{} {}", is_new ? "wrote" : "unchanged",
                            for_terminal((directory / unit.file_name).native(), 4096)));
  }
  std::vector<std::vector<std::string>> commands{{"systemctl", "daemon-reload"}};
  commands.push_back({"systemctl", "enable", "--now"});
  for (const std::string& suffix : scheduled.activators) commands.back().push_back(values.name + suffix);
  Json lines = Json::array();
  for (const auto& command : commands) lines.push_back(fmt::format("{}", fmt::join(command, " ")));
  if (options.enable) {
    for (const auto& command : commands) run_systemctl(command);
  } else {
    console.say("now run:");
    for (const Json& line : lines) console.say("  " + line.get<std::string>());
  }
  if (any) console.note(point.audit(SystemClock(), "schedule", Json{{"units", files}, {"enabled", options.enable}}));
  console.emit(Json{{"version", 1},
                    {"units", files},
                    {"changed", any},
                    {"calendar_checked", is_checked},
                    {"commands", lines},
                    {"enabled", options.enable}});
  return any || options.enable ? ExitCode::done : ExitCode::nothing_to_do;
}

ExitCode show(const Console& console, const std::string& point_option, const ScheduledProgram& scheduled) {
  const Point point(Point::choose_directory(point_option));
  const PointConfig config = scheduled_config(point, scheduled);
  const auto times = next_times(config.schedule.calendar);
  Json folders = Json::array();
  console.say(fmt::format("{} run: {}", scheduled.name, config.schedule.calendar));
  if (times) {
    for (const std::string& time : *times) console.say("  next " + time);
  }
  for (const fs::path& folder : scheduled.folders(config)) {
    folders.push_back(folder.native());
    console.say(fmt::format("{} {}", scheduled.watches ? "watches" : "drops into", quote(folder.native())));
  }
  console.emit(Json{{"version", 1},
                    {"calendar", config.schedule.calendar},
                    {"next", times ? Json(*times) : Json(nullptr)},
                    {"folders", folders},
                    {"keep", config.schedule.keep},
                    {"after_import", config.schedule.removes_applied ? "remove" : "keep"}});
  return ExitCode::done;
}

}  // namespace

void add_schedule_commands(Program& program, const std::string& point_option, ScheduledProgram described) {
  Console& console = program.console();
  const auto scheduled = std::make_shared<const ScheduledProgram>(std::move(described));
  CLI::App& group = program.command_group("schedule", "Units of systemd that start 'run', as [schedule] says");
  auto options = std::make_shared<InstallOptions>();
  CLI::App& command = program.command_in(
      group, "install", "Write the units for this point, and say how to start them",
      scheduled->name + " schedule install",
      [&console, &point_option, scheduled, options] { return install(console, point_option, *scheduled, *options); });
  command.add_option("--directory", options->directory, "Where units lie (default: /etc/systemd/system)")
      ->type_name("DIR");
  command.add_option("--name", options->name, "Name of the units, where one machine has several points")
      ->type_name("NAME");
  command.add_option("--user", options->user, "Account that runs it, and owns the point (default: ferry)")
      ->type_name("USER");
  command.add_flag("--enable", options->enable, "Run the systemctl commands, too");
  program.command_in(group, "show", "What is scheduled, and the next times", scheduled->name + " schedule show",
                     [&console, &point_option, scheduled] { return show(console, point_option, *scheduled); });
}

}  // namespace ferry::format
