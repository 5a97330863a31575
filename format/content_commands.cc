// SPDX-License-Identifier: Apache-2.0
#include "format/content_commands.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

struct ContentOptions {
  std::vector<std::string> places;
  bool copy = false;
  bool all_files = false;
  bool forget = false;
};

// Files in the order of their names, those of folders over all levels; links are not followed.
std::vector<fs::path> files_in(const std::vector<std::string>& places) {
  std::vector<fs::path> files;
  for (const std::string& place : places) {
    std::error_code error;
    if (!fs::exists(place, error)) throw NotFoundError(fmt::format("there is no file or folder {}", quote(place)));
    if (!fs::is_directory(place, error)) {
      files.emplace_back(place);
      continue;
    }
    try {
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(place)) {
        if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
      }
    } catch (const fs::filesystem_error& failure) {
      throw io_error("read directory", failure.path1().native(), failure.code().value());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct AddCounts {
  std::uint64_t taken = 0;
  std::uint64_t bytes = 0;
  std::uint64_t known = 0;
  std::uint64_t unnamed = 0;
  std::vector<std::string> failures;
};

AddCounts add_files(const Console& console, const Point& point, Catalog& catalog, const ContentOptions& options) {
  const std::vector<fs::path> files = files_in(options.places);
  std::uint64_t total = 0;
  std::error_code ignored;
  for (const fs::path& file : files) total += fs::file_size(file, ignored);
  Progress progress(console, "reading", total, "B");
  const ContentStore store = point.content();
  AddCounts counts;
  const auto is_wanted = [&](const ContentFile& file) { return options.all_files || is_named(catalog, file); };
  for (const fs::path& file : files) {
    try {
      const ContentStore::Taken taken =
          store.take(file, !options.copy, is_wanted, [&progress](std::uint64_t bytes) { progress.advance(bytes); });
      if (!taken.is_wanted) {
        ++counts.unnamed;
        continue;
      }
      const bool is_new = !find_content(catalog, taken.file.sha256);
      add_content(catalog, taken.file, SystemClock().now());
      counts.taken += is_new ? 1U : 0U;
      counts.known += is_new ? 0U : 1U;
      counts.bytes += is_new ? taken.file.size : 0U;
    } catch (const Error& error) {
      if (error.code() == ExitCode::no_space) throw;
      counts.failures.push_back(fmt::format("{}: {}", quote(file.native()), error.what()));
    }
  }
  return counts;
}

ExitCode add(const Console& console, const std::string& point_option, const ContentOptions& options) {
  const Point point(Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  Catalog catalog = point.open_catalog(Database::Mode::read_write);
  const AddCounts counts = add_files(console, point, catalog, options);
  const Json json{{"taken", counts.taken},     {"bytes", counts.bytes},       {"known", counts.known},
                  {"unnamed", counts.unnamed}, {"failures", counts.failures}, {"version", 1}};
  console.note(point.audit(SystemClock(), "content add", json));
  console.emit(json);
  for (const std::string& failure : counts.failures) console.warn(failure);
  console.say(fmt::format("{} taken in, {}; {} were here already", counted(counts.taken, "file", "files"),
                          format_size(counts.bytes), format_count(counts.known)));
  if (counts.unnamed > 0)
    console.say(fmt::format("{} left out: no update names them (--all-files takes them too)",
                            counted(counts.unnamed, "file", "files")));
  if (!counts.failures.empty()) return ExitCode::incomplete;
  return counts.taken + counts.known > 0 ? ExitCode::done : ExitCode::nothing_to_do;
}

struct ContentFinding {
  ContentFile file;
  std::string what;
};

// Reads every file that the catalog knows; what lies in the store beyond it is told as well.
std::vector<ContentFinding> check_files(const Console& console, const Point& point, Catalog& catalog,
                                        std::vector<std::string>& strangers) {
  const ContentStore store = point.content();
  std::vector<ContentFile> known;
  std::uint64_t total = 0;
  visit_content(catalog, [&](const ContentFile& file) {
    known.push_back(file);
    total += file.size;
  });
  Progress progress(console, "reading", total, "B");
  std::vector<ContentFinding> findings;
  for (const ContentFile& file : known) {
    try {
      const auto found = store.read(file.sha256, [&progress](std::uint64_t bytes) { progress.advance(bytes); });
      if (!found) {
        findings.push_back({file, "is missing"});
      } else if (found->sha256 != file.sha256) {
        findings.push_back({file, "has other bytes, with digest " + found->sha256.hex()});
      }
    } catch (const Error& error) {
      findings.push_back({file, error.what()});
    }
  }
  const auto is_known = [&known](const Digest& digest) {
    return std::binary_search(known.begin(), known.end(), ContentFile{digest, {}, 0},
                              [](const ContentFile& a, const ContentFile& b) { return a.sha256 < b.sha256; });
  };
  store.visit(
      [&](const Digest& digest, std::uint64_t) {
        if (!is_known(digest)) strangers.push_back(store.path_of(digest).native());
      },
      [&](const fs::path& path) {
        // A download that was cut off; the next 'fetch' goes on with it or removes it.
        if (!path.filename().native().starts_with(".fetch-")) strangers.push_back(path.native());
      });
  return findings;
}

ExitCode check(const Console& console, const std::string& point_option, const ContentOptions& options) {
  const Point point(Point::choose_directory(point_option));
  std::optional<FileLock> lock;
  if (options.forget) lock.emplace(point.lock());
  Catalog catalog = point.open_catalog(options.forget ? Database::Mode::read_write : Database::Mode::read_only);
  std::vector<std::string> strangers;
  const std::vector<ContentFinding> findings = check_files(console, point, catalog, strangers);
  Json list = Json::array();
  for (const ContentFinding& finding : findings) {
    list.push_back(Json{{"sha256", finding.file.sha256.hex()}, {"size", finding.file.size}, {"finding", finding.what}});
    console.say(fmt::format("content {} {}", finding.file.sha256.hex(), for_terminal(finding.what, 500)));
    if (!options.forget) continue;
    point.content().remove(finding.file.sha256);
    forget_content(catalog, finding.file.sha256);
  }
  for (const std::string& path : strangers)
    console.say(fmt::format("{} belongs to nothing that the catalog knows", for_terminal(path, 4096)));
  const Json json{{"version", 1}, {"findings", list}, {"strangers", strangers}, {"forgotten", options.forget}};
  if (options.forget && !findings.empty()) console.note(point.audit(SystemClock(), "content check", json));
  console.emit(json);
  if (findings.empty()) {
    console.say("every payload file is sound");
    return ExitCode::done;
  }
  console.say(options.forget ? "forgotten; 'content add' or a bundle brings them again"
                             : "'content check --forget' takes them out, so that they can come again");
  return ExitCode::failed;
}

ExitCode status(const Console& console, const std::string& point_option) {
  const Point point(Point::choose_directory(point_option));
  Catalog catalog = point.open_catalog(Database::Mode::read_only);
  Json list = Json::array();
  Table table({"feed", "policy", "files", "size", "missing", "size missing"});
  for (const std::size_t column : {2U, 3U, 4U, 5U}) table.right_align(column);
  for (const FeedContent& content : feed_contents(point, catalog)) {
    list.push_back(to_json(content));
    table.row({content.feed.name, content.policy.kind, format_count(content.files), format_size(content.bytes),
               format_count(content.missing.size()), format_size(content.missing_bytes)});
  }
  console.emit(Json{{"version", 1}, {"feeds", list}});
  if (table.empty()) {
    console.say("no feed carries payload files");
  } else {
    table.print(console);
  }
  return ExitCode::done;
}

}  // namespace

ContentPolicy policy_of(Catalog& catalog, const PointConfig& config, const Feed& feed) {
  if (feed.imported) return feed_policy(catalog, feed);
  for (const FeedDefinition& definition : config.feeds) {
    if (definition.name == feed.name) return {definition.content, definition.languages, config.import.approvals};
  }
  return {};  // taken out of point.toml: carries nothing more
}

std::vector<FeedContent> feed_contents(const Point& point, Catalog& catalog) {
  const PointConfig config = point.config();
  const ContentStore store = point.content();
  std::vector<FeedContent> contents;
  for (const Feed& feed : list_feeds(catalog)) {
    FeedContent content;
    content.feed = feed;
    content.policy = policy_of(catalog, config, feed);
    if (content.policy.kind == "none") continue;
    visit_wanted(catalog, feed, content.policy, [&](const WantedFile& file) {
      ++content.files;
      content.bytes += file.size;
      if (file.held && store.holds(file.held->sha256, file.held->size)) return;
      content.missing_bytes += file.size;
      content.missing.push_back(file);
    });
    contents.push_back(std::move(content));
  }
  return contents;
}

Json to_json(const FeedContent& content) {
  return Json{
      {"feed", content.feed.name}, {"policy", content.policy.kind},     {"files", content.files},
      {"bytes", content.bytes},    {"missing", content.missing.size()}, {"missing_bytes", content.missing_bytes}};
}

Json to_json(const WantedFile& file) {
  return Json{{"name", file.name},
              {"size", file.size},
              {"sha1", to_hex(file.sha1)},
              {"sha256", file.sha256 ? Json(file.sha256->hex()) : Json(nullptr)},
              {"url", file.url},
              {"is_eula", file.is_eula},
              {"update", file.update.text()}};
}

std::string describe(const WantedFile& file) {
  return fmt::format("{}  {}  of {}", for_terminal(file.name, 80), format_size(file.size),
                     for_terminal(file.title, 90));
}

std::vector<std::string> describe_first(const std::vector<WantedFile>& files) {
  constexpr std::size_t most = 20;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < files.size() && i < most; ++i) lines.push_back("  " + describe(files[i]));
  if (files.size() > most)
    lines.push_back(fmt::format("  … and {} more (--json lists all)", format_count(files.size() - most)));
  return lines;
}

void add_content_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  const std::string& name = program.app().get_name();
  CLI::App& group = program.command_group("content", "Payload files: take in, check, count");
  auto added = std::make_shared<ContentOptions>();
  CLI::App& add_command =
      program.command_in(group, "add", "Take in payload files from folders, such as a WsusContent tree",
                         name + " content add /srv/WsusContent",
                         [&console, &point_option, added] { return add(console, point_option, *added); });
  add_command.add_option("path", added->places, "Files, or folders with files, over all levels")
      ->type_name("PATH")
      ->required();
  add_command.add_flag("--copy", added->copy, "Copy, where a reflink cannot be had; do not link");
  add_command.add_flag("--all-files", added->all_files, "Also files that no update here names");
  auto checked = std::make_shared<ContentOptions>();
  CLI::App& check_command =
      program.command_in(group, "check", "Read every payload file and compare its digest", name + " content check",
                         [&console, &point_option, checked] { return check(console, point_option, *checked); });
  check_command.add_flag("--forget", checked->forget, "Take out what is damaged, so that it can come again");
  program.command_in(group, "status", "What each feed carries of payload files, and how much is missing here",
                     name + " content status", [&console, &point_option] { return status(console, point_option); });
}

}  // namespace ferry::format
