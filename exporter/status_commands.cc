// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/unchosen_report.h"
#include "format/catalog/decisions.h"
#include "format/catalog/feeds.h"
#include "format/catalog/journal.h"
#include "format/catalog/offers.h"
#include "format/catalog/receipts.h"
#include "format/decision_commands.h"
#include "format/point.h"
#include "format/status.h"

namespace ferry::exporter {
namespace {

struct SiteState {
  format::SiteConfig config;
  std::optional<std::uint64_t> acknowledged;
  std::optional<format::ExportEntry> last;
  std::uint64_t generation = 0;  // of its feed
};

std::vector<SiteState> site_states(format::Catalog& catalog, const format::PointConfig& config) {
  std::vector<SiteState> states;
  for (const format::SiteConfig& site : config.sites) {
    SiteState state;
    state.config = site;
    if (const auto feed = format::find_feed(catalog, site.feed, false)) {
      if (const auto known = format::site_state(catalog, site.name, feed->lineage)) state.acknowledged = known->matched;
      state.generation = feed->generation;
      const auto exports = format::exports_to(catalog, site.name, feed->id, 1);
      if (!exports.empty()) state.last = exports.front();
    }
    states.push_back(std::move(state));
  }
  return states;
}

Json sites_json(const std::vector<SiteState>& states) {
  Json list = Json::array();
  for (const SiteState& state : states)
    list.push_back(Json{{"name", state.config.name},
                        {"feed", state.config.feed},
                        {"acknowledged", state.acknowledged ? Json(*state.acknowledged) : Json(nullptr)},
                        {"exported", state.last ? Json(state.last->target) : Json(nullptr)},
                        {"exported_at", state.last ? Json(state.last->made.text()) : Json(nullptr)},
                        {"generation", state.generation}});
  return list;
}

void say_sites(const Console& console, const std::vector<SiteState>& states) {
  Table table({"site", "feed", "feed at", "exported", "acknowledged", "last export"});
  for (const std::size_t column : {2U, 3U, 4U}) table.right_align(column);
  for (const SiteState& state : states)
    table.row({state.config.name, state.config.feed, format_count(state.generation),
               state.last ? format_count(state.last->target) : "never",
               state.acknowledged ? format_count(*state.acknowledged) : "unknown",
               state.last ? state.last->made.text() : ""});
  if (table.empty()) {
    console.say("no sites in point.toml");
  } else {
    table.print(console);
  }
}

ExitCode status(const Console& console, const std::string& point_option) {
  const format::Point point(format::Point::choose_directory(point_option));
  const format::PointConfig config = point.config();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const std::vector<SiteState> sites = site_states(catalog, config);
  const auto unchosen = format::unchosen_categories(catalog, config.feeds);
  const auto ignored = format::ignored_categories(catalog);
  const std::size_t attention = format::decisions_to_look_at(catalog).size();
  Json sources = Json::array();
  Table source_table({"source", "kind", "updates", "last sync"});
  source_table.right_align(2);
  for (const format::SourceRow& source : format::list_sources(catalog)) {
    sources.push_back(
        Json{{"name", source.name}, {"kind", source.kind}, {"updates", source.updates}, {"synced", source.synced}});
    source_table.row({source.name, source.kind, format_count(source.updates), source.synced});
  }
  console.emit(Json{{"version", 1},
                    {"point", config.name},
                    {"sources", sources},
                    {"feeds", format::feeds_json(catalog)},
                    {"sites", sites_json(sites)},
                    {"unchosen", unchosen_json(unchosen)},
                    {"ignored", ignored_json(ignored)},
                    {"attention", attention}});
  console.say(fmt::format("point {} in {}\n", quote(config.name), quote(point.directory().native())));
  if (source_table.empty()) {
    console.say("no source was synchronized yet");
  } else {
    source_table.print(console);
  }
  console.say("");
  format::say_feeds(console, catalog);
  console.say("");
  say_sites(console, sites);
  if (!unchosen.empty()) console.say("\nchosen by no feed:");
  for (const format::UnchosenCategory& category : unchosen)
    console.say(fmt::format("  {} {}: {}, seen since {}", format::name_of(category.type), quote(category.name),
                            counted(category.updates, "update", "updates"), category.first_seen));
  if (!unchosen.empty()) console.say("  a feed in point.toml chooses them, 'ignore' silences them");
  format::say_attention(console, attention);
  return ExitCode::done;
}

ExitCode feeds(const Console& console, const std::string& point_option) {
  const format::Point point(format::Point::choose_directory(point_option));
  const format::PointConfig config = point.config();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  Json list = format::feeds_json(catalog);
  for (Json& entry : list) {
    Json history = Json::array();
    const auto feed = format::find_feed(catalog, entry["name"].get<std::string>(), entry["followed"].get<bool>());
    for (const format::Generation& generation : format::generations(catalog, feed->id, 20))
      history.push_back(Json{{"generation", generation.number},
                             {"made", generation.made.text()},
                             {"added", generation.added},
                             {"removed", generation.removed},
                             {"cause", generation.cause},
                             {"state", generation.state.hex()}});
    entry["history"] = history;
    for (const format::FeedDefinition& definition : config.feeds) {
      if (definition.name != feed->name || feed->imported) continue;
      entry["products"] = definition.products;
      entry["classifications"] = definition.classifications;
      entry["languages"] = definition.languages;
      entry["content"] = definition.content;
      entry["approvals"] = definition.approvals;
      entry["outdated"] = feed->definition != definition.text();
    }
  }
  console.emit(Json{{"version", 1}, {"feeds", list}});
  format::say_feeds(console, catalog);
  for (const Json& entry : list) {
    console.say(fmt::format("\nfeed {}", quote(entry["name"].get<std::string>())));
    if (entry.value("outdated", false))
      console.say("  point.toml says something else now; the next sync or export takes it over");
    for (const Json& generation : entry["history"])
      console.say(fmt::format("  generation {}  {}  +{} -{}  {}", generation["generation"].get<std::uint64_t>(),
                              generation["made"].get<std::string>(),
                              format_count(generation["added"].get<std::uint64_t>()),
                              format_count(generation["removed"].get<std::uint64_t>()),
                              for_terminal(generation["cause"].get<std::string>())));
  }
  for (const format::FeedDefinition& definition : config.feeds) {
    if (!format::find_feed(catalog, definition.name, false))
      console.say(
          fmt::format("feed {} is new in point.toml; the next sync or export makes it", quote(definition.name)));
  }
  return ExitCode::done;
}

ExitCode sites(const Console& console, const std::string& point_option) {
  const format::Point point(format::Point::choose_directory(point_option));
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const std::vector<SiteState> states = site_states(catalog, point.config());
  console.emit(Json{{"version", 1}, {"sites", sites_json(states)}});
  say_sites(console, states);
  return ExitCode::done;
}

}  // namespace

void add_status_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  program.command("feeds", "Show the feeds and their generations", "ferry-export feeds",
                  [&console, &point_option] { return feeds(console, point_option); });
  program.command("sites", "Show what each site was sent", "ferry-export sites --json",
                  [&console, &point_option] { return sites(console, point_option); });
  program.command("status", "Show sources, feeds and sites at a glance", "ferry-export status",
                  [&console, &point_option] { return status(console, point_option); });
}

}  // namespace ferry::exporter
