// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/state_tree.h"

#include <array>

#include "format/catalog/columns.h"
#include "format/state.h"

namespace ferry::format {
namespace {

// INDEXED BY: without it SQLite's planner walks all members of the feed for each bucket, which makes a merge
// quadratic. If the index could not serve, the statement would fail instead.
std::vector<StateEntry> bucket_entries(Database& database, std::int64_t feed, std::int64_t bucket) {
  std::vector<StateEntry> entries;
  Query rows = database.query(
      "SELECT r.update_id, r.number, d.digest FROM member m INDEXED BY member_open "
      "JOIN revision r ON r.id = m.revision JOIN document d ON d.id = r.document "
      "WHERE m.feed = ? AND m.bucket = ? AND m.until IS NULL "
      "ORDER BY r.update_id, r.number, d.digest",
      feed, bucket);
  while (rows.next()) entries.push_back({identity_column(rows, 0), digest_column(rows, 2)});
  return entries;
}

std::uint64_t distinct_updates(const std::vector<StateEntry>& entries) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < entries.size(); ++i)
    count += i == 0 || entries[i].id.update != entries[i - 1].id.update ? 1U : 0U;
  return count;
}

}  // namespace

StateTree::StateTree(Database& database, std::int64_t feed)
    : database_(database), feed_(feed), touched_(state_buckets, false) {}

StateTree::Root StateTree::update() {
  std::array<bool, state_groups> touched_groups{};
  for (std::size_t bucket = 0; bucket < touched_.size(); ++bucket) {
    if (!touched_[bucket]) continue;
    touched_groups[bucket >> 8U] = true;
    const std::vector<StateEntry> entries = bucket_entries(database_, feed_, static_cast<std::int64_t>(bucket));
    if (entries.empty()) {
      database_.execute("DELETE FROM state_bucket WHERE feed = ? AND bucket = ?", feed_, std::uint64_t{bucket});
      continue;
    }
    const Digest digest = bucket_digest(entries);
    database_.execute(
        "INSERT INTO state_bucket (feed, bucket, digest, updates, revisions) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (feed, bucket) DO UPDATE SET digest = excluded.digest, updates = excluded.updates, "
        "revisions = excluded.revisions",
        feed_, std::uint64_t{bucket}, Blob{digest.bytes()}, distinct_updates(entries), std::uint64_t{entries.size()});
  }
  for (std::size_t group = 0; group < touched_groups.size(); ++group) {
    if (!touched_groups[group]) continue;
    std::array<Digest, 256> buckets{};
    std::int64_t updates = 0;
    std::int64_t revisions = 0;
    Query rows = database_.query(
        "SELECT bucket, digest, updates, revisions FROM state_bucket WHERE feed = ? AND bucket BETWEEN ? AND ?", feed_,
        std::uint64_t{group * 256}, std::uint64_t{group * 256 + 255});
    while (rows.next()) {
      buckets[static_cast<std::size_t>(rows.integer(0)) & 0xFFU] = digest_column(rows, 1);
      updates += rows.integer(2);
      revisions += rows.integer(3);
    }
    const Digest digest = group_digest(buckets);
    database_.execute(
        "INSERT INTO state_group (feed, number, digest, updates, revisions) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (feed, number) DO UPDATE SET digest = excluded.digest, updates = excluded.updates, "
        "revisions = excluded.revisions",
        feed_, std::uint64_t{group}, Blob{digest.bytes()}, updates, revisions);
  }
  std::array<Digest, state_groups> groups{};
  Root root;
  Query rows = database_.query("SELECT number, digest, updates, revisions FROM state_group WHERE feed = ?", feed_);
  while (rows.next()) {
    groups.at(static_cast<std::size_t>(rows.integer(0))) = digest_column(rows, 1);
    root.updates += static_cast<std::uint64_t>(rows.integer(2));
    root.revisions += static_cast<std::uint64_t>(rows.integer(3));
  }
  root.state = root_digest(groups);
  touched_.assign(state_buckets, false);
  return root;
}

}  // namespace ferry::format
