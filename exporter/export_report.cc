// SPDX-License-Identifier: Apache-2.0
#include "exporter/export_report.h"

#include <chrono>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "exporter/refresh.h"
#include "exporter/trust_store.h"
#include "exporter/written_report.h"
#include "format/content_commands.h"
#include "format/run.h"

namespace ferry::exporter {
namespace {

Json to_json(const ExportResult& result, bool counts_media) {
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
  if (counts_media) json["media"] = to_json(result.media);
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

}  // namespace

std::vector<FeedRefresh> refresh_and_say(const Console& console, format::Catalog& catalog,
                                         const format::PointConfig& config, bool strict) {
  std::vector<FeedRefresh> changed;
  for (const FeedRefresh& feed : refresh_feeds(catalog, config, SystemClock().now(), "point.toml changed", strict)) {
    for (const std::string& line : warnings(catalog, feed)) console.warn(line);
    if (feed.has_new_generation) {
      console.say(describe(feed));
      changed.push_back(feed);
    }
    if (strict && !feed.selection.unresolved.empty())
      throw Error(
          fmt::format("feed {} needs updates that no source offers; nothing was exported, since --strict was "
                      "given",
                      quote(feed.feed.name)));
  }
  return changed;
}

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

ExportOutcome export_and_say(const Console& console, const format::Point& point, format::Catalog& catalog,
                             const ExportPlan& plan, const std::filesystem::path& directory,
                             const VolumeOptions& volumes, const Clock& clock) {
  ExportOutcome outcome;
  if (!plan.content.missing.empty()) outcome.code = ExitCode::incomplete;
  if (!plan.has_news) {
    console.say(fmt::format("{}: nothing new since generation {}", receiver(plan), plan.feed.generation));
    if (outcome.code == ExitCode::done) outcome.code = ExitCode::nothing_to_do;
    return outcome;
  }
  warn_of_prune(console, plan);
  const auto begun = std::chrono::steady_clock::now();
  const ExportResult result = [&] {
    const bool has_documents = plan.kind != format::BundleKind::content;
    Progress packing(console, "packing",
                     has_documents ? format::count_delta(catalog, plan.feed, plan.base).document_bytes : 0, "B");
    // Files are written to the medium, and read back from there.
    Progress writing(console, "writing and verifying", 2 * plan.content.bytes, "B");
    return run_export(point, catalog, plan, directory, volumes, clock,
                      {[&packing](std::uint64_t bytes) { packing.advance(bytes); },
                       [&writing](std::uint64_t bytes) { writing.advance(bytes); }});
  }();
  outcome.json = to_json(result, volumes.count > 0);
  Json event = outcome.json;  // a line of the log names no thousands of files
  event["missing_files"] = plan.content.missing.size();
  event.erase("media");
  for (const char* list : {"volumes", "parity"}) event[list] = outcome.json[list].size();
  event["seconds"] = format::log_seconds(std::chrono::steady_clock::now() - begun);
  console.note(point.audit(clock, "export", event));
  say_result(console, result);
  say_beside(console, result);
  if (!say_written(console, result.written, directory.native())) outcome.code = ExitCode::incomplete;
  return outcome;
}

}  // namespace ferry::exporter
