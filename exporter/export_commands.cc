// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/file.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/export_job.h"
#include "exporter/export_spool.h"
#include "exporter/export_steps.h"
#include "exporter/written_report.h"
#include "format/content_commands.h"
#include "format/limits.h"
#include "format/need_list.h"

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

Json to_json(const ExportResult& result, const ExportOptions& options) {
  Json missing = Json::array();
  for (const format::WantedFile& file : result.plan.content.missing) missing.push_back(format::to_json(file));
  Json json = written_json(result.written);
  json.update(Json{{"site", result.plan.site.empty() ? Json(nullptr) : Json(result.plan.site)},
                   {"feed", result.plan.feed.name},
                   {"name", result.manifest.bundle_name},
                   {"kind", format::name_of(result.plan.kind)},
                   {"base", result.plan.base},
                   {"target", result.manifest.target.generation},
                   {"state", result.manifest.target.state.hex()},
                   {"puts", result.manifest.puts},
                   {"drops", result.manifest.drops},
                   {"document_bytes", result.manifest.document_bytes},
                   {"files", result.manifest.files},
                   {"file_bytes", result.manifest.file_bytes},
                   {"missing_files", missing},
                   {"missing_bytes", result.plan.content.missing_bytes},
                   {"report", result.report ? Json(result.report->native()) : Json(nullptr)}});
  if (options.count > 0) json["media"] = to_json(result.media);
  return json;
}

void say_result(const Console& console, const ExportResult& result) {
  const ExportPlan& plan = result.plan;
  const format::Manifest& manifest = result.manifest;
  const std::string files =
      fmt::format("{}, {}", counted(manifest.files, "payload file", "payload files"), format_size(manifest.file_bytes));
  if (plan.kind == format::BundleKind::content) {
    console.say(fmt::format("{}: {} for generation {}", receiver(plan), files, plan.feed.generation));
    return;
  }
  console.say(fmt::format("{}: {} bundle, generation {} to {}: {} ({} of documents) in, {} out", receiver(plan),
                          format::name_of(plan.kind), plan.base, plan.feed.generation,
                          counted(manifest.puts, "revision", "revisions"), format_size(manifest.document_bytes),
                          format_count(manifest.drops)));
  if (manifest.files > 0) console.say("  with " + files);
}

void say_beside(const Console& console, const ExportResult& result) {
  if (result.report) console.say("  report, not signed: " + for_terminal(result.report->native(), 4096));
  if (result.media.waiting.empty()) return;
  console.say(fmt::format("  {}, {}, found no room and go with a later bundle:",
                          counted(result.media.waiting.size(), "payload file", "payload files"),
                          format_size(result.media.waiting_bytes)));
  for (const std::string& line : describe_first(result.media.waiting)) console.say("  " + line);
}

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
  std::vector<ExportPlan> plans;
  {
    // A request that makes no sense leaves the feeds as they were, too.
    Transaction transaction(catalog.database());
    refresh_for_export(console, catalog, config, options.strict);
    for (const ExportRequest& request : requests) {
      plans.push_back(plan_export(catalog, point.content(), config, request, epochs));
      say_missing(console, plans.back(), options.strict);
      if (plans.back().unknown_files > 0)
        console.warn(fmt::format("{} of the list are none that the feed carries to this site",
                                 counted(plans.back().unknown_files, "file", "files")));
    }
    transaction.commit();
  }
  const SystemClock clock;
  Json bundles = Json::array();
  ExitCode code = ExitCode::done;
  for (const ExportPlan& plan : plans) {
    if (!plan.has_news) {
      console.say(fmt::format("{}: nothing new since generation {}", receiver(plan), plan.feed.generation));
      if (!plan.content.missing.empty()) code = ExitCode::incomplete;
      continue;
    }
    warn_of_prune(console, plan);
    ExportResult result = [&] {
      const bool has_documents = plan.kind != format::BundleKind::content;
      Progress packing(console, "packing",
                       has_documents ? format::count_delta(catalog, plan.feed, plan.base).document_bytes : 0, "B");
      // Files are written to the medium, and read back from there.
      Progress writing(console, "writing and verifying", 2 * plan.content.bytes, "B");
      return run_export(point, catalog, plan, options.directory, volumes, clock,
                        {[&packing](std::uint64_t bytes) { packing.advance(bytes); },
                         [&writing](std::uint64_t bytes) { writing.advance(bytes); }});
    }();
    if (!plan.content.missing.empty()) code = ExitCode::incomplete;
    Json json = to_json(result, options);
    Json event = json;  // a line of the log names no thousands of files
    event["missing_files"] = plan.content.missing.size();
    event.erase("media");
    console.note(point.audit(clock, "export", event));
    say_result(console, result);
    say_beside(console, result);
    if (!say_written(console, result.written, options.directory)) code = ExitCode::incomplete;
    bundles.push_back(std::move(json));
  }
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
  command.add_option("--site", options->request.site, "For this site of point.toml");
  command.add_option("--feed", options->request.feed, "For every site that follows this feed");
  command.add_flag("--all", options->all, "For every site of point.toml that lacks something");
  command.add_flag("--full", options->request.full, "Everything, not the difference");
  command.add_option("--since", options->request.since, "Start at this generation of the feed")->excludes("--full");
  command.add_option("--volume-size", options->volume_size,
                     "Split at this size: bytes, 4480MiB, 4.7GB, or fat32 cd dvd dvd-dl bd25 bd50");
  command
      .add_option("--count", options->count,
                  "At most so many volumes: files of the most important updates first, the others later")
      ->needs("--volume-size")
      ->check(CLI::Range(std::size_t{1}, std::size_t{format::limits::max_volumes}));
  command
      .add_option("--parity", options->parity,
                  "Parity files beside the volumes: 5% repairs that share of lost sectors, 1 a whole lost volume")
      ->excludes("--count");
  command.add_option("--files", options->files,
                     "Payload files: new ones (default of a delta), all (of a full bundle), or none");
  command.add_option("--need", options->need, "Only the payload files of this list, made by 'ferry-import need'")
      ->excludes("--full")
      ->excludes("--since");
  command.add_flag("--no-report", options->no_report, "Write no change report (HTML) beside the volumes");
  command.add_flag("--strict", options->strict,
                   "Export nothing when a feed lacks updates that no source offers, or payload files");
  command.add_option("-o,--output", options->directory, "Directory for the volumes")->required();
}

}  // namespace ferry::exporter
