// SPDX-License-Identifier: Apache-2.0
#include "format/backup_command.h"

#include <memory>

#include <fmt/format.h>

#include "common/fault.h"
#include "common/text.h"
#include "format/point.h"
#include "format/point_status.h"

namespace ferry::format {

namespace fs = std::filesystem;

namespace {

struct BackupOptions {
  std::string file;
  bool force = false;
};

// A name that a backup may get. What stands there must be a file, and none of the point's own.
void check_target(const Point& point, const fs::path& target, bool force) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (!fs::exists(status)) return;
  if (!fs::is_regular_file(status))
    throw UsageError(fmt::format("{} is not a regular file; name the file to write", quote(target.native())));
  for (const char* end : {"", "-wal", "-shm"}) {
    if (fs::equivalent(target, point.catalog_path().native() + end, error))
      throw UsageError(fmt::format("{} is the catalog itself; name another file", quote(target.native())));
  }
  if (!force)
    throw UsageError(
        fmt::format("{} is there already; name another file, or replace it with --force", quote(target.native())));
}

// What the copy says of itself when it is read from the disk again.
struct Copy {
  std::uint64_t bytes = 0;
  Json feeds;
};
Copy read_back(const Console& console, const Point& point, const fs::path& path) {
  Copy read;
  std::string fault;
  try {
    Catalog copy = Catalog::open(path, Database::Mode::at_rest);
    const std::vector<std::string> findings = copy.check_structure();
    for (const std::string& finding : findings) console.warn(for_terminal(finding, 2000));
    if (!findings.empty()) fault = "is not sound";
    read = {copy.database().size().bytes, to_json(feed_states(copy))};
  } catch (const IoError& error) {
    fault = fmt::format("cannot be read back ({})", error.what());
  }
  if (fault.empty()) return read;
  throw IoError(
      fmt::format("the copy of catalog {} {}: the catalog or the disk is damaged, nothing was written; run "
                  "'check', and if it finds something, {}",
                  quote(point.catalog_path().native()), fault, restore_hint));
}

ExitCode backup(const Console& console, const std::string& point_option, const BackupOptions& options) {
  const Point point(Point::choose_directory(point_option));
  const fs::path target = fs::absolute(options.file);
  check_target(point, target, options.force);
  // Not the point's lock: a backup must not wait for an import, nor an import for it.
  const FileLock lock(point.directory() / "lock.backup", "the backup of point " + quote(point.directory().native()));
  Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const std::uint64_t expected = catalog.database().size().bytes;
  require_space(target.parent_path(), expected, "copying catalog " + quote(point.catalog_path().native()));
  AtomicFile file(target, 0640);
  {
    Progress progress(console, "copying", expected, "B");
    catalog.database().copy_to(file.partial(), [&progress](std::uint64_t bytes) { progress.advance(bytes); });
  }
  fault_point("backup: copied");
  file.seal();
  const Copy copy = read_back(console, point, file.partial());
  check_target(point, target, options.force);
  file.publish();
  fault_point("backup: published");
  console.emit(Json{{"version", 1}, {"file", target.native()}, {"bytes", copy.bytes}, {"feeds", copy.feeds}});
  console.say(fmt::format("wrote {}: {}, read back and sound", quote(target.native()), format_size(copy.bytes)));
  for (const Json& feed : copy.feeds)
    console.say(fmt::format("  feed {} at generation {}", quote(feed["name"].get<std::string>()),
                            feed["generation"].get<std::uint64_t>()));
  console.say("point.toml, trust/ and keys/ are not in it; README, \"Backup and restore\", says what to copy");
  return ExitCode::done;
}

}  // namespace

void add_backup_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  const std::string& name = program.app().get_name();
  auto options = std::make_shared<BackupOptions>();
  CLI::App& command = program.command(
      "backup", "Copy the catalog to a file while others may use it", name + " backup /srv/backup/catalog.db",
      [&console, &point_option, options] { return backup(console, point_option, *options); });
  command.add_option("file", options->file, "File to write")->type_name("FILE")->required();
  command.add_flag("--force", options->force, "Replace a file that is there");
}

}  // namespace ferry::format
