// SPDX-License-Identifier: Apache-2.0
#include "format/point_status.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/unit/format/status_support.h"

using namespace ferry;
using namespace ferry::format;
using namespace ferry::tests;

namespace {

constexpr std::int64_t day = 86'400;

bool has_finding(const PointStatus& status, Finding::Severity severity, const std::string& text) {
  const std::vector<Finding> findings = status.findings();
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.severity == severity && finding.text.find(text) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("a site lacks what it did not acknowledge, else what was not exported", "[status]") {
  const Time now = *Time::parse("2026-11-23T12:00:00Z");
  SiteStatus site = some_site("plant-1", 5, "2026-11-20T12:00:00Z");
  judge(site, now);
  CHECK(site.behind == 2U);
  CHECK(site.age_seconds == 3 * day);
  CHECK(site.standing == Standing::behind);
  site.acknowledged = 3;
  judge(site, now);
  CHECK(site.behind == 4U);
  CHECK(site.age_seconds == 3 * day);  // when that was made is not known
  site.held_since = Time::parse("2026-11-22T12:00:00Z");
  judge(site, now);
  CHECK(site.age_seconds == day);
  site.acknowledged = 9;  // of a feed that was restored from a backup
  judge(site, now);
  CHECK(site.behind == 0U);
  CHECK(site.standing == Standing::current);
}

TEST_CASE("a site that got nothing has no lag and no age", "[status]") {
  SiteStatus site;
  site.generation = 4;
  judge(site, Time{});
  CHECK_FALSE(site.behind);
  CHECK_FALSE(site.age_seconds);
  CHECK(site.standing == Standing::never);
}

TEST_CASE("the standing follows from the age and what was promised", "[status]") {
  const auto standing = [](const char* now) {
    SiteStatus site = some_site("plant-1", 7, "2026-01-01T00:00:00Z");
    judge(site, *Time::parse(now));
    return site.standing;
  };
  CHECK(standing("2026-01-01T00:00:00Z") == Standing::current);
  CHECK(standing("2026-02-01T00:00:00Z") == Standing::current);
  CHECK(standing("2026-02-01T00:00:01Z") == Standing::overdue);
  CHECK(standing("2026-04-04T00:00:00Z") == Standing::overdue);
  CHECK(standing("2026-04-04T00:00:01Z") == Standing::stale);
  CHECK(standing("2025-12-31T00:00:00Z") == Standing::current);  // a clock that was set back
}

TEST_CASE("the size of the next bundle follows from what the last ones made of their documents", "[status]") {
  const auto exported = [](std::uint64_t documents, std::uint64_t files, std::uint64_t bytes) {
    ExportEntry entry;
    entry.document_bytes = documents;
    entry.file_bytes = files;
    entry.bytes = bytes;
    entry.volumes = 1;
    return entry;
  };
  constexpr std::uint64_t overhead = 16'384;
  CHECK(estimate_bundle({}, 0, 0) == 0);
  CHECK(estimate_bundle({}, 80'000, 0) == overhead + 10'000);
  CHECK(estimate_bundle({exported(100'000, 0, overhead + 20'000)}, 50'000, 0) == overhead + 10'000);
  CHECK(estimate_bundle({exported(100'000, 500, overhead + 20'500)}, 50'000, 7'000) == overhead + 17'000);
  // Recorded before sizes were, and one whose size is not that of documents: they say nothing.
  CHECK(estimate_bundle({exported(0, 0, 99'000), exported(1'000, 0, 900)}, 80'000, 0) == overhead + 10'000);
  CHECK(estimate_bundle({}, 0, 5'000) == overhead + 5'000);
}

TEST_CASE("findings name what needs a person, the worst first", "[status]") {
  PointStatus status = some_status();
  CHECK(status.findings().empty());
  status.sites.push_back(some_site("old", 7, "2026-01-01T00:00:00Z"));
  status.sites.push_back(some_site("late", 7, "2026-10-01T00:00:00Z"));
  SiteStatus child = some_site("below", 7, "2026-01-01T00:00:00Z");
  judge(child, status.now);
  status.sites.front().children.push_back(child);
  status.sites.front().receipt = ReceiptFacts{status.now, 3, 4096, true};
  for (SiteStatus& site : status.sites) judge(site, status.now);
  EndedRun run;
  run.command = "sync";
  run.code = 1;
  run.error = "disk \x1b[31m";
  status.log.runs["sync"] = run;
  run.command = "export";
  run.code = 3;
  status.log.runs["export"] = run;
  status.unchosen.emplace_back();
  CHECK(has_finding(status, Finding::Severity::error, "site 'old' is stale"));
  CHECK(has_finding(status, Finding::Severity::error, "site 'below' is stale"));
  CHECK(has_finding(status, Finding::Severity::error, "site 'plant-1' holds less"));
  CHECK(has_finding(status, Finding::Severity::warning, "site 'plant-1' lacks 3 payload files, 4.0 KiB"));
  CHECK(has_finding(status, Finding::Severity::warning, "site 'late' is overdue"));
  CHECK(has_finding(status, Finding::Severity::error, "the last sync ended with 1"));
  CHECK(has_finding(status, Finding::Severity::error, "disk \\u{1b}[31m"));
  CHECK(has_finding(status, Finding::Severity::notice, "the last export ended with 3"));
  const std::vector<Finding> findings = status.findings();
  CHECK(std::is_sorted(findings.begin(), findings.end(),
                       [](const Finding& one, const Finding& other) { return one.severity > other.severity; }));
}

TEST_CASE("JSON keeps the keys that scripts know, and has a place for receipts and sites below", "[status]") {
  PointStatus status = some_status();
  status.sites.front().children.push_back(some_site("below", 4, "2026-11-01T12:00:00Z"));
  const Json json = to_json(status);
  CHECK(json["version"] == 1);
  const Json& site = json["sites"][0];
  CHECK(site["acknowledged"].is_null());
  CHECK(site["exported"] == 5);
  CHECK(site["behind"] == 2);
  CHECK(site["age_seconds"] == day);
  CHECK(site["next_bytes"] == 0);
  CHECK(site["receipt"].is_null());
  CHECK(site["children"][0]["name"] == "below");
  status.sites.front().receipt = ReceiptFacts{status.now, 1, 2, false};
  CHECK(to_json(status)["sites"][0]["receipt"]["made"] == "2026-11-23T12:00:00Z");
}
