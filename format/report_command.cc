// SPDX-License-Identifier: Apache-2.0
#include "format/report_command.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/html_report.h"
#include "format/prometheus.h"

namespace ferry::format {
namespace {

struct StatusOptions {
  bool check = false;
  bool prometheus = false;
};

struct ReportOptions {
  std::string html;
  std::string prometheus;
  std::uint64_t refresh_seconds = 0;
};

ExitCode show(const Console& console, const PointStatus& status, const StatusOptions& options) {
  if (options.prometheus) {
    console.raw(prometheus_text(status));
  } else {
    console.emit(to_json(status));
    say_status(console, status);
  }
  const bool any_stale =
      std::any_of(status.feeds.begin(), status.feeds.end(),
                  [](const FeedStatus& feed) { return feed.freshness && feed.freshness->is_stale; }) ||
      std::any_of(status.sites.begin(), status.sites.end(),
                  [](const SiteStatus& site) { return site.standing == Standing::stale; });
  return options.check && any_stale ? ExitCode::stale : ExitCode::done;
}

ExitCode report(const Console& console, const PointStatus& status, const ReportOptions& options) {
  if (!options.html.empty()) write_file(options.html, html_report(status, options.refresh_seconds));
  if (!options.prometheus.empty()) write_file(options.prometheus, prometheus_text(status));
  const std::vector<Finding> findings = status.findings();
  Json counts = Json::object();
  for (const auto severity : {Finding::Severity::error, Finding::Severity::warning, Finding::Severity::notice})
    counts[std::string(name_of(severity))] = std::count_if(
        findings.begin(), findings.end(), [severity](const Finding& finding) { return finding.severity == severity; });
  const auto path_json = [](const std::string& path) { return path.empty() ? Json(nullptr) : Json(path); };
  console.emit(Json{{"version", 1},
                    {"html", path_json(options.html)},
                    {"prometheus", path_json(options.prometheus)},
                    {"findings", counts}});
  for (const std::string& path : {options.html, options.prometheus}) {
    if (!path.empty()) console.say("wrote " + for_terminal(path, 4096));
  }
  return ExitCode::done;
}

}  // namespace

void add_status_command(Program& program, const std::string& description, std::function<PointStatus()> read) {
  Console& console = program.console();
  const std::string& name = program.app().get_name();
  auto shown = std::make_shared<StatusOptions>();
  CLI::App& status = program.command("status", description, name + " status --json",
                                     [&console, shown, read] { return show(console, read(), *shown); });
  status.add_flag("--check", shown->check, "End with 12 when something is stale, for monitoring");
  status.add_flag("--prometheus", shown->prometheus, "In the text format of Prometheus");

  auto written = std::make_shared<ReportOptions>();
  CLI::App& command = program.command(
      "report", "Write the status as a page without scripts, or for Prometheus",
      name + " report --html /srv/www/ferry.html --prometheus /var/lib/prometheus/node-exporter/ferry.prom",
      [&console, written, read] {
        if (written->html.empty() && written->prometheus.empty())
          throw UsageError("say what to write: --html FILE, --prometheus FILE, or both");
        return report(console, read(), *written);
      });
  command.add_option("--html", written->html, "One page that needs nothing else: no network, no scripts")
      ->type_name("FILE");
  command.add_option("--prometheus", written->prometheus, "Metrics for the textfile collector of node_exporter")
      ->type_name("FILE");
  constexpr std::uint64_t day_seconds = 86'400;
  command.add_option("--refresh", written->refresh_seconds, "The page loads itself anew so often, for a wall screen")
      ->check(CLI::Range(std::uint64_t{10}, day_seconds));
}

}  // namespace ferry::format
