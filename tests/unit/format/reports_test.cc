// SPDX-License-Identifier: Apache-2.0
// Pages and metrics of a status, and what hostile text becomes in them.
#include <catch2/catch.hpp>

#include "format/html_plots.h"
#include "format/html_text.h"
#include "format/html_report.h"
#include "format/prometheus.h"
#include "tests/unit/format/status_support.h"

using namespace ferry;
using namespace ferry::format;
using namespace ferry::tests;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const std::string hostile = "<b onclick=\"x\">&'\\\n\x1b[31m\xe2\x80\xae\xff";

}  // namespace

TEST_CASE("text for a page is escaped and shows what it hides", "[report]") {
  CHECK(html_text("a < b & \"c\" > d") == "a &lt; b &amp; &quot;c&quot; &gt; d");
  CHECK(html_text("\x1b[31m\xe2\x80\xae\xff") == "\\u{1b}[31m\\u{202e}\\x{ff}");
  CHECK(html_text(std::string(5000, 'x')).size() == 5000);
  CHECK(html_text("Gr\xc3\xbc\xc3\x9f") == "Gr\xc3\xbc\xc3\x9f");
}

TEST_CASE("the value of a label is one line in quotes", "[report]") {
  CHECK(label_value("plain") == "plain");
  CHECK(label_value("a\"b\\c") == "a\\\"b\\\\c");
  CHECK(label_value("a\nb") == "a\\\\u{a}b");
}

TEST_CASE("metrics have HELP and TYPE once, before their lines", "[report]") {
  PointStatus status = some_status();
  status.sites.push_back(some_site("new", 1, "2026-11-01T12:00:00Z"));
  status.sites.back().children.push_back(some_site("below", 4, "2026-11-01T12:00:00Z"));
  for (SiteStatus& site : status.sites) judge(site, status.now);
  const std::string text = prometheus_text(status);
  CHECK(has(text,
            "# HELP ferry_site_behind_generations Generations that the site lacks.\n"
            "# TYPE ferry_site_behind_generations gauge\n"
            "ferry_site_behind_generations{site=\"plant-1\",feed=\"all\"} 2\n"
            "ferry_site_behind_generations{site=\"new\",feed=\"all\"} 6\n"));
  CHECK(has(text, "ferry_site_exported_generation{site=\"new/below\",feed=\"all\"} 4\n"));
  CHECK(has(text, "ferry_feed_updates{feed=\"all\",followed=\"false\"} 1829\n"));
  CHECK_FALSE(has(text, "ferry_site_acknowledged_generation"));  // nothing is known of it, so nothing is said
  CHECK(text.back() == '\n');
}

TEST_CASE("hostile names break no line of metrics and no page", "[report]") {
  PointStatus status = some_status();
  status.point = hostile;
  status.sites.front().name = hostile;
  status.feeds.front().feed.name = hostile;
  SourceStatus source;
  source.name = hostile;
  source.last = SourceRun{status.now, 1, hostile};
  status.sources.push_back(source);
  status.log.runs[hostile] = {hostile, hostile, status.now, 1, {}, hostile};
  const std::string metrics = prometheus_text(status);
  CHECK_FALSE(has(metrics, "\x1b"));
  CHECK_FALSE(has(metrics, "\xe2\x80\xae"));
  CHECK(has(metrics, "ferry_source_failures{source=\"<b onclick=\\\"x\\\">&'\\\\\\\\u{a}"));
  const std::string page = html_report(status, 0);
  CHECK_FALSE(has(page, "<b onclick"));
  CHECK_FALSE(has(page, "\x1b"));
  CHECK_FALSE(has(page, "\xe2\x80\xae"));
  CHECK(has(page, "&lt;b onclick=&quot;x&quot;&gt;&amp;"));
}

TEST_CASE("a page says what needs a person, without scripts and addresses", "[report]") {
  PointStatus status = some_status();
  std::string page = html_report(status, 0);
  CHECK(has(page, "<h1 class=\"good\">Nothing needs a person</h1>"));
  CHECK(has(page, "<th scope=\"row\">plant-1</th>"));
  CHECK_FALSE(has(page, "<script"));
  CHECK_FALSE(has(page, "http://"));
  CHECK_FALSE(has(page, "https://"));
  CHECK_FALSE(has(page, "http-equiv=\"refresh\""));
  status.sites.push_back(some_site("old", 7, "2026-01-01T00:00:00Z"));
  judge(status.sites.back(), status.now);
  page = html_report(status, 90);
  CHECK(has(page, "<h1 class=\"bad\">1 thing needs a person</h1>"));
  CHECK(has(page, "<span class=\"state stale\">"));
  CHECK(has(page, "<meta http-equiv=\"refresh\" content=\"90\">"));
}

TEST_CASE("plots stay within their frame, whatever the values", "[report]") {
  const auto unit = [](std::uint64_t value) { return std::to_string(value); };
  CHECK(line_plot("t", "d", {}, unit).empty());
  CHECK(bar_plot("t", "d", {}, unit).empty());
  CHECK(lag_plot("t", "d", {}).empty());
  for (const auto& points : std::vector<std::vector<PlotPoint>>{
           {{"one", 5}}, {{"a", 0}, {"b", 0}}, {{"a", 0}, {"b", ~std::uint64_t{0}}, {"c", 7}}}) {
    for (const std::string& svg : {line_plot("t", "d", points, unit), bar_plot("t", "d", points, unit)}) {
      CHECK(has(svg, "<title>t</title><desc>d</desc>"));
      CHECK_FALSE(has(svg, "nan"));
      CHECK_FALSE(has(svg, "inf"));
      CHECK_FALSE(has(svg, "=\"-"));
    }
  }
  CHECK_FALSE(has(lag_plot("t", "d", {{"new", "current", 0, 0, 0}, {"old", "stale", 4000, 31, 93}}), "nan"));
}
