// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>

#include <fmt/format.h>

#include "common/file.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/export_job.h"
#include "exporter/export_spool.h"
#include "exporter/refresh.h"
#include "exporter/written_report.h"
#include "format/content_commands.h"
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

// A changed point.toml takes effect with the next bundle, not only with the next sync.
std::vector<FeedRefresh> refresh(const Console& console, format::Catalog& catalog, const format::PointConfig& config,
                                 bool strict) {
  std::vector<FeedRefresh> changed;
  for (const FeedRefresh& feed : refresh_feeds(catalog, config, SystemClock().now(), "point.toml changed", strict)) {
    for (const std::string& line : warnings(catalog, feed)) console.warn(line);
    if (feed.has_new_generation)
      console.say(fmt::format("feed {}: generation {}, {} added, {} removed", quote(feed.feed.name),
                              feed.feed.generation, format_count(feed.added), format_count(feed.removed)));
    if (feed.has_new_generation) changed.push_back(feed);
    if (strict && !feed.selection.unresolved.empty())
      throw Error(
          fmt::format("feed {} needs updates that no source offers; nothing was exported, since --strict was "
                      "given",
                      quote(feed.feed.name)));
  }
  return changed;
}

// What the feed carries and is not here: a site that relied on it would wait in vain.
void say_missing(const Console& console, const ExportPlan& plan, bool strict) {
  const std::vector<format::WantedFile>& missing = plan.content.missing;
  if (missing.empty()) return;
  const std::string total =
      fmt::format("feed {}: {} of payload, {}, are not here", quote(plan.feed.name),
                  counted(missing.size(), "file", "files"), format_size(plan.content.missing_bytes));
  if (strict)
    throw Error(
        fmt::format("{}, the first is {}; nothing was exported, since --strict was given; 'fetch' "
                    "downloads them, or 'content add' takes them in",
                    total, format::describe(missing.front())));
  console.warn(total + "; the bundle goes without them; 'fetch' downloads them, or 'content add' takes them in:");
  for (const std::string& line : format::describe_first(missing)) console.warn(line);
}

std::string receiver(const ExportPlan& plan) {
  return plan.site.empty() ? "every site of feed " + quote(plan.feed.name) : "site " + quote(plan.site);
}

void warn_of_prune(const Console& console, const ExportPlan& plan) {
  if (plan.pruned_base)
    console.warn(
        fmt::format("{}: generation {} of feed {}, where the delta would start, was pruned; this is a full "
                    "bundle instead",
                    receiver(plan), *plan.pruned_base, quote(plan.feed.name)));
}

Json to_json(const ExportResult& result) {
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
                   {"missing_bytes", result.plan.content.missing_bytes}});
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
    refreshed = refresh(console, catalog, config, options.strict);
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
    if (!plan.has_news) {
      console.say(fmt::format("{}: nothing new since generation {}", receiver(plan), plan.feed.generation));
      if (!plan.content.missing.empty()) code = ExitCode::incomplete;
      current.push_back(plan.site.empty() ? plan.feed.name : plan.site);
      continue;
    }
    warn_of_prune(console, plan);
    const auto begun = std::chrono::steady_clock::now();
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
    Json json = to_json(result);
    Json event = json;  // a line of the log names no thousands of files
    event["missing_files"] = plan.content.missing.size();
    for (const char* list : {"volumes", "parity"}) event[list] = json[list].size();
    event["seconds"] = format::log_seconds(std::chrono::steady_clock::now() - begun);
    console.note(point.audit(clock, "export", event));
    say_result(console, result);
    if (!say_written(console, result.written, options.directory)) code = ExitCode::incomplete;
    bundles.push_back(std::move(json));
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
  static_cast<void>(refresh(console, catalog, config, options.strict));
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
