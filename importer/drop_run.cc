// SPDX-License-Identifier: Apache-2.0
#include "importer/drop_run.h"

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/catalog/journal.h"
#include "importer/staging.h"

namespace ferry::importer {
namespace {

namespace fs = std::filesystem;

// Longer than a copy over a slow line pauses; a copy that keeps the time of its original shows it only when it is done.
constexpr std::chrono::minutes settling_time{15};

bool is_final(const std::string& result) { return result == "applied" || result == "already"; }

// The name that a volume's bundle has by the file's own name.
std::string bundle_by_name(const std::string& volume) { return volume.substr(0, volume.rfind("_v")); }

class DropRun {
 public:
  DropRun(const Console& console, const format::Point& point, const DropOptions& options, const Clock& clock)
      : console_(console),
        point_(point),
        config_(point.config()),
        catalog_(point.open_catalog(Database::Mode::read_write)),
        options_(options),
        clock_(clock) {}

  DropReport run() {
    open_folder();
    clear_old_stagings(point_, catalog_);
    catalog_.require_sound();
    look();
    const std::vector<fs::path> files = choose();
    if (!files.empty()) import(files);
    if (config_.schedule.removes_applied) remove_applied();
    remember();
    return std::move(report_);
  }

 private:
  void open_folder();
  void look();
  void look_at(const fs::path& file, const std::map<std::string, format::DropFile>& known);
  std::vector<fs::path> choose();
  bool is_settled(DropEntry& entry);
  void import(const std::vector<fs::path>& files);
  void take_attempt(const Attempt& attempt);
  void take_unreadable(const format::UnreadableVolume& volume);
  void set(DropEntry& entry, std::string result, ExitCode code, const std::string& error);
  [[nodiscard]] bool is_arriving(const DropEntry& entry, ExitCode code) const;
  [[nodiscard]] Digest context(const DropEntry& entry) const;
  void remove_applied();
  void remember();

  const Console& console_;
  const format::Point& point_;
  format::PointConfig config_;
  format::Catalog catalog_;
  const DropOptions& options_;
  const Clock& clock_;
  DropReport report_;
  std::map<Digest, std::size_t> remembered_;     // files of a bundle that the last run saw
  std::map<std::string, FileState> companions_;  // signatures and parity files in the folder
  std::string state_;                            // of the site, before this run
};

void DropRun::open_folder() {
  report_.folder = drop_folder_of(config_);
  std::error_code error;
  if (!fs::is_directory(report_.folder, error))
    throw NotFoundError(
        fmt::format("there is no drop folder {}; mount it or make it, then run again", quote(report_.folder.native())));
}

// What is there, put together to bundles; only files that are new or were written to are opened.
void DropRun::look() {
  std::map<std::string, format::DropFile> known;
  if (!options_.forget) {
    for (format::DropFile& file : format::list_drop_files(catalog_)) {
      if (file.manifest) ++remembered_[*file.manifest];
      known.emplace(file.name, std::move(file));
    }
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(report_.folder)) {
    const fs::path extension = entry.path().extension();
    if (extension != format::signature_extension && extension != format::parity_extension) continue;
    if (const auto state = file_state(entry.path())) companions_.emplace(entry.path().filename().native(), *state);
  }
  for (const format::Feed& feed : format::list_feeds(catalog_)) {
    if (feed.imported)
      state_ += fmt::format("{} {} {} {}\n", feed.lineage.text(), feed.generation, feed.state.hex(), feed.epoch);
  }
  state_ += fmt::format("{} {} {} {} {}\n", format::trust_files(catalog_).size(), config_.import.max_removals,
                        config_.time.trusts_clock, config_.time.max_age_days, config_.time.judges_certificates_now);
  for (const fs::path& file : format::volumes_in({report_.folder})) look_at(file, known);
}

void DropRun::look_at(const fs::path& path, const std::map<std::string, format::DropFile>& known) {
  const auto state = file_state(path);
  if (!state) return;  // it went away meanwhile
  format::DropFile file;
  file.name = path.filename().native();
  file.size = state->size;
  file.modified = state->modified;
  const auto before = known.find(file.name);
  const bool is_known =
      before != known.end() && before->second.size == file.size && before->second.modified == file.modified;
  if (is_known) {
    file = before->second;
  } else {
    try {
      file.manifest = sha256(format::VolumeReader(path).front().manifest.bytes);
    } catch (const Error&) {
      file.manifest = {};  // the import says what is wrong with it
    }
  }
  const auto same = std::find_if(report_.entries.begin(), report_.entries.end(), [&file](const DropEntry& entry) {
    return file.manifest && entry.files.front().manifest == file.manifest;
  });
  DropEntry& entry = same != report_.entries.end() ? *same : report_.entries.emplace_back();
  if (entry.result.empty() && before != known.end() && before->second.manifest == file.manifest) {
    entry.result = before->second.result;
    entry.code = static_cast<ExitCode>(before->second.code);
    entry.error = before->second.error;
    entry.bundle = before->second.bundle;
  }
  entry.is_news |= !is_known;
  entry.files.push_back(std::move(file));
}

// The bundles that have to be tried. Until then `is_news` says that files changed.
std::vector<fs::path> DropRun::choose() {
  std::vector<fs::path> files;
  for (DropEntry& entry : report_.entries) {
    if (is_settled(entry)) continue;
    for (const format::DropFile& file : entry.files) files.push_back(report_.folder / file.name);
  }
  return files;
}

bool DropRun::is_settled(DropEntry& entry) {
  const auto& manifest = entry.files.front().manifest;
  const bool has_changed = entry.is_news || (manifest && remembered_[*manifest] != entry.files.size());
  entry.is_news = false;
  if (!options_.forget && manifest && format::is_undone(catalog_, *manifest)) {
    set(entry, "undone", ExitCode::done, "its import was taken back; import it by hand, or run once with --forget");
    return true;
  }
  if (has_changed || entry.result == "undone") return false;
  return entry.result == "applied" || context(entry) == entry.files.front().context;
}

// What a result depends on besides the volumes themselves.
Digest DropRun::context(const DropEntry& entry) const {
  std::string text = entry.result + "\n";
  if (entry.code == ExitCode::failed || entry.code == ExitCode::no_space || is_arriving(entry, entry.code))
    return sha256(text + "try again at " + clock_.now().text());
  if (entry.result != "waiting" && entry.code != ExitCode::damaged) text += state_;
  if (entry.code == ExitCode::stale) text += clock_.now().text().substr(0, std::string_view("2026-11-25").size());
  const std::string name = bundle_by_name(entry.files.front().name);
  for (const auto& [companion, state] : companions_) {
    if (format::role_of(companion, name) != format::FileRole::none)
      text += fmt::format("{} {} {}\n", companion, state.size, state.modified);
  }
  return sha256(text);
}

// Written to so lately that what is wrong with it may be that it is not all there.
bool DropRun::is_arriving(const DropEntry& entry, ExitCode code) const {
  return code == ExitCode::damaged &&
         std::any_of(entry.files.begin(), entry.files.end(), [this](const format::DropFile& file) {
           return !is_older_than(report_.folder / file.name, settling_time);
         });
}

void DropRun::import(const std::vector<fs::path>& files) {
  ImportRequest request;
  request.time = config_.time;
  request.max_removals = config_.import.max_removals;
  request.again = options_.again;
  const ImportRun run(console_, point_, catalog_, files, request, {report_.folder});
  say_repairs(console_, run);
  report_.repaired = repairs_json(run);
  for (const format::UnreadableVolume& volume : run.unreadable()) take_unreadable(volume);
  for (const Attempt& attempt : run.attempts()) take_attempt(attempt);
}

void DropRun::set(DropEntry& entry, std::string result, ExitCode code, const std::string& error) {
  entry.is_news = entry.result != result || entry.code != code;
  entry.result = std::move(result);
  entry.code = code;
  entry.error = error;
  for (format::DropFile& file : entry.files) {
    file.context = context(entry);
    file.examined = clock_.now();
  }
}

void DropRun::take_attempt(const Attempt& attempt) {
  const Digest manifest = sha256(attempt.bundle->front().manifest.bytes);
  const auto found = std::find_if(report_.entries.begin(), report_.entries.end(), [&manifest](const DropEntry& entry) {
    return entry.files.front().manifest == manifest;
  });
  if (found == report_.entries.end()) return;  // repaired beside those that were to be tried, and applied before
  DropEntry& entry = *found;
  if (attempt.verified) entry.bundle = attempt.verified->bundle_name;
  std::string result = "refused";
  if (attempt.imported) {
    result = "applied";
  } else if (attempt.code == ExitCode::already_applied) {
    result = "already";
  } else if ((attempt.lacks_volumes && !attempt.has_faults) || is_arriving(entry, attempt.code)) {
    result = "waiting";
  } else if (attempt.code == ExitCode::wrong_recipient && attempt.verified) {
    const auto& recipients = attempt.verified->recipients;
    const std::string site = catalog_.setting("site").value_or("");
    if (!recipients.empty() && std::find(recipients.begin(), recipients.end(), site) == recipients.end())
      result = "other-site";
  }
  set(entry, result, attempt.code, attempt.error);
  // What ails the machine is told until it is mended.
  entry.is_news |= attempt.code == ExitCode::failed || attempt.code == ExitCode::no_space;
  entry.json = to_json(attempt);
  if (entry.is_news && (attempt.imported || result == "refused")) say_attempt(console_, attempt, false);
}

void DropRun::take_unreadable(const format::UnreadableVolume& volume) {
  const std::string name = volume.path.filename().native();
  for (DropEntry& entry : report_.entries) {
    const auto file = std::find_if(entry.files.begin(), entry.files.end(),
                                   [&name](const format::DropFile& other) { return other.name == name; });
    if (file == entry.files.end()) continue;
    // A volume whose front is not that of its bundle, or that was whole a moment ago, stands alone from now on.
    if (entry.files.size() > 1) {
      DropEntry alone;
      alone.files.push_back(std::move(*file));
      entry.files.erase(file);
      report_.entries.push_back(std::move(alone));
      return take_unreadable(volume);
    }
    set(entry, is_arriving(entry, volume.code) ? "waiting" : "refused", volume.code, volume.error);
    entry.json = to_json(volume);
    if (entry.is_news && entry.result == "refused") console_.warn(fmt::format("{}: {}", quote(name), volume.error));
    return;
  }
}

// What is left of a bundle that is in the catalog is not worth a failure: a folder may be read-only.
void DropRun::remove_applied() {
  for (DropEntry& entry : report_.entries) {
    if (!is_final(entry.result)) continue;
    std::error_code error;
    bool all = true;
    for (const format::DropFile& file : entry.files) {
      const fs::path path = report_.folder / file.name;
      const bool is_same = file_state(path) == FileState{file.size, file.modified};
      all &= is_same && fs::remove(path, error);
    }
    if (!all) continue;
    entry.is_removed = true;
    const std::string name = bundle_by_name(entry.files.front().name);
    for (const auto& [companion, state] : companions_) {
      if (format::role_of(companion, name) != format::FileRole::none) fs::remove(report_.folder / companion, error);
    }
    fs::remove(report_.folder / format::change_page_name(name), error);
  }
}

void DropRun::remember() {
  std::vector<format::DropFile> files;
  for (const DropEntry& entry : report_.entries) {
    if (entry.is_removed || entry.result.empty()) continue;
    for (format::DropFile file : entry.files) {
      file.bundle = entry.bundle;
      file.result = entry.result;
      file.code = static_cast<int>(entry.code);
      file.error = entry.error;
      files.push_back(std::move(file));
    }
  }
  Transaction transaction(catalog_.database());
  format::replace_drop_files(catalog_, files);
  fault_point("run: before the drop folder is remembered");
  transaction.commit();
  catalog_.database().checkpoint();
}

}  // namespace

fs::path drop_folder_of(const format::PointConfig& config) {
  if (config.schedule.drop_folder.empty())
    throw UsageError("point.toml says no drop-folder in [schedule]; add the folder to look at");
  return config.schedule.drop_folder;
}

std::size_t DropReport::count(std::string_view result) const {
  return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [result](const DropEntry& entry) {
    return entry.is_news && entry.result == result;
  }));
}

ExitCode DropReport::code() const {
  ExitCode code = count("applied") > 0 ? ExitCode::done : ExitCode::nothing_to_do;
  bool is_refused = false;
  for (const DropEntry& entry : entries) {
    if (!entry.is_news || entry.result != "refused") continue;
    if (!is_refused || entry.code == ExitCode::trust) code = entry.code;
    is_refused = true;
  }
  return code;
}

DropReport run_drop_folder(const Console& console, const format::Point& point, const DropOptions& options,
                           const Clock& clock) {
  return DropRun(console, point, options, clock).run();
}

}  // namespace ferry::importer
