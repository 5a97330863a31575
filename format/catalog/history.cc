// SPDX-License-Identifier: Apache-2.0
// The history part of feeds.h: what lies between two generations, and which generations are known.
#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/catalog/columns.h"
#include "format/catalog/feeds.h"
#include "format/catalog/prune.h"

namespace ferry::format {
namespace {

// The member revisions of one update at two generations.
class UpdateHistory {
 public:
  explicit UpdateHistory(const UpdateId& update) { change_.update = update; }
  [[nodiscard]] const UpdateId& update() const { return change_.update; }

  // Newest revision first; a row for each interval in which the revision was a member.
  void take(const Query& row) {
    const RevisionRow revision = row.integer(1);
    const bool is_before = row.integer(4) != 0;
    const bool is_after = row.integer(5) != 0;
    const auto state = static_cast<PublicationState>(row.integer(2));
    if (is_before) before_.push_back(revision);
    if (is_after) after_.push_back(revision);
    if (is_before && change_.before == 0) {
      change_.before = revision;
      state_before_ = state;
      if (change_.after == 0) change_.title = row.bytes(3);
    }
    if (is_after && change_.after == 0) {
      change_.after = revision;
      state_after_ = state;
      change_.title = row.bytes(3);
    }
  }

  // Nothing when the update stands where it stood.
  [[nodiscard]] std::optional<UpdateChange> finish() {
    std::sort(before_.begin(), before_.end());
    std::sort(after_.begin(), after_.end());
    if (before_ == after_) return {};
    if (change_.before == 0) {
      change_.kind = UpdateChange::Kind::added;
    } else if (change_.after == 0) {
      change_.kind = UpdateChange::Kind::removed;
    } else if (state_after_ == PublicationState::expired && state_before_ != PublicationState::expired) {
      change_.kind = UpdateChange::Kind::expired;
    }
    return std::move(change_);
  }

 private:
  UpdateChange change_;
  std::vector<RevisionRow> before_;
  std::vector<RevisionRow> after_;
  PublicationState state_before_ = PublicationState::published;
  PublicationState state_after_ = PublicationState::published;
};

}  // namespace

std::string_view name_of(UpdateChange::Kind kind) {
  switch (kind) {
    case UpdateChange::Kind::added:
      return "new";
    case UpdateChange::Kind::changed:
      return "changed";
    case UpdateChange::Kind::expired:
      return "expired";
    case UpdateChange::Kind::removed:
      return "removed";
  }
  return "unknown";
}

std::vector<UpdateChange> changes_between(Catalog& catalog, std::int64_t feed, std::uint64_t from, std::uint64_t to) {
  std::vector<UpdateChange> changes;
  std::optional<UpdateHistory> history;
  const auto finish = [&] {
    if (!history) return;
    if (auto change = history->finish()) changes.push_back(std::move(*change));
  };
  // Only updates with an interval that begins or ends in between can differ.
  Query rows = catalog.database().query(
      "WITH touched AS ("
      "SELECT r.update_id AS id FROM member m INDEXED BY member_since JOIN revision r ON r.id = m.revision "
      "  WHERE m.feed = ?1 AND m.since > ?2 AND m.since <= ?3 "
      "UNION SELECT r.update_id FROM member m INDEXED BY member_until JOIN revision r ON r.id = m.revision "
      "  WHERE m.feed = ?1 AND m.until > ?2 AND m.until <= ?3) "
      "SELECT t.id, r.id, r.state, r.title, m.since <= ?2 AND (m.until IS NULL OR m.until > ?2), "
      "  m.since <= ?3 AND (m.until IS NULL OR m.until > ?3) "
      "FROM touched t CROSS JOIN revision r ON r.update_id = t.id CROSS JOIN member m ON m.feed = ?1 "
      "  AND m.revision = r.id ORDER BY t.id, r.number DESC, r.id DESC",
      feed, from, to);
  while (rows.next()) {
    const UpdateId update = update_id_column(rows, 0);
    if (!history || history->update() != update) {
      finish();
      history.emplace(update);
    }
    history->take(rows);
  }
  finish();
  std::stable_sort(changes.begin(), changes.end(),
                   [](const UpdateChange& left, const UpdateChange& right) { return left.kind < right.kind; });
  return changes;
}

std::vector<UpdateChange> latest_changes(Catalog& catalog, std::int64_t feed, std::uint64_t number) {
  // Whatever the generation before was called: between the two nothing begins or ends.
  return changes_between(catalog, feed, number - 1, number);
}

std::optional<DropReason> drop_reason(Catalog& catalog, const Feed& feed, RevisionRow revision) {
  Query row = catalog.database().query(
      "SELECT until, reason FROM member WHERE feed = ? AND revision = ? ORDER BY since DESC LIMIT 1", feed.id,
      revision);
  if (!row.next() || row.is_null(0) || row.is_null(1)) return {};
  return static_cast<DropReason>(row.integer(1));
}

void note_members(Catalog& catalog, std::int64_t feed) {
  catalog.database().run_script(
      "CREATE TEMP TABLE IF NOT EXISTS noted (update_id BLOB PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;"
      "DELETE FROM temp.noted;");
  catalog.database().execute(
      "INSERT INTO temp.noted SELECT update_id, id FROM (SELECT r.update_id, r.id, row_number() OVER "
      "(PARTITION BY r.update_id ORDER BY r.number DESC) AS rank FROM member m JOIN revision r ON r.id = m.revision "
      "WHERE m.feed = ? AND m.until IS NULL) WHERE rank = 1",
      feed);
}

std::vector<UpdateChange> noted_that_left(Catalog& catalog, std::int64_t feed) {
  std::vector<UpdateChange> changes;
  Query rows = catalog.database().query(
      "SELECT n.update_id, n.revision, r.title FROM temp.noted n JOIN revision r ON r.id = n.revision "
      "WHERE NOT EXISTS (SELECT 1 FROM revision o CROSS JOIN member m ON m.feed = ? AND m.revision = o.id "
      "WHERE o.update_id = n.update_id AND m.until IS NULL) ORDER BY n.update_id",
      feed);
  while (rows.next())
    changes.push_back({UpdateChange::Kind::removed, update_id_column(rows, 0), rows.integer(1), 0, rows.text(2)});
  return changes;
}

Feed feed_named(Catalog& catalog, std::string_view name, bool prefer_followed) {
  for (const bool followed : {prefer_followed, !prefer_followed}) {
    if (const auto feed = find_feed(catalog, name, followed)) return *feed;
  }
  throw NotFoundError(fmt::format("there is no feed {} here; see 'status'", quote(name)));
}

std::uint64_t oldest_generation(Catalog& catalog, const Feed& feed) {
  Query row = catalog.database().query("SELECT number FROM generation WHERE feed = ? ORDER BY number LIMIT 1", feed.id);
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : feed.generation;
}

void require_generation(Catalog& catalog, const Feed& feed, std::uint64_t number) {
  if (number == 0 || generation(catalog, feed.id, number)) return;
  const std::uint64_t oldest = oldest_generation(catalog, feed);
  if (feed.generation == 0)
    throw NotFoundError(
        fmt::format("feed {} has no generation {}: it has none yet but 0, which is empty", quote(feed.name), number));
  const std::string known =
      fmt::format("known are {}", oldest == feed.generation ? fmt::format("only {}", oldest)
                                                            : fmt::format("{} to {}", oldest, feed.generation));
  const std::string_view why = number > feed.generation               ? "was not reached yet"
                               : number < pruned_below(catalog, feed) ? "was pruned"
                               : number < oldest                      ? "was before the first one here"
                                                                      : "was passed over: a bundle led beyond it";
  throw NotFoundError(fmt::format("generation {} of feed {} {}; {}", number, quote(feed.name), why, known));
}

}  // namespace ferry::format
