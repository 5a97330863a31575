// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/receipt_report.h"

namespace ferry::exporter {
namespace {

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> typed;
  ReceiptOptions receipt;
};

ExitCode receipt(const Console& console, const std::string& point_option, const Options& options) {
  if (options.files.empty() && options.typed.empty())
    throw UsageError("name files with receipts, or type one: --typed TEXT");
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const format::PointConfig config = point.config();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  catalog.require_sound();
  const SystemClock clock;
  Json list = Json::array();
  ExitCode code = ExitCode::done;
  const auto note = [&list, &code](ReceiptOutcome outcome) {
    if (code == ExitCode::done) code = outcome.code;
    list.push_back(std::move(outcome.json));
  };
  for (const std::string& file : options.files)
    note(take_and_say(console, point, clock, file,
                      [&] { return take_receipt(catalog, config, read_receipt(file), options.receipt, clock.now()); }));
  std::string typed;
  for (const std::string& part : options.typed) typed += part + " ";
  if (!typed.empty()) {
    for (const format::SpokenReceipt& spoken : format::parse_spoken(typed))
      note(take_and_say(console, point, clock, "", [&] { return take_spoken(catalog, config, spoken, clock.now()); }));
  }
  catalog.database().checkpoint();
  console.emit(Json{{"version", 1}, {"receipts", list}});
  return code;
}

}  // namespace

void add_receipt_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<Options>();
  CLI::App& command = program.command(
      "receipt", "Take receipts of sites: their next bundles start at what they hold",
      "ferry-export receipt /media/stick/plant-1.receipt\n  ferry-export receipt --typed \"plant-1 all 17 "
      "lusab-babad-gutih-tugad-kijon\"",
      [&console, &point_option, options] { return receipt(console, point_option, *options); });
  command.add_option("file", options->files, "Files that 'ferry-import receipt -o FILE' wrote")->type_name("FILE");
  command.add_option("--typed", options->typed, "The two lines that 'ferry-import receipt' shows, read out and typed")
      ->type_name("LINES");
  command.add_flag("--new-key", options->receipt.new_key, "The site was made anew and has another key");
  command.add_flag("--accept-dates", options->receipt.accept_dates,
                   "Take a receipt from the future, or one older than the last");
}

}  // namespace ferry::exporter
