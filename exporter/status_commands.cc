// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/point_state.h"
#include "format/report_command.h"
#include "format/serve_command.h"

namespace ferry::exporter {
namespace {

ExitCode feeds(const Console& console, const std::string& point_option) {
  const format::Point point(format::Point::choose_directory(point_option));
  const format::PointConfig config = point.config();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const std::vector<format::FeedStatus> states = format::feed_states(catalog);
  Json list = format::to_json(states);
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
  format::say_feeds(console, states);
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
  const std::vector<format::SiteStatus> states =
      site_states(catalog, point, format::feed_states(catalog), SystemClock().now());
  console.emit(Json{{"version", 1}, {"sites", format::to_json(states)}});
  format::say_sites(console, states);
  return ExitCode::done;
}

}  // namespace

void add_status_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  program.command("feeds", "Show the feeds and their generations", "ferry-export feeds",
                  [&console, &point_option] { return feeds(console, point_option); });
  program.command("sites", "Show what each site was sent", "ferry-export sites --json",
                  [&console, &point_option] { return sites(console, point_option); });
  const auto read = [&point_option] {
    return point_state(format::Point(format::Point::choose_directory(point_option)), SystemClock().now());
  };
  format::add_status_command(program, "Show sources, feeds and sites at a glance", read);
  format::add_serve_command(program, point_option, read);
}

}  // namespace ferry::exporter
