// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/catalog/journal.h"
#include "format/limits.h"
#include "format/point.h"
#include "format/status.h"
#include "format/trust.h"
#include "importer/commands.h"
#include "importer/import_job.h"

namespace ferry::importer {
namespace {

constexpr std::string_view config_template =
    R"(# A disconnected point. What it holds comes from bundles; see README.md, "point.toml".
[point]
name = "{}"
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
  const format::TrustFile trust = format::parse_trust(trust_bytes);
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
    write_file(point.trust_directory() / format::trust_file_name(trust.version), trust_bytes);
  }
  console.note(point.audit(clock, "init", Json{{"site", options.site}, {"fingerprint", sha256(trust_bytes).hex()}}));
  console.say(
      fmt::format("made point {} for site {} in {}", quote(name), quote(options.site), quote(directory.native())));
  format::say_fingerprint(console, trust_bytes);
  console.emit(Json{{"version", 1},
                    {"point", name},
                    {"site", options.site},
                    {"directory", directory.native()},
                    {"fingerprint", sha256(trust_bytes).hex()}});
  return ExitCode::done;
}

ExitCode status(const Console& console, const std::string& point_option) {
  const format::Point point(format::Point::choose_directory(point_option));
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const std::string site = catalog.setting("site").value_or("");
  const std::string name = catalog.point_name();
  const auto last = format::list_imports(catalog, 1);
  const Json last_json = last.empty() ? Json(nullptr)
                                      : Json{{"name", last.front().name},
                                             {"created", last.front().created.text()},
                                             {"imported", last.front().imported.text()}};
  console.emit(Json{{"version", 1},
                    {"point", name},
                    {"site", site},
                    {"feeds", format::feeds_json(catalog)},
                    {"sites", Json::array()},
                    {"last_import", last_json}});
  console.say(fmt::format("point {} of site {} in {}\n", quote(name), quote(site), quote(point.directory().native())));
  format::say_feeds(console, catalog);
  if (!last.empty()) {
    const auto age = (SystemClock().now().seconds - last.front().created.seconds) / 86400;
    console.say(fmt::format("\nlast bundle {}, made {}, imported {}", quote(last.front().name),
                            last.front().created.text(), last.front().imported.text()));
    if (age > 0) console.say(fmt::format("it is {} old", counted(static_cast<std::uint64_t>(age), "day", "days")));
  }
  return ExitCode::done;
}

ExitCode history(const Console& console, const std::string& point_option) {
  const format::Point point(format::Point::choose_directory(point_option));
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  Json list = Json::array();
  Table table({"imported", "bundle", "kind", "from", "to", "in", "out", "made", "signed by"});
  for (const std::size_t column : {3U, 4U, 5U, 6U}) table.right_align(column);
  for (const std::size_t column : {2U, 7U, 8U}) table.make_optional(column);
  for (const std::size_t column : {0U, 1U}) table.keep_whole(column);
  constexpr std::size_t everything = 1'000'000;
  for (const format::ImportEntry& entry : format::list_imports(catalog, everything)) {
    list.push_back(Json{{"name", entry.name},
                        {"feed", entry.feed_name},
                        {"kind", entry.kind},
                        {"previous", entry.previous},
                        {"generation", entry.target},
                        {"created", entry.created.text()},
                        {"imported", entry.imported.text()},
                        {"added", entry.added},
                        {"removed", entry.removed},
                        {"signers", entry.signers},
                        {"manifest", entry.manifest.hex()}});
    table.row({entry.imported.text(), for_terminal(entry.name), entry.kind, format_count(entry.previous), format_count(entry.target),
               format_count(entry.added), format_count(entry.removed), entry.created.text(),
               for_terminal(entry.signers)});
  }
  console.emit(Json{{"version", 1}, {"imports", list}});
  if (table.empty()) {
    console.say("nothing was imported yet");
  } else {
    table.print(console);
  }
  return ExitCode::done;
}

}  // namespace

void add_point_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<InitOptions>();
  CLI::App& command = program.command(
      "init", "Make a new disconnected point", "ferry-import init --trust /media/stick/trust-0001.xml --site plant-1",
      [&console, &point_option, options] { return init(console, point_option, *options); });
  command.add_option("--trust", options->trust, "First trust file, brought by a way you trust")->required();
  command.add_option("--fingerprint", options->fingerprint,
                     "What was read out over the phone: refuse a trust file that has another");
  command.add_option("--site", options->site, "Name of this site, as the exporting point calls it")->required();
  command.add_option("--name", options->name, "Name of the point (default: the site's)");

  program.command("status", "Show what this site holds, at a glance", "ferry-import status --json",
                  [&console, &point_option] { return status(console, point_option); });
  program.command("history", "Show every bundle that was imported", "ferry-import history",
                  [&console, &point_option] { return history(console, point_option); });
}

}  // namespace ferry::importer
