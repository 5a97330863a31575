// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/undo.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/catalog/columns.h"
#include "format/catalog/feed_policy.h"
#include "format/catalog/prune.h"

namespace ferry::format {
namespace {

Feed feed_of(Catalog& catalog, const ImportEntry& entry) {
  for (const Feed& feed : list_feeds(catalog)) {
    if (feed.id == entry.feed) return feed;
  }
  throw std::logic_error("an import must be of a feed");
}

// Where the feed stood before: recorded as a generation, or nothing at all.
Digest state_before(Catalog& catalog, const Feed& feed, const ImportEntry& entry) {
  if (feed.generation != entry.target)
    throw StateError(fmt::format("feed {} stands at generation {}, its last import led to {}; nothing can be undone",
                                 quote(feed.name), feed.generation, entry.target),
                     ExitCode::wrong_recipient);
  if (entry.previous == 0) return empty_state();
  const auto before = generation(catalog, feed.id, entry.previous);
  if (!before && entry.previous < pruned_below(catalog, feed))
    throw StateError(fmt::format("what feed {} was before bundle {} (generation {}) was pruned and cannot be brought "
                                 "back; kept are generations {} to {}",
                                 quote(feed.name), quote(entry.name), entry.previous, oldest_generation(catalog, feed),
                                 feed.generation),
                     ExitCode::wrong_recipient);
  if (!before || entry.previous >= entry.target)
    throw StateError(fmt::format("bundle {} began a new epoch of feed {}; what was before it is gone and cannot be "
                                 "brought back",
                                 quote(entry.name), quote(feed.name)),
                     ExitCode::wrong_recipient);
  return before->state;
}

}  // namespace

bool can_be_undone(const ImportEntry& entry) { return !entry.undone && entry.kind != name_of(BundleKind::content); }

std::optional<ImportEntry> last_effective_import(Catalog& catalog, std::optional<std::int64_t> feed) {
  constexpr std::size_t everything = 1'000'000;
  for (const ImportEntry& entry : list_imports(catalog, everything)) {
    if (can_be_undone(entry) && (!feed || entry.feed == *feed)) return entry;
  }
  return {};
}

Feed undo_import(Catalog& catalog, const ImportEntry& entry, Time now) {
  const Feed feed = feed_of(catalog, entry);
  const Digest before = state_before(catalog, feed, entry);
  Database& database = catalog.database();
  StateTree tree(database, feed.id);
  {
    Query rows = database.query(
        "SELECT bucket FROM member INDEXED BY member_since WHERE feed = ?1 AND since = ?2 "
        "UNION SELECT bucket FROM member INDEXED BY member_until WHERE feed = ?1 AND until = ?2",
        feed.id, entry.target);
    while (rows.next()) tree.touch(rows.integer(0));
  }
  database.execute("DELETE FROM member WHERE feed = ? AND since = ?", feed.id, entry.target);
  database.execute("UPDATE member SET until = NULL, reason = NULL WHERE feed = ? AND until = ?", feed.id, entry.target);
  if (const Digest restored = tree.update().state; restored != before)
    throw StateError(fmt::format("feed {} would have state {} after the undo, generation {} had {}; nothing was "
                                 "changed, run 'check'",
                                 quote(feed.name), restored.hex(), entry.previous, before.hex()),
                     ExitCode::wrong_recipient);
  restore_feed_policy(catalog, feed, entry.previous, entry.target);
  database.execute("DELETE FROM generation WHERE feed = ? AND number = ?", feed.id, entry.target);
  database.execute("UPDATE feed SET generation = ?, state = ? WHERE id = ?", entry.previous, Blob{before.bytes()},
                   feed.id);
  database.execute("UPDATE import_log SET undone = ? WHERE id = ?", now.text(), entry.id);
  catalog.bump_held_version();
  return feed_of(catalog, entry);
}

}  // namespace ferry::format
