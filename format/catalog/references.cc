// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/references.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "format/catalog/columns.h"

// Revisions r that are members from generation ?2 to ?3 at least.
#define FERRY_HELD_THROUGHOUT                                                                 \
  "EXISTS (SELECT 1 FROM member m WHERE m.feed = ?1 AND m.revision = r.id AND m.since <= ?2 " \
  "AND (m.until IS NULL OR m.until > ?3)) "

// So many titles are looked at on each side for one that is a member: most are.
#define FERRY_NEIGHBOURS "16"

namespace ferry::format {

ReferenceFinder::ReferenceFinder(Catalog& catalog, const Feed& feed, std::uint64_t base)
    : database_(catalog.database()), feed_(feed.id), base_(base), last_(feed.generation - 1) {}

std::vector<RevisionId> ReferenceFinder::find(RevisionRow revision) {
  std::vector<RevisionId> found;
  add_former(revision, found);
  if (found.empty()) {
    add_neighbour(revision, false, found);
    add_neighbour(revision, true, found);
  }
  return found;
}

void ReferenceFinder::add_former(RevisionRow revision, std::vector<RevisionId>& found) {
  Query rows = database_.query(
      "SELECT r.update_id, r.number FROM revision r WHERE r.update_id = (SELECT update_id FROM revision WHERE id = ?4) "
      "AND r.id <> ?4 AND " FERRY_HELD_THROUGHOUT "ORDER BY r.number DESC LIMIT 1",
      feed_, base_, last_, revision);
  if (rows.next()) found.push_back(identity_column(rows, 0));
}

void ReferenceFinder::add_neighbour(RevisionRow revision, bool is_after, std::vector<RevisionId>& found) {
  Query rows = is_after
                   ? database_.query(
                         "SELECT r.update_id, r.number FROM (SELECT id, update_id, number FROM revision WHERE title >= "
                         "(SELECT title FROM revision WHERE id = ?4) AND id <> ?4 ORDER BY title, id "
                         "LIMIT " FERRY_NEIGHBOURS ") r WHERE " FERRY_HELD_THROUGHOUT "LIMIT 1",
                         feed_, base_, last_, revision)
                   : database_.query(
                         "SELECT r.update_id, r.number FROM (SELECT id, update_id, number FROM revision WHERE title < "
                         "(SELECT title FROM revision WHERE id = ?4) ORDER BY title DESC, id DESC "
                         "LIMIT " FERRY_NEIGHBOURS ") r WHERE " FERRY_HELD_THROUGHOUT "LIMIT 1",
                         feed_, base_, last_, revision);
  if (rows.next()) found.push_back(identity_column(rows, 0));
}

std::function<std::string(const RevisionId&)> load_references(Catalog& catalog, const Manifest& manifest) {
  if (manifest.kind != BundleKind::delta)
    return [](const RevisionId&) -> std::string { throw FormatError("only a delta may refer to other documents"); };
  const auto feed = find_lineage(catalog, manifest.lineage);
  if (!feed)
    return [](const RevisionId&) -> std::string {
      throw FormatError("it refers to documents of a feed that is not known here");
    };
  const std::uint64_t generation = std::min(feed->generation, manifest.target.generation - 1);
  const auto documents = std::make_shared<Documents>(catalog);
  return [&catalog, documents, feed = feed->id, generation](const RevisionId& id) {
    Query rows = catalog.database().query(
        "SELECT r.id FROM revision r WHERE r.update_id = ?4 AND r.number = ?5 AND " FERRY_HELD_THROUGHOUT, feed,
        generation, generation, Blob{id.update.bytes()}, id.number);
    if (!rows.next())
      throw FormatError(fmt::format(
          "it refers to update {} revision {}, which is not in generation {} of the feed here; ask the publisher for a "
          "full bundle",
          id.update.text(), id.number, generation));
    return documents->load(rows.integer(0));
  };
}

#undef FERRY_NEIGHBOURS
#undef FERRY_HELD_THROUGHOUT

}  // namespace ferry::format
