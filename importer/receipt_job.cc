// SPDX-License-Identifier: Apache-2.0
#include "importer/receipt_job.h"

#include "common/text.h"
#include "format/catalog/chain.h"
#include "format/catalog/receipts.h"
#include "format/content_commands.h"
#include "format/version.h"
#include "importer/import_job.h"
#include "importer/time_policy.h"

namespace ferry::importer {
namespace {

constexpr std::string_view tool = "ferry-import " FERRY_VERSION;
constexpr std::string_view serial_key = "receipt-serial";

std::uint64_t next_serial(format::Catalog& catalog) {
  const std::uint64_t serial = parse_u64(catalog.setting(serial_key).value_or("0")).value_or(0) + 1;
  catalog.set(serial_key, std::to_string(serial));
  return serial;
}

std::vector<format::ReceiptFeed> followed_feeds(const format::Point& point, format::Catalog& catalog) {
  std::vector<format::ReceiptFeed> feeds;
  const std::vector<format::FeedContent> contents = format::feed_contents(point, catalog);
  for (const format::Feed& feed : format::list_feeds(catalog)) {
    if (!feed.imported) continue;
    const format::ChainHead head = format::taken_head(catalog, feed);
    format::ReceiptFeed told{
        feed.name, feed.lineage, feed.epoch, feed.generation, feed.state, head.sequence, head.manifest, 0, 0};
    for (const format::FeedContent& content : contents) {
      if (content.feed.id != feed.id) continue;
      told.missing_files = content.missing.size();
      told.missing_bytes = content.missing_bytes;
    }
    feeds.push_back(std::move(told));
  }
  return feeds;
}

// The sites that follow feeds of this very point, and what these say of those below them.
std::vector<format::ReceiptChild> children(const format::PointConfig& config, format::Catalog& catalog) {
  std::vector<format::ReceiptChild> list;
  for (const format::SiteConfig& site : config.sites) {
    format::ReceiptChild child;
    child.path = site.name;
    child.feed = site.feed;
    if (const auto feed = format::find_feed(catalog, site.feed, false)) {
      child.current = feed->generation;
      if (const auto state = format::site_state(catalog, site.name, feed->lineage)) {
        child.generation = state->matched.value_or(0);
        child.made = state->made;
        child.missing_files = state->missing_files;
        child.missing_bytes = state->missing_bytes;
      }
    }
    list.push_back(std::move(child));
    for (format::ReceiptChild& below : format::children_of(catalog, site.name)) {
      below.path = site.name + "/" + below.path;
      if (split(below.path, '/').size() <= format::max_path_depth && list.size() < format::max_receipt_children)
        list.push_back(std::move(below));
    }
  }
  return list;
}

}  // namespace

format::Receipt make_receipt(const format::Point& point, format::Catalog& catalog, Time clock) {
  const SiteIdentity identity = load_identity(catalog);
  format::Receipt receipt;
  receipt.site = identity.site;
  receipt.point = catalog.point_id();
  receipt.clock = clock;
  receipt.made = known_times(catalog, identity.trust.current(), {}, clock).now();
  receipt.tool = tool;
  receipt.trust_version = identity.trust.current().version;
  receipt.trust = sha256(identity.trust.files().back().bytes);
  receipt.feeds = followed_feeds(point, catalog);
  receipt.children = children(point.config(), catalog);
  Transaction transaction(catalog.database());
  receipt.serial = next_serial(catalog);
  transaction.commit();
  return receipt;
}

}  // namespace ferry::importer
