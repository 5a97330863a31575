// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/file.h"
#include "common/text.h"
#include "format/catalog/journal.h"
#include "format/catalog/undo.h"
#include "format/limits.h"
#include "format/point.h"
#include "format/receipt.h"
#include "format/site_key.h"
#include "format/trust.h"
#include "format/trust_report.h"
#include "importer/commands.h"
#include "importer/drop_report.h"
#include "importer/import_job.h"

namespace ferry::importer {
namespace {

constexpr std::string_view config_template =
    R"(# A disconnected point. What it holds comes from bundles; see man 5 ferry-point.toml.
[point]
name = "{}"

# What dates of bundles are worth here. Without this section: as shown.
#[time]
#clock = "trusted"                # "untrusted": a bundle from the future is a warning, up to 400 days
#max-age-days = 0                 # refuse older bundles; 0 takes any age
#certificates = "signing-time"    # "now": a certificate that expired since counts no more

# How much of what bundles say is believed without asking, and what 'prune' keeps. Without these sections: as shown.
#[import]
#max-removals = 5                 # percent of a feed's updates; 100 never stops
#approvals = "suggest"            # what publishers' approvals are here: "apply": they count; "ignore": not shown
#[retain]
#generations = 64                 # the newest so many of each feed
#days = 0                         # and those made within so many days; 0: only the number decides
)";

struct InitOptions {
  std::string trust;
  std::string fingerprint;
  std::string site;
  std::string name;
};

ExitCode init(const Console& console, const std::string& point_option, const InitOptions& options) {
  if (const auto problem = format::name_problem(options.site))
    throw UsageError(fmt::format("site name {}: {}", quote(options.site), *problem));
  const std::string trust_bytes = read_file(options.trust, format::limits::max_trust_bytes);
  const format::TrustFile trust = [&] {
    try {
      return format::parse_trust(trust_bytes);
    } catch (Error& error) {
      error.add_context(quote(options.trust));
      throw;
    }
  }();
  if (!options.fingerprint.empty() && !format::is_fingerprint(options.fingerprint, trust_bytes))
    throw TrustError(fmt::format("{} has the fingerprint {}, not the one given; do not use it, ask its publisher",
                                 quote(options.trust), format::fingerprint(trust_bytes)));
  const SystemClock clock;
  const auto directory = format::Point::choose_directory(point_option);
  const std::string name = options.name.empty() ? options.site : options.name;
  const format::Point point = format::Point::create(directory, name, fmt::format(config_template, name));
  {
    const FileLock lock = point.lock();
    format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
    Transaction transaction(catalog.database());
    catalog.set("site", options.site);
    format::install_trust(catalog, trust.version, {trust_bytes, {}}, clock.now());
    transaction.commit();
    catalog.database().checkpoint();
    // Apart from those that this point makes itself, where it is a relay.
    write_file(point.followed_trust_directory() / format::trust_file_name(trust.version), trust_bytes);
  }
  const Signer receipt_key = format::open_site_key(point, clock.now());
  console.note(point.audit(clock, "init", Json{{"site", options.site}, {"fingerprint", sha256(trust_bytes).hex()}}));
  console.say(
      fmt::format("made point {} for site {} in {}", quote(name), quote(options.site), quote(directory.native())));
  format::say_fingerprint(console, trust_bytes);
  console.emit(Json{{"version", 1},
                    {"point", name},
                    {"site", options.site},
                    {"directory", directory.native()},
                    {"fingerprint", sha256(trust_bytes).hex()},
                    {"receipt_key", format::key_fingerprint(receipt_key.certificate.key_id())}});
  return ExitCode::done;
}

ExitCode show_trust(const Console& console, const std::string& point_option) {
  const format::Point point(format::Point::choose_directory(point_option));
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  Json list = Json::array();
  for (const format::SignedTrust& trust : format::trust_files(catalog)) {
    list.push_back(format::trust_json(trust.bytes));
    format::say_trust(console, trust.bytes);
  }
  console.emit(Json{{"version", 1}, {"trust", list}});
  if (list.empty())
    throw NotFoundError("this point has no trust file; make it with: ferry-import init --trust FILE --site NAME");
  return ExitCode::done;
}

struct UndoOptions {
  std::string feed;
  std::uint64_t count = 1;
};

ExitCode undo(const Console& console, const std::string& point_option, const UndoOptions& options) {
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  catalog.require_sound();
  std::optional<std::int64_t> only;
  if (!options.feed.empty()) {
    const auto feed = format::find_feed(catalog, options.feed, true);
    if (!feed) throw NotFoundError(fmt::format("no feed {} is followed here", quote(options.feed)));
    only = feed->id;
  }
  const SystemClock clock;
  Json list = Json::array();
  std::vector<std::string> lines;
  Transaction transaction(catalog.database());
  for (std::uint64_t i = 0; i < options.count; ++i) {
    const auto entry = format::last_effective_import(catalog, only);
    if (!entry) break;
    const format::Feed feed = format::undo_import(catalog, *entry, clock.now());
    list.push_back(Json{{"name", entry->name},
                        {"feed", feed.name},
                        {"from", entry->target},
                        {"generation", feed.generation},
                        {"state", feed.state.hex()}});
    lines.push_back(fmt::format("undone {}: feed {} is back at generation {} from {}", for_terminal(entry->name),
                                quote(feed.name), feed.generation, entry->target));
  }
  fault_point("undo: before commit");
  transaction.commit();
  catalog.database().checkpoint();
  console.emit(Json{{"version", 1}, {"undone", list}});
  if (list.empty()) {
    console.say("there is no import to undo");
    return ExitCode::nothing_to_do;
  }
  console.note(point.audit(clock, "undo", Json{{"undone", list}}));
  for (const std::string& line : lines) console.say(line);
  console.say("the documents are still here; importing the same bundles again brings them back");
  return ExitCode::done;
}

}  // namespace

void add_point_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<InitOptions>();
  CLI::App& command = program.command(
      "init", "Make a new disconnected point", "ferry-import init --trust /media/stick/trust-0001.xml --site plant-1",
      [&console, &point_option, options] { return init(console, point_option, *options); });
  command.add_option("--trust", options->trust, "First trust file, brought by a way you trust")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--fingerprint", options->fingerprint,
                  "What was read out over the phone: refuse a trust file that has another")
      ->type_name("WORDS");
  command.add_option("--site", options->site, "Name of this site, as the exporting point calls it")
      ->type_name("NAME")
      ->required();
  command.add_option("--name", options->name, "Name of the point (default: the site's)")->type_name("NAME");

  program.command("trust", "Show the trust files that are in force here, with their fingerprints", "ferry-import trust",
                  [&console, &point_option] { return show_trust(console, point_option); });
  auto undone = std::make_shared<UndoOptions>();
  CLI::App& undo_command =
      program.command("undo", "Take back the last import, or several", "ferry-import undo --last 2",
                      [&console, &point_option, undone] { return undo(console, point_option, *undone); });
  undo_command.add_option("--last", undone->count, "How many imports, newest first (default 1)")
      ->check(CLI::Range(1, 1'000'000));
  undo_command.add_option("--feed", undone->feed, "Only imports of this feed")->type_name("FEED");
}

}  // namespace ferry::importer
