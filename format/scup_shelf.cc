// SPDX-License-Identifier: Apache-2.0
#include "format/scup_shelf.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/catalog/outgoing.h"

namespace ferry::format {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view v2_stem = "catalog";
constexpr std::string_view v1_stem = "catalog-v1";
constexpr std::string_view cabinet_extension = ".cab";
constexpr std::string_view shelf_lock = "lock";
constexpr std::size_t state_digits = 24;
// What fails for want of room or because a cabinet cannot hold it fails again a moment later.
constexpr std::chrono::minutes retry_pause{5};

// Thrown through the writer when the server stops; nothing else may catch it.
struct ShelfStopped {};

std::string_view stem_of(ScupForm form) { return form == ScupForm::v1 ? v1_stem : v2_stem; }

std::optional<ScupForm> form_of(std::string_view stem) {
  if (stem == v2_stem) return ScupForm::v2;
  if (stem == v1_stem) return ScupForm::v1;
  return {};
}

// Names what the cabinet is made of. Names of feeds hold no line ends.
std::string state_of_feeds(const std::vector<ServedFeed>& feeds) {
  std::string text;
  for (const ServedFeed& served : feeds)
    text += fmt::format("{} {} {}\n", served.feed.lineage.text(), served.feed.generation, served.feed.state.hex());
  return sha256(text).hex().substr(0, state_digits);
}

std::optional<HttpFile> open_cabinet(const fs::path& path, std::string_view state) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat found {};
  if (!fd.is_open() || ::fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode)) return {};
  HttpFile file{std::move(fd), static_cast<std::uint64_t>(found.st_size), {}};
  // The time is in it, since the same state written by another version of the program may have other bytes.
  file.validators.tag = fmt::format("\"{}-{:x}-{:x}\"", state, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
  file.validators.modified = Time{found.st_mtim.tv_sec};
  return file;
}

// Of a process that died while it held the lock.
void remove_leftovers(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> hidden;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().native().starts_with('.')) hidden.push_back(at->path());
  }
  for (const fs::path& one : hidden) fs::remove_all(one, error);
}

std::string shown_name(const std::string& feed) { return feed.empty() ? "all feeds" : "feed " + quote(feed); }

}  // namespace

ScupShelf::ScupShelf(CatalogPool& catalogs, ScupShelfOptions options)
    : catalogs_(catalogs), options_(std::move(options)) {
  entries_[Name{}];
  worker_ = std::thread([this] { work(); });
}

ScupShelf::~ScupShelf() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stops_ = true;
  }
  wake_.notify_all();
  worker_.join();
}

std::optional<ScupShelf::Name> ScupShelf::parse_name(std::string_view name) {
  if (!name.ends_with(cabinet_extension)) return {};
  name.remove_suffix(cabinet_extension.size());
  const auto slash = name.find('/');
  const auto form = form_of(slash == std::string_view::npos ? name : name.substr(slash + 1));
  if (!form || slash == 0) return {};
  return Name{slash == std::string_view::npos ? "" : std::string(name.substr(0, slash)), *form};
}

// "catalog_STATE.cab", "catalog_STATE_FEED.cab".
fs::path ScupShelf::file_of(const Name& name, std::string_view state) const {
  return options_.folder / fmt::format("{}_{}{}{}{}", stem_of(name.form), state, name.feed.empty() ? "" : "_",
                                       name.feed, cabinet_extension);
}

std::optional<ScupShelf::Name> ScupShelf::parse_file(const fs::path& file) {
  const std::string text = file.filename().native();
  if (!text.ends_with(cabinet_extension)) return {};
  const auto parts = split(std::string_view(text).substr(0, text.size() - cabinet_extension.size()), '_');
  const auto form = form_of(parts.front());
  if (!form || parts.size() < 2 || parts.size() > 3 || parts[1].size() != state_digits) return {};
  return Name{parts.size() == 3 ? std::string(parts[2]) : "", *form};
}

std::vector<ServedFeed> ScupShelf::feeds_of(Catalog& catalog, const Name& name) const {
  std::vector<ServedFeed> feeds = served_feeds(catalog, options_.own_feeds);
  if (!name.feed.empty())
    std::erase_if(feeds, [&name](const ServedFeed& served) { return served.feed.name != name.feed; });
  return feeds;
}

ScupShelf::Found ScupShelf::find(std::string_view text) {
  const auto name = parse_name(text);
  if (!name) return {};
  std::string state;
  {
    const CatalogPool::Loan catalog = catalogs_.lend();
    const std::vector<ServedFeed> feeds = feeds_of(*catalog, *name);
    if (feeds.empty() && !name->feed.empty()) return {};
    state = state_of_feeds(feeds);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  const Entry& entry = entries_[*name];
  const bool is_current = entry.made_for == state;
  if (is_current && entry.file.empty()) return {State::empty, {}};
  auto file = entry.file.empty() ? std::nullopt : open_cabinet(entry.file, entry.made_for);
  if (!is_current || !file) {
    is_awake_ = true;
    wake_.notify_all();
  }
  if (file) return {State::here, std::move(file)};
  return {entry.failed_for == state ? State::failed : State::being_made, {}};
}

bool ScupShelf::is_stopping() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stops_;
}

void ScupShelf::work() {
  take_stock();
  while (true) {
    std::vector<Name> names;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait_for(lock, options_.look_every, [this] { return is_awake_ || stops_; });
      if (stops_) return;
      is_awake_ = false;
      for (const auto& [name, entry] : entries_) names.push_back(name);
    }
    for (const Name& name : names) {
      if (!is_stopping()) follow(name);
    }
  }
}

// What an earlier process was asked for is wanted still.
void ScupShelf::take_stock() {
  std::error_code error;
  for (fs::directory_iterator at(options_.folder, error), end; !error && at != end; at.increment(error)) {
    const auto name = parse_file(at->path());
    const std::lock_guard<std::mutex> lock(mutex_);
    if (name) entries_[*name];
  }
}

bool ScupShelf::is_due(const Name& name, const std::string& state) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Entry& entry = entries_[name];
  if (entry.made_for == state) return !entry.file.empty() && !file_exists(entry.file);
  return entry.failed_for != state || std::chrono::steady_clock::now() >= entry.try_after;
}

void ScupShelf::follow(const Name& name) {
  std::string state;
  try {
    const CatalogPool::Loan loan = catalogs_.lend();
    Catalog& catalog = *loan;
    const Snapshot snapshot(catalog.database());
    std::vector<ServedFeed> feeds = feeds_of(catalog, name);
    state = state_of_feeds(feeds);
    if (!is_due(name, state)) return;
    const Serving serving(catalog, std::move(feeds));
    const fs::path file = file_of(name, state);
    settle(name, state, file_exists(file) || make(catalog, file, name.form) ? file : fs::path());
    last_report_.clear();
  } catch (const ShelfStopped&) {
    // Nothing is left of it.
  } catch (const Error& error) {
    if (error.code() == ExitCode::locked) return;  // another server of this point makes one; the next look finds it
    report(name, error.what());
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_[name].failed_for = state;
    entries_[name].try_after = std::chrono::steady_clock::now() + retry_pause;
  } catch (const std::exception& error) {
    report(name, error.what());
  }
}

// False where there is nothing to write.
bool ScupShelf::make(Catalog& catalog, const fs::path& file, ScupForm form) {
  const std::vector<OutgoingPackage> packages = outgoing_packages(catalog);
  if (packages.empty()) return false;
  make_directories(options_.folder);
  const FileLock lock(options_.folder / shelf_lock, "the folder of SCUP catalogs");
  remove_leftovers(options_.folder);
  const WrittenScup written = write_scup_catalog(catalog, packages, file, form, [this](std::uint64_t) {
    if (is_stopping()) throw ShelfStopped{};
  });
  if (!written.left_out.empty())
    options_.report(fmt::format(
        "{}: {} left out, such as {}: not in UTF-8, which a V1 catalog is as a whole", file.filename().native(),
        counted(written.left_out.size(), "package is", "packages are"), written.left_out.front().update.text()));
  return true;
}

void ScupShelf::settle(const Name& name, const std::string& state, const fs::path& file) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Entry& entry = entries_[name];
    entry.made_for = state;
    entry.file = file;
    entry.failed_for.clear();
  }
  // Who is being sent an older one has it open.
  std::error_code error;
  std::vector<fs::path> older;
  for (fs::directory_iterator at(options_.folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path() != file && parse_file(at->path()) == name) older.push_back(at->path());
  }
  for (const fs::path& one : older) fs::remove(one, error);
}

void ScupShelf::report(const Name& name, std::string_view trouble) {
  std::string text = fmt::format("the SCUP catalog of {}, form {}, cannot be made: {}", shown_name(name.feed),
                                 name.form == ScupForm::v1 ? "V1" : "V2", trouble);
  if (text == last_report_) return;
  options_.report(text);
  last_report_ = std::move(text);
}

}  // namespace ferry::format
