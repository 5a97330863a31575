// SPDX-License-Identifier: Apache-2.0
#include "exporter/receipt_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/receipt_report.h"

namespace ferry::exporter {
namespace {

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

std::vector<std::filesystem::path> receipts_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == format::receipt_extension) files.push_back(entry->path());
  }
  if (error) throw io_error("read directory", folder.native(), error.value());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

format::VerifiedReceipt read_receipt(const std::filesystem::path& file) {
  return format::verify_receipt(read_file(file, format::max_receipt_bytes));
}

ReceiptOutcome take_and_say(const Console& console, const format::Point& point, const Clock& clock,
                            const std::string& from, const std::function<TakenReceipt()>& job) {
  ReceiptOutcome outcome;
  try {
    const TakenReceipt taken = job();
    outcome.json = to_json(taken);
    outcome.json["file"] = from;
    outcome.json["result"] = "taken";
    outcome.json["code"] = 0;
    console.note(point.audit(clock, "receipt", outcome.json));
    say(console, taken);
  } catch (const Error& error) {
    outcome.code = error.code();
    outcome.json =
        Json{{"file", from}, {"result", "refused"}, {"code", static_cast<int>(error.code())}, {"error", error.what()}};
    console.note(point.audit(clock, "receipt", outcome.json));
    console.warn(fmt::format("{}: {}", from.empty() ? "what was typed" : quote(from), error.what()));
  }
  return outcome;
}

std::vector<ReceiptOutcome> take_inbox(const Console& console, const format::Point& point, format::Catalog& catalog,
                                       const format::PointConfig& config, const std::filesystem::path& folder,
                                       const Clock& clock) {
  std::vector<ReceiptOutcome> outcomes;
  const auto take = [&](const std::filesystem::path& from, const std::function<TakenReceipt()>& job) {
    outcomes.push_back(take_and_say(console, point, clock, from.native(), job));
  };
  try {
    for (const std::filesystem::path& file : receipts_in(folder)) {
      try {
        const format::VerifiedReceipt receipt = read_receipt(file);
        // The folder keeps what was taken, and a relay's own receipt lies there on its way up: no news.
        if (format::knows_receipt(catalog, receipt.digest()) || receipt->site == catalog.setting("site")) continue;
        take(file, [&] { return take_receipt(catalog, config, receipt, {}, clock.now()); });
      } catch (const Error&) {
        take(file, []() -> TakenReceipt { throw; });  // the error that is being handled is told as any other
      }
    }
  } catch (const IoError&) {
    take(folder, []() -> TakenReceipt { throw; });
  }
  return outcomes;
}

}  // namespace ferry::exporter
