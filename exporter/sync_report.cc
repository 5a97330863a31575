// SPDX-License-Identifier: Apache-2.0
#include "exporter/sync_report.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/unchosen_report.h"
#include "format/catalog/documents.h"
#include "format/run.h"

namespace ferry::exporter {
namespace {

// People read a screen; --json has all of them.
constexpr std::size_t ids_shown = 10;
constexpr std::size_t failures_logged = 5;

Json ids_json(const std::vector<format::UpdateId>& ids) {
  Json list = Json::array();
  for (const format::UpdateId& id : ids) list.push_back(id.text());
  return list;
}

void say_ids(const Console& console, format::Catalog& catalog, std::string_view what,
             const std::vector<format::UpdateId>& ids) {
  for (std::size_t i = 0; i < ids.size() && i < ids_shown; ++i)
    console.say(fmt::format("  {:<9}{}  {}", what, ids[i].text(),
                            for_terminal(format::title_of(catalog, ids[i]).value_or(""), 90)));
  if (ids.size() > ids_shown)
    console.say(fmt::format("  {:<9}… and {} more (--json lists all)", what, format_count(ids.size() - ids_shown)));
}

Json counts_json(const SourceReport& source) {
  const format::OfferChanges& changes = source.changes;
  return Json{{"new", changes.added.size()},       {"changed", changes.changed.size()},
              {"expired", changes.expired.size()}, {"removed", changes.removed.size()},
              {"unchanged", changes.unchanged},    {"shadowed", changes.shadowed.size()}};
}

Json to_json(const SyncReport& report, const std::vector<format::IgnoredCategory>& ignored) {
  Json sources = Json::array();
  for (const SourceReport& source : report.sources) {
    Json failed = Json::array();
    for (const SyncFailure& failure : source.failed)
      failed.push_back(Json{{"path", failure.path}, {"error", failure.error}});
    const format::OfferChanges& changes = source.changes;
    Json json = counts_json(source);
    json.update(Json{{"name", source.name},
                     {"failed", failed},
                     {"warnings", source.warnings},
                     {"notes", source.notes},
                     {"ids", Json{{"new", ids_json(changes.added)},
                                  {"changed", ids_json(changes.changed)},
                                  {"expired", ids_json(changes.expired)},
                                  {"removed", ids_json(changes.removed)},
                                  {"shadowed", ids_json(changes.shadowed)}}}});
    sources.push_back(std::move(json));
  }
  Json feeds = Json::array();
  for (const FeedRefresh& feed : report.feeds)
    feeds.push_back(Json{{"name", feed.feed.name},
                         {"generation", feed.feed.generation},
                         {"state", feed.feed.state.hex()},
                         {"added", feed.added},
                         {"removed", feed.removed},
                         {"policy_changed", feed.has_new_policy},
                         {"unresolved", feed.selection.unresolved.size()}});
  return Json{{"version", 1},
              {"sources", sources},
              {"feeds", feeds},
              {"new_categories", format::unchosen_json(report.new_categories)},
              {"unchosen", format::unchosen_json(report.unchosen)},
              {"ignored", format::ignored_json(ignored)},
              {"warnings", report.feed_warnings}};
}

// The log keeps counts and the first failures: a first sync has 100,000 ids, a broken source as many failures.
Json source_event(const SourceReport& source) {
  Json failures = Json::array();
  for (const SyncFailure& failure : source.failed) {
    if (failures.size() == failures_logged) break;
    failures.push_back(Json{{"path", failure.path}, {"error", failure.error}});
  }
  Json event = counts_json(source);
  event.update(Json{{"source", source.name},
                    {"failed", source.failed.size()},
                    {"failures", failures},
                    {"warnings", source.warnings.size()},
                    {"bytes", source.bytes},
                    {"seconds", format::log_seconds(source.took)}});
  return event;
}

void log_report(const Console& console, const format::Point& point, const Clock& clock, const SyncReport& report) {
  for (const SourceReport& source : report.sources) console.note(point.audit(clock, "source", source_event(source)));
  for (const FeedRefresh& feed : report.feeds) console.note(point.audit(clock, "feed", feed_event(feed)));
}

void say_counts(const Console& console, format::Catalog& catalog, const SyncReport& report) {
  for (const SourceReport& source : report.sources) {
    const format::OfferChanges& changes = source.changes;
    console.say(fmt::format(
        "source {}: {} new, {} changed, {} expired, {} removed, {} unchanged{}{}", quote(source.name),
        format_count(changes.added.size()), format_count(changes.changed.size()), format_count(changes.expired.size()),
        format_count(changes.removed.size()), format_count(changes.unchanged),
        changes.shadowed.empty()
            ? ""
            : fmt::format(", {} shadowed by an earlier source", format_count(changes.shadowed.size())),
        source.failed.empty() ? "" : fmt::format(", {} failed", format_count(source.failed.size()))));
    for (const std::string& text : source.notes) console.say("  " + text);
    say_ids(console, catalog, "new", changes.added);
    say_ids(console, catalog, "changed", changes.changed);
    say_ids(console, catalog, "expired", changes.expired);
    say_ids(console, catalog, "removed", changes.removed);
    say_ids(console, catalog, "shadowed", changes.shadowed);
  }
  for (const FeedRefresh& feed : report.feeds) {
    console.say(feed.has_new_generation
                    ? describe(feed)
                    : fmt::format("feed {}: generation {}, nothing new", quote(feed.feed.name), feed.feed.generation));
  }
  for (const format::UnchosenCategory& category : report.new_categories)
    console.say(fmt::format("new {} that no feed chooses: {} ({}, {})", format::name_of(category.type),
                            quote(category.name), counted(category.updates, "update", "updates"), category.id.text()));
  if (!report.unchosen.empty())
    console.say(fmt::format(
        "{} chosen by no feed; 'status' names them, 'ignore' silences them",
        counted(report.unchosen.size(), "product or classification is", "products and classifications are")));
}

void warn_of_faults(const Console& console, const SyncReport& report) {
  for (const std::string& warning : report.feed_warnings) console.warn(warning);
  for (const SourceReport& source : report.sources) {
    for (const std::string& text : source.warnings)
      console.warn(fmt::format("source {}: {}", quote(source.name), text));
    for (const SyncFailure& failure : source.failed)
      console.warn(fmt::format("source {}{}: {}", quote(source.name),
                               failure.path.empty() ? "" : ", " + quote(failure.path),
                               for_terminal(failure.error, 1000)));
  }
}

}  // namespace

SyncOutcome sync_and_say(const Console& console, const format::Point& point, const format::PointConfig& config,
                         const SyncOptions& options, const Clock& clock) {
  if (config.sources.empty())
    throw UsageError(fmt::format("{} names no [[source]]; add one", quote(point.config_path().native())));
  SyncReport report;
  {
    Progress progress(console, "reading", 0, "B");
    report = run_sync(point, config, options, clock, [&progress](std::uint64_t n) { progress.advance(n); });
  }
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  SyncOutcome outcome;
  outcome.json = to_json(report, format::ignored_categories(catalog));
  log_report(console, point, clock, report);
  say_counts(console, catalog, report);
  warn_of_faults(console, report);
  if (report.has_failures() && options.strict) {
    console.warn("nothing was changed, since --strict was given");
    outcome.code = ExitCode::failed;
  } else if (report.read_nothing()) {
    outcome.code = ExitCode::failed;
  } else if (report.has_failures()) {
    outcome.code = ExitCode::incomplete;
  } else {
    outcome.code = report.has_changes() ? ExitCode::done : ExitCode::nothing_to_do;
  }
  return outcome;
}

}  // namespace ferry::exporter
