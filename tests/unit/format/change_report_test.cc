// SPDX-License-Identifier: Apache-2.0
#include "format/change_report.h"

#include <catch2/catch.hpp>

#include "format/change_page.h"
#include "format/html_text.h"
#include "format/change_summary.h"
#include "format/importance.h"
#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::format;
using namespace ferry::tests;

namespace {

constexpr std::string_view security_id = "0fa1201d-4330-4fa8-8ae9-b877473b6441";

struct Spec {
  unsigned number = 1;
  std::string title = "Update";
  std::string severity = {};
  std::string created = "2026-11-01T00:00:00Z";
  std::string state = "Published";
  std::string facts = {};      // more elements of Properties
  std::string relations = {};  // in Relationships
  std::uint64_t payload = 0;
};

std::string document(const Spec& spec) {
  std::string files;
  if (spec.payload > 0)
    files = "<Files><File Digest=\"AAAAAAAAAAAAAAAAAAAAAAAAAAA=\" DigestAlgorithm=\"SHA1\" FileName=\"f\" Size=\"" +
            std::to_string(spec.payload) + "\"/></Files>";
  return "<Update xmlns=\"http://schemas.microsoft.com/msus/2002/12/Update\"><UpdateIdentity UpdateID=\"" +
         id(spec.number).text() + "\" RevisionNumber=\"1\"/><Properties UpdateType=\"Software\" PublicationState=\"" +
         spec.state + "\" CreationDate=\"" + spec.created + "\"" +
         (spec.severity.empty() ? "" : " MsrcSeverity=\"" + spec.severity + "\"") + ">" + spec.facts +
         "</Properties><LocalizedPropertiesCollection><LocalizedProperties><Language>en</Language><Title>" +
         spec.title + "</Title></LocalizedProperties></LocalizedPropertiesCollection><Relationships>" + spec.relations +
         "</Relationships>" + files + "</Update>";
}

std::string in_category(std::string_view category) {
  return "<Prerequisites><AtLeastOne IsCategory=\"true\"><UpdateIdentity UpdateID=\"" + std::string(category) +
         "\"/></AtLeastOne></Prerequisites>";
}

std::string bundling(unsigned number) {
  return "<BundledUpdates><AtLeastOne><UpdateIdentity UpdateID=\"" + id(number).text() +
         "\" RevisionNumber=\"1\"/></AtLeastOne></BundledUpdates>";
}

void put(ChangeReporter& reporter, const Spec& spec) {
  const std::string bytes = document(spec);
  Record record;
  record.id = {id(spec.number), 1};
  record.document = bytes;
  reporter.record(record);
}

void drop(ChangeReporter& reporter, unsigned number, DropReason reason) {
  Record record;
  record.kind = Record::Kind::drop;
  record.id = {id(number), 1};
  record.reason = reason;
  reporter.record(record);
}

Manifest manifest() {
  Manifest made;
  made.bundle_name = "all_plant-1_g1-g2_delta";
  made.kind = BundleKind::delta;
  return made;
}

}  // namespace

TEST_CASE("a report counts what comes and leaves, and why", "[report]") {
  ChangeReporter reporter;
  put(reporter, {.number = 1});
  put(reporter, {.number = 2});
  put(reporter, {.number = 3, .state = "Expired"});
  drop(reporter, 2, DropReason::replaced);
  drop(reporter, 4, DropReason::removed);
  drop(reporter, 5, DropReason::deselected);
  drop(reporter, 1, DropReason::removed);  // of an update that is there in another revision
  const ChangeReport report = reporter.finish(manifest());
  CHECK(report.counts.added == 1);
  CHECK(report.counts.changed == 1);
  CHECK(report.counts.expired == 1);
  CHECK(report.counts.removed == 2);
  REQUIRE(report.removals.size() == 2);
  CHECK(report.removals[0].reason == DropReason::removed);
  CHECK(report.reasons.at("the feed's criteria no longer choose it") == 1);
  CHECK_FALSE(report.knows_catalog);
}

TEST_CASE("security updates come first, then the severe, then the new", "[report]") {
  ChangeReporter reporter;
  put(reporter, {.number = 1, .title = "old", .severity = "Critical", .created = "2025-01-01T00:00:00Z"});
  put(reporter, {.number = 2, .title = "new", .severity = "Critical"});
  put(reporter, {.number = 3, .title = "security", .severity = "Low", .relations = in_category(security_id)});
  put(reporter, {.number = 4, .title = "unknown", .severity = "Spicy"});
  put(reporter, {.number = 5, .title = "moderate", .severity = "moderate"});
  const ChangeReport report = reporter.finish(manifest());
  std::string order;
  for (const ReportedChange& change : report.changes) order += change.title + " ";
  CHECK(order == "security new old moderate unknown ");
  CHECK(report.severities.groups.front().name == "Critical");
  CHECK(report.changes.front().classifications == std::vector<std::string>{"Security Updates"});
}

TEST_CASE("the parts of a bundled update are told with it", "[report]") {
  ChangeReporter reporter;
  put(reporter, {.number = 1, .title = "leaf", .payload = 1000});
  put(reporter, {.number = 2, .title = "seen", .relations = in_category(security_id) + bundling(1), .payload = 10});
  put(reporter, {.number = 3, .title = "alone", .payload = 5});
  const ChangeReport report = reporter.finish(manifest());
  CHECK(report.parts == 1);
  REQUIRE(report.changes.size() == 2);
  CHECK(report.changes[0].title == "seen");
  CHECK(report.changes[0].payload_bytes == 1010);
  CHECK(report.counts.payload_bytes == 1015);
}

TEST_CASE("updates that bundle each other, and sizes that no disk has, end", "[report]") {
  ChangeReporter reporter;
  put(reporter, {.number = 1, .relations = bundling(2), .payload = 9'000'000'000'000'000'000});
  put(reporter, {.number = 2, .relations = bundling(1), .payload = 9'000'000'000'000'000'000});
  put(reporter, {.number = 3, .relations = bundling(1), .payload = 9'000'000'000'000'000'000});
  CHECK(reporter.finish(manifest()).counts.payload_bytes <= UINT64_MAX);
}

TEST_CASE("a report lists so many updates and counts the rest", "[report]") {
  ChangeReporter reporter({}, 3);
  for (unsigned i = 1; i <= 10; ++i) put(reporter, {.number = i, .severity = i == 9 ? "Critical" : ""});
  for (unsigned i = 11; i <= 15; ++i) drop(reporter, i, DropReason::removed);
  const ChangeReport report = reporter.finish(manifest());
  REQUIRE(report.changes.size() == 3);
  CHECK(report.changes[0].id.update == id(9));
  CHECK(report.unlisted_changes == 7);
  CHECK(report.removals.size() == 3);
  CHECK(report.unlisted_removals == 2);
  CHECK(report.counts.total() == 15);
  CHECK(report_json(report)["unlisted_changes"] == 7);
}

TEST_CASE("of an update that is put in two revisions the later one counts", "[report]") {
  ChangeReporter reporter;
  put(reporter, {.number = 1, .title = "before"});
  put(reporter, {.number = 1, .title = "after"});
  const ChangeReport report = reporter.finish(manifest());
  REQUIRE(report.changes.size() == 1);
  CHECK(report.changes[0].title == "after");
  CHECK(report.counts.added == 1);
}

TEST_CASE("what a catalog knows gives names to categories and to what leaves", "[report]") {
  ChangeKnowledge knowledge;
  knowledge.category = [](const UpdateId& category) -> std::optional<NamedCategory> {
    return NamedCategory{category, CategoryType::product, "Pumps", {}};
  };
  knowledge.document = [](const RevisionId&) -> std::optional<std::string> {
    return document({.number = 2, .title = "Old pump", .payload = 7});
  };
  ChangeReporter reporter(knowledge);
  put(reporter, {.number = 1, .relations = in_category(id(77).text())});
  drop(reporter, 2, DropReason::removed);
  const ChangeReport report = reporter.finish(manifest());
  CHECK(report.changes.at(0).products == std::vector<std::string>{"Pumps"});
  CHECK(report.removals.at(0).title == "Old pump");
  CHECK(report.counts.payload_bytes == 0);
  CHECK(report.knows_catalog);
}

TEST_CASE("text of publishers is harmless in HTML", "[report]") {
  CHECK(html_text("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;'");
  CHECK(html_text("x\xE2\x80\xAE"
                  "y") == "x\\u{202e}y");
  CHECK(html_text(std::string("a\0b\x1b", 4)) == "a\\u{0}b\\u{1b}");
  CHECK(html_text("\xff") == "\\x{ff}");
  CHECK(html_text("Größe 中") == "Größe 中");
  ChangeReporter reporter;
  put(reporter, {.number = 1, .title = "&lt;/main&gt;&lt;script&gt;", .severity = "&lt;b&gt;"});
  Manifest hostile = manifest();
  hostile.publisher_name = "<img src=x>";
  hostile.feed = "</title><script>";
  const std::string page = change_page(reporter.finish(hostile));
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("<img") == std::string::npos);
  CHECK(page.find("<b>") == std::string::npos);
  CHECK(page.find("&lt;script&gt;") != std::string::npos);
  CHECK(page.find("is not signed") != std::string::npos);
}

TEST_CASE("articles and CVEs are gathered, each once, and bounded", "[report]") {
  ChangeReporter reporter;
  put(reporter, {.number = 1, .facts = "<KBArticleID>500</KBArticleID><CveID>CVE-2026-1</CveID>"});
  put(reporter, {.number = 2, .facts = "<KBArticleID>500</KBArticleID><KBArticleID>501</KBArticleID>"});
  std::string many;
  for (int i = 0; i < 300; ++i) many += "<KBArticleID>" + std::to_string(1000 + i) + "</KBArticleID>";
  put(reporter, {.number = 3, .facts = many});
  const ChangeReport report = reporter.finish(manifest());
  CHECK(report.kb_articles.texts.size() == 302);
  CHECK(report.changes.at(0).kb_articles.texts == std::vector<std::string>{"500"});
  CHECK(report.changes.at(2).kb_articles.texts.size() == 100);
  CHECK(report.changes.at(2).kb_articles.unlisted == 200);
}

TEST_CASE("severities have an order, whatever their case", "[report]") {
  CHECK(severity_rank("CRITICAL") > severity_rank("Important"));
  CHECK(severity_rank("Low") > severity_rank("Unspecified"));
  CHECK(severity_rank("") == 0);
  CHECK(severity_rank("none") == 0);
}
