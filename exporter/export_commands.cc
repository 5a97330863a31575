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
#include "format/need_list.h"
#include "format/run.h"

namespace ferry::exporter {
namespace {

struct ExportOptions {
  ExportRequest request;
  bool all = false;
  bool strict = false;
  std::string volume_size;
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

ExitCode preview(const Console& console, const std::string& point_option, const ExportOptions& options) {
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const format::PointConfig config = point.config();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  // Shows what a changed point.toml would bring, and takes it back: looking must change nothing.
  const Transaction transaction(catalog.database());
  static_cast<void>(refresh_and_say(console, catalog, config, options.strict));
  const ExportPlan plan = plan_export(catalog, point.content(), config, options.request, trust_epochs(point));
  say_missing(console, plan, false);
  if (!plan.has_news) {
    console.say(fmt::format("{}: nothing new since generation {}", receiver(plan), plan.feed.generation));
    console.emit(Json{{"version", 1}, {"site", plan.site}, {"feed", plan.feed.name}, {"puts", 0}, {"drops", 0}});
    return ExitCode::nothing_to_do;
  }
  warn_of_prune(console, plan);
  const bool has_documents = plan.kind != format::BundleKind::content;
  const format::DeltaCounts counts =
      has_documents ? format::count_delta(catalog, plan.feed, plan.base) : format::DeltaCounts();
  const TempDir spool = point.spool("preview");
  std::uint64_t packed_bytes = 0;
  {
    Progress progress(console, "packing to learn the size", counts.document_bytes, "B");
    const PackedDelta packed = pack_delta(catalog, plan, spool.path(), SystemClock().now(),
                                          [&progress](std::uint64_t bytes) { progress.advance(bytes); });
    for (const format::ChunkInfo& chunk : packed.chunks) packed_bytes += tar_stored_bytes(chunk.size);
  }
  console.say(has_documents
                  ? fmt::format("{}: a {} bundle, generation {} to {}", receiver(plan), format::name_of(plan.kind),
                                plan.base, plan.feed.generation)
                  : fmt::format("{}: payload files alone, for generation {}", receiver(plan), plan.feed.generation));
  console.say(fmt::format("  in:   {}, {} of documents, {} packed", counted(counts.puts, "revision", "revisions"),
                          format_size(counts.document_bytes), format_size(packed_bytes)));
  console.say(fmt::format("  out:  {}", counted(counts.drops, "revision", "revisions")));
  console.say(fmt::format("  with: {}, {}", counted(plan.content.files.size(), "payload file", "payload files"),
                          format_size(plan.content.bytes)));
  packed_bytes += plan.content.bytes;
  Json fits = Json::object();
  for (const Medium& medium : media()) {
    const std::uint64_t needed = packed_bytes / medium.bytes + 1;
    fits[std::string(medium.name)] = needed;
    console.say(fmt::format("  {:<7} {}", medium.name, counted(needed, "volume", "volumes")));
  }
  console.emit(Json{{"version", 1},
                    {"site", plan.site.empty() ? Json(nullptr) : Json(plan.site)},
                    {"feed", plan.feed.name},
                    {"kind", format::name_of(plan.kind)},
                    {"base", plan.base},
                    {"target", plan.feed.generation},
                    {"puts", counts.puts},
                    {"drops", counts.drops},
                    {"document_bytes", counts.document_bytes},
                    {"packed_bytes", packed_bytes},
                    {"files", plan.content.files.size()},
                    {"file_bytes", plan.content.bytes},
                    {"missing_files", plan.content.missing.size()},
                    {"missing_bytes", plan.content.missing_bytes},
                    {"media", fits}});
  return ExitCode::done;
}

}  // namespace

void add_export_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto shown = std::make_shared<ExportOptions>();
  CLI::App& preview_command = program.command(
      "preview", "Show what the next bundle for a site would carry, and its size", "ferry-export preview plant-1",
      [&console, &point_option, shown] { return preview(console, point_option, *shown); });
  preview_command.add_option("site", shown->request.site, "Site of point.toml")->required();
  preview_command.add_flag("--full", shown->request.full, "Everything, not the difference");
  preview_command.add_option("--since", shown->request.since, "Start at this generation of the feed");

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
  command.add_option("--parity", options->parity,
                     "Parity files beside the volumes: 5% repairs that share of lost sectors, 1 a whole lost volume");
  command.add_option("--files", options->files,
                     "Payload files: new ones (default of a delta), all (of a full bundle), or none");
  command.add_option("--need", options->need, "Only the payload files of this list, made by 'ferry-import need'")
      ->excludes("--full")
      ->excludes("--since");
  command.add_flag("--strict", options->strict,
                   "Export nothing when a feed lacks updates that no source offers, or payload files");
  command.add_option("-o,--output", options->directory, "Directory for the volumes")->required();
}

}  // namespace ferry::exporter
