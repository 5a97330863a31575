// SPDX-License-Identifier: Apache-2.0
// The part of point_status.h that people read on a terminal.
#include <fmt/format.h>

#include "common/text.h"
#include "format/decision_commands.h"
#include "format/point_status.h"

namespace ferry::format {
namespace {

constexpr std::size_t imports_shown = 5;
constexpr std::size_t errors_shown = 5;

void say_sources(const Console& console, const std::vector<SourceStatus>& sources) {
  Table table({"source", "kind", "updates", "last sync", "failures"});
  for (const std::size_t column : {2U, 4U}) table.right_align(column);
  for (const SourceStatus& source : sources)
    table.row({source.name, source.kind, format_count(source.updates), source.synced.empty() ? "never" : source.synced,
               source.last ? format_count(source.last->failed) : ""});
  if (table.empty()) {
    console.say("no sources in point.toml");
  } else {
    table.print(console);
  }
}

void add_rows(Table& table, const std::vector<SiteStatus>& sites, const std::string& above) {
  for (const SiteStatus& site : sites) {
    const std::string path = above + for_terminal(site.name);
    table.row({path, for_terminal(site.feed), format_count(site.generation),
               site.exported ? format_count(*site.exported) : "never",
               site.acknowledged ? format_count(*site.acknowledged) : "unknown",
               site.behind ? format_count(*site.behind) : "", site.age_seconds ? format_age(*site.age_seconds) : "",
               site.next_bytes > 0 ? format_size(site.next_bytes) : "", std::string(name_of(site.standing)),
               site.exported_at ? site.exported_at->text() : ""});
    add_rows(table, site.children, path + " / ");
  }
}

void say_receipts(const Console& console, const std::vector<SiteStatus>& sites) {
  for (const SiteStatus& site : sites) {
    if (site.receipt)
      console.say(fmt::format(
          "site {}: receipt of {}{}{}", quote(site.name), site.receipt->made.text(),
          site.receipt->files_missing > 0
              ? fmt::format(", lacks {}", counted(site.receipt->files_missing, "payload file", "payload files"))
              : "",
          site.receipt->went_backwards ? ", WENT BACKWARDS" : ""));
    say_receipts(console, site.children);
  }
}

void say_freshness(const Console& console, const FeedStatus& feed) {
  if (!feed.freshness) return;
  const Freshness& freshness = *feed.freshness;
  console.say(fmt::format("feed {}: last bundle {}, made {}, imported {}, {} old", quote(feed.feed.name),
                          quote(freshness.last.name), freshness.last.created.text(), freshness.last.imported.text(),
                          format_age(freshness.age_seconds)));
  if (freshness.standing() == Standing::current)
    console.say(fmt::format("  the next one is expected by {}", freshness.last.next_expected.text()));
}

void say_imports(const Console& console, const PointStatus& status) {
  if (status.imports.empty()) return;
  console.say("\nlast imports:");
  for (std::size_t i = 0; i < status.imports.size() && i < imports_shown; ++i) {
    const ImportEntry& entry = status.imports[i];
    console.say(fmt::format("  {}  {}, {} in, {} out{}", entry.imported.text(), for_terminal(entry.name),
                            format_count(entry.added), format_count(entry.removed), entry.undone ? " (undone)" : ""));
  }
}

void say_trust_line(const Console& console, const PointStatus& status) {
  if (!status.trust) return;
  const TrustStatus& trust = *status.trust;
  std::optional<Time> first_end;
  for (const KeyStatus& key : trust.keys) {
    if (key.not_after && !key.is_revoked && (!first_end || *key.not_after < *first_end)) first_end = key.not_after;
  }
  console.say(fmt::format(
      "trust file {}, made {}, {} old; {}", trust.file.version, trust.file.created.text(),
      format_age(trust.age_seconds),
      first_end ? "the first certificate ends " + first_end->text().substr(0, 10) : "no certificate in it ends"));
}

void say_log(const Console& console, const PointStatus& status) {
  if (!status.log.errors.empty()) console.say("\nlast errors (log --errors shows all):");
  for (std::size_t i = 0; i < status.log.errors.size() && i < errors_shown; ++i) {
    const LoggedError& error = status.log.errors[i];
    console.say(
        fmt::format("  {}  {}  {}", error.time.text(), for_terminal(error.run.substr(0, 8), 16), fit(error.text, 200)));
  }
}

}  // namespace

void say_feeds(const Console& console, const std::vector<FeedStatus>& feeds) {
  Table table({"feed", "generation", "updates", "revisions", "since", "state"});
  for (const std::size_t column : {1U, 2U, 3U}) table.right_align(column);
  for (const FeedStatus& status : feeds) {
    const Feed& feed = status.feed;
    table.row({feed.name + (feed.imported ? " (from " + for_terminal(feed.publisher) + ")" : ""),
               format_count(feed.generation), format_count(status.current ? status.current->updates : 0),
               format_count(status.current ? status.current->revisions : 0),
               status.current ? status.current->made.text() : "never", feed.state.hex().substr(0, 16)});
  }
  if (table.empty()) {
    console.say("no feeds yet");
  } else {
    table.print(console);
  }
}

void say_sites(const Console& console, const std::vector<SiteStatus>& sites) {
  Table table(
      {"site", "feed", "feed at", "exported", "acknowledged", "behind", "age", "next", "standing", "last export"});
  for (const std::size_t column : {2U, 3U, 4U, 5U, 6U, 7U}) table.right_align(column);
  for (const std::size_t column : {1U, 2U, 9U}) table.make_optional(column);
  add_rows(table, sites, "");
  if (table.empty()) {
    console.say("no sites in point.toml");
  } else {
    table.print(console);
  }
  say_receipts(console, sites);
}

void say_status(const Console& console, const PointStatus& status) {
  console.say(fmt::format("point {}{} in {}", quote(status.point),
                          status.is_exporter() ? "" : " of site " + quote(status.site),
                          quote(status.directory.native())));
  say_trust_line(console, status);
  console.say("");
  if (status.is_exporter()) {
    say_sources(console, status.sources);
    console.say("");
  }
  say_feeds(console, status.feeds);
  console.say("");
  if (status.is_exporter()) say_sites(console, status.sites);
  for (const FeedStatus& feed : status.feeds) say_freshness(console, feed);
  say_imports(console, status);
  if (!status.unchosen.empty()) console.say("\nchosen by no feed:");
  for (const UnchosenCategory& category : status.unchosen)
    console.say(fmt::format("  {} {}: {}, seen since {}", name_of(category.type), quote(category.name),
                            counted(category.updates, "update", "updates"), category.first_seen));
  if (!status.unchosen.empty()) console.say("  a feed in point.toml chooses them, 'ignore' silences them");
  say_attention(console, status.attention);
  if (!status.drop_lines.empty()) console.say("\nin the drop folder, as the last 'run' left it:");
  for (const std::string& line : status.drop_lines) console.say(line);
  say_log(console, status);
  if (console.json) return;  // they stand in the document
  for (const Finding& finding : status.findings()) {
    if (finding.severity != Finding::Severity::notice) console.warn(finding.text);
  }
}

}  // namespace ferry::format
