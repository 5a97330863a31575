// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/offers.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "format/catalog/columns.h"
#include "format/catalog/source_memory.h"

namespace ferry::format {
OfferRun::OfferRun(Catalog& catalog, std::string_view source, std::string_view kind, std::uint64_t rank)
    : database_(catalog.database()), rank_(rank) {
  database_.execute(
      "INSERT INTO source (name, kind, rank) VALUES (?, ?, ?) "
      "ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, rank = excluded.rank",
      source, kind, rank);
  source_ = database_.integer("SELECT id FROM source WHERE name = ?", source);
  database_.run_script(
      "CREATE TEMP TABLE IF NOT EXISTS seen (update_id BLOB, revision INTEGER, path TEXT, "
      "PRIMARY KEY (update_id, revision)) WITHOUT ROWID; DELETE FROM temp.seen;");
}

std::vector<OfferRun::Known> OfferRun::known_at(std::string_view path) {
  std::vector<Known> known;
  Query rows = database_.query(
      "SELECT o.revision, o.update_id, d.digest FROM offer o JOIN revision r ON r.id = o.revision "
      "JOIN document d ON d.id = r.document WHERE o.source = ? AND o.path = ?",
      source_, path);
  while (rows.next()) known.push_back({rows.integer(0), update_id_column(rows, 1), digest_column(rows, 2)});
  return known;
}

std::optional<RevisionRow> OfferRun::known_document(const UpdateId& update, const Digest& digest) {
  Query row = database_.query(
      "SELECT o.revision FROM offer o JOIN revision r ON r.id = o.revision JOIN document d ON d.id = r.document "
      "WHERE o.source = ? AND o.update_id = ? AND d.digest = ?",
      source_, Blob{update.bytes()}, Blob{digest.bytes()});
  if (!row.next()) return {};
  return row.integer(0);
}

void OfferRun::offer(const UpdateId& update, RevisionRow revision, std::string_view path) {
  {
    Query other = database_.query(
        "SELECT r.number FROM temp.seen s JOIN revision r ON r.id = s.revision JOIN revision n ON n.id = ?2 "
        "WHERE s.update_id = ?1 AND r.number = n.number AND r.id <> n.id",
        Blob{update.bytes()}, revision);
    if (other.next())
      throw FormatError(
          fmt::format("{} revision {} is there twice with different bytes", update.text(), other.integer(0)),
          ExitCode::failed);
  }
  database_.execute("INSERT OR IGNORE INTO temp.seen (update_id, revision, path) VALUES (?, ?, ?)",
                    Blob{update.bytes()}, revision, path);
}

std::optional<RevisionRow> OfferRun::offered(const UpdateId& update) {
  Query row = database_.query("SELECT revision FROM temp.seen WHERE update_id = ?", Blob{update.bytes()});
  if (!row.next()) return {};
  return row.integer(0);
}

void OfferRun::take_kept() {
  // Of an SDP there is one revision at a time, whatever its number; of an update document, one an identity.
  for (const std::string& path : kept_)
    database_.execute(
        "INSERT OR IGNORE INTO temp.seen SELECT o.update_id, o.revision, o.path FROM offer o "
        "JOIN revision r ON r.id = o.revision WHERE o.source = ? AND o.path = ? AND NOT EXISTS ("
        "SELECT 1 FROM temp.seen s JOIN revision n ON n.id = s.revision WHERE s.update_id = o.update_id "
        "AND (n.number = r.number OR r.dialect = 2))",
        source_, path);
}

void OfferRun::take_other_revisions() {
  database_.execute(
      "INSERT OR IGNORE INTO temp.seen SELECT o.update_id, o.revision, o.path FROM offer o "
      "JOIN revision r ON r.id = o.revision WHERE o.source = ?1 "
      "AND o.update_id IN (SELECT update_id FROM temp.seen) AND NOT EXISTS ("
      "SELECT 1 FROM temp.seen s JOIN revision n ON n.id = s.revision WHERE s.update_id = o.update_id "
      "AND n.number = r.number)",
      source_);
}

OfferChanges OfferRun::compare(Coverage coverage) {
  OfferChanges changes;
  if (coverage == Coverage::changes)
    changes.unchanged =
        static_cast<std::uint64_t>(database_.integer("SELECT count(DISTINCT update_id) FROM offer WHERE source = ? "
                                                     "AND update_id NOT IN (SELECT update_id FROM temp.seen)",
                                                     source_));
  // One row for each update that was or is offered: how many revisions it had, has, and has in common, and
  // the publication state of its newest revision before and now.
  Query rows = database_.query(
      "SELECT u.update_id,"
      " (SELECT count(*) FROM offer o WHERE o.source = ?1 AND o.update_id = u.update_id),"
      " (SELECT count(*) FROM temp.seen s WHERE s.update_id = u.update_id),"
      " (SELECT count(*) FROM temp.seen s JOIN offer o ON o.source = ?1 AND o.update_id = s.update_id"
      "   AND o.revision = s.revision WHERE s.update_id = u.update_id),"
      " (SELECT r.state FROM offer o JOIN revision r ON r.id = o.revision WHERE o.source = ?1"
      "   AND o.update_id = u.update_id ORDER BY r.number DESC LIMIT 1),"
      " (SELECT r.state FROM temp.seen s JOIN revision r ON r.id = s.revision"
      "   WHERE s.update_id = u.update_id ORDER BY r.number DESC LIMIT 1) "
      "FROM (SELECT update_id FROM temp.seen UNION SELECT update_id FROM offer WHERE source = ?1 AND ?2) u",
      source_, coverage == Coverage::everything);
  constexpr auto expired = static_cast<std::int64_t>(PublicationState::expired);
  while (rows.next()) {
    const UpdateId update = update_id_column(rows, 0);
    const auto before = rows.integer(1);
    const auto after = rows.integer(2);
    if (before == 0) {
      changes.added.push_back(update);
    } else if (after == 0) {
      changes.removed.push_back(update);
    } else if (before == after && rows.integer(3) == after) {
      ++changes.unchanged;
    } else if (rows.optional_integer(5) == expired && rows.optional_integer(4) != expired) {
      changes.expired.push_back(update);
    } else {
      changes.changed.push_back(update);
    }
  }
  return changes;
}

OfferChanges OfferRun::finish(Time now, Coverage coverage) {
  take_kept();
  if (coverage == Coverage::changes) take_other_revisions();
  OfferChanges changes = compare(coverage);
  if (changes.any()) {
    database_.execute(
        "DELETE FROM offer WHERE source = ?1 AND (?2 OR update_id IN (SELECT update_id FROM temp.seen)) "
        "AND NOT EXISTS (SELECT 1 FROM temp.seen s "
        "WHERE s.update_id = offer.update_id AND s.revision = offer.revision)",
        source_, coverage == Coverage::everything);
  }
  // Also when nothing changed: a document may have moved to another file.
  database_.execute(
      "INSERT INTO offer (source, update_id, revision, path) SELECT ?, update_id, revision, path FROM temp.seen "
      "WHERE true ON CONFLICT (source, update_id, revision) DO UPDATE SET path = excluded.path "
      "WHERE path <> excluded.path",
      source_);
  database_.execute("UPDATE source SET synced = ? WHERE id = ?", now.text(), source_);
  Query shadowed = database_.query(
      "SELECT DISTINCT o.update_id FROM offer o WHERE o.source = ? AND EXISTS (SELECT 1 FROM offer p "
      "JOIN source t ON t.id = p.source WHERE p.update_id = o.update_id AND t.rank < ?)",
      source_, rank_);
  while (shadowed.next()) changes.shadowed.push_back(update_id_column(shadowed, 0));
  return changes;
}

std::vector<std::pair<std::string, OfferChanges>> drop_other_sources(Catalog& catalog,
                                                                     const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, OfferChanges>> dropped;
  for (const SourceRow& source : list_sources(catalog)) {
    if (std::find(names.begin(), names.end(), source.name) != names.end()) continue;
    Database& database = catalog.database();
    const auto id = database.integer("SELECT id FROM source WHERE name = ?", source.name);
    OfferChanges changes;
    {
      Query rows = database.query("SELECT DISTINCT update_id FROM offer WHERE source = ?", id);
      while (rows.next()) changes.removed.push_back(update_id_column(rows, 0));
    }
    database.execute("DELETE FROM offer WHERE source = ?", id);
    forget_source(catalog, source.name);
    database.execute("DELETE FROM source WHERE id = ?", id);
    dropped.emplace_back(source.name, std::move(changes));
  }
  return dropped;
}

std::vector<SourceRow> list_sources(Catalog& catalog) {
  std::vector<SourceRow> sources;
  Query rows = catalog.database().query(
      "SELECT s.name, s.kind, coalesce(s.synced, ''), (SELECT count(DISTINCT o.update_id) FROM offer o "
      "WHERE o.source = s.id) FROM source s ORDER BY s.rank");
  while (rows.next())
    sources.push_back({rows.text(0), rows.text(1), rows.text(2), static_cast<std::uint64_t>(rows.integer(3))});
  return sources;
}

}  // namespace ferry::format
