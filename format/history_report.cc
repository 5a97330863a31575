// SPDX-License-Identifier: Apache-2.0
#include "format/history_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/text.h"

namespace ferry::format {
namespace {

constexpr std::size_t changes_shown = 100'000;

std::string summary(const std::vector<UpdateChange>& changes) {
  std::string line;
  for (const auto kind : {UpdateChange::Kind::added, UpdateChange::Kind::changed, UpdateChange::Kind::expired,
                          UpdateChange::Kind::removed}) {
    const auto count = std::count_if(changes.begin(), changes.end(),
                                     [kind](const UpdateChange& change) { return change.kind == kind; });
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", format_count(static_cast<std::uint64_t>(count)),
                        name_of(kind));
  }
  return line;
}

Json state_json(Catalog& catalog, const Feed& feed, std::uint64_t number) {
  if (number == 0) return empty_state().hex();
  const auto known = generation(catalog, feed.id, number);
  return known ? Json(known->state.hex()) : Json(nullptr);
}

}  // namespace

void add_generations_options(CLI::App& command, GenerationsOptions& options) {
  CLI::Option* feed =
      command.add_option("--feed", options.feed, "Feed whose generations are compared")->type_name("FEED");
  command.add_option("--from", options.from, "Generation to begin with; 0 is before everything")
      ->type_name("GENERATION")
      ->needs(feed);
  command.add_option("--to", options.to, "Generation to end with (default: the current one)")
      ->type_name("GENERATION")
      ->needs(feed);
}

ExitCode diff_generations(const Console& console, Catalog& catalog, const GenerationsOptions& options,
                          bool prefer_followed) {
  if (options.feed.empty() || !options.from)
    throw UsageError("say which generations to compare: --feed FEED --from GENERATION, and --to GENERATION");
  const Snapshot snapshot(catalog.database());
  const Feed feed = feed_named(catalog, options.feed, prefer_followed);
  const std::uint64_t from = *options.from;
  const std::uint64_t to = options.to.value_or(feed.generation);
  if (from > to)
    throw UsageError(fmt::format("--from {} is after generation {}; expected the earlier one first", from, to));
  require_generation(catalog, feed, from);
  require_generation(catalog, feed, to);
  const std::vector<UpdateChange> changes =
      from == to ? std::vector<UpdateChange>() : changes_between(catalog, feed.id, from, to);
  console.emit(Json{{"version", 1},
                    {"feed", feed.name},
                    {"followed", feed.imported},
                    {"from", from},
                    {"from_state", state_json(catalog, feed, from)},
                    {"to", to},
                    {"to_state", state_json(catalog, feed, to)},
                    {"changes", changes_json(changes)}});
  console.say(fmt::format("feed {} generation {} to {}: {}", quote(feed.name), from, to, summary(changes)));
  say_changes(console, changes, changes_shown);
  return ExitCode::done;
}

void say_changes(const Console& console, const std::vector<UpdateChange>& changes, std::size_t max_lines) {
  std::size_t lines = 0;
  for (const UpdateChange& change : changes) {
    if (lines++ == max_lines) {
      console.say(fmt::format("  … and {} more", format_count(changes.size() - max_lines)));
      return;
    }
    console.say(
        fmt::format("  {:<9}{}  {}", name_of(change.kind), change.update.text(), for_terminal(change.title, 90)));
  }
}

Json changes_json(const std::vector<UpdateChange>& changes) {
  Json lists{
      {"new", Json::array()}, {"changed", Json::array()}, {"expired", Json::array()}, {"removed", Json::array()}};
  for (const UpdateChange& change : changes) lists[std::string(name_of(change.kind))].push_back(change.update.text());
  return lists;
}

}  // namespace ferry::format
