// SPDX-License-Identifier: Apache-2.0
#include "exporter/fetch_job.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "format/content_commands.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::string_view partial_prefix = ".fetch-";
constexpr std::string_view partial_suffix = ".partial";
constexpr std::chrono::seconds longest_pause{60};

// Documents that differ in size or SHA-256 name different files under one SHA-1; all but the first have a number.
fs::path partial_path(const format::Point& point, const std::string& sha1, std::size_t number) {
  return point.content().directory() / fmt::format("{}{}{}{}", partial_prefix, to_hex(sha1),
                                                   number == 0 ? "" : fmt::format("-{}", number), partial_suffix);
}

std::vector<fs::path> partial_paths(const format::Point& point, const std::vector<format::WantedFile>& files) {
  std::vector<fs::path> paths;
  std::map<std::string, std::size_t> seen;
  for (const format::WantedFile& file : files) paths.push_back(partial_path(point, file.sha1, seen[file.sha1]++));
  return paths;
}

std::uint64_t length_of(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t length = fs::file_size(path, error);
  return error ? 0 : length;
}

void remove_file(const fs::path& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
}

// One document may say the place, another the SHA-256.
bool is_same_file(const format::WantedFile& a, const format::WantedFile& b) {
  return a.sha1 == b.sha1 && a.size == b.size && (!a.sha256 || !b.sha256 || a.sha256 == b.sha256);
}

bool is_expected(const format::ContentFile& found, const format::WantedFile& wanted) {
  return found.size == wanted.size && found.sha1 == wanted.sha1 && (!wanted.sha256 || found.sha256 == *wanted.sha256);
}

std::string mismatch(const format::ContentFile& found, const format::WantedFile& wanted) {
  if (found.size != wanted.size) return fmt::format("found {} bytes, expected {}", found.size, wanted.size);
  if (found.sha1 != wanted.sha1)
    return fmt::format("found SHA-1 {}, expected {}", to_hex(found.sha1), to_hex(wanted.sha1));
  return fmt::format("found SHA-256 {}, expected {}", found.sha256.hex(), wanted.sha256->hex());
}

class Fetcher {
 public:
  Fetcher(const format::Point& point, format::Catalog& catalog, const FetchPlan& plan, const FetchOptions& options,
          const Clock& clock, const std::function<void(std::uint64_t)>& progress)
      : store_(point.content()),
        catalog_(catalog),
        options_(options),
        clock_(clock),
        client_(options.http, [this, &progress](std::size_t id, std::uint64_t length) {
          Task& task = tasks_[id];
          if (length > task.reached) progress(length - task.reached);  // bytes that come a second time do not count
          task.reached = std::max(task.reached, length);
        }) {
    const std::vector<fs::path> partials = partial_paths(point, plan.files);
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
      tasks_.push_back({plan.files[i], partials[i], options.retries, length_of(partials[i]), false, {}});
      waiting_.push_back(i);
    }
  }

  FetchReport run() {
    while (!waiting_.empty() || client_.active() > 0) {
      start_due();
      for (const HttpResult& result : client_.wait(std::chrono::milliseconds(200))) settle(result);
    }
    return std::move(report_);
  }

 private:
  struct Task {
    format::WantedFile file;
    fs::path partial;
    unsigned retries_left = 0;
    std::uint64_t reached = 0;  // the most that was there
    bool began_anew = false;    // since what was continued was wrong
    Steady::time_point not_before;
  };

  void start_due() {
    for (std::size_t looked_at = waiting_.size(); looked_at > 0 && client_.active() < options_.parallel; --looked_at) {
      const std::size_t id = waiting_.front();
      waiting_.pop_front();
      Task& task = tasks_[id];
      if (task.not_before > Steady::now()) {
        waiting_.push_back(id);
        continue;
      }
      const std::uint64_t length = length_of(task.partial);
      if (length > task.file.size) remove_file(task.partial);
      if (length > 0 && length == task.file.size) {
        finish(id, true);
      } else {
        client_.start({id, task.file.url, task.partial, task.file.size});
      }
    }
  }

  void settle(const HttpResult& result) {
    Task& task = tasks_[result.id];
    switch (result.outcome) {
      case HttpResult::Outcome::done:
        finish(result.id, result.was_continued);
        return;
      case HttpResult::Outcome::temporary:
        if (task.retries_left == 0) break;
        task.not_before = Steady::now() + std::min(longest_pause, std::max(result.retry_after, pause(task)));
        --task.retries_left;
        waiting_.push_back(result.id);
        return;
      case HttpResult::Outcome::wrong:
        remove_file(task.partial);
        break;
      case HttpResult::Outcome::refused:
        // An empty one has nothing to go on with.
        if (length_of(task.partial) == 0) remove_file(task.partial);
        break;
    }
    report_.failed.push_back({task.file, result.error});
  }

  // 1 s, 2 s, 4 s, …
  [[nodiscard]] std::chrono::seconds pause(const Task& task) const {
    return std::chrono::seconds(1ULL << std::min(options_.retries - task.retries_left, 6U));
  }

  void finish(std::size_t id, bool was_continued) {
    Task& task = tasks_[id];
    const format::ContentStore::Taken taken = store_.adopt(
        task.partial, [&task](const format::ContentFile& found) { return is_expected(found, task.file); }, {});
    if (taken.is_wanted) {
      format::add_content(catalog_, taken.file, clock_.now());
      ++report_.fetched;
      report_.bytes += taken.file.size;
      return;
    }
    remove_file(task.partial);
    // The part from before may be of an older file, or may have suffered in a power cut.
    if (was_continued && !task.began_anew) {
      task.began_anew = true;
      waiting_.push_back(id);
      return;
    }
    report_.failed.push_back(
        {task.file, fmt::format("{} has another file: {}", shown_url(task.file.url), mismatch(taken.file, task.file))});
  }

  format::ContentStore store_;
  format::Catalog& catalog_;
  const FetchOptions& options_;
  const Clock& clock_;
  std::deque<Task> tasks_;
  std::deque<std::size_t> waiting_;
  FetchReport report_;
  HttpClient client_;  // last: its callback uses the others
};

std::vector<format::WantedFile> missing_files(const std::vector<format::FeedContent>& contents,
                                              const std::string& only_feed) {
  std::vector<format::WantedFile> files;
  std::multimap<std::string, std::size_t> by_sha1;  // places in `files`
  const auto add = [&](const format::WantedFile& file) {
    const auto [first, last] = by_sha1.equal_range(file.sha1);
    const auto known =
        std::find_if(first, last, [&](const auto& entry) { return is_same_file(file, files[entry.second]); });
    if (known == last) {
      by_sha1.emplace(file.sha1, files.size());
      files.push_back(file);
      return;
    }
    format::WantedFile& same = files[known->second];
    if (same.url.empty()) same.url = file.url;
    if (!same.sha256) same.sha256 = file.sha256;
  };
  for (const format::FeedContent& content : contents) {
    if (content.feed.imported || (!only_feed.empty() && content.feed.name != only_feed)) continue;
    for (const format::WantedFile& file : content.missing) add(file);
  }
  return files;
}

// Of feeds that this run leaves alone, too, partial files are kept.
void remove_strays(const format::Point& point, format::Catalog& catalog) {
  std::set<std::string> wanted;
  for (const format::WantedFile& file : missing_files(format::feed_contents(point, catalog), {}))
    wanted.insert(to_hex(file.sha1));
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(point.content().directory(), ignored)) {
    const std::string name = entry.path().filename().native();
    if (!name.starts_with(partial_prefix) || !name.ends_with(partial_suffix)) continue;
    if (!wanted.contains(name.substr(partial_prefix.size(), 40))) remove_file(entry.path());
  }
}

}  // namespace

FetchPlan plan_fetch(const format::Point& point, format::Catalog& catalog, const FetchOptions& options) {
  if (!options.feed.empty()) static_cast<void>(point.config().feed(options.feed));
  FetchPlan plan;
  for (const format::WantedFile& file : missing_files(format::feed_contents(point, catalog), options.feed)) {
    if (file.url.empty()) {
      plan.without_url.push_back(file);
    } else if (const auto problem = url_problem(file.url, options.http.only_hosts)) {
      plan.refused.push_back({file, fmt::format("{} {}", shown_url(file.url), *problem)});
    } else {
      plan.files.push_back(file);
    }
  }
  const std::vector<fs::path> partials = partial_paths(point, plan.files);
  for (std::size_t i = 0; i < plan.files.size(); ++i)
    plan.bytes += plan.files[i].size - std::min(plan.files[i].size, length_of(partials[i]));
  return plan;
}

FetchReport run_fetch(const format::Point& point, format::Catalog& catalog, const FetchPlan& plan,
                      const FetchOptions& options, const Clock& clock,
                      const std::function<void(std::uint64_t)>& progress) {
  const fs::path directory = point.content().directory();
  make_directories(directory);
  remove_strays(point, catalog);
  require_space(directory, plan.bytes, "the files to download");
  FetchReport report = Fetcher(point, catalog, plan, options, clock, progress).run();
  sync_directory(directory);
  catalog.database().checkpoint();
  return report;
}

}  // namespace ferry::exporter
