// SPDX-License-Identifier: Apache-2.0
// Taking a site's receipt: whose it is, whether it is newer than the last, and which of our states the site holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "format/catalog/receipts.h"
#include "format/point.h"
#include "format/receipt.h"

namespace ferry::exporter {

struct ReceiptOptions {
  bool new_key = false;       // the site has another key than before
  bool accept_dates = false;  // take one from the future, or older than the last
};

// What became known of one feed at a site.
struct TakenFeed {
  format::SiteState state;
  std::uint64_t newest = 0;    // generation of the feed here
  std::uint64_t moved_to = 0;  // the feed's numbers went on to this one, since the site was ahead; 0: they did not
  std::string warning;         // empty: all is well
};
struct TakenReceipt {
  std::string site;
  bool is_typed = false;
  Time made;
  std::uint64_t serial = 0;
  std::optional<Digest> new_key;  // the key that is believed from now on
  std::vector<TakenFeed> feeds;   // of this point; others are none of its business
  std::size_t foreign_feeds = 0;
  std::vector<format::ReceiptChild> children;
};

// Records what the receipt says; afterwards deltas for the site start where it stands. REQUIRES: the point's lock.
// After an exception nothing is recorded. Throws TrustError (11): forged, damaged, or by another key than the site's;
// StateError: 13 for a site that point.toml does not name, 14 for one that was taken already or is older than the last,
// 12 for one from the future.
[[nodiscard]] TakenReceipt take_receipt(format::Catalog& catalog, const format::PointConfig& config,
                                        const format::VerifiedReceipt& receipt, const ReceiptOptions& options,
                                        Time now);

// The same for what a person typed (format::SpokenReceipt). Throws UsageError, NotFoundError for a feed.
[[nodiscard]] TakenReceipt take_spoken(format::Catalog& catalog, const format::PointConfig& config,
                                       const format::SpokenReceipt& spoken, Time now);

}  // namespace ferry::exporter
