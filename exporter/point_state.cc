// SPDX-License-Identifier: Apache-2.0
#include "exporter/point_state.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/error.h"
#include "common/text.h"
#include "exporter/export_job.h"
#include "exporter/trust_store.h"
#include "format/catalog/content.h"
#include "format/catalog/offers.h"
#include "format/catalog/receipts.h"
#include "format/version.h"

namespace ferry::exporter {
namespace {

// Bundles of a feed from which the size of the next one is judged.
constexpr std::size_t bundles_compared = 8;

// So far back is looked for the bundle that a site holds; it is one of the last, or the site is stale anyway.
constexpr std::size_t exports_searched = 200;

const format::FeedStatus* own_feed(const std::vector<format::FeedStatus>& feeds, const std::string& name) {
  const auto found = std::find_if(feeds.begin(), feeds.end(), [&name](const format::FeedStatus& status) {
    return !status.feed.imported && status.feed.name == name;
  });
  return found == feeds.end() ? nullptr : &*found;
}

// What the next bundle of each site would be. Sites that stand alike are measured once.
class NextBundles {
 public:
  NextBundles(format::Catalog& catalog, const format::Point& point)
      : catalog_(catalog), config_(point.config()), epochs_(trust_epochs(point)) {}

  [[nodiscard]] const std::vector<format::SiteConfig>& sites() const { return config_.sites; }

  void measure(const format::SiteConfig& site, const format::FeedStatus& feed, format::SiteStatus& status) {
    if (feed.feed.generation == 0) return;
    const ExportPlan plan = plan_documents_only(catalog_, config_, site, epochs_);
    if (!plan.has_news) return;
    const auto [known, is_new] = document_bytes_.try_emplace({feed.feed.id, plan.base}, 0);
    if (is_new) known->second = format::count_delta(catalog_, feed.feed, plan.base).document_bytes;
    status.next_document_bytes = known->second;
    std::vector<format::ExportEntry> last(feed.exports.rbegin(), feed.exports.rend());
    if (last.size() > bundles_compared) last.resize(bundles_compared);
    status.next_bytes = format::estimate_bundle(
        last, known->second, format::estimate_file_bytes(catalog_, feed.feed, plan.policy, site.name, plan.base));
  }

 private:
  format::Catalog& catalog_;
  format::PointConfig config_;
  TrustEpochs epochs_;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::uint64_t> document_bytes_;
};

std::vector<format::SourceStatus> source_states(format::Catalog& catalog, const format::PointConfig& config,
                                                const format::LogSummary& log) {
  std::vector<format::SourceStatus> states;
  const std::vector<format::SourceRow> rows = format::list_sources(catalog);
  for (const format::SourceConfig& source : config.sources) {
    format::SourceStatus state;
    state.name = source.name;
    state.kind = source.kind;
    for (const format::SourceRow& row : rows) {
      if (row.name != source.name) continue;
      state.updates = row.updates;
      state.synced = row.synced;
    }
    if (const auto run = log.sources.find(source.name); run != log.sources.end()) state.last = run->second;
    states.push_back(std::move(state));
  }
  return states;
}

std::optional<format::TrustStatus> trust_state(const format::Point& point, Time now) {
  try {
    return format::trust_status(load_chain(point).files().back().bytes, now);
  } catch (const NotFoundError&) {
    return {};  // before `trust init`
  }
}

// When the bundle was made by which the site came where it is; of one for all sites, or unknown, the generation.
std::optional<Time> held_since(format::Catalog& catalog, const format::FeedStatus& feed, const std::string& site,
                               std::uint64_t generation) {
  for (const format::ExportEntry& entry : format::exports_to(catalog, site, feed.feed.id, exports_searched)) {
    if (entry.target == generation) return entry.made;
  }
  const auto made = format::generation(catalog, feed.feed.id, generation);
  return made ? std::optional(made->made) : std::nullopt;
}

void add_receipt(format::Catalog& catalog, const format::FeedStatus& feed, const format::SiteState& known,
                 format::SiteStatus& status) {
  status.acknowledged = known.matched;
  if (known.matched) {
    status.acknowledged_at = known.received;
    status.held_since = held_since(catalog, feed, known.site, *known.matched);
  }
  status.receipt = format::ReceiptFacts{known.made, known.missing_files, known.missing_bytes, known.went_back()};
}

// What a relay said of the sites below it: names from there down become a tree.
std::vector<format::SiteStatus> children(format::Catalog& catalog, const format::SiteConfig& relay, Time now) {
  std::vector<format::SiteStatus> roots;
  for (const format::ReceiptChild& child : format::children_of(catalog, relay.name)) {
    std::vector<format::SiteStatus>* level = &roots;
    format::SiteStatus status;
    for (const std::string_view name : split(child.path, '/')) {
      // A parent stands before its children, in the order of their paths.
      if (const auto parent = std::find_if(level->begin(), level->end(),
                                           [name](const format::SiteStatus& site) { return site.name == name; });
          parent != level->end())
        level = &parent->children;
      status.name = name;
    }
    status.feed = child.feed;
    status.generation = child.current;
    status.next_drop_days = relay.next_drop_days;
    status.valid_days = relay.valid_days;
    if (child.made) {
      status.acknowledged = child.generation;
      status.acknowledged_at = status.held_since = child.made;
      status.receipt = format::ReceiptFacts{*child.made, child.missing_files, child.missing_bytes, false};
    }
    format::judge(status, now);
    level->push_back(std::move(status));
  }
  return roots;
}

}  // namespace

std::vector<format::SiteStatus> site_states(format::Catalog& catalog, const format::Point& point,
                                            const std::vector<format::FeedStatus>& feeds, Time now) {
  NextBundles next(catalog, point);
  std::vector<format::SiteStatus> states;
  for (const format::SiteConfig& site : next.sites()) {
    format::SiteStatus state;
    state.name = site.name;
    state.feed = site.feed;
    state.next_drop_days = site.next_drop_days;
    state.valid_days = site.valid_days;
    if (const format::FeedStatus* feed = own_feed(feeds, site.feed)) {
      state.generation = feed->feed.generation;
      if (const auto known = format::site_state(catalog, site.name, feed->feed.lineage))
        add_receipt(catalog, *feed, *known, state);
      const auto exports = format::exports_to(catalog, site.name, feed->feed.id, 1);
      if (!exports.empty()) {
        state.exported = exports.front().target;
        state.exported_at = exports.front().made;
      }
      next.measure(site, *feed, state);
    }
    format::judge(state, now);
    state.children = children(catalog, site, now);
    states.push_back(std::move(state));
  }
  return states;
}

format::PointStatus point_state(const format::Point& point, Time now) {
  const format::PointConfig config = point.config();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const Snapshot snapshot(catalog.database());
  format::PointStatus status =
      format::common_status(point, catalog, "ferry-export", "ferry-export " FERRY_VERSION, now);
  status.point = config.name;
  status.sources = source_states(catalog, config, status.log);
  status.sites = site_states(catalog, point, status.feeds, now);
  status.unchosen = format::unchosen_categories(catalog, config.feeds);
  status.ignored = format::ignored_categories(catalog);
  status.trust = trust_state(point, now);
  return status;
}

}  // namespace ferry::exporter
