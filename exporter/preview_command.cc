// SPDX-License-Identifier: Apache-2.0
// What the next bundle of a site would carry: what changes, how large it is, and what fits on the media at hand.
#include <memory>

#include <fmt/format.h>

#include "common/tar.h"
#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/export_job.h"
#include "exporter/export_report.h"
#include "exporter/trust_store.h"
#include "format/catalog/references.h"
#include "format/change_report.h"
#include "format/change_summary.h"
#include "format/limits.h"

namespace ferry::exporter {
namespace {

struct PreviewOptions {
  ExportRequest request;
  std::string medium;
  std::size_t count = 0;
};

struct Packed {
  PackedDelta delta;
  std::uint64_t bytes = 0;  // of the chunks in a volume
  format::ChangeReport report;
};

Packed pack(const Console& console, format::Catalog& catalog, const ExportPlan& plan, std::uint64_t document_bytes,
            const std::filesystem::path& spool) {
  Packed packed;
  {
    Progress progress(console, "packing to learn the size", document_bytes, "B");
    packed.delta = pack_delta(catalog, plan, spool, SystemClock().now(),
                              [&progress](std::uint64_t bytes) { progress.advance(bytes); });
  }
  for (const format::ChunkInfo& chunk : packed.delta.chunks) packed.bytes += tar_stored_bytes(chunk.size);
  format::Manifest manifest = packed.delta.manifest;
  manifest.files = plan.content.files.size();
  manifest.file_bytes = plan.content.bytes;
  manifest.volumes.push_back({packed.delta.chunks, {}});
  packed.report =
      format::report_chunks(manifest, spool, format::load_references(catalog, manifest), format::knowledge_of(catalog));
  return packed;
}

MediaPlan plan_media(const format::Point& point, format::Catalog& catalog, const ExportPlan& plan,
                     const PackedDelta& packed, const PreviewOptions& options) {
  format::BundleParts parts;
  parts.chunks = packed.chunks;
  parts.max_volume_bytes = parse_volume_size(options.medium);
  try {
    parts.trust = load_chain(point).files();
  } catch (const NotFoundError&) {
    // Before `trust init`; the trust file takes little room.
  }
  return fit_on_media(packed.manifest, std::move(parts), rank_files(catalog, plan.feed, plan.content.files),
                      options.count);
}

void say_media(const Console& console, const MediaPlan& media, const PreviewOptions& options) {
  console.say(fmt::format("  on {} of {}: {}, {}, on {}", counted(options.count, "volume", "volumes"),
                          for_terminal(options.medium), counted(media.sent.size(), "payload file", "payload files"),
                          format_size(media.sent_bytes), counted(media.volumes, "volume", "volumes")));
  for (const std::string& line : describe_first(media.sent)) console.say("  " + line);
  if (media.waiting.empty()) {
    console.say("  nothing waits");
    return;
  }
  console.say(fmt::format(
      "  {}, {}, would wait for a later bundle:", counted(media.waiting.size(), "payload file", "payload files"),
      format_size(media.waiting_bytes)));
  for (const std::string& line : describe_first(media.waiting)) console.say("  " + line);
}

ExitCode preview(const Console& console, const std::string& point_option, const PreviewOptions& options) {
  if (options.count == 0 && !options.medium.empty())
    throw UsageError("--media goes with --count: how many are at hand");
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const format::PointConfig config = point.config();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  // Shows what a changed point.toml would bring, and takes it back: looking must change nothing.
  const Transaction transaction(catalog.database());
  static_cast<void>(refresh_and_say(console, catalog, config, false));
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
  const Packed packed = pack(console, catalog, plan, counts.document_bytes, spool.path());
  std::uint64_t packed_bytes = packed.bytes;
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
  format::say_report(console, packed.report);
  Json media_json = nullptr;
  if (options.count > 0) {
    const MediaPlan media = plan_media(point, catalog, plan, packed.delta, options);
    say_media(console, media, options);
    media_json = to_json(media);
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
                    {"media", fits},
                    {"plan", media_json},
                    {"change_report", format::report_json(packed.report)}});
  return ExitCode::done;
}

}  // namespace

void add_preview_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto shown = std::make_shared<PreviewOptions>();
  CLI::App& preview_command =
      program.command("preview", "Show what the next bundle for a site would carry, and its size",
                      "ferry-export preview plant-1\n  ferry-export preview plant-1 --media dvd --count 4",
                      [&console, &point_option, shown] { return preview(console, point_option, *shown); });
  preview_command.add_option("site", shown->request.site, "Site of point.toml")->type_name("SITE")->required();
  preview_command.add_flag("--full", shown->request.full, "Everything, not the difference");
  preview_command.add_option("--since", shown->request.since, "Start at this generation of the feed")
      ->type_name("GENERATION");
  CLI::Option* medium = preview_command
                            .add_option("--media", shown->medium,
                                        "Show what fits on --count of these: fat32 cd dvd dvd-dl bd25 bd50, or a size")
                            ->type_name("SIZE");
  preview_command.add_option("--count", shown->count, "So many media are at hand")
      ->needs(medium)
      ->check(CLI::Range(std::size_t{1}, std::size_t{format::limits::max_volumes}));
}

}  // namespace ferry::exporter
