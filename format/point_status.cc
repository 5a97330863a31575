// SPDX-License-Identifier: Apache-2.0
#include "format/point_status.h"

#include <algorithm>

#include <fmt/format.h>

#include "format/catalog/decisions.h"
#include "common/process.h"
#include "common/text.h"
#include "format/run.h"
#include "format/trust_report.h"

namespace ferry::format {
namespace {

constexpr std::size_t history_kept = 60;  // generations and bundles, for the plots
constexpr std::int64_t day = 86'400;
constexpr std::int64_t expiry_notice = 60 * day;
// Manifest, signatures, trust files and the tar around them, in every volume.
constexpr std::uint64_t volume_overhead = 16ULL * 1024;
constexpr std::uint64_t assumed_shrinking = 8;  // of documents, where no bundle tells yet

// The year in which a certificate without an end ends (RFC 5280 4.1.2.5).
constexpr std::int64_t without_end = 253402300799;

class Findings {
 public:
  explicit Findings(const PointStatus& status) : status_(status) {}

  std::vector<Finding> all() {
    add_clock();
    for (const SiteStatus& site : status_.sites) add_site(site);
    for (const FeedStatus& feed : status_.feeds) add_feed(feed);
    if (!status_.is_exporter() && status_.imports.empty()) warning("nothing was imported yet");
    for (const SourceStatus& source : status_.sources) add_source(source);
    for (const FeedContent& content : status_.content) add_content(content);
    if (status_.trust) add_trust(*status_.trust);
    if (!status_.log.problem.empty()) warning("the log is not looked at: " + status_.log.problem);
    for (const auto& [command, run] : status_.log.runs) add_run(run);
    for (const auto& [command, run] : status_.log.open) add_open_run(run);
    if (!status_.unchosen.empty())
      add(Finding::Severity::notice,
          fmt::format("{} with updates that no feed chooses",
                      counted(status_.unchosen.size(), "product or classification", "products or classifications")));
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Finding& left, const Finding& right) { return left.severity > right.severity; });
    return std::move(found_);
  }

 private:
  void add(Finding::Severity severity, std::string text) { found_.push_back({severity, std::move(text)}); }
  void warning(std::string text) { add(Finding::Severity::warning, std::move(text)); }
  void error(std::string text) { add(Finding::Severity::error, std::move(text)); }

  void add_clock() {
    if (status_.clock_is_behind)
      error(
          fmt::format("the clock of this machine says {}, but something signed at {} was accepted here already; set "
                      "the clock",
                      status_.now.text(), status_.newest_signed.value_or(Time{}).text()));
  }

  void add_site(const SiteStatus& site) {
    const std::string name = "site " + quote(site.name);
    const std::string age = site.age_seconds ? format_age(*site.age_seconds) : "";
    if (site.standing == Standing::never) warning(name + " was never sent anything");
    if (site.standing == Standing::overdue)
      warning(fmt::format("{} is overdue: what it has is {} old, and the next bundle was promised within {}", name, age,
                          counted(site.next_drop_days, "day", "days")));
    if (site.standing == Standing::stale)
      error(fmt::format("{} is stale: what it has is {} old, and was to be valid for {}", name, age,
                        counted(site.valid_days, "day", "days")));
    if (site.receipt && site.receipt->went_backwards)
      error(fmt::format("{} holds less than it once said (receipt of {})", name, site.receipt->made.text()));
    if (site.receipt && site.receipt->files_missing > 0)
      warning(fmt::format("{} lacks {}, {}", name,
                          counted(site.receipt->files_missing, "payload file", "payload files"),
                          format_size(site.receipt->bytes_missing)));
    for (const SiteStatus& child : site.children) add_site(child);
  }

  void add_feed(const FeedStatus& feed) {
    if (!feed.freshness) return;
    const Freshness& freshness = *feed.freshness;
    if (freshness.is_stale) {
      error(fmt::format("feed {} is STALE: its last bundle was valid until {}; ask its publisher for the newer ones",
                        quote(feed.feed.name), freshness.last.valid_until.text()));
    } else if (freshness.is_overdue) {
      warning(fmt::format("feed {} is overdue: its next bundle was expected by {}; ask for it", quote(feed.feed.name),
                          freshness.last.next_expected.text()));
    }
  }

  void add_source(const SourceStatus& source) {
    if (source.synced.empty() && !(source.last && source.last->failed > 0))
      warning(fmt::format("source {} was never synchronized", quote(source.name)));
    if (source.last && source.last->failed > 0)
      warning(fmt::format("source {}: {} in the last run, the first: {}", quote(source.name),
                          counted(source.last->failed, "failure", "failures"),
                          for_terminal(source.last->first_failure, 300)));
  }

  void add_content(const FeedContent& content) {
    if (content.missing.empty()) return;
    warning(fmt::format("feed {} lacks {}, {}; see '{}'", quote(content.feed.name),
                        counted(content.missing.size(), "payload file", "payload files"),
                        format_size(content.missing_bytes), status_.is_exporter() ? "fetch" : "need"));
  }

  void add_trust(const TrustStatus& trust) {
    for (const KeyStatus& key : trust.keys) {
      if (key.is_revoked || !key.not_after) continue;
      const std::int64_t left = key.not_after->seconds - status_.now.seconds;
      const std::string what = fmt::format("the certificate of {} key {}", key.role, for_terminal(key.subject, 80));
      if (left < 0) error(fmt::format("{} expired on {}", what, key.not_after->text().substr(0, 10)));
      if (left >= 0 && left < expiry_notice)
        warning(fmt::format("{} expires on {}", what, key.not_after->text().substr(0, 10)));
    }
  }

  void add_open_run(const OpenRun& run) {
    const std::string what = fmt::format("{}, begun at {}", for_terminal(run.command, 60), run.begun.text());
    if (run.goes_on)
      add(Finding::Severity::notice, fmt::format("{}, goes on as process {}", what, run.process));
    else
      warning(fmt::format("{}, was cut off before its end; nothing is half done, run it again", what));
  }

  // A mistyped name is told once and forgotten; what a timer does again and again is not.
  void add_run(const EndedRun& run) {
    if (!run.failed()) return;
    const auto code = static_cast<ExitCode>(run.code);
    const bool is_mistake = code == ExitCode::usage || code == ExitCode::not_found;
    add(is_mistake                     ? Finding::Severity::notice
        : code == ExitCode::incomplete ? Finding::Severity::warning
                                       : Finding::Severity::error,
        fmt::format("the last {} ended with {} at {}{}{}", for_terminal(run.command, 60), run.code, run.ended.text(),
                    run.error.empty() ? "" : ": ", for_terminal(run.error, 300)));
  }

  const PointStatus& status_;
  std::vector<Finding> found_;
};

}  // namespace

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::current:
      return "current";
    case Standing::behind:
      return "behind";
    case Standing::overdue:
      return "overdue";
    case Standing::stale:
      return "stale";
    case Standing::never:
      break;
  }
  return "never";
}

std::string_view name_of(Finding::Severity severity) {
  if (severity == Finding::Severity::error) return "error";
  return severity == Finding::Severity::warning ? "warning" : "notice";
}

Standing Freshness::standing() const {
  if (is_stale) return Standing::stale;
  return is_overdue ? Standing::overdue : Standing::current;
}

void judge(SiteStatus& site, Time now) {
  const auto held = site.acknowledged ? site.acknowledged : site.exported;
  if (held) site.behind = site.generation - std::min(site.generation, *held);
  const auto since = site.acknowledged && site.held_since ? site.held_since : site.exported_at;
  if (since) site.age_seconds = std::max<std::int64_t>(0, now.seconds - since->seconds);
  if (!held) {
    site.standing = Standing::never;
    return;
  }
  const std::int64_t age = site.age_seconds.value_or(0);
  const auto is_beyond = [age](std::uint64_t days) { return days > 0 && age > static_cast<std::int64_t>(days) * day; };
  site.standing = is_beyond(site.valid_days)       ? Standing::stale
                  : is_beyond(site.next_drop_days) ? Standing::overdue
                  : *site.behind > 0               ? Standing::behind
                                                   : Standing::current;
}

std::uint64_t estimate_bundle(const std::vector<ExportEntry>& earlier, std::uint64_t document_bytes,
                              std::uint64_t file_bytes) {
  if (document_bytes + file_bytes == 0) return 0;
  double documents = 0;
  double packed = 0;
  for (const ExportEntry& entry : earlier) {
    const std::uint64_t beside = entry.file_bytes + entry.volumes * volume_overhead;
    if (entry.document_bytes == 0 || entry.bytes <= beside) continue;
    documents += static_cast<double>(entry.document_bytes);
    packed += static_cast<double>(entry.bytes - beside);
  }
  const double ratio = documents > 0 ? packed / documents : 1.0 / static_cast<double>(assumed_shrinking);
  return volume_overhead + file_bytes + static_cast<std::uint64_t>(static_cast<double>(document_bytes) * ratio);
}

std::vector<FeedStatus> feed_states(Catalog& catalog) {
  std::vector<FeedStatus> states;
  for (const Feed& feed : list_feeds(catalog)) {
    FeedStatus state;
    state.feed = feed;
    state.current = generation(catalog, feed.id, feed.generation);
    state.history = generations(catalog, feed.id, history_kept);
    std::reverse(state.history.begin(), state.history.end());
    state.chain = feed.imported ? taken_head(catalog, feed) : issued_head(catalog, feed);
    if (!feed.imported) state.exports = exports_of(catalog, feed.id, history_kept);
    std::reverse(state.exports.begin(), state.exports.end());
    states.push_back(std::move(state));
  }
  return states;
}

TrustStatus trust_status(std::string_view bytes, Time now) {
  TrustStatus status;
  status.file = parse_trust(bytes);
  status.json = trust_json(bytes);
  status.age_seconds = std::max<std::int64_t>(0, now.seconds - status.file.created.seconds);
  const auto add = [&status](const char* name, const Role& role) {
    for (const Certificate& certificate : role.certificates) {
      const Time end = certificate.not_after();
      status.keys.push_back({name, certificate.subject(), certificate.key_id(),
                             end.seconds < without_end ? std::optional(end) : std::nullopt,
                             status.file.names_revoked(certificate.key_id())});
    }
    for (const Digest& pin : role.pins) status.keys.push_back({name, "", pin, {}, status.file.names_revoked(pin)});
  };
  add("exporter", status.file.exporter);
  add("root", status.file.root);
  return status;
}

PointStatus common_status(const Point& point, Catalog& catalog, std::string_view program, std::string_view version,
                          Time now) {
  PointStatus status;
  status.program = program;
  status.tool = version;
  status.point = catalog.point_name();
  status.directory = point.directory();
  status.now = now;
  status.feeds = feed_states(catalog);
  status.content = feed_contents(point, catalog);
  status.attention = decisions_to_look_at(catalog).size();
  status.log = summarize_log(audit_log(point.directory()));
  for (auto& [command, run] : status.log.open) run.goes_on = program_of_process(run.process).starts_with("ferry-");
  return status;
}

std::vector<Finding> PointStatus::findings() const { return Findings(*this).all(); }

}  // namespace ferry::format
