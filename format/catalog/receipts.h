// SPDX-License-Identifier: Apache-2.0
// What sites say that they hold, as an exporting point keeps it. format/receipt.h has the receipt itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "format/catalog/catalog.h"
#include "format/catalog/chain.h"
#include "format/catalog/feeds.h"
#include "format/receipt.h"

namespace ferry::format {

// The key of a site; its receipts are taken with no other.
struct SiteKey {
  Digest key;
  Time since;
  std::string by;  // who took it
};
[[nodiscard]] std::optional<SiteKey> site_key(Catalog& catalog, std::string_view site);
void set_site_key(Catalog& catalog, std::string_view site, const SiteKey& key);

// One receipt that was taken.
struct ReceiptEntry {
  std::int64_t id = 0;  // filled by readers
  std::string site;
  std::uint64_t serial = 0;  // 0: typed
  Time made;
  Time received;
  Digest digest;
  std::string tool;
  std::uint64_t trust_version = 0;  // 0: not said
};
// Gives the row's id.
std::int64_t log_receipt(Catalog& catalog, const ReceiptEntry& entry);
// The newest one that was taken of a site; `typed` ones count as well.
[[nodiscard]] std::optional<ReceiptEntry> last_receipt(Catalog& catalog, std::string_view site);
[[nodiscard]] bool knows_receipt(Catalog& catalog, const Digest& digest);

// What a site was last known to hold of a feed.
struct SiteState {
  std::string site;
  Guid lineage;
  std::string feed;
  std::uint64_t generation = 0;  // as the site counts
  Digest state;
  std::optional<std::uint64_t> matched;  // our generation with that state; nothing: none of ours
  std::uint64_t before = 0;              // generation that the receipt before told; greater: the site went backwards
  std::uint64_t missing_files = 0;
  std::uint64_t missing_bytes = 0;
  ChainHead chain;
  Time made;  // of the receipt
  Time received;
  std::int64_t after_export = 0;  // the newest row of the export log then; filled by readers

  [[nodiscard]] bool went_back() const { return before > generation; }
};
// In place of what was known. `receipt` is the row that says so.
void set_site_state(Catalog& catalog, const SiteState& state, std::int64_t receipt);
[[nodiscard]] std::optional<SiteState> site_state(Catalog& catalog, std::string_view site, const Guid& lineage);

// The generation of a feed that has this state: the one of this number, else the oldest, since policies and approvals
// go by generation and the members may be the same; nothing where none has.
[[nodiscard]] std::optional<std::uint64_t> generation_with_state(Catalog& catalog, std::int64_t feed,
                                                                 const Digest& state, std::uint64_t number);

// The newest one whose state begins with these bytes.
[[nodiscard]] std::optional<Generation> generation_with_prefix(Catalog& catalog, const Feed& feed,
                                                               std::string_view state_prefix);

// Sites below a site that is a relay, in place of those known.
void set_children(Catalog& catalog, std::string_view site, const std::vector<ReceiptChild>& children);
[[nodiscard]] std::vector<ReceiptChild> children_of(Catalog& catalog, std::string_view site);

}  // namespace ferry::format
