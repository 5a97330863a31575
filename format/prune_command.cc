// SPDX-License-Identifier: Apache-2.0
#include "format/prune_command.h"

#include <memory>
#include <optional>

#include <fmt/format.h>

#include "common/fault.h"
#include "common/text.h"

namespace ferry::format {
namespace {

// Rewriting a catalog to gain less than a twentieth of it is not worth the wear; the next writes use that space.
constexpr std::uint64_t worth_compacting = 20;

constexpr std::size_t undos_named = 3;

struct PruneOptions {
  bool dry_run = false;
};

std::string undo_line(const PrunedFeed& feed) {
  std::string names;
  for (std::size_t i = 0; i < feed.undo_is_lost.size() && i < undos_named; ++i)
    names += (i == 0 ? "" : ", ") + quote(feed.undo_is_lost[i]);
  if (feed.undo_is_lost.size() > undos_named)
    names += fmt::format(" and {} more", format_count(feed.undo_is_lost.size() - undos_named));
  return fmt::format("undo of {}: {}", counted(feed.undo_is_lost.size(), "import", "imports"), names);
}

// Everything that this feed's prune makes impossible, a line each.
std::vector<std::string> lost_by(Catalog& catalog, const PointConfig& config, const PrunedFeed& feed,
                                 const PruneConsequences& consequences) {
  std::vector<std::string> lines;
  if (feed.generations == 0) return lines;
  lines.push_back(fmt::format("list --generation and diff --from with generations from 1 to {}", feed.oldest - 1));
  if (!feed.undo_is_lost.empty()) lines.push_back(undo_line(feed));
  for (std::string& line : consequences(catalog, config, feed)) lines.push_back(std::move(line));
  return lines;
}

Json to_json(const PrunedFeed& feed, const std::vector<std::string>& lost) {
  return Json{{"name", feed.feed.name},
              {"followed", feed.feed.imported},
              {"generation", feed.feed.generation},
              {"oldest", feed.oldest},
              {"generations", feed.generations},
              {"members", feed.members},
              {"undo_is_lost", feed.undo_is_lost},
              {"impossible", lost}};
}

// Gives back free space of the file; what it did, and why not where it could not.
struct Reclaimed {
  std::uint64_t before = 0;  // bytes of the file
  std::uint64_t after = 0;
  std::optional<std::string> problem;
};
Reclaimed reclaim(const Point& point, Catalog& catalog) {
  Database& database = catalog.database();
  const Database::Size size = database.size();
  Reclaimed reclaimed{size.bytes, size.bytes, {}};
  if (size.free_bytes < size.bytes / worth_compacting || size.free_bytes == 0) return reclaimed;
  const std::uint64_t needed = 2 * (size.bytes - size.free_bytes);
  const std::uint64_t available = free_space(point.directory());
  if (available < needed) {
    reclaimed.problem = fmt::format(
        "{} in the catalog are free but stay in its file: to write it anew {} are needed in {}, {} are free; run "
        "'prune' again when there is more",
        format_size(size.free_bytes), format_size(needed), quote(point.directory().native()), format_size(available));
    return reclaimed;
  }
  const TempDir spool = point.spool("prune");
  database.compact(spool.path());
  reclaimed.after = database.size().bytes;
  return reclaimed;
}

void say_plan(const Console& console, const PruneResult& result, const std::vector<std::vector<std::string>>& lost,
              bool dry_run) {
  for (std::size_t i = 0; i < result.feeds.size(); ++i) {
    const PrunedFeed& feed = result.feeds[i];
    console.say(fmt::format("feed {}: {} generations {} to {}, {} {}", quote(feed.feed.name),
                            dry_run ? "would keep" : "keeps", feed.oldest, feed.feed.generation,
                            dry_run ? "would forget" : "forgets",
                            counted(feed.generations, "generation", "generations")));
    if (lost[i].empty()) continue;
    console.say(dry_run ? "  would be impossible:" : "  no longer possible:");
    for (const std::string& line : lost[i]) console.say("    " + line);
  }
}

ExitCode prune_point(const Console& console, const std::string& point_option, const PruneOptions& options,
                     const PruneConsequences& consequences) {
  const Point point(Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  const PointConfig config = point.config();
  Catalog catalog = point.open_catalog(Database::Mode::read_write);
  catalog.require_sound();
  const SystemClock clock;
  Json feeds = Json::array();
  PruneResult result;
  {
    const UncheckedReferences unchecked(catalog.database());
    Transaction transaction(catalog.database());
    std::vector<std::vector<std::string>> lost;
    result = prune(catalog, config.retain, clock.now());
    for (const PrunedFeed& feed : result.feeds) {
      lost.push_back(lost_by(catalog, config, feed, consequences));
      feeds.push_back(to_json(feed, lost.back()));
    }
    // Before the commit, so that whoever stops it here has lost nothing.
    say_plan(console, result, lost, options.dry_run);
    fault_point("prune: before commit");
    if (!options.dry_run && result.any()) transaction.commit();
  }
  Json json{{"version", 1},
            {"dry_run", options.dry_run},
            {"feeds", feeds},
            {"revisions", result.revisions},
            {"documents", result.documents},
            {"document_bytes", result.document_bytes}};
  const std::string what = fmt::format("{} ({} of documents)", counted(result.revisions, "revision", "revisions"),
                                       format_size(result.document_bytes));
  if (options.dry_run) {
    console.emit(json);
    console.say(fmt::format("would remove {}; nothing was changed", what));
    return result.any() ? ExitCode::done : ExitCode::nothing_to_do;
  }
  fault_point("prune: committed");
  catalog.database().checkpoint();
  const Reclaimed reclaimed = reclaim(point, catalog);
  fault_point("prune: reclaimed");
  const std::uint64_t freed = reclaimed.before - std::min(reclaimed.before, reclaimed.after);
  json["freed_bytes"] = freed;
  if (result.any()) console.note(point.audit(clock, "prune", json));
  console.emit(json);
  if (!result.any() && freed == 0 && !reclaimed.problem) {
    console.say("nothing to prune");
    return ExitCode::nothing_to_do;
  }
  console.say(fmt::format("removed {}; catalog file {} to {}, {} freed", what, format_size(reclaimed.before),
                          format_size(reclaimed.after), format_size(freed)));
  for (const PrunedFeed& feed : result.feeds) {
    if (feed.generations > 0)
      console.say(
          fmt::format("feed {}: the oldest known generation is {} from now on", quote(feed.feed.name), feed.oldest));
  }
  console.note(reclaimed.problem);
  return reclaimed.problem ? ExitCode::incomplete : ExitCode::done;
}

}  // namespace

void add_prune_command(Program& program, const std::string& point_option, PruneConsequences consequences) {
  Console& console = program.console();
  auto options = std::make_shared<PruneOptions>();
  CLI::App& command =
      program.command("prune", "Forget generations that [retain] of point.toml does not keep, and their documents",
                      program.app().get_name() + " prune --dry-run",
                      [&console, &point_option, options, consequences = std::move(consequences)] {
                        return prune_point(console, point_option, *options, consequences);
                      });
  command.add_flag("--dry-run", options->dry_run, "Say what would go and what would be impossible, change nothing");
}

}  // namespace ferry::format
