// SPDX-License-Identifier: Apache-2.0
#include "format/point.h"

#include <cstdlib>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/manifest.h"
#include "format/run.h"

namespace ferry::format {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t max_config_bytes = 1024ULL * 1024;

// "there is no feed 'x' in point.toml; it names 'a', 'b'": what a person who mistyped needs to see.
template <typename Named>
const Named& find_named(const std::vector<Named>& all, std::string_view wanted, std::string_view what) {
  std::string names;
  for (const Named& one : all) {
    if (one.name == wanted) return one;
    names += (names.empty() ? "" : ", ") + quote(one.name);
  }
  throw NotFoundError(
      fmt::format("there is no {} {} in point.toml; it names {}", what, quote(wanted), names.empty() ? "none" : names));
}

}  // namespace

const FeedDefinition& PointConfig::feed(std::string_view wanted) const { return find_named(feeds, wanted, "feed"); }

const SiteConfig& PointConfig::site(std::string_view wanted) const { return find_named(sites, wanted, "site"); }

const SourceConfig& PointConfig::source(std::string_view wanted) const { return find_named(sources, wanted, "source"); }

Point::Point(fs::path directory) : directory_(std::move(directory)) {
  std::error_code ignored;
  if (!fs::exists(catalog_path(), ignored))
    throw NotFoundError(
        fmt::format("there is no point in {}; make one with 'init', or name it with --point or "
                    "FERRY_POINT",
                    quote(directory_.native())));
}

fs::path Point::choose_directory(const std::string& option) {
  if (!option.empty()) return fs::absolute(option);
  if (const char* variable = std::getenv("FERRY_POINT"); variable != nullptr && *variable != '\0')
    return fs::absolute(variable);
  return "/var/lib/ferry";
}

Point Point::create(const fs::path& directory, std::string_view name, std::string_view config_text) {
  if (const auto problem = name_problem(name))
    throw UsageError(fmt::format("point name {}: {}", quote(name), *problem));
  for (const char* part : {"", "content", "trust", "trust/followed", "keys", "log", "spool"}) {
    std::error_code ignored;
    const bool is_new = !fs::exists(directory / part, ignored);
    make_directories(directory / part);
    // Whatever the umask is: who can write here can put another catalog in place.
    if (is_new) fs::permissions(directory / part, fs::perms::others_write, fs::perm_options::remove);
  }
  fs::permissions(directory / "keys", fs::perms::owner_all);
  fs::permissions(directory / "spool", fs::perms::owner_all);
  const fs::path config = directory / "point.toml";
  std::error_code ignored;
  Catalog::create(directory / "catalog.db", name).database().checkpoint();
  if (!fs::exists(config, ignored)) write_file(config, config_text);
  sync_directory(directory);
  return Point(directory);
}

PointConfig Point::config() const { return parse_config(read_file(config_path(), max_config_bytes), directory_); }

Catalog Point::open_catalog(Database::Mode mode) const { return Catalog::open(catalog_path(), mode); }

FileLock Point::lock() const {
  // Before the lock is taken: that it is held by another is news of a run too.
  Run::current().wants(directory_);
  FileLock lock(directory_ / "lock", "point " + quote(directory_.native()));
  // Only the holder of the lock writes into the spool, so whatever is in it now is of a run that died. Bundles of
  // which volumes were read or written already are gone on with.
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_ / "spool", ignored)) {
    const std::string name = entry.path().filename().native();
    if (!name.starts_with("bundle-") && !name.starts_with("export-") && !name.starts_with("fetched-"))
      fs::remove_all(entry.path(), ignored);
  }
  Run::current().start();
  return lock;
}

TempDir Point::spool(std::string_view purpose) const {
  make_directories(directory_ / "spool");
  return TempDir(directory_ / "spool", std::string(purpose) + "-");
}

fs::path Point::fetched_path(std::string_view source) const {
  make_directories(directory_ / "spool");
  return directory_ / "spool" / fmt::format("fetched-{}.db", source);
}

std::optional<std::string> Point::audit(const Clock& clock, std::string_view event, const Json& fields) const {
  auto problem = append_event(directory_, clock, event, fields);
  if (problem) Run::current().set_told();
  return problem;
}

}  // namespace ferry::format
