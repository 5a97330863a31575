// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/feeds.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/catalog/columns.h"
#include "format/catalog/prune.h"

namespace ferry::format {
namespace {

Feed read_feed(Query& row) {
  Feed feed;
  feed.id = row.integer(0);
  feed.name = row.text(1);
  feed.lineage = update_id_column(row, 2);
  feed.imported = row.integer(3) != 0;
  feed.publisher = row.text(4);
  feed.generation = static_cast<std::uint64_t>(row.integer(5));
  feed.state = digest_column(row, 6);
  feed.definition = row.text(7);
  feed.evaluated = row.integer(8);
  feed.epoch = static_cast<std::uint64_t>(row.integer(9));
  return feed;
}

Generation read_generation(Query& row) {
  Generation generation;
  generation.number = static_cast<std::uint64_t>(row.integer(0));
  generation.state = digest_column(row, 1);
  generation.made = Time::parse(row.bytes(2)).value_or(Time{});
  generation.added = static_cast<std::uint64_t>(row.integer(3));
  generation.removed = static_cast<std::uint64_t>(row.integer(4));
  generation.updates = static_cast<std::uint64_t>(row.integer(5));
  generation.revisions = static_cast<std::uint64_t>(row.integer(6));
  generation.cause = row.text(7);
  return generation;
}

// Membership at the current generation that a site at `base` may lack. Kept as text for two statements.
#define FERRY_PUTS                                                              \
  "FROM member m INDEXED BY member_since JOIN revision r ON r.id = m.revision " \
  "JOIN document d ON d.id = r.document "                                       \
  "WHERE m.feed = ? AND m.since > ? AND m.until IS NULL "

}  // namespace

std::vector<Feed> list_feeds(Catalog& catalog) {
  std::vector<Feed> feeds;
  Query rows = catalog.database().query(
      "SELECT id, name, lineage, imported, publisher, generation, state, definition, evaluated, epoch "
      "FROM feed "
      "ORDER BY imported, name");
  while (rows.next()) feeds.push_back(read_feed(rows));
  return feeds;
}

std::optional<Feed> find_feed(Catalog& catalog, std::string_view name, bool imported) {
  for (const Feed& feed : list_feeds(catalog)) {
    if (feed.name == name && feed.imported == imported) return feed;
  }
  return {};
}

std::optional<Feed> find_lineage(Catalog& catalog, const Guid& lineage) {
  for (const Feed& feed : list_feeds(catalog)) {
    if (feed.lineage == lineage) return feed;
  }
  return {};
}

Feed create_feed(Catalog& catalog, std::string_view name, const Guid& lineage, bool imported,
                 std::string_view publisher) {
  catalog.database().execute(
      "INSERT INTO feed (name, lineage, imported, publisher, generation, state, definition, evaluated) "
      "VALUES (?, ?, ?, ?, 0, ?, '', -1)",
      name, Blob{lineage.bytes()}, imported, publisher, Blob{empty_state().bytes()});
  return *find_lineage(catalog, lineage);
}

Feed restart_feed(Catalog& catalog, const Feed& feed, std::uint64_t epoch) {
  for (const char* statement : {"DELETE FROM member WHERE feed = ?", "DELETE FROM generation WHERE feed = ?",
                                "DELETE FROM state_bucket WHERE feed = ?", "DELETE FROM state_group WHERE feed = ?",
                                "DELETE FROM feed_approval WHERE feed = ?"})
    catalog.database().execute(statement, feed.id);
  catalog.database().execute("DELETE FROM setting WHERE key = ?", pruned_key(feed));
  catalog.database().execute("UPDATE feed SET generation = 0, state = ?, epoch = ? WHERE id = ?",
                             Blob{empty_state().bytes()}, epoch, feed.id);
  return *find_lineage(catalog, feed.lineage);
}

Feed enter_epoch(Catalog& catalog, const Feed& feed, std::uint64_t epoch) {
  catalog.database().execute("UPDATE feed SET epoch = ? WHERE id = ?", epoch, feed.id);
  return *find_lineage(catalog, feed.lineage);
}

void mark_evaluated(Catalog& catalog, std::int64_t feed, std::string_view definition) {
  catalog.database().execute("UPDATE feed SET definition = ?, evaluated = ? WHERE id = ?", definition,
                             catalog.held_version(), feed);
}

std::vector<Generation> generations(Catalog& catalog, std::int64_t feed, std::size_t limit) {
  std::vector<Generation> list;
  Query rows = catalog.database().query(
      "SELECT number, state, made, added, removed, updates, revisions, cause FROM generation WHERE feed = ? "
      "ORDER BY number DESC LIMIT ?",
      feed, std::uint64_t{limit});
  while (rows.next()) list.push_back(read_generation(rows));
  return list;
}

std::optional<Generation> generation(Catalog& catalog, std::int64_t feed, std::uint64_t number) {
  Query row = catalog.database().query(
      "SELECT number, state, made, added, removed, updates, revisions, cause FROM generation "
      "WHERE feed = ? AND number = ?",
      feed, number);
  if (!row.next()) return {};
  return read_generation(row);
}

Digest recompute_state(Catalog& catalog, std::int64_t feed) {
  std::vector<StateEntry> entries;
  Query rows = catalog.database().query(
      "SELECT r.update_id, r.number, d.digest FROM member m JOIN revision r ON r.id = m.revision "
      "JOIN document d ON d.id = r.document WHERE m.feed = ? AND m.until IS NULL",
      feed);
  while (rows.next()) entries.push_back({identity_column(rows, 0), digest_column(rows, 2)});
  return state_digest(std::move(entries));
}

GenerationWriter::GenerationWriter(Catalog& catalog, Feed feed, std::uint64_t number)
    : catalog_(catalog),
      database_(catalog.database()),
      feed_(std::move(feed)),
      number_(number),
      tree_(catalog.database(), feed_.id) {
  if (number_ <= feed_.generation) throw std::logic_error("a generation must be newer than the feed's");
}

void GenerationWriter::add(RevisionRow revision) {
  std::int64_t bucket = 0;
  {
    Query known = database_.query("SELECT bucket FROM revision WHERE id = ?", revision);
    if (!known.next()) throw std::logic_error("a member must be a stored revision");
    bucket = known.integer(0);
  }
  // Members of the bucket with the same identity: at most one, this revision or another document of it.
  Query same = database_.query(
      "SELECT m.revision FROM member m INDEXED BY member_open JOIN revision r ON r.id = m.revision "
      "JOIN revision n ON n.id = ?3 "
      "WHERE m.feed = ?1 AND m.bucket = ?2 AND m.until IS NULL AND r.update_id = n.update_id "
      "AND r.number = n.number",
      feed_.id, bucket, revision);
  while (same.next()) {
    if (same.integer(0) == revision) return;
    close(same.integer(0), DropReason::replaced);
    ++removed_;
  }
  // A bundle that puts, drops and puts again finds the row of its own generation, closed.
  database_.execute(
      "INSERT INTO member (feed, revision, since, bucket) VALUES (?, ?, ?, ?) "
      "ON CONFLICT (feed, revision, since) DO UPDATE SET until = NULL, reason = NULL",
      feed_.id, revision, number_, bucket);
  tree_.touch(bucket);
  ++added_;
}

void GenerationWriter::remove(const RevisionId& id, DropReason reason) {
  Query rows = database_.query(
      "SELECT m.revision FROM member m INDEXED BY member_open JOIN revision r ON r.id = m.revision "
      "WHERE m.feed = ? AND m.bucket = ? AND m.until IS NULL AND r.update_id = ? AND r.number = ?",
      feed_.id, static_cast<int>(state_bucket(id.update)), Blob{id.update.bytes()}, id.number);
  if (!rows.next()) return;
  close(rows.integer(0), reason);
  tree_.touch(state_bucket(id.update));
  ++removed_;
}

void GenerationWriter::close(RevisionRow revision, DropReason reason) {
  database_.execute("UPDATE member SET until = ?, reason = ? WHERE feed = ? AND revision = ? AND until IS NULL",
                    number_, static_cast<int>(reason), feed_.id, revision);
}

void GenerationWriter::become_selected() {
  {
    Query rows = database_.query(
        "SELECT bucket FROM member WHERE feed = ?1 AND until IS NULL "
        "AND revision NOT IN (SELECT revision FROM temp.selected) "
        "UNION SELECT r.bucket FROM temp.selected s JOIN revision r ON r.id = s.revision WHERE NOT EXISTS "
        "(SELECT 1 FROM member m WHERE m.feed = ?1 AND m.revision = s.revision AND m.until IS NULL)",
        feed_.id);
    while (rows.next()) tree_.touch(rows.integer(0));
  }
  // Why it leaves: another revision of the update stays, the update is held but no longer chosen, or it is gone.
  // A followed feed is itself what holds its members here, so there the second cannot be told.
  database_.execute(
      "UPDATE member SET until = ?2, reason = CASE "
      "WHEN EXISTS (SELECT 1 FROM revision r JOIN revision n ON n.update_id = r.update_id "
      "  JOIN temp.selected s ON s.revision = n.id WHERE r.id = member.revision) THEN 1 "
      "WHEN ?3 AND revision IN (SELECT revision FROM held) THEN 3 ELSE 2 END "
      "WHERE feed = ?1 AND until IS NULL AND revision NOT IN (SELECT revision FROM temp.selected)",
      feed_.id, number_, !feed_.imported);
  removed_ += static_cast<std::uint64_t>(database_.changes());
  database_.execute(
      "INSERT INTO member (feed, revision, since, bucket) SELECT ?1, r.id, ?2, r.bucket FROM temp.selected s "
      "JOIN revision r ON r.id = s.revision WHERE NOT EXISTS "
      "(SELECT 1 FROM member m WHERE m.feed = ?1 AND m.revision = s.revision AND m.until IS NULL)",
      feed_.id, number_);
  added_ += static_cast<std::uint64_t>(database_.changes());
}

Generation GenerationWriter::finish(Time now, std::string_view cause) {
  Generation made;
  made.number = number_;
  made.made = now;
  made.added = added_;
  made.removed = removed_;
  made.cause = cause;
  const StateTree::Root root = tree_.update();
  made.state = root.state;
  made.updates = root.updates;
  made.revisions = root.revisions;
  database_.execute(
      "INSERT INTO generation (feed, number, state, made, added, removed, updates, revisions, cause) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      feed_.id, number_, Blob{made.state.bytes()}, now.text(), added_, removed_, made.updates, made.revisions, cause);
  database_.execute("UPDATE feed SET generation = ?, state = ? WHERE id = ?", number_, Blob{made.state.bytes()},
                    feed_.id);
  if (feed_.imported) catalog_.bump_held_version();
  return made;
}

DeltaCounts count_delta(Catalog& catalog, const Feed& feed, std::uint64_t base) {
  DeltaCounts counts;
  Query puts = catalog.database().query(
      "SELECT count(*), coalesce(sum(d.size), 0), coalesce(sum((SELECT coalesce(sum(f.size), 0) FROM file f "
      "WHERE f.revision = r.id)), 0) " FERRY_PUTS,
      feed.id, base);
  if (puts.next()) {
    counts.puts = static_cast<std::uint64_t>(puts.integer(0));
    counts.document_bytes = static_cast<std::uint64_t>(puts.integer(1));
    counts.file_bytes = static_cast<std::uint64_t>(puts.integer(2));
  }
  visit_drops(catalog, feed, base, [&counts](const RevisionId&, DropReason) { ++counts.drops; });
  return counts;
}

void visit_puts(Catalog& catalog, const Feed& feed, std::uint64_t base,
                const std::function<void(RevisionRow, const RevisionId&, Dialect)>& visit) {
  Query rows =
      catalog.database().query("SELECT r.id, r.update_id, r.number, r.dialect " FERRY_PUTS
                               "ORDER BY CASE r.type WHEN 3 THEN 0 WHEN 4 THEN 1 ELSE 2 END, r.update_id, r.number",
                               feed.id, base);
  while (rows.next()) visit(rows.integer(0), identity_column(rows, 1), static_cast<Dialect>(rows.integer(3)));
}

void visit_drops(Catalog& catalog, const Feed& feed, std::uint64_t base,
                 const std::function<void(const RevisionId&, DropReason)>& visit) {
  // `until` in (base, target] is exactly "was a member somewhere in [base, target) and left since". The last
  // reason counts; an identity that is a member again, perhaps with another document, is no tombstone.
  Query rows = catalog.database().query(
      "SELECT r.update_id, r.number, m.reason, max(m.until) FROM member m JOIN revision r ON r.id = m.revision "
      "WHERE m.feed = ?1 AND m.until > ?2 GROUP BY r.update_id, r.number HAVING NOT EXISTS ("
      "SELECT 1 FROM revision n CROSS JOIN member o ON o.revision = n.id WHERE n.update_id = r.update_id "
      "AND n.number = r.number AND o.feed = ?1 AND o.until IS NULL) ORDER BY r.update_id, r.number",
      feed.id, base);
  while (rows.next()) visit(identity_column(rows, 0), static_cast<DropReason>(rows.integer(2)));
}

#undef FERRY_PUTS

std::vector<GenerationState> accepted_bases(Catalog& catalog, const Feed& feed, std::uint64_t base) {
  std::vector<GenerationState> bases;
  if (base == 0) return bases;
  Query rows = catalog.database().query(
      "SELECT number, state FROM generation WHERE feed = ? AND number >= ? AND number < ? ORDER BY number", feed.id,
      base, feed.generation);
  while (rows.next()) bases.push_back({static_cast<std::uint64_t>(rows.integer(0)), digest_column(rows, 1)});
  return bases;
}

}  // namespace ferry::format
