// SPDX-License-Identifier: Apache-2.0
#include "format/log_command.h"

#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/audit_log.h"
#include "format/point.h"
#include "format/run.h"

namespace ferry::format {
namespace {

// What is shown unasked: some thousand steps.
constexpr std::uint64_t shown_bytes = 512ULL * 1024;
constexpr std::size_t shortest_run_id = 4;

struct LogOptions {
  std::string run;
  std::string event;
  std::string since;
  bool errors = false;
  bool all = false;

  [[nodiscard]] bool reads_all() const { return all || errors || !run.empty() || !event.empty() || !since.empty(); }
};

// A day or a time, as the log itself writes it.
std::optional<Time> since_of(const LogOptions& options) {
  if (options.since.empty()) return {};
  const auto time =
      Time::parse(options.since.find('T') == std::string::npos ? options.since + "T00:00:00Z" : options.since);
  if (!time)
    throw UsageError(
        fmt::format("--since {}: expected a day or a time in UTC, such as 2026-11-23 or "
                    "2026-11-23T12:00:00Z",
                    quote(options.since)));
  return time;
}

bool is_chosen(const LogLine& line, const LogOptions& options, const std::optional<Time>& since) {
  if (!options.run.empty() && !line.run.starts_with(options.run)) return false;
  if (!options.event.empty() && line.event != options.event) return false;
  if (since && (!line.time || *line.time < *since)) return false;
  return !options.errors || line.is_error();
}

// As it stands, when it can be read; else what can be said of it.
std::string json_line(const LogLine& line) {
  if (line.fields.is_object()) return json_for_terminal(line.text) + "\n";
  const Json unreadable{{"unreadable", line.text.substr(0, 1000)}, {"bytes", line.bytes}};
  return unreadable.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

void say_line(const Console& console, const LogLine& line) {
  const std::string run = line.run.empty() ? "-" : for_terminal(line.run.substr(0, 8), 16);
  console.say(fmt::format("{}  {:<8}  {}{}", line.time ? line.time->text() : std::string("-                   "), run,
                          line.is_error() ? "! " : "  ", describe(line)));
}

ExitCode log(const Console& console, const std::string& point_option, LogOptions options) {
  const Point point(Point::choose_directory(point_option));
  options.run = to_lower(options.run);
  if (!options.run.empty() && options.run.size() < shortest_run_id)
    throw UsageError(fmt::format("--run {}: expected at least {} digits of a run's id, as 'log' shows it",
                                 quote(options.run), shortest_run_id));
  const std::optional<Time> since = since_of(options);
  const std::filesystem::path path = audit_log(point.directory());
  const std::uint64_t from = options.reads_all() ? 0 : log_tail(path, shown_bytes);
  if (from > 0) console.say(fmt::format("… {} of earlier lines; --all shows them", format_size(from)));
  std::uint64_t shown = 0;
  visit_log(path, from, [&](const LogLine& line) {
    if (!is_chosen(line, options, since)) return;
    ++shown;
    if (console.json) {
      console.raw(json_line(line));
    } else {
      say_line(console, line);
    }
  });
  if (shown > 0) return ExitCode::done;
  console.say(options.reads_all() ? "the log has no such line" : "the log is empty");
  return ExitCode::nothing_to_do;
}

}  // namespace

void add_log_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  const std::string& name = program.app().get_name();
  auto options = std::make_shared<LogOptions>();
  CLI::App& command =
      program.command("log", "Show what was done here, step by step, the newest last; --json gives the log's own lines",
                      name + " log --errors --since 2026-11-01\n  " + name + " log --run 3f9a02c1",
                      [&console, &point_option, options] { return log(console, point_option, *options); });
  command.add_option("--run", options->run, "Only this run, by the first digits of its id")->type_name("ID");
  command.add_option("--event", options->event, "Only this kind of step, such as source, feed, export, import, end")
      ->type_name("EVENT");
  command.add_option("--since", options->since, "Only from this day or time on (UTC)")->type_name("TIME");
  command.add_flag("--errors", options->errors, "Only what did not succeed");
  command.add_flag("--all", options->all, "The whole log, however long");
}

}  // namespace ferry::format
