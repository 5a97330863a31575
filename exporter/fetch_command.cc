// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/fetch_job.h"
#include "format/content_commands.h"

namespace ferry::exporter {
namespace {

// People read a screen; --json has all of them.
constexpr std::size_t files_shown = 10;

struct FetchCommandOptions {
  FetchOptions fetch;
  std::string limit_rate;
  std::string proxy;
  std::string ca;
  bool dry_run = false;
};

// As in 'content', but the place without what may be a secret.
Json file_json(const format::WantedFile& file) {
  Json json = format::to_json(file);
  json["url"] = file.url.empty() ? Json(nullptr) : Json(public_url(file.url));
  return json;
}

Json files_json(const std::vector<format::WantedFile>& files) {
  Json list = Json::array();
  for (const format::WantedFile& file : files) list.push_back(file_json(file));
  return list;
}

Json failures_json(const std::vector<FetchFailure>& failures) {
  Json list = Json::array();
  for (const FetchFailure& failure : failures) {
    Json entry = file_json(failure.file);
    entry["error"] = failure.error;
    list.push_back(std::move(entry));
  }
  return list;
}

void say_places(const Console& console, const std::vector<format::WantedFile>& files) {
  for (std::size_t i = 0; i < files.size() && i < files_shown; ++i)
    console.say(fmt::format("  {}\n    from {}", format::describe(files[i]), shown_url(files[i].url)));
  if (files.size() > files_shown)
    console.say(fmt::format("  … and {} more (--json lists all)", format_count(files.size() - files_shown)));
}

void say_rest(const Console& console, const std::vector<format::WantedFile>& without_url,
              const std::vector<FetchFailure>& failed) {
  for (const FetchFailure& failure : failed)
    console.warn(fmt::format("{}: {}", format::describe(failure.file), failure.error));
  if (without_url.empty()) return;
  console.say(fmt::format(
      "{} missing of which no document says where to find it; 'content add' takes it in:",
      without_url.size() == 1 ? "1 file is" : fmt::format("{} files are", format_count(without_url.size()))));
  for (const std::string& line : format::describe_first(without_url)) console.say(line);
}

ExitCode dry_run(const Console& console, const FetchPlan& plan) {
  console.emit(Json{{"version", 1},
                    {"dry_run", true},
                    {"files", files_json(plan.files)},
                    {"bytes", plan.bytes},
                    {"failed", failures_json(plan.refused)},
                    {"without_url", files_json(plan.without_url)}});
  console.say(fmt::format("would fetch {}, {}", counted(plan.files.size(), "file", "files"), format_size(plan.bytes)));
  say_places(console, plan.files);
  say_rest(console, plan.without_url, plan.refused);
  return plan.without_url.empty() && plan.refused.empty() ? ExitCode::done : ExitCode::incomplete;
}

FetchOptions fetch_options(const CLI::App& command, const FetchCommandOptions& options) {
  FetchOptions fetch = options.fetch;
  if (!options.limit_rate.empty()) {
    fetch.http.limit_rate = parse_size(options.limit_rate, "--limit-rate");
    if (fetch.http.limit_rate == 0) throw UsageError("--limit-rate: found 0; expected bytes a second, such as 2MB");
  }
  if (command.count("--proxy") > 0) fetch.http.proxy = options.proxy;
  fetch.http.ca = options.ca;
  for (std::string& host : fetch.http.only_hosts) host = to_lower(trimmed(host));
  return fetch;
}

ExitCode fetch(const Console& console, const std::string& point_option, const FetchCommandOptions& options,
               const FetchOptions& fetched) {
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  const FetchPlan plan = plan_fetch(point, catalog, fetched);
  if (options.dry_run && !plan.empty()) return dry_run(console, plan);
  FetchReport report;
  const SystemClock clock;
  if (!plan.empty()) {
    Progress progress(console, "fetching", plan.bytes, "B");
    report = run_fetch(point, catalog, plan, fetched, clock, [&progress](std::uint64_t n) { progress.advance(n); });
  }
  report.failed.insert(report.failed.end(), plan.refused.begin(), plan.refused.end());
  const Json json{{"version", 1},
                  {"fetched", report.fetched},
                  {"bytes", report.bytes},
                  {"failed", failures_json(report.failed)},
                  {"without_url", files_json(plan.without_url)}};
  if (!plan.empty()) {
    Json event = json;
    event["without_url"] = plan.without_url.size();
    console.note(point.audit(clock, "fetch", event));
  }
  console.emit(json);
  if (plan.empty()) {
    console.say("no payload file is missing");
    return ExitCode::nothing_to_do;
  }
  console.say(fmt::format("{} fetched, {}; {} failed", counted(report.fetched, "file", "files"),
                          format_size(report.bytes), format_count(report.failed.size())));
  say_rest(console, plan.without_url, report.failed);
  return report.failed.empty() && plan.without_url.empty() ? ExitCode::done : ExitCode::incomplete;
}

}  // namespace

void add_fetch_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<FetchCommandOptions>();
  auto self = std::make_shared<const CLI::App*>(nullptr);
  CLI::App& command = program.command("fetch", "Download the payload files that feeds carry and that are missing here",
                                      "ferry-export fetch --limit-rate 2MB --proxy http://proxy.example:3128",
                                      [&console, &point_option, options, self] {
                                        return fetch(console, point_option, *options, fetch_options(**self, *options));
                                      });
  *self = &command;
  FetchOptions& fetched = options->fetch;
  command.add_option("--feed", fetched.feed, "Only what this feed carries (default: all feeds)")->type_name("FEED");
  command.add_option("--limit-rate", options->limit_rate, "At most so many bytes a second in all, such as 2MB")
      ->type_name("SIZE");
  command.add_option("--parallel", fetched.parallel, "Files at a time (default: 4)")->check(CLI::Range(1, 32));
  command.add_option("--proxy", options->proxy, "URL of a proxy (default: as http_proxy, https_proxy, no_proxy say)")
      ->type_name("URL");
  command.add_option("--ca", options->ca, "PEM file of authorities to believe besides those of the system")
      ->type_name("FILE");
  command.add_option("--only-hosts", fetched.http.only_hosts, "Ask only these hosts: h1,h2")
      ->type_name("HOSTS")
      ->delimiter(',');
  command.add_option("--retries", fetched.retries, "Tries after a fault that may pass (default: 3)")
      ->check(CLI::Range(0, 20));
  command.add_flag("--dry-run", options->dry_run, "Only say what would be downloaded, and from where");
}

}  // namespace ferry::exporter
