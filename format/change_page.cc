// SPDX-License-Identifier: Apache-2.0
#include "format/change_page.h"
#include "format/bundle.h"
#include "format/html_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/text.h"

namespace ferry::format {
namespace {

constexpr std::size_t groups_listed = 100;
constexpr std::size_t texts_listed = 500;
constexpr std::size_t texts_in_a_row = 12;

// Black on white and the reverse; the contrast of every pair of colours is above 7 to 1.
constexpr std::string_view style = R"css(
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #4a4a4a; --paper: #ffffff; --rule: #b5b5b5; --band: #f3f3f1; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececec; --soft: #bdbdbd; --paper: #161616; --rule: #555555; --band: #202020; }
}
html { background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
body { margin: 0 auto; max-width: 70rem; padding: 2rem 1.5rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .4rem 0; max-width: 46rem; }
.note { border-left: 3px solid var(--rule); padding: .1rem 0 .1rem .8rem; margin: 1.2rem 0; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: 1rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: 0 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .32rem .9rem .32rem 0; border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-weight: 600; border-bottom: 2px solid var(--ink); white-space: nowrap; }
tbody th { font-weight: 400; overflow-wrap: anywhere; }
.n { text-align: right; white-space: nowrap; }
.w { white-space: nowrap; }
.what { min-width: 18rem; }
.id { color: var(--soft); font: .8em/1.4 ui-monospace, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.list { overflow-wrap: anywhere; }
td.list { min-width: 6.5rem; }
.groups table { table-layout: fixed; min-width: 40rem; }
.groups th:first-child { width: 34%; }
code { font: .92em ui-monospace, "Liberation Mono", monospace; background: var(--band); padding: .05rem .25rem; overflow-wrap: anywhere; }
.strong { font-weight: 600; }
@media print {
  :root { --ink: #000; --soft: #333; --paper: #fff; --rule: #999; --band: #fff; }
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  @page { margin: 16mm 14mm; }
}
)css";

class Page {
 public:
  void raw(std::string_view markup) { text_ += markup; }
  void text(std::string_view untrusted) { text_ += html_text(untrusted); }
  void tag(std::string_view name, std::string_view attributes, std::string_view untrusted) {
    text_ +=
        fmt::format("<{}{}{}>{}</{}>", name, attributes.empty() ? "" : " ", attributes, html_text(untrusted), name);
  }
  void fact(std::string_view name, std::string_view value) {
    tag("dt", "", name);
    tag("dd", "", value);
    text_ += '\n';
  }
  void paragraph(std::string_view words, std::string_view attributes = "") {
    tag("p", attributes, words);
    text_ += '\n';
  }
  // `numeric_from`: from this column on, cells hold numbers.
  void begin_table(std::string_view caption, std::initializer_list<std::string_view> columns, std::size_t numeric_from,
                   bool is_group = false) {
    raw(is_group ? "<div class=\"scroll groups\"><table>\n" : "<div class=\"scroll\"><table>\n");
    if (!caption.empty()) tag("caption", "", caption);
    raw("<thead><tr>");
    std::size_t at = 0;
    for (const std::string_view column : columns)
      tag("th", at++ >= numeric_from ? "scope=\"col\" class=\"n\"" : "scope=\"col\"", column);
    raw("</tr></thead>\n<tbody>\n");
  }
  void end_table() { raw("</tbody></table></div>\n"); }
  void more(std::uint64_t count) {
    if (count > 0) paragraph(fmt::format("… and {} more, not listed here.", format_count(count)));
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string recipients(const Manifest& manifest) {
  if (manifest.recipients.empty()) return "every site that follows the feed";
  std::string names;
  for (const std::string& name : manifest.recipients) names += (names.empty() ? "" : ", ") + name;
  return names;
}

std::string way(const Manifest& manifest) {
  if (manifest.kind == BundleKind::content)
    return fmt::format("payload files alone, for generation {}", manifest.target.generation);
  if (manifest.kind == BundleKind::full)
    return fmt::format("everything, as of generation {}", manifest.target.generation);
  return fmt::format("generation {} or later, to {}", manifest.base(), manifest.target.generation);
}

void add_head(Page& page, const ChangeReport& report) {
  const Manifest& manifest = report.manifest;
  page.raw(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n");
  page.tag("title", "", "Changes in " + manifest.bundle_name);
  page.raw("\n<style>");
  page.raw(style);
  page.raw("</style>\n</head>\n<body>\n<main>\n");
  page.tag("h1", "", "Changes in " + manifest.bundle_name);
  page.raw("\n<dl>\n");
  page.fact("Publisher", manifest.publisher_name);
  page.fact("For", recipients(manifest));
  page.fact("Feed", manifest.feed);
  page.fact("Leads from", way(manifest));
  page.fact("Made", manifest.created.text() + " by " + manifest.tool);
  page.fact("Next expected", manifest.next_expected.text());
  page.raw("</dl>\n");
}

void add_note(Page& page, const ChangeReport& report) {
  page.raw("<div class=\"note\">\n");
  page.paragraph(
      "This page is not signed: whoever can write to the medium can change it. The bundle's signatures cover the "
      "bundle, not this file. To make the page anew from the bundle after its signatures and digests were checked:");
  page.raw("<p><code>");
  page.text(fmt::format("ferry-import inspect --html {} DIRECTORY", change_page_name(report.manifest.bundle_name)));
  page.raw("</code></p>\n");
  if (!report.knows_catalog)
    page.paragraph(
        "It was made from the bundle's own documents: products that the bundle only refers to appear as ids, and "
        "“new” means new to a site that stands where the bundle begins. “ferry-import diff” compares with a site.");
  page.raw("</div>\n");
}

void add_summary(Page& page, const ChangeReport& report) {
  const ChangeCounts& counts = report.counts;
  page.tag("h2", "", "Summary");
  page.raw("\n<dl>\n");
  page.fact("Updates",
            fmt::format("{} new, {} changed, {} expired, {} removed", format_count(counts.added),
                        format_count(counts.changed), format_count(counts.expired), format_count(counts.removed)));
  if (report.parts + report.supporting > 0)
    page.fact("Besides", fmt::format("{} of these, {}", counted(report.parts, "part", "parts"),
                                     counted(report.supporting, "category or detectoid", "categories and detectoids")));
  page.fact("Documents", format_size(counts.document_bytes));
  page.fact("Payload in the bundle", fmt::format("{}, {}", counted(report.manifest.files, "file", "files"),
                                                 format_size(report.manifest.file_bytes)));
  page.fact("Payload that the updates name", format_size(counts.payload_bytes));
  page.raw("</dl>\n");
}

void add_groups(Page& page, std::string_view title, std::string_view column, const ChangeGroups& groups) {
  if (groups.groups.empty()) return;
  page.tag("h2", "", title);
  page.raw("\n");
  page.begin_table("", {column, "New", "Changed", "Expired", "Removed", "Documents", "Payload"}, 1, true);
  const std::size_t shown = std::min(groups.groups.size(), groups_listed);
  for (std::size_t i = 0; i < shown; ++i) {
    const ChangeGroup& group = groups.groups[i];
    page.raw("<tr>");
    page.tag("th", "scope=\"row\"", group.name);
    for (const std::uint64_t count :
         {group.counts.added, group.counts.changed, group.counts.expired, group.counts.removed})
      page.tag("td", "class=\"n\"", count == 0 ? "–" : format_count(count));
    page.tag("td", "class=\"n\"", format_size(group.counts.document_bytes));
    page.tag("td", "class=\"n\"", format_size(group.counts.payload_bytes));
    page.raw("</tr>\n");
  }
  page.end_table();
  page.more(groups.groups.size() - shown + groups.unlisted);
}

std::string listed(const BoundedTexts& texts, std::size_t shown) { return texts.joined(shown, ", ", " and {} more"); }

std::string listed(const std::vector<std::string>& texts) { return listed(BoundedTexts{texts, 0}, texts_in_a_row); }

void add_change(Page& page, const ReportedChange& change) {
  page.raw("<tr>");
  page.tag("td", change.is_security ? "class=\"w strong\"" : "class=\"w\"",
           change.severity.empty() ? "–" : change.severity);
  page.tag("td", "class=\"w\"", name_of(change.kind));
  page.raw("<th scope=\"row\" class=\"what\">");
  page.text(change.title);
  page.raw("<br><span class=\"id\">");
  page.text(fmt::format("{} r{}", change.id.update.text(), change.id.number));
  page.raw("</span></th>");
  page.tag("td", "", listed(change.products));
  page.tag("td", "class=\"list\"", listed(change.kb_articles, texts_in_a_row));
  page.tag("td", "class=\"list\"", listed(change.cves, texts_in_a_row));
  page.tag("td", "class=\"n\"", change.payload_bytes == 0 ? "–" : format_size(change.payload_bytes));
  page.raw("</tr>\n");
}

void add_changes(Page& page, const ChangeReport& report) {
  if (report.changes.empty()) return;
  page.tag("h2", "", "What comes");
  page.raw("\n");
  page.begin_table("Security and critical updates first, then by severity, then the newest.",
                   {"Severity", "What", "Update", "Products", "KB", "CVE", "Payload"}, 6);
  for (const ReportedChange& change : report.changes) add_change(page, change);
  page.end_table();
  page.more(report.unlisted_changes);
}

void add_removals(Page& page, const ChangeReport& report) {
  if (report.reasons.empty()) return;
  page.tag("h2", "", "What leaves");
  page.raw("\n");
  page.begin_table("", {"Update", "Why"}, 2);
  for (const ReportedRemoval& removal : report.removals) {
    page.raw("<tr><th scope=\"row\" class=\"what\">");
    if (!removal.title.empty()) {
      page.text(removal.title);
      page.raw("<br>");
    }
    page.raw("<span class=\"id\">");
    page.text(fmt::format("{} r{}", removal.id.update.text(), removal.id.number));
    page.raw("</span></th>");
    page.tag("td", "", explain(removal.reason));
    page.raw("</tr>\n");
  }
  page.end_table();
  page.more(report.unlisted_removals);
}

void add_texts(Page& page, std::string_view title, const BoundedTexts& texts) {
  if (texts.texts.empty()) return;
  page.tag("h2", "", title);
  page.raw("\n");
  page.tag("p", "class=\"list\"", listed(texts, texts_listed));
  page.raw("\n");
}

}  // namespace

std::string change_page(const ChangeReport& report) {
  Page page;
  add_head(page, report);
  add_note(page, report);
  add_summary(page, report);
  add_groups(page, "By severity", "Severity", report.severities);
  add_groups(page, "By classification", "Classification", report.classifications);
  add_groups(page, "By product", "Product", report.products);
  add_removals(page, report);
  add_changes(page, report);
  add_texts(page, "Articles", report.kb_articles);
  add_texts(page, "CVEs", report.cves);
  page.raw("</main>\n</body>\n</html>\n");
  return page.take();
}

}  // namespace ferry::format
