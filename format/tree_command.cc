// SPDX-License-Identifier: Apache-2.0
#include "format/tree_command.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/content_commands.h"
#include "format/content_tree.h"
#include "format/write_wsus.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t findings_shown = 20;

void add_wanted(Catalog& catalog, const Feed& feed, const ContentPolicy& policy, FilesWanted& wanted) {
  visit_wanted(catalog, feed, policy, [&wanted](const WantedFile& file) {
    const auto [place, is_new] = wanted.emplace(file.sha1, file);
    if (!is_new && !place->second.held) place->second = file;
  });
}

// What the feeds carry, or every file that their updates name.
FilesWanted files_of_feeds(Catalog& catalog, const PointConfig& config, const std::vector<ServedFeed>& feeds,
                           bool all_files) {
  FilesWanted wanted;
  for (const ServedFeed& served : feeds) {
    ContentPolicy policy = policy_of(catalog, config, served.feed);
    if (all_files) policy = {"all", {"*"}, policy.upstream};
    add_wanted(catalog, served.feed, policy, wanted);
  }
  return wanted;
}

template <typename Each>
void say_first(const Console& console, std::size_t count, std::string_view what, const Each& line) {
  for (std::size_t i = 0; i < count && i < findings_shown; ++i) console.say(fmt::format("  {:<9}{}", what, line(i)));
  if (count > findings_shown)
    console.say(fmt::format("  {:<9}… and {} more (--json lists all)", what, format_count(count - findings_shown)));
}

Json files_json(const std::vector<WantedFile>& files) {
  Json list = Json::array();
  for (const WantedFile& file : files) list.push_back(to_json(file));
  return list;
}

std::uint64_t bytes_of(const std::vector<WantedFile>& files) {
  std::uint64_t bytes = 0;
  for (const WantedFile& file : files) bytes += file.size;
  return bytes;
}

Json check_json(const fs::path& directory, const TreeCheck& check) {
  Json wrong = Json::array();
  for (const TreeFinding& finding : check.wrong)
    wrong.push_back(
        Json{{"path", finding.file.path.native()}, {"size", finding.file.size}, {"problem", finding.problem}});
  Json orphaned = Json::array();
  for (const TreeFile& file : check.orphaned)
    orphaned.push_back(Json{{"path", file.path.native()}, {"size", file.size}});
  return Json{{"version", 1},
              {"directory", directory.native()},
              {"sound", check.sound},
              {"bytes", check.bytes},
              {"missing", files_json(check.missing)},
              {"missing_bytes", bytes_of(check.missing)},
              {"wrong", wrong},
              {"orphaned", orphaned}};
}

std::uint64_t total_size(const ContentTree& tree) {
  std::uint64_t bytes = 0;
  for (const auto& entry : tree.files()) bytes += entry.second.size;
  return bytes;
}

}  // namespace

ExitCode write_content(const Console& console, const Point& point, const fs::path& directory, const std::string& feed,
                       bool may_link) {
  Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const PointConfig config = point.config();
  const FilesWanted wanted = files_of_feeds(catalog, config, feeds_to_write(catalog, config, feed), false);
  if (wanted.empty()) {
    console.emit(Json{{"version", 1}, {"directory", directory.native()}, {"files", 0}});
    console.say("no feed carries files: see 'content' of [[feed]] in point.toml");
    return ExitCode::nothing_to_do;
  }
  const ContentTree tree(directory);
  TreeWritten written;
  {
    Progress progress(console, "writing", 0, "B");
    written = write_content_tree(point.content(), tree, wanted, may_link,
                                 [&progress](std::uint64_t bytes) { progress.advance(bytes); });
  }
  Json kinds = Json::object();
  for (const auto& [kind, count] : written.kinds) kinds[std::string(name_of(kind))] = count;
  console.emit(Json{{"version", 1},
                    {"directory", directory.native()},
                    {"files", wanted.size()},
                    {"added", written.added},
                    {"bytes", written.bytes},
                    {"replaced", written.replaced},
                    {"there", written.there},
                    {"kinds", kinds},
                    {"missing", files_json(written.missing)}});
  console.say(fmt::format(
      "{}: {} added ({}), {} were there{}", quote(directory.native()), counted(written.added, "file", "files"),
      format_size(written.bytes), format_count(written.there),
      written.replaced == 0 ? "" : fmt::format(", {} of another size replaced", format_count(written.replaced))));
  if (!written.missing.empty()) {
    console.warn(fmt::format("{} ({}) are missing at this point", counted(written.missing.size(), "file", "files"),
                             format_size(bytes_of(written.missing))));
    say_first(console, written.missing.size(), "missing",
              [&written](std::size_t i) { return describe(written.missing[i]); });
    return ExitCode::incomplete;
  }
  return written.added == 0 ? ExitCode::nothing_to_do : ExitCode::done;
}

ExitCode check_content(const Console& console, const Point& point, const fs::path& directory, bool all_files) {
  std::error_code error;
  if (!fs::is_directory(directory, error))
    throw NotFoundError(fmt::format("there is no directory {}; 'write content' makes one", quote(directory.native())));
  Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const PointConfig config = point.config();
  const std::vector<ServedFeed> feeds = feeds_to_write(catalog, config, "");
  const FilesWanted named = files_of_feeds(catalog, config, feeds, true);
  const FilesWanted wanted = all_files ? named : files_of_feeds(catalog, config, feeds, false);
  const ContentTree tree(directory);
  TreeCheck check;
  {
    Progress progress(console, "reading", total_size(tree), "B");
    check = check_content_tree(tree, wanted, named, [&progress](std::uint64_t bytes) { progress.advance(bytes); });
  }
  console.emit(check_json(directory, check));
  std::uint64_t orphaned_bytes = 0;
  for (const TreeFile& file : check.orphaned) orphaned_bytes += file.size;
  console.say(fmt::format("{}: {} sound, {} missing ({}), {} wrong, {} orphaned ({}); read {}",
                          quote(directory.native()), format_count(check.sound), format_count(check.missing.size()),
                          format_size(bytes_of(check.missing)), format_count(check.wrong.size()),
                          format_count(check.orphaned.size()), format_size(orphaned_bytes), format_size(check.bytes)));
  say_first(console, check.missing.size(), "missing", [&check](std::size_t i) { return describe(check.missing[i]); });
  say_first(console, check.wrong.size(), "wrong", [&check](std::size_t i) {
    return fmt::format("{}: {}", for_terminal(check.wrong[i].file.path.native()), check.wrong[i].problem);
  });
  say_first(console, check.orphaned.size(), "orphaned", [&check](std::size_t i) {
    return fmt::format("{}  {}", for_terminal(check.orphaned[i].path.native()), format_size(check.orphaned[i].size));
  });
  return check.missing.empty() && check.wrong.empty() ? ExitCode::done : ExitCode::failed;
}

}  // namespace ferry::format
