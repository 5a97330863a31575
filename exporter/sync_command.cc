// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "exporter/commands.h"
#include "exporter/sync_report.h"

namespace ferry::exporter {
namespace {

ExitCode sync(const Console& console, const std::string& point_option, const SyncOptions& options) {
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const SyncOutcome outcome = sync_and_say(console, point, point.config(), options, SystemClock());
  console.emit(outcome.json);
  return outcome.code;
}

}  // namespace

void add_sync_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<SyncOptions>();
  CLI::App& command = program.command(
      "sync", "Take over what changed at the sources: new, changed, expired, removed", "ferry-export sync vendor",
      [&console, &point_option, options] { return sync(console, point_option, *options); });
  command.add_option("source", options->sources, "Sources to read (default: all of point.toml)")->type_name("SOURCE");
  command.add_flag("--strict", options->strict, "Change nothing when any document cannot be read");
  command.add_flag("--full-list", options->full_list.is_asked_for,
                   "Ask update servers for all that they offer, not only for what is new: what they no longer offer is "
                   "removed (other sources always tell all)");
  command
      .add_option("--max-removals", options->full_list.max_removals,
                  "Percent of its updates that a full list may remove, 100: all (5, or as point.toml says)")
      ->check(CLI::Range(0, 100))
      ->type_name("PERCENT");
}

}  // namespace ferry::exporter
