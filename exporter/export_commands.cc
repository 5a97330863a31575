// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>

#include <fmt/format.h>

#include "common/file.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/export_report.h"
#include "exporter/export_spool.h"
#include "exporter/refresh.h"
#include "format/limits.h"
#include "format/need_list.h"
#include "format/run.h"

namespace ferry::exporter {
namespace {

struct ExportOptions {
  ExportRequest request;
  bool all = false;
  bool strict = false;
  std::string volume_size;
  std::size_t count = 0;  // of volumes; 0 = as many as it takes
  bool no_report = false;
  std::optional<std::string> parity;
  std::string files;  // which payload files: new, all, none
  std::string need;   // a site's list
  std::string directory;
};

ExportRequest full_request(const ExportOptions& options) {
  ExportRequest request = options.request;
  if (!options.files.empty()) request.files = parse_file_choice(options.files);
  if (options.need.empty()) return request;
  if (options.request.site.empty()) throw UsageError("--need goes with --site, the one that made the list");
  request.need = read_file(options.need, format::max_need_list_bytes);
  return request;
}

ExitCode run_exports(const Console& console, const std::string& point_option, const ExportOptions& options) {
  if (static_cast<int>(options.all) + static_cast<int>(!options.request.site.empty()) +
          static_cast<int>(!options.request.feed.empty()) !=
      1)
    throw UsageError("name exactly one of --site, --feed and --all");
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const format::PointConfig config = point.config();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  clear_old_exports(point, catalog);
  std::vector<ExportRequest> requests{full_request(options)};
  if (options.all) {
    requests.clear();
    for (const format::SiteConfig& site : config.sites) {
      requests.push_back(full_request(options));
      requests.back().site = site.name;
    }
    if (requests.empty()) throw UsageError("point.toml names no [[site]]; add one, or use --feed");
  }
  catalog.require_sound();
  VolumeOptions volumes;
  if (!options.volume_size.empty()) volumes.max_bytes = parse_volume_size(options.volume_size);
  if (options.parity) volumes.parity = parse_parity(*options.parity);
  volumes.count = options.count;
  volumes.has_report = !options.no_report;
  const TrustEpochs epochs = trust_epochs(point);
  const SystemClock clock;
  std::vector<ExportPlan> plans;
  std::vector<FeedRefresh> refreshed;
  {
    // A request that makes no sense leaves the feeds as they were, too.
    Transaction transaction(catalog.database());
    refreshed = refresh_and_say(console, catalog, config, options.strict);
    for (const ExportRequest& request : requests) {
      plans.push_back(plan_export(catalog, point.content(), config, request, epochs));
      say_missing(console, plans.back(), options.strict);
      if (plans.back().unknown_files > 0)
        console.warn(fmt::format("{} of the list are none that the feed carries to this site",
                                 counted(plans.back().unknown_files, "file", "files")));
    }
    transaction.commit();
  }
  for (const FeedRefresh& feed : refreshed) console.note(point.audit(clock, "feed", feed_event(feed)));
  Json current = Json::array();
  Json bundles = Json::array();
  ExitCode code = ExitCode::done;
  for (const ExportPlan& plan : plans) {
    ExportOutcome outcome = export_and_say(console, point, catalog, plan, options.directory, volumes, clock);
    if (outcome.code == ExitCode::incomplete) code = ExitCode::incomplete;
    if (outcome.json.is_null()) {
      current.push_back(plan.site.empty() ? plan.feed.name : plan.site);
    } else {
      bundles.push_back(std::move(outcome.json));
    }
  }
  if (!current.empty()) console.note(point.audit(clock, "nothing new", Json{{"for", current}}));
  console.emit(Json{{"version", 1}, {"bundles", bundles}});
  catalog.database().checkpoint();
  return bundles.empty() && code == ExitCode::done ? ExitCode::nothing_to_do : code;
}

}  // namespace

void add_export_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<ExportOptions>();
  CLI::App& command =
      program.command("export", "Write a signed bundle of what a site lacks",
                      "ferry-export export --site plant-1 --volume-size dvd -o /media/stick",
                      [&console, &point_option, options] { return run_exports(console, point_option, *options); });
  command.add_option("--site", options->request.site, "For this site of point.toml")->type_name("SITE");
  command.add_option("--feed", options->request.feed, "For every site that follows this feed")->type_name("FEED");
  command.add_flag("--all", options->all, "For every site of point.toml that lacks something");
  command.add_flag("--full", options->request.full, "Everything, not the difference");
  command.add_option("--since", options->request.since, "Start at this generation of the feed")
      ->type_name("GENERATION")
      ->excludes("--full");
  command.add_flag("--stands-alone", options->request.stands_alone,
                   "Write no document against those that the site holds: larger, and readable without them");
  command
      .add_option("--volume-size", options->volume_size,
                  "Split at this size: bytes, 4480MiB, 4.7GB, or fat32 cd dvd dvd-dl bd25 bd50")
      ->type_name("SIZE");
  command
      .add_option("--count", options->count,
                  "At most so many volumes: files of the most important updates first, the others later")
      ->needs("--volume-size")
      ->check(CLI::Range(std::size_t{1}, std::size_t{format::limits::max_volumes}));
  command
      .add_option("--parity", options->parity,
                  "Parity files beside the volumes: 5% repairs that share of lost sectors, 1 a whole lost volume")
      ->type_name("PARITY")
      ->excludes("--count");
  command
      .add_option("--files", options->files,
                  "Payload files: new ones (default of a delta), all (of a full bundle), or none")
      ->type_name("new|all|none");
  command.add_option("--need", options->need, "Only the payload files of this list, made by 'ferry-import need'")
      ->type_name("FILE")
      ->excludes("--full")
      ->excludes("--since");
  command.add_flag("--no-report", options->no_report, "Write no change report (HTML) beside the volumes");
  command.add_flag("--strict", options->strict,
                   "Export nothing when a feed lacks updates that no source offers, or payload files");
  command.add_option("-o,--output", options->directory, "Directory for the volumes")->type_name("DIR")->required();
}

}  // namespace ferry::exporter
