// SPDX-License-Identifier: Apache-2.0
#include "format/prometheus.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/text.h"

namespace ferry::format {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

// Lines of one metric stand together, under its HELP and TYPE; a metric without lines has neither.
class Metric {
 public:
  Metric(std::string& text, std::string_view name, std::string_view help) : text_(text), name_(name), help_(help) {}

  template <class Number>
  void add(const Labels& labels, Number value) {
    if (std::exchange(is_empty_, false))
      text_ += fmt::format("# HELP ferry_{0} {1}\n# TYPE ferry_{0} gauge\n", name_, help_);
    std::string list;
    for (const auto& [label, content] : labels)
      list += fmt::format("{}{}=\"{}\"", list.empty() ? "" : ",", label, label_value(content));
    text_ += fmt::format("ferry_{}{} {}\n", name_, list.empty() ? "" : "{" + list + "}", value);
  }

 private:
  std::string& text_;
  std::string_view name_;
  std::string_view help_;
  bool is_empty_ = true;
};

class MetricsText {
 public:
  explicit MetricsText(const PointStatus& status) : status_(status) {}

  std::string all() {
    Metric(text_, "info", "Program and point that wrote this; always 1.")
        .add(
            {{"program", status_.program}, {"version", status_.tool}, {"point", status_.point}, {"site", status_.site}},
            1);
    Metric(text_, "status_timestamp_seconds", "When this was written.").add({}, status_.now.seconds);
    add_findings();
    add_feeds();
    add_content();
    add_sites();
    add_sources();
    add_trust();
    add_runs();
    return std::move(text_);
  }

 private:
  // One metric of each feed, site and so on, where `value` gives one.
  template <class Items, class LabelsOf, class ValueOf>
  void each(std::string_view name, std::string_view help, const Items& items, LabelsOf labels, ValueOf value) {
    Metric metric(text_, name, help);
    for (const auto& item : items) {
      if (const auto number = value(item)) metric.add(labels(item), *number);
    }
  }

  void add_findings() {
    const std::vector<Finding> findings = status_.findings();
    Metric metric(text_, "findings", "Things that a person has to look at, by severity.");
    for (const auto severity : {Finding::Severity::error, Finding::Severity::warning, Finding::Severity::notice})
      metric.add({{"severity", name_of(severity)}},
                 std::count_if(findings.begin(), findings.end(),
                               [severity](const Finding& finding) { return finding.severity == severity; }));
    if (!status_.is_exporter())
      Metric(text_, "clock_behind", "Is the clock of this machine behind something signed; 1 or 0.")
          .add({}, status_.clock_is_behind ? 1 : 0);
  }

  void add_feeds() {
    const auto labels = [](const FeedStatus& feed) {
      return Labels{{"feed", feed.feed.name}, {"followed", feed.feed.imported ? "true" : "false"}};
    };
    const auto feed_metric = [&](std::string_view name, std::string_view help, auto value) {
      each(name, help, status_.feeds, labels, value);
    };
    using Count = std::optional<std::uint64_t>;
    using Seconds = std::optional<std::int64_t>;
    feed_metric("feed_generation", "Generation of the feed here.",
                [](const FeedStatus& feed) { return Count(feed.feed.generation); });
    feed_metric("feed_updates", "Updates in the feed.",
                [](const FeedStatus& feed) { return feed.current ? Count(feed.current->updates) : Count(0); });
    feed_metric("feed_revisions", "Revisions in the feed.",
                [](const FeedStatus& feed) { return feed.current ? Count(feed.current->revisions) : Count(0); });
    feed_metric("feed_made_timestamp_seconds", "When the generation was made here.",
                [](const FeedStatus& feed) { return feed.current ? Seconds(feed.current->made.seconds) : Seconds(); });
    feed_metric("feed_age_seconds", "Since the last bundle of a followed feed was made.", [](const FeedStatus& feed) {
      return feed.freshness ? Seconds(feed.freshness->age_seconds) : Seconds();
    });
    feed_metric("feed_overdue", "Is the next bundle of a followed feed late; 1 or 0.", [](const FeedStatus& feed) {
      return feed.freshness ? Count(feed.freshness->is_overdue ? 1U : 0U) : Count();
    });
    feed_metric(
        "feed_stale", "Is the last bundle of a followed feed no longer valid; 1 or 0.",
        [](const FeedStatus& feed) { return feed.freshness ? Count(feed.freshness->is_stale ? 1U : 0U) : Count(); });
  }

  void add_content() {
    const auto labels = [](const FeedContent& content) { return Labels{{"feed", content.feed.name}}; };
    each("feed_missing_files", "Payload files that the feed carries and that are not here.", status_.content, labels,
         [](const FeedContent& content) { return std::optional(content.missing.size()); });
    each("feed_missing_bytes", "Size of these files.", status_.content, labels,
         [](const FeedContent& content) { return std::optional(content.missing_bytes); });
  }

  struct NamedSite {
    std::string path;  // "plant-1/line-3" for a site below another
    const SiteStatus* site;
  };
  static void collect(const std::vector<SiteStatus>& sites, const std::string& above, std::vector<NamedSite>& named) {
    for (const SiteStatus& site : sites) {
      named.push_back({above + site.name, &site});
      collect(site.children, above + site.name + "/", named);
    }
  }

  void add_sites() {
    std::vector<NamedSite> sites;
    collect(status_.sites, "", sites);
    const auto labels = [](const NamedSite& named) { return Labels{{"site", named.path}, {"feed", named.site->feed}}; };
    const auto site_metric = [&](std::string_view name, std::string_view help, auto value) {
      each(name, help, sites, labels, [&value](const NamedSite& named) { return value(*named.site); });
    };
    using Count = std::optional<std::uint64_t>;
    site_metric("site_exported_generation", "Where the last bundle for the site led.",
                [](const SiteStatus& site) { return site.exported; });
    site_metric("site_acknowledged_generation", "What the site is known to hold.",
                [](const SiteStatus& site) { return site.acknowledged; });
    site_metric("site_behind_generations", "Generations that the site lacks.",
                [](const SiteStatus& site) { return site.behind; });
    site_metric("site_age_seconds", "Since the site acknowledged what it holds, else since the last export.",
                [](const SiteStatus& site) { return site.age_seconds; });
    site_metric("site_next_bytes", "Estimated size of the next bundle.",
                [](const SiteStatus& site) { return Count(site.next_bytes); });
    site_metric("site_overdue", "Was the next bundle promised for earlier, or never made; 1 or 0.",
                [](const SiteStatus& site) { return Count(site.standing >= Standing::overdue ? 1U : 0U); });
    site_metric(
        "site_went_backwards", "Does the site hold less than it once said; 1 or 0.",
        [](const SiteStatus& site) { return site.receipt ? Count(site.receipt->went_backwards ? 1U : 0U) : Count(); });
  }

  void add_sources() {
    const auto labels = [](const SourceStatus& source) { return Labels{{"source", source.name}}; };
    each("source_updates", "Updates that the source offers.", status_.sources, labels,
         [](const SourceStatus& source) { return std::optional(source.updates); });
    each("source_synced_timestamp_seconds", "When the source was last read.", status_.sources, labels,
         [](const SourceStatus& source) {
           const auto time = Time::parse(source.synced);
           return time ? std::optional(time->seconds) : std::nullopt;
         });
    each("source_failures", "What could not be read in the last run.", status_.sources, labels,
         [](const SourceStatus& source) { return source.last ? std::optional(source.last->failed) : std::nullopt; });
  }

  void add_trust() {
    if (!status_.trust) return;
    Metric(text_, "trust_version", "Version of the trust file.").add({}, status_.trust->file.version);
    Metric(text_, "trust_made_timestamp_seconds", "When the trust file was made.")
        .add({}, status_.trust->file.created.seconds);
    Metric metric(text_, "trust_key_expiry_timestamp_seconds", "When the certificate of a key ends, if it does.");
    std::vector<std::string> seen;  // a series may stand here once; one authority can be named under two roles only
    for (const KeyStatus& key : status_.trust->keys) {
      const std::string id = key.role + key.key.hex();
      if (!key.not_after || std::find(seen.begin(), seen.end(), id) != seen.end()) continue;
      seen.push_back(id);
      metric.add({{"role", key.role}, {"key", key.key.hex().substr(0, 16)}, {"subject", key.subject}},
                 key.not_after->seconds);
    }
  }

  void add_runs() {
    std::vector<EndedRun> runs;
    for (const auto& [command, run] : status_.log.runs) runs.push_back(run);
    const auto labels = [](const EndedRun& run) { return Labels{{"command", run.command}}; };
    each("last_run_timestamp_seconds", "When the command last ended.", runs, labels,
         [](const EndedRun& run) { return std::optional(run.ended.seconds); });
    each("last_run_exit_code", "What it ended with.", runs, labels,
         [](const EndedRun& run) { return std::optional(run.code); });
    each("last_run_duration_seconds", "How long it took.", runs, labels,
         [](const EndedRun& run) { return run.seconds; });
    std::vector<OpenRun> open;
    for (const auto& [command, run] : status_.log.open) open.push_back(run);
    each("open_run_timestamp_seconds", "When a run began that has not ended, since it goes on or was cut off.", open,
         [](const OpenRun& run) { return Labels{{"command", run.command}, {"goes_on", run.goes_on ? "yes" : "no"}}; },
         [](const OpenRun& run) { return std::optional(run.begun.seconds); });
  }

  const PointStatus& status_;
  std::string text_;
};

}  // namespace

std::string label_value(std::string_view text) {
  std::string value;
  for (const char c : for_terminal(text, 200)) {
    if (c == '\\' || c == '"') value += '\\';
    value += c;
  }
  return value;
}

std::string prometheus_text(const PointStatus& status) { return MetricsText(status).all(); }

}  // namespace ferry::format
