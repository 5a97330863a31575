// SPDX-License-Identifier: Apache-2.0
#include "exporter/sync_job.h"

#include <algorithm>
#include <exception>
#include <set>
#include <type_traits>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "exporter/document_intake.h"
#include "exporter/source.h"
#include "format/catalog/content.h"

namespace ferry::exporter {
namespace {

// Reads one source. What it does to the catalog is taken back where the source as a whole cannot be read.
class SourceReading {
 public:
  SourceReading(format::Catalog& catalog, const format::SourceConfig& config, std::uint64_t rank, Time now,
                const std::function<void(std::uint64_t)>& progress)
      : catalog_(catalog),
        run_(catalog, config.name, config.kind, rank),
        intake_(catalog, run_, now,
                {[this](const std::string& path, const std::string& error) { fail(path, error); },
                 [this](std::uint64_t bytes) {
                   report_.bytes += bytes;
                   progress_(bytes);
                 }}),
        now_(now),
        progress_(progress) {
    report_.name = config.name;
  }

  SourceReport read(UpdateSource& source) {
    const auto begun = std::chrono::steady_clock::now();
    Savepoint savepoint(catalog_.database());
    try {
      source.read(visitor());
      guarded([this] { intake_.finish(); });
      report_.changes = run_.finish(now_, source.coverage());
      savepoint.keep();
    } catch (const Error& error) {
      // A fault of the catalog's own disk ends the run; a source that cannot be read ends only its own part.
      if (catalog_fault_) std::rethrow_exception(catalog_fault_);
      report_.failed.assign(1, {"", error.what()});
    }
    report_.took = std::chrono::steady_clock::now() - begun;
    return std::move(report_);
  }

 private:
  UpdateSource::Visitor visitor() {
    UpdateSource::Visitor visitor;
    visitor.document = [this](const std::string& path, std::string_view bytes) {
      guarded([&] { intake_.add(path, bytes); });
    };
    visitor.identified = [this](const std::string& path, const format::RevisionId& id, std::string_view bytes) {
      return guarded([&] { return intake_.add_identified(path, id, bytes); });
    };
    visitor.unchanged = [this](const std::string& path) { guarded([&] { offer_again(path); }); };
    visitor.failed = [this](const std::string& path, const std::string& error) {
      guarded([this] { intake_.finish(); });  // failures are told in the order of the documents
      fail(path, error);
    };
    visitor.warning = [this](const std::string& text) { report_.warnings.push_back(text); };
    visitor.note = [this](const std::string& text) { report_.notes.push_back(text); };
    visitor.location = [this](const std::string& sha1, const std::string& url) {
      guarded([&] {
        intake_.finish();
        format::set_file_url(catalog_, sha1, url);
      });
    };
    return visitor;
  }

  void offer_again(const std::string& path) {
    intake_.finish();
    for (const format::OfferRun::Known& known : run_.known_at(path)) run_.offer(known.update, known.revision, path);
  }

  void fail(const std::string& path, const std::string& error) {
    report_.failed.push_back({path, error});
    run_.keep(path);
  }

  // What goes wrong in it is a fault of the catalog.
  template <typename Call>
  std::invoke_result_t<Call> guarded(const Call& call) {
    try {
      return call();
    } catch (...) {
      catalog_fault_ = std::current_exception();
      throw;
    }
  }

  format::Catalog& catalog_;
  format::OfferRun run_;
  DocumentIntake intake_;
  Time now_;
  const std::function<void(std::uint64_t)>& progress_;
  SourceReport report_;
  std::exception_ptr catalog_fault_;
};

std::set<format::UpdateId> known_category_ids(format::Catalog& catalog) {
  std::set<format::UpdateId> ids;
  for (const format::CategoryCount& category : format::list_categories(catalog, {})) ids.insert(category.id);
  return ids;
}

}  // namespace

bool SourceReport::is_read() const { return failed.empty() || !failed.front().path.empty(); }

bool SyncReport::has_failures() const {
  return std::any_of(sources.begin(), sources.end(), [](const SourceReport& s) { return !s.failed.empty(); });
}

bool SyncReport::read_nothing() const {
  return !sources.empty() &&
         std::all_of(sources.begin(), sources.end(), [](const SourceReport& source) { return !source.is_read(); });
}

bool SyncReport::has_changes() const {
  return std::any_of(sources.begin(), sources.end(), [](const SourceReport& s) { return s.changes.any(); }) ||
         std::any_of(feeds.begin(), feeds.end(), [](const FeedRefresh& f) { return f.has_new_generation; });
}

SyncReport run_sync(const format::Point& point, const format::PointConfig& config, const SyncOptions& options,
                    const Clock& clock, const std::function<void(std::uint64_t)>& progress) {
  for (const std::string& name : options.sources) static_cast<void>(config.source(name));
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  catalog.require_sound();
  Transaction transaction(catalog.database());
  const Time now = clock.now();
  const std::set<format::UpdateId> categories_before = known_category_ids(catalog);
  SyncReport report;
  std::vector<std::string> names;
  std::vector<std::unique_ptr<UpdateSource>> read;
  for (std::size_t rank = 0; rank < config.sources.size(); ++rank) {
    const format::SourceConfig& source = config.sources[rank];
    names.push_back(source.name);
    if (!options.sources.empty() &&
        std::find(options.sources.begin(), options.sources.end(), source.name) == options.sources.end())
      continue;
    auto reader = make_source(source, {point, config, catalog, now, options.full_list});
    report.sources.push_back(SourceReading(catalog, source, rank, now, progress).read(*reader));
    if (report.sources.back().is_read()) read.push_back(std::move(reader));
    fault_point("sync: source read");
  }
  for (auto& [name, changes] : format::drop_other_sources(catalog, names))
    report.sources.push_back({name, std::move(changes), {}, {}, {}, 0, {}});
  if (options.strict && report.has_failures()) return report;

  // The order of the sources decides which of two offers of an update is held.
  const std::string order = fmt::format("{}", fmt::join(names, "\n"));
  const bool has_new_order = catalog.setting("source-order") != order;
  if (has_new_order) catalog.set("source-order", order);
  if (has_new_order || std::any_of(report.sources.begin(), report.sources.end(),
                                   [](const SourceReport& source) { return source.changes.any(); }))
    catalog.bump_held_version();
  report.feeds = refresh_feeds(catalog, config, now, "sync", false);
  for (const FeedRefresh& feed : report.feeds) {
    for (std::string& line : warnings(catalog, feed)) report.feed_warnings.push_back(std::move(line));
  }
  report.unchosen = format::unchosen_categories(catalog, config.feeds);
  for (const format::UnchosenCategory& category : report.unchosen) {
    if (categories_before.count(category.id) == 0) report.new_categories.push_back(category);
  }
  fault_point("sync: before commit");
  transaction.commit();
  fault_point("sync: committed");
  for (const auto& source : read) source->committed();
  catalog.database().checkpoint();
  return report;
}

}  // namespace ferry::exporter
