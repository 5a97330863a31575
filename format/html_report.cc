// SPDX-License-Identifier: Apache-2.0
#include "format/html_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/text.h"
#include "format/html_plots.h"
#include "format/internal/html_style.h"
#include "format/html_text.h"

namespace ferry::format {
namespace {

constexpr std::size_t imports_shown = 8;
constexpr std::size_t unchosen_shown = 20;

// A time as people say it; the machine's form goes beside it.
std::string time_cell(const std::string& time) {
  if (time.size() != 20) return "never";
  return fmt::format("<time datetime=\"{0}\">{1} {2}</time>", html_text(time), html_text(time.substr(0, 10)),
                     html_text(time.substr(11, 5)));
}

std::string time_cell(const std::optional<Time>& time) { return time_cell(time ? time->text() : std::string()); }

std::string age_text(const std::optional<std::int64_t>& seconds) { return seconds ? format_age(*seconds) : "–"; }

// A word with a shape before it: colour alone says nothing to many people, and nothing in print.
std::string standing_cell(Standing standing) {
  std::string_view shape = "○";
  if (standing == Standing::current) shape = "●";
  if (standing == Standing::behind) shape = "◐";
  if (standing == Standing::overdue) shape = "▲";
  if (standing == Standing::stale) shape = "■";
  return fmt::format("<span class=\"state {0}\"><span aria-hidden=\"true\">{1}</span> {0}</span>", name_of(standing),
                     shape);
}

// A table of a section; cells are markup already. Columns after the first `text_columns` are numbers.
class HtmlTable {
 public:
  HtmlTable(std::string_view caption, std::vector<std::string_view> header, std::vector<bool> is_number)
      : is_number_(std::move(is_number)),
        html_(fmt::format("<div class=\"wide\" role=\"region\" tabindex=\"0\" "
                          "aria-label=\"{0}\"><table><caption>{0}</caption><thead><tr>",
                          html_text(caption))) {
    for (std::size_t i = 0; i < header.size(); ++i)
      html_ += fmt::format("<th scope=\"col\"{}>{}</th>", number_class(i), html_text(header[i]));
    html_ += "</tr></thead><tbody>\n";
  }
  void row(const std::vector<std::string>& cells, std::string_view row_class = "") {
    html_ += row_class.empty() ? std::string("<tr>") : fmt::format("<tr class=\"{}\">", row_class);
    for (std::size_t i = 0; i < cells.size(); ++i)
      html_ += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", cells[i])
                      : fmt::format("<td{}>{}</td>", number_class(i), cells[i]);
    html_ += "</tr>\n";
    is_empty_ = false;
  }
  [[nodiscard]] std::string finish(std::string_view when_empty) const {
    if (is_empty_) return fmt::format("<p class=\"quiet\">{}</p>\n", html_text(when_empty));
    return html_ + "</tbody></table></div>\n";
  }

 private:
  [[nodiscard]] std::string_view number_class(std::size_t column) const {
    return column < is_number_.size() && is_number_[column] ? " class=\"number\"" : "";
  }

  std::vector<bool> is_number_;
  std::string html_;
  bool is_empty_ = true;
};

class Page {
 public:
  Page(const PointStatus& status, std::uint64_t refresh_seconds)
      : status_(status), findings_(status.findings()), refresh_seconds_(refresh_seconds) {}

  std::string all() {
    head();
    summary();
    attention();
    html_ += "<main>\n";
    if (status_.is_exporter()) sites();
    feeds();
    plots();
    if (status_.is_exporter()) {
      sources();
    } else {
      imports();
    }
    content();
    trust();
    runs();
    unchosen();
    html_ += "</main>\n";
    html_ += fmt::format("<footer><p>Written by {} from {}.</p></footer>\n</body>\n</html>\n", html_text(status_.tool),
                         html_text(status_.directory.native()));
    return std::move(html_);
  }

 private:
  void section(std::string_view id, std::string_view title, const std::string& body) {
    html_ += fmt::format("<section aria-labelledby=\"{0}\"><h2 id=\"{0}\">{1}</h2>\n{2}</section>\n", id,
                         html_text(title), body);
  }

  void head() {
    const std::string title = status_.is_exporter() ? status_.point : status_.site;
    html_ = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    html_ +=
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
    html_ += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    html_ += "<meta name=\"color-scheme\" content=\"light dark\">\n";
    if (refresh_seconds_ > 0) html_ += fmt::format("<meta http-equiv=\"refresh\" content=\"{}\">\n", refresh_seconds_);
    html_ +=
        fmt::format("<title>{} – Ferry</title>\n<style>\n{}</style>\n</head>\n<body>\n", html_text(title), html_style);
  }

  [[nodiscard]] std::size_t count(Finding::Severity severity) const {
    return static_cast<std::size_t>(
        std::count_if(findings_.begin(), findings_.end(),
                      [severity](const Finding& finding) { return finding.severity == severity; }));
  }

  // The one sentence that has to be read from across the room.
  [[nodiscard]] std::pair<std::string, std::string_view> verdict() const {
    const std::size_t errors = count(Finding::Severity::error);
    const std::size_t warnings = count(Finding::Severity::warning);
    if (errors > 0)
      return {counted(errors, "thing needs a person", "things need a person") +
                  (warnings > 0 ? fmt::format(", {} to look at", warnings) : ""),
              "bad"};
    if (warnings > 0) return {counted(warnings, "thing to look at", "things to look at"), "warn"};
    return {"Nothing needs a person", "good"};
  }

  void summary() {
    const auto [sentence, tone] = verdict();
    html_ += fmt::format(
        "<header>\n<p class=\"place\">{}</p>\n<h1 class=\"{}\">{}</h1>\n",
        status_.is_exporter() ? "exporting point " + html_text(status_.point) : "site " + html_text(status_.site), tone,
        html_text(sentence));
    html_ += "<dl class=\"figures\">";
    const auto figure = [this](std::string_view what, const std::string& value) {
      html_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", html_text(what), html_text(value));
    };
    if (status_.is_exporter()) {
      const auto current = std::count_if(status_.sites.begin(), status_.sites.end(),
                                         [](const SiteStatus& site) { return site.standing == Standing::current; });
      figure("sites up to date", fmt::format("{} of {}", current, status_.sites.size()));
    }
    std::uint64_t updates = 0;
    for (const FeedStatus& feed : status_.feeds) updates = std::max(updates, feed.current ? feed.current->updates : 0);
    figure(status_.feeds.size() == 1 ? "updates in the feed" : "updates in the largest feed", format_count(updates));
    if (status_.trust) figure("trust file", fmt::format("{}", status_.trust->file.version));
    html_ += fmt::format("<div><dt>as of (UTC)</dt><dd>{}</dd></div></dl>\n</header>\n",
                         time_cell(std::optional(status_.now)));
  }

  void attention() {
    if (findings_.empty()) return;
    std::string list = "<ul class=\"findings\">\n";
    for (const Finding& finding : findings_)
      list += fmt::format("<li class=\"{0}\"><strong>{0}</strong> <span>{1}</span></li>\n", name_of(finding.severity),
                          html_text(finding.text));
    section("attention", "To look at", list + "</ul>\n");
  }

  static void add_sites(HtmlTable& table, const std::vector<SiteStatus>& sites, const std::string& above) {
    for (const SiteStatus& site : sites) {
      const std::string path = above + html_text(site.name);
      const auto number = [](const std::optional<std::uint64_t>& value, const char* none) {
        return value ? format_count(*value) : std::string(none);
      };
      table.row({path, standing_cell(site.standing), number(site.behind, "–"), html_text(age_text(site.age_seconds)),
                 number(site.exported, "never"), number(site.acknowledged, "unknown"), format_count(site.generation),
                 site.next_bytes > 0 ? "≈ " + format_size(site.next_bytes) : "–", time_cell(site.exported_at),
                 html_text(site.feed)},
                site.standing >= Standing::overdue ? "look" : "");
      if (site.receipt)
        table.row({"<span class=\"quiet\">receipt</span>",
                   site.receipt->went_backwards ? "<strong>went backwards</strong>" : "", "", "", "", "", "",
                   site.receipt->files_missing > 0
                       ? html_text(counted(site.receipt->files_missing, "file missing", "files missing"))
                       : "",
                   time_cell(std::optional(site.receipt->made)), ""});
      add_sites(table, site.children, path + " / ");
    }
  }

  void sites() {
    HtmlTable table(
        "How each site stands, by what it was sent and what it acknowledged",
        {"site", "state", "behind", "age", "exported", "acknowledged", "feed at", "next bundle", "last export", "feed"},
        {false, false, true, true, true, true, true, true, false, false});
    add_sites(table, status_.sites, "");
    section("sites", "Sites", table.finish("No sites in point.toml."));
  }

  void feeds() {
    const bool follows = std::any_of(status_.feeds.begin(), status_.feeds.end(),
                                     [](const FeedStatus& feed) { return feed.freshness.has_value(); });
    std::vector<std::string_view> header{"feed", "generation", "updates", "revisions", "since"};
    if (follows) header.insert(header.end(), {"state", "age", "next expected"});
    HtmlTable table("What each feed holds", header, {false, true, true, true, false, false, true, false});
    for (const FeedStatus& feed : status_.feeds) {
      const std::string from =
          feed.feed.imported ? " <span class=\"quiet\">from " + html_text(feed.feed.publisher) + "</span>" : "";
      std::vector<std::string> cells{html_text(feed.feed.name) + from, format_count(feed.feed.generation),
                                     format_count(feed.current ? feed.current->updates : 0),
                                     format_count(feed.current ? feed.current->revisions : 0),
                                     feed.current ? time_cell(std::optional(feed.current->made)) : "never"};
      const auto& freshness = feed.freshness;
      if (freshness)
        cells.insert(cells.end(), {standing_cell(freshness->standing()), html_text(format_age(freshness->age_seconds)),
                                   time_cell(std::optional(freshness->last.next_expected))});
      cells.resize(header.size());
      table.row(cells, freshness && freshness->standing() >= Standing::overdue ? "look" : "");
    }
    section("feeds", "Feeds", table.finish("No feeds yet."));
  }

  void plots() {
    std::string figures;
    const auto figure = [&figures](const std::string& svg, const std::string& caption) {
      if (!svg.empty())
        figures += fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", svg, html_text(caption));
    };
    if (std::any_of(status_.sites.begin(), status_.sites.end(), [](const auto& site) { return site.exported_at; })) {
      const std::string what = "Age of what each site has";
      figure(lag_plot(what,
                      "A bar for each site, in days; marks show when the next bundle was promised and until when "
                      "the last one is valid.",
                      lag_rows()),
             what + "; marks: next bundle promised, validity ends");
    }
    for (const FeedStatus& feed : status_.feeds) {
      std::vector<PlotPoint> growth;
      for (const Generation& generation : feed.history)
        growth.push_back(
            {fmt::format("{} ({})", generation.number, generation.made.text().substr(0, 10)), generation.updates});
      const std::string what = "Updates in feed " + feed.feed.name + " by generation";
      figure(line_plot(what, "The number of updates over the last generations.", growth, format_count), what);
      std::vector<PlotPoint> sizes;
      for (const ExportEntry& entry : feed.exports) sizes.push_back({entry.made.text().substr(0, 10), entry.bytes});
      const std::string bundles = "Size of the bundles of feed " + feed.feed.name;
      figure(bar_plot(bundles, "A bar for each bundle, in the order in which they were made.", sizes, format_size),
             bundles);
    }
    if (!figures.empty()) section("plots", "Course", "<div class=\"plots\">\n" + figures + "</div>\n");
  }

  [[nodiscard]] std::vector<LagRow> lag_rows() const {
    constexpr double day = 86'400;
    std::vector<LagRow> rows;
    for (const SiteStatus& site : status_.sites) {
      if (!site.age_seconds) continue;
      rows.push_back({site.name, std::string(name_of(site.standing)), static_cast<double>(*site.age_seconds) / day,
                      static_cast<double>(site.next_drop_days), static_cast<double>(site.valid_days)});
    }
    return rows;
  }

  void sources() {
    HtmlTable table("Where updates come from", {"source", "kind", "updates", "last sync", "failures", "first failure"},
                    {false, false, true, false, true, false});
    for (const SourceStatus& source : status_.sources)
      table.row({html_text(source.name), html_text(source.kind), format_count(source.updates), time_cell(source.synced),
                 source.last ? format_count(source.last->failed) : "–",
                 source.last ? html_text(source.last->first_failure) : ""},
                source.last && source.last->failed > 0 ? "look" : "");
    section("sources", "Sources", table.finish("No sources in point.toml."));
  }

  void imports() {
    HtmlTable table("The last imports", {"bundle", "feed", "generation", "in", "out", "made", "imported"},
                    {false, false, true, true, true, false, false});
    for (std::size_t i = 0; i < status_.imports.size() && i < imports_shown; ++i) {
      const ImportEntry& entry = status_.imports[i];
      table.row({html_text(entry.name) + (entry.undone ? " <span class=\"quiet\">undone</span>" : ""),
                 html_text(entry.feed_name), format_count(entry.target), format_count(entry.added),
                 format_count(entry.removed), time_cell(std::optional(entry.created)),
                 time_cell(std::optional(entry.imported))});
    }
    section("imports", "Imports", table.finish("Nothing was imported yet."));
  }

  void content() {
    if (status_.content.empty()) return;
    HtmlTable table("Payload files that feeds carry", {"feed", "policy", "files", "size", "missing", "size missing"},
                    {false, false, true, true, true, true});
    for (const FeedContent& feed : status_.content)
      table.row({html_text(feed.feed.name), html_text(feed.policy.kind), format_count(feed.files),
                 format_size(feed.bytes), format_count(feed.missing.size()), format_size(feed.missing_bytes)},
                feed.missing.empty() ? "" : "look");
    section("content", "Payload files", table.finish(""));
  }

  void trust() {
    if (!status_.trust) return;
    HtmlTable table(
        fmt::format("Trust file {}, made {}, {} old", status_.trust->file.version,
                    status_.trust->file.created.text().substr(0, 10), format_age(status_.trust->age_seconds)),
        {"key", "role", "certificate", "ends"}, {});
    for (const KeyStatus& key : status_.trust->keys)
      table.row({"<code>" + key.key.hex().substr(0, 16) + "</code>", html_text(key.role),
                 (key.subject.empty() ? "pinned" : html_text(key.subject)) +
                     (key.is_revoked ? " <span class=\"quiet\">revoked</span>" : ""),
                 key.not_after ? time_cell(key.not_after) : std::string("has no end")});
    section("trust", "Trust", table.finish("It names no key."));
  }

  void runs() {
    HtmlTable table("How each command last ended", {"command", "ended", "exit code", "took", "error"},
                    {false, false, true, true, false});
    for (const auto& [command, run] : status_.log.runs)
      table.row({html_text(command), time_cell(std::optional(run.ended)), fmt::format("{}", run.code),
                 run.seconds ? fmt::format("{:.1f} s", *run.seconds) : "–", html_text(fit(run.error, 200))},
                run.failed() ? "look" : "");
    for (const auto& [command, run] : status_.log.open)
      table.row({html_text(command), run.goes_on ? "goes on" : "was cut off", "–", "–",
                 "begun at " + time_cell(std::optional(run.begun))},
                run.goes_on ? "" : "look");
    section("runs", "Last runs", table.finish("The log tells of none."));
  }

  void unchosen() {
    if (status_.unchosen.empty()) return;
    HtmlTable table("Products and classifications with updates that no feed chooses",
                    {"name", "kind", "updates", "seen since"}, {false, false, true, false});
    for (std::size_t i = 0; i < status_.unchosen.size() && i < unchosen_shown; ++i) {
      const UnchosenCategory& category = status_.unchosen[i];
      table.row({html_text(category.name), html_text(name_of(category.type)), format_count(category.updates),
                 time_cell(category.first_seen)});
    }
    std::string body = table.finish("");
    if (status_.unchosen.size() > unchosen_shown)
      body += fmt::format("<p class=\"quiet\">and {} more; see: {} status</p>\n",
                          format_count(status_.unchosen.size() - unchosen_shown), html_text(status_.program));
    section("unchosen", "Chosen by no feed", body);
  }

  const PointStatus& status_;
  std::vector<Finding> findings_;
  std::uint64_t refresh_seconds_;
  std::string html_;
};

}  // namespace

std::string html_report(const PointStatus& status, std::uint64_t refresh_seconds) {
  return Page(status, refresh_seconds).all();
}

}  // namespace ferry::format
