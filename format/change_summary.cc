// SPDX-License-Identifier: Apache-2.0
#include "format/change_summary.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/text.h"

namespace ferry::format {
namespace {

constexpr std::size_t groups_shown = 10;
constexpr std::size_t changes_shown = 20;
constexpr std::size_t removals_shown = 10;

void say_more(const Console& console, std::uint64_t count) {
  if (count > 0) console.say(fmt::format("  … and {} more", format_count(count)));
}

void say_groups(const Console& console, const std::string& title, const ChangeGroups& groups) {
  Table table({"  " + title, "new", "changed", "expired", "removed", "documents", "payload"});
  for (const std::size_t column : {1U, 2U, 3U, 4U, 5U, 6U}) table.right_align(column);
  const std::size_t shown = std::min(groups.groups.size(), groups_shown);
  for (std::size_t i = 0; i < shown; ++i) {
    const ChangeCounts& counts = groups.groups[i].counts;
    table.row({"  " + groups.groups[i].name, format_count(counts.added), format_count(counts.changed),
               format_count(counts.expired), format_count(counts.removed), format_size(counts.document_bytes),
               format_size(counts.payload_bytes)});
  }
  table.print(console);
  say_more(console, groups.groups.size() - shown + groups.unlisted);
}

std::string brief(const BoundedTexts& texts, std::size_t shown) { return texts.joined(shown, " ", " +{}"); }

void say_changes(const Console& console, const ChangeReport& report) {
  if (report.changes.empty()) return;
  Table table({"  severity", "what", "KB", "CVE", "update"});
  table.make_optional(3);
  const std::size_t shown = std::min(report.changes.size(), changes_shown);
  for (std::size_t i = 0; i < shown; ++i) {
    const ReportedChange& change = report.changes[i];
    table.row({"  " + (change.severity.empty() ? "-" : change.severity), std::string(name_of(change.kind)),
               brief(change.kb_articles, 1), brief(change.cves, 1), change.title});
  }
  table.print(console);
  say_more(console, report.changes.size() - shown + report.unlisted_changes);
}

void say_removals(const Console& console, const ChangeReport& report) {
  for (const auto& [reason, count] : report.reasons)
    console.say(fmt::format("  {} removed: {}", counted(count, "update", "updates"), reason));
  const std::size_t shown = std::min(report.removals.size(), removals_shown);
  for (std::size_t i = 0; i < shown; ++i)
    console.say(fmt::format("    {}  {}", report.removals[i].id.update.text(), report.removals[i].title));
  say_more(console, report.removals.size() - shown + report.unlisted_removals);
}

Json counts_json(const ChangeCounts& counts) {
  return Json{{"new", counts.added},
              {"changed", counts.changed},
              {"expired", counts.expired},
              {"removed", counts.removed},
              {"document_bytes", counts.document_bytes},
              {"payload_bytes", counts.payload_bytes}};
}

Json groups_json(const ChangeGroups& groups) {
  Json list = Json::array();
  for (const ChangeGroup& group : groups.groups) {
    Json entry{{"name", group.name}};
    entry.update(counts_json(group.counts));
    list.push_back(std::move(entry));
  }
  return Json{{"groups", list}, {"unlisted", groups.unlisted}};
}

Json texts_json(const BoundedTexts& texts) {
  return Json{{"count", texts.texts.size() + texts.unlisted}, {"listed", texts.texts}};
}

Json change_json(const ReportedChange& change) {
  return Json{{"id", change.id.update.text()},
              {"revision", change.id.number},
              {"what", name_of(change.kind)},
              {"title", change.title},
              {"severity", change.severity},
              {"security", change.is_security},
              {"created", change.created},
              {"products", change.products},
              {"classifications", change.classifications},
              {"kb_articles", texts_json(change.kb_articles)},
              {"cves", texts_json(change.cves)},
              {"document_bytes", change.document_bytes},
              {"payload_bytes", change.payload_bytes}};
}

}  // namespace

void say_report(const Console& console, const ChangeReport& report) {
  if (report.counts.total() == 0) return;
  say_groups(console, "product", report.products);
  say_groups(console, "classification", report.classifications);
  say_groups(console, "severity", report.severities);
  if (!report.kb_articles.texts.empty()) console.say(fmt::format("  articles: {}", brief(report.kb_articles, 12)));
  if (!report.cves.texts.empty()) console.say(fmt::format("  CVEs:     {}", brief(report.cves, 6)));
  say_changes(console, report);
  say_removals(console, report);
}

Json report_json(const ChangeReport& report) {
  Json changes = Json::array();
  for (const ReportedChange& change : report.changes) changes.push_back(change_json(change));
  Json removals = Json::array();
  for (const ReportedRemoval& removal : report.removals)
    removals.push_back(Json{{"id", removal.id.update.text()},
                            {"revision", removal.id.number},
                            {"title", removal.title},
                            {"reason", removal.reason ? Json(name_of(*removal.reason)) : Json(nullptr)},
                            {"why", explain(removal.reason)}});
  Json reasons = Json::object();
  for (const auto& [reason, count] : report.reasons) reasons[reason] = count;
  return Json{{"counts", counts_json(report.counts)},
              {"parts", report.parts},
              {"supporting", report.supporting},
              {"products", groups_json(report.products)},
              {"classifications", groups_json(report.classifications)},
              {"severities", groups_json(report.severities)},
              {"kb_articles", texts_json(report.kb_articles)},
              {"cves", texts_json(report.cves)},
              {"changes", changes},
              {"unlisted_changes", report.unlisted_changes},
              {"removals", removals},
              {"unlisted_removals", report.unlisted_removals},
              {"removal_reasons", reasons}};
}

}  // namespace ferry::format
