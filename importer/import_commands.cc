// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <iostream>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/change_page.h"
#include "format/change_summary.h"
#include "format/decision_commands.h"
#include "format/history_report.h"
#include "format/limits.h"
#include "format/prune_command.h"
#include "format/run.h"
#include "importer/commands.h"
#include "importer/gatekeeper.h"
#include "importer/import_report.h"
#include "importer/stage_tree.h"
#include "importer/staging.h"

namespace ferry::importer {
namespace {

constexpr std::size_t changes_shown_by_diff = 100'000;

struct ImportOptions {
  std::vector<std::string> places;
  ImportRequest request;
  std::optional<std::uint64_t> max_removals;  // percent; else what point.toml says
  bool warn_on_repair = false;
  std::string stage;  // lay out here, and merge nothing
  std::string apply;  // a staged bundle, by its tree or its name
};

struct DiffOptions {
  ImportOptions bundles;
  std::string html;  // file for the change report
  format::GenerationsOptions generations;
};

std::vector<std::filesystem::path> paths_of(const ImportOptions& options) {
  return {options.places.begin(), options.places.end()};
}

// What was asked for, with what point.toml says.
ImportRequest complete_request(const format::Point& point, const ImportOptions& options) {
  const format::PointConfig config = point.config();
  ImportRequest request = options.request;
  request.time = config.time;
  request.max_removals = options.max_removals.value_or(config.import.max_removals);
  return request;
}

void say_tree(const Console& console, const std::string& tree, const format::ImportPolicy& policy) {
  console.say("  laid out in " + for_terminal(tree, 4096));
  if (!policy.gatekeepers.empty())
    console.say("  next: ferry-import release " + shell_word(tree) + " --key FILE --certificate FILE");
  console.say("  then: ferry-import import --apply " + shell_word(tree));
}

// On a terminal people change the medium and go on; elsewhere the next run does.
bool asks_for_medium(const Console& console, const ImportRun& run) {
  if (console.json || console.quiet || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDERR_FILENO) == 0) return false;
  for (const Attempt& attempt : run.attempts()) {
    if (attempt.lacks_volumes) console.warn(attempt.error);
  }
  console.note("insert the next medium and press Enter; 'q' and Enter stops, and what was read is kept");
  std::string answer;
  return static_cast<bool>(std::getline(std::cin, answer)) && trimmed(answer) != "q";
}

// Decisions that are worth a look now and were not, or for another reason. The import is over: a fault of looking is
// told and is none of the import's.
std::size_t newly_affected(const Console& console, format::Catalog& catalog,
                           const std::map<format::UpdateId, format::Attention>& before) try {
  std::size_t count = 0;
  for (const auto& [id, attention] : format::decisions_to_look_at(catalog)) {
    const auto known = before.find(id);
    if (known == before.end() || known->second != attention) ++count;
  }
  return count;
} catch (const IoError& error) {
  console.warn(
      fmt::format("the import is done; which decisions it touches could not be told: {}; see 'decisions "
                  "--attention'",
                  error.what()));
  return 0;
}

// The three ways in: at once, only laid out, and what was laid out.
void require_one_way(const ImportOptions& options) {
  if (!options.apply.empty() && (!options.places.empty() || !options.stage.empty() || options.request.dry_run))
    throw UsageError("--apply names a staged bundle, and goes with no volumes, --stage or --dry-run");
  if (options.apply.empty() && options.places.empty()) throw UsageError("name volumes or directories with volumes");
  if (!options.stage.empty() && options.request.dry_run)
    throw UsageError("--stage merges nothing already; leave out --dry-run");
}

// Trees that were laid out, by the name of the bundle.
using StagedTrees = std::map<std::string, std::filesystem::path>;

void stage_into(ImportRequest& request, const format::Point& point, format::Catalog& catalog,
                const std::string& directory, StagedTrees& trees) {
  request.stages_only = true;
  request.wants_report = true;
  request.staged = [&point, &catalog, &trees, directory](
                       const format::FoundBundle& bundle, const format::VerifiedManifest& manifest,
                       const std::filesystem::path& chunks, const ImportedBundle& imported) {
    trees[manifest->bundle_name] =
        stage_tree(point, catalog, bundle, manifest, chunks, *imported.report, directory).tree;
  };
}

void apply_staged(const Console& console, ImportRequest& request, format::Catalog& catalog,
                  const format::ImportPolicy& policy, const StagedBundle& staged) {
  request.from_spool = true;
  request.admit = [&console, &catalog, policy, staged](const format::VerifiedManifest& manifest, const format::TrustFile& trust) {
    const std::string bytes = read_file(staged.tree / staged_manifest, format::limits::max_manifest_bytes);
    if (sha256(bytes) != manifest.digest())
      throw FormatError(fmt::format("{} has another manifest than the private copy; stage the bundle again",
                                    quote(staged.tree.native())));
    check_tree(catalog, staged, manifest, bytes);
    for (const std::string& name : require_releases(policy, trust, staged.tree, bytes))
      console.say("released by " + for_terminal(name));
  };
}

ExitCode import(const Console& console, const std::string& point_option, const ImportOptions& options) {
  require_one_way(options);
  confine(console);
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  clear_old_stagings(point, catalog);
  if (!options.request.dry_run) catalog.require_sound();
  ImportRequest request = complete_request(point, options);
  request.again = command_again(point_option, options.places, options.request.overrides);
  const auto looked_at = format::decisions_to_look_at(catalog);
  const format::ImportPolicy policy = point.config().import;
  std::vector<std::filesystem::path> places = paths_of(options);
  StagedTrees trees;
  if (!options.apply.empty()) {
    const StagedBundle staged = find_staged(point, options.apply);
    places = {staged_front(staged)};
    apply_staged(console, request, catalog, policy, staged);
  } else if (!options.stage.empty()) {
    stage_into(request, point, catalog, options.stage, trees);
  } else if (!request.dry_run) {
    refuse_one_step(policy);
  }
  auto run = std::make_unique<ImportRun>(console, point, catalog, places, request);
  while (run->lacks_volumes() && asks_for_medium(console, *run))
    run = std::make_unique<ImportRun>(console, point, catalog, places, request);
  say_repairs(console, *run);
  Json bundles = Json::array();
  for (const Attempt& attempt : run->attempts()) {
    Json json = to_json(attempt, request.stages_only);
    if (const auto tree = attempt.verified ? trees.find(attempt.verified->bundle_name) : trees.end();
        tree != trees.end())
      json["tree"] = tree->second.native();
    Json event = json;
    event["seconds"] = format::log_seconds(attempt.took);
    if (!request.dry_run) console.note(point.audit(SystemClock(), request.stages_only ? "stage" : "import", event));
    say_attempt(console, attempt, request.keeps_nothing());
    if (json.contains("tree")) say_tree(console, json["tree"].get<std::string>(), policy);
    bundles.push_back(std::move(json));
  }
  for (const format::UnreadableVolume& volume : run->unreadable()) {
    const Json json = to_json(volume);
    if (!request.dry_run) console.note(point.audit(SystemClock(), "import", json));
    console.warn(fmt::format("{}: {}", quote(volume.path.native()), volume.error));
    bundles.push_back(json);
  }
  const std::size_t attention = newly_affected(console, catalog, looked_at);
  console.emit(Json{{"version", 1}, {"bundles", bundles}, {"repaired", repairs_json(*run)}, {"attention", attention}});
  format::say_attention(console, attention, " since this import");
  const ExitCode code = run->code();
  return code == ExitCode::done && run->is_repaired() && options.warn_on_repair ? ExitCode::repaired : code;
}

Json diff_json(const ImportedBundle& imported) {
  return Json{{"name", imported.manifest.bundle_name},
              {"feed", imported.manifest.feed},
              {"previous", imported.previous},
              {"generation", imported.generation.number},
              {"state", imported.generation.state.hex()},
              {"warnings", imported.warnings},
              {"changes", format::changes_json(imported.changes)},
              {"change_report", format::report_json(*imported.report)}};
}

void write_page(const ImportRun& run, const std::string& file) {
  const ImportedBundle* shown = nullptr;
  for (const Attempt& attempt : run.attempts()) {
    if (!attempt.imported) continue;
    if (shown != nullptr) throw UsageError("--html takes one bundle; name its volumes alone");
    shown = &*attempt.imported;
  }
  if (shown != nullptr) write_file(file, format::change_page(*shown->report));
}

// A merge that is not committed is the exact answer to "what would it do".
ExitCode diff_bundles(const Console& console, const std::string& point_option, ImportOptions options,
                      const std::string& html) {
  confine(console);
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  options.request.dry_run = true;
  options.request.wants_report = true;
  ImportRequest request = complete_request(point, options);
  request.again = command_again(point_option, options.places, options.request.overrides);
  const ImportRun run(console, point, catalog, paths_of(options), request);
  say_repairs(console, run);
  Json bundles = Json::array();
  for (const Attempt& attempt : run.attempts()) {
    if (!attempt.imported) {
      bundles.push_back(to_json(attempt));
      say_attempt(console, attempt, true);
      continue;
    }
    bundles.push_back(diff_json(*attempt.imported));
    say_attempt(console, attempt, true);
    format::say_report(console, *attempt.imported->report);
    format::say_changes(console, attempt.imported->changes, changes_shown_by_diff);
  }
  if (!html.empty()) write_page(run, html);
  console.emit(Json{{"version", 1}, {"bundles", bundles}});
  return run.code();
}

// Bundles that did not come yet, or generations that did.
ExitCode diff(const Console& console, const std::string& point_option, const DiffOptions& options) {
  const format::GenerationsOptions& generations = options.generations;
  const bool asks_for_generations = !generations.feed.empty() || generations.from || generations.to;
  if (options.bundles.places.empty() && !asks_for_generations)
    throw UsageError("name bundles, or two generations: --feed FEED --from GENERATION --to GENERATION");
  if (!options.bundles.places.empty() && asks_for_generations)
    throw UsageError("name bundles or generations of a feed, not both");
  if (!asks_for_generations) return diff_bundles(console, point_option, options.bundles, options.html);
  if (!options.html.empty()) throw UsageError("--html goes with bundles");
  const format::Point point(format::Point::choose_directory(point_option));
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  return format::diff_generations(console, catalog, generations, true);
}

}  // namespace

void add_import_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<ImportOptions>();
  CLI::App& command =
      program.command("import", "Verify bundles and merge them into the catalog",
                      "ferry-import import /media/stick\n"
                      "  ferry-import import --stage /srv/inspect /media/stick\n"
                      "  ferry-import import --apply /srv/inspect/all_plant-1_g3-g4_delta",
                      [&console, &point_option, options] { return import(console, point_option, *options); });
  command.add_option("path", options->places, "Volumes, or directories with volumes")->type_name("PATH");
  command
      .add_option("--stage", options->stage,
                  "Verify everything, lay the bundle out in this directory for inspection, and merge nothing")
      ->type_name("DIR");
  command.add_option("--apply", options->apply, "Merge a staged bundle: its directory, or its name")->type_name("DIR");
  command.add_flag("--dry-run", options->request.dry_run, "Do everything but keep nothing");
  command.add_flag("--warn-on-repair", options->warn_on_repair, "End with 16 when a medium was repaired from parity");
  command.add_flag("--accept-dates", options->request.overrides.dates,
                   "Take bundles that are refused for their dates only (exit code 12)");
  command.add_flag("--accept-jump", options->request.overrides.jump,
                   "Take a bundle that leads more than 10,000 generations on");

  command
      .add_option("--max-removals", options->max_removals,
                  "Take a bundle that removes up to so many percent of the updates (default: point.toml, else 5)")
      ->check(CLI::Range(0, 100));

  auto shown = std::make_shared<DiffOptions>();
  CLI::App& diff_command =
      program.command("diff", "Show what bundles would change here, or what changed between two generations",
                      "ferry-import diff /media/stick\n  ferry-import diff --feed all --from 4 --to 7",
                      [&console, &point_option, shown] { return diff(console, point_option, *shown); });
  diff_command.add_option("path", shown->bundles.places, "Volumes, or directories with volumes")->type_name("PATH");
  diff_command.add_option("--html", shown->html, "Write the change report to this file, too")->type_name("FILE");
  format::add_generations_options(diff_command, shown->generations);
  shown->bundles.request.overrides = {true, true};  // it changes nothing, and dates are told as warnings
  format::add_prune_command(program, point_option,
                            [](format::Catalog&, const format::PointConfig&, const format::PrunedFeed&) {
                              return std::vector<std::string>();
                            });
}

}  // namespace ferry::importer
