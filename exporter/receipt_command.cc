// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/receipt_job.h"
#include "format/receipt_report.h"

namespace ferry::exporter {
namespace {

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> typed;
  ReceiptOptions receipt;
};

std::string verdict(const TakenFeed& feed) {
  const format::SiteState& state = feed.state;
  if (!state.matched)
    return fmt::format("generation {} with a state that is none of ours: its next bundle is a full one",
                       state.generation);
  const std::uint64_t behind = feed.newest - std::min(feed.newest, *state.matched);
  return fmt::format("generation {}, {}", *state.matched,
                     behind == 0 ? "the newest" : fmt::format("{} behind", format_count(behind)));
}

Json to_json(const TakenReceipt& taken) {
  Json feeds = Json::array();
  for (const TakenFeed& feed : taken.feeds)
    feeds.push_back(Json{{"feed", feed.state.feed},
                         {"generation", feed.state.generation},
                         {"state", feed.state.state.hex()},
                         {"acknowledged", feed.state.matched ? Json(*feed.state.matched) : Json(nullptr)},
                         {"newest", feed.newest},
                         {"went_back", feed.state.went_back()},
                         {"missing_files", feed.state.missing_files},
                         {"missing_bytes", feed.state.missing_bytes},
                         {"warning", feed.warning}});
  Json children = Json::array();
  for (const format::ReceiptChild& child : taken.children) children.push_back(format::to_json(child));
  return Json{{"site", taken.site},
              {"typed", taken.is_typed},
              {"made", taken.made.text()},
              {"serial", taken.serial},
              {"new_key", taken.new_key ? Json(format::key_fingerprint(*taken.new_key)) : Json(nullptr)},
              {"feeds", feeds},
              {"foreign_feeds", taken.foreign_feeds},
              {"children", children}};
}

void say(const Console& console, const TakenReceipt& taken) {
  if (taken.new_key)
    console.say(
        fmt::format("site {}: its key is {} from now on; compare the words with those that 'ferry-import receipt' "
                    "shows there",
                    quote(taken.site), format::key_fingerprint(*taken.new_key)));
  for (const TakenFeed& feed : taken.feeds) {
    console.say(fmt::format("site {} holds feed {} at {}", quote(taken.site), quote(feed.state.feed), verdict(feed)));
    if (feed.state.went_back())
      console.warn(
          fmt::format("site {} went backwards, from generation {} to {}: it was restored from a backup, or an "
                      "import was undone; its next bundle starts there",
                      quote(taken.site), feed.state.before, feed.state.generation));
    if (!feed.warning.empty()) console.warn(fmt::format("site {}: {}", quote(taken.site), feed.warning));
    if (feed.moved_to > 0)
      console.warn(fmt::format("feed {} goes on with generation {}, since the site is ahead of this point",
                               quote(feed.state.feed), feed.moved_to));
    if (feed.state.missing_files > 0)
      console.say(fmt::format("  it lacks {}, {}; 'ferry-import need' there lists them",
                              counted(feed.state.missing_files, "payload file", "payload files"),
                              format_size(feed.state.missing_bytes)));
  }
  if (!taken.children.empty())
    console.say(
        fmt::format("  and tells of {} below it; see 'status'", counted(taken.children.size(), "site", "sites")));
}

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
  const auto take = [&](const std::string& from, const auto& job) {
    try {
      const TakenReceipt taken = job();
      Json json = to_json(taken);
      json["file"] = from;
      json["result"] = "taken";
      json["code"] = 0;
      console.note(point.audit(clock, "receipt", json));
      say(console, taken);
      list.push_back(std::move(json));
    } catch (const Error& error) {
      const Json json{
          {"file", from}, {"result", "refused"}, {"code", static_cast<int>(error.code())}, {"error", error.what()}};
      console.note(point.audit(clock, "receipt", json));
      console.warn(fmt::format("{}: {}", from.empty() ? "what was typed" : quote(from), error.what()));
      list.push_back(json);
      if (code == ExitCode::done) code = error.code();
    }
  };
  for (const std::string& file : options.files)
    take(file, [&] {
      return take_receipt(catalog, config, read_file(file, format::max_receipt_bytes), options.receipt, clock.now());
    });
  std::string typed;
  for (const std::string& part : options.typed) typed += part + " ";
  if (!typed.empty()) {
    for (const format::SpokenReceipt& spoken : format::parse_spoken(typed))
      take("", [&] { return take_spoken(catalog, config, spoken, clock.now()); });
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
  command.add_option("file", options->files, "Files that 'ferry-import receipt -o FILE' wrote");
  command.add_option("--typed", options->typed, "The two lines that 'ferry-import receipt' shows, read out and typed");
  command.add_flag("--new-key", options->receipt.new_key, "The site was made anew and has another key");
  command.add_flag("--accept-dates", options->receipt.accept_dates,
                   "Take a receipt from the future, or one older than the last");
}

}  // namespace ferry::exporter
