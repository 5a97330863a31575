// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/documents.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/catalog/columns.h"
#include "format/document.h"
#include "format/state.h"

namespace ferry::format {
namespace {

// Each document is a frame of its own here; 3 is where speed and size meet for single documents.
constexpr int document_compression_level = 3;

}  // namespace

Documents::Documents(Catalog& catalog) : database_(catalog.database()), compressor_(document_compressor()) {}

std::optional<RevisionRow> Documents::find(const RevisionId& id, const Digest& digest) {
  Query row = database_.query(
      "SELECT r.id FROM revision r JOIN document d ON d.id = r.document "
      "WHERE r.update_id = ? AND r.number = ? AND d.digest = ?",
      Blob{id.update.bytes()}, id.number, Blob{digest.bytes()});
  if (!row.next()) return {};
  return row.integer(0);
}

std::optional<Documents::Newest> Documents::newest(const UpdateId& update) {
  Query row = database_.query(
      "SELECT r.id, r.number, d.digest FROM revision r JOIN document d ON d.id = r.document "
      "WHERE r.update_id = ? ORDER BY r.number DESC, r.id DESC LIMIT 1",
      Blob{update.bytes()});
  if (!row.next()) return {};
  return Newest{row.integer(0), static_cast<std::uint32_t>(row.integer(1)), digest_column(row, 2)};
}

PreparedDocument prepare_document(std::string_view bytes, const Digest& digest, Compressor& compressor) {
  return {digest, parse_document(bytes), compressor.compress(bytes)};
}

Compressor document_compressor() { return Compressor(document_compression_level); }

StoredRevision Documents::store(const Update& update, const Digest& digest, std::string_view bytes, Time now) {
  return store(
      update, digest, bytes.size(), [&] { return compressor_.compress(bytes); }, now);
}

StoredRevision Documents::store(const PreparedDocument& prepared, std::uint64_t size, Time now) {
  return store(
      prepared.update, prepared.digest, size, [&] { return prepared.body; }, now);
}

StoredRevision Documents::store(const Update& update, const Digest& digest, std::uint64_t size,
                                const std::function<std::string()>& make_body, Time now) {
  if (const auto row = find(update.id, digest)) return {*row, false};
  std::int64_t document = 0;
  {
    Query known = database_.query("SELECT id FROM document WHERE digest = ?", Blob{digest.bytes()});
    if (known.next()) document = known.integer(0);
  }
  if (document == 0) {
    const std::string body = make_body();
    database_.execute("INSERT INTO document (digest, size, body) VALUES (?, ?, ?)", Blob{digest.bytes()}, size,
                      Blob{body});
    document = database_.last_insert_id();
  }
  const std::string title = update.title();
  database_.execute(
      "INSERT INTO revision (update_id, number, document, dialect, type, category_type, state, deployable, "
      "bucket, title, severity, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      Blob{update.id.update.bytes()}, update.id.number, document, static_cast<int>(update.dialect),
      static_cast<int>(update.type), static_cast<int>(update.category_type), static_cast<int>(update.state),
      update.explicitly_deployable, static_cast<int>(state_bucket(update.id.update)), title, update.severity,
      update.created);
  const RevisionRow row = database_.last_insert_id();
  index(row, update, now);
  return {row, true};
}

void Documents::index(RevisionRow row, const Update& update, Time now) {
  constexpr std::string_view insert_relation =
      "INSERT OR IGNORE INTO relation (revision, kind, clause, target, number) VALUES (?, ?, ?, ?, ?)";
  const auto relate = [&](Relation kind, std::size_t clause, const UpdateId& target, std::uint32_t number) {
    database_.execute(insert_relation, row, static_cast<int>(kind), std::uint64_t{clause}, Blob{target.bytes()},
                      number);
  };
  for (std::size_t i = 0; i < update.prerequisites.size(); ++i) {
    for (const UpdateId& target : update.prerequisites[i].any_of) relate(Relation::prerequisite, i, target, 0);
  }
  for (std::size_t i = 0; i < update.bundled.size(); ++i) {
    for (const RevisionId& target : update.bundled[i].any_of)
      relate(Relation::bundled, i, target.update, target.number);
  }
  // By position: a publisher may name an update twice, and the count of edges is the publisher's.
  for (std::size_t i = 0; i < update.supersedes.size(); ++i) relate(Relation::supersedes, i, update.supersedes[i], 0);
  for (const UpdateId& category : update.categories())
    database_.execute("INSERT OR IGNORE INTO revision_category (revision, category) VALUES (?, ?)", row,
                      Blob{category.bytes()});
  for (std::size_t i = 0; i < update.files.size(); ++i) {
    const FileFact& file = update.files[i];
    std::optional<Blob> sha256;
    if (file.sha256) sha256 = Blob{file.sha256->bytes()};
    database_.execute(
        "INSERT INTO file (revision, position, sha1, sha256, size, name, url, language, is_eula) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row, std::uint64_t{i}, Blob{file.sha1}, sha256, file.size, file.name, file.url, file.language, file.is_eula);
  }
  for (const std::string& language : update.languages)
    database_.execute("INSERT OR IGNORE INTO revision_language (revision, language) VALUES (?, ?)", row,
                      to_lower(language));
  store_categories(update, now);
}

void Documents::store_categories(const Update& update, Time now) {
  // A category's own document is the best word on its name; a name in an SDP or our list only fills a gap.
  if (update.type == UpdateType::category) {
    std::optional<Blob> parent;
    std::optional<UpdateId> parent_id;
    for (const PrerequisiteClause& clause : update.prerequisites) {
      if (clause.is_category && !clause.any_of.empty()) parent_id = clause.any_of.front();
    }
    if (parent_id) parent = Blob{parent_id->bytes()};
    database_.execute(
        "INSERT INTO category (id, type, name, parent, first_seen) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO "
        "UPDATE SET type = excluded.type, name = excluded.name, parent = excluded.parent",
        Blob{update.id.update.bytes()}, static_cast<int>(update.category_type), update.title(), parent, now.text());
  }
  constexpr std::string_view fill_gap =
      "INSERT INTO category (id, type, name, parent, first_seen) VALUES (?, ?, ?, ?, ?) "
      "ON CONFLICT (id) DO NOTHING";
  for (const NamedCategory& named : update.named_categories) {
    std::optional<Blob> parent;
    if (named.parent) parent = Blob{named.parent->bytes()};
    database_.execute(fill_gap, Blob{named.id.bytes()}, static_cast<int>(named.type), named.name, parent, now.text());
  }
  if (update.dialect != Dialect::upd) return;
  for (const UpdateId& id : update.categories()) {
    if (const auto title = known_classification_title(id))
      database_.execute(fill_gap, Blob{id.bytes()}, static_cast<int>(CategoryType::classification), *title, nullptr,
                        now.text());
  }
}

std::string Documents::load(RevisionRow revision) {
  Query row = database_.query(
      "SELECT d.digest, d.size, d.body FROM revision r JOIN document d ON d.id = r.document WHERE r.id = ?", revision);
  if (!row.next()) throw NotFoundError(fmt::format("there is no revision row {} in the catalog", revision));
  std::string bytes;
  try {
    bytes = decompressor_.decompress(row.bytes(2), static_cast<std::uint64_t>(row.integer(1)));
  } catch (const FormatError& error) {
    throw IoError(fmt::format("document {} in catalog {} is damaged: {}; {}", digest_column(row, 0).hex(),
                              quote(database_.path().native()), error.what(), restore_hint));
  }
  // Damage must not spread: what is shipped or shown is what was stored (RELIABILITY, "refuse to export").
  if (sha256(bytes).bytes() != row.bytes(0))
    throw IoError(fmt::format("document {} in catalog {} has changed; {}", digest_column(row, 0).hex(),
                              quote(database_.path().native()), restore_hint));
  return bytes;
}

std::vector<RevisionRow> revisions_of(Catalog& catalog, const UpdateId& update, bool held_only) {
  std::vector<RevisionRow> rows;
  Query query = catalog.database().query(
      "SELECT id FROM revision WHERE update_id = ?1 AND (NOT ?2 OR id IN (SELECT revision FROM held WHERE update_id = "
      "?1)) "
      "ORDER BY number DESC, id DESC",
      Blob{update.bytes()}, held_only);
  while (query.next()) rows.push_back(query.integer(0));
  return rows;
}

std::vector<UpdateId> superseded_by(Catalog& catalog, const UpdateId& update) {
  std::vector<UpdateId> ids;
  Query query = catalog.database().query(
      "SELECT DISTINCT r.update_id FROM relation rel JOIN revision r ON r.id = rel.revision "
      "WHERE rel.target = ? AND rel.kind = 3 AND EXISTS (SELECT 1 FROM held h WHERE h.update_id = r.update_id AND "
      "h.revision = r.id) "
      "ORDER BY r.update_id",
      Blob{update.bytes()});
  while (query.next()) ids.push_back(update_id_column(query, 0));
  return ids;
}

RevisionId identity(Catalog& catalog, RevisionRow row) {
  Query query = catalog.database().query("SELECT update_id, number FROM revision WHERE id = ?", row);
  if (!query.next()) throw NotFoundError(fmt::format("there is no revision row {} in the catalog", row));
  return {update_id_column(query, 0), static_cast<std::uint32_t>(query.integer(1))};
}

Digest document_digest(Catalog& catalog, RevisionRow row) {
  Query query = catalog.database().query(
      "SELECT d.digest FROM revision r JOIN document d ON d.id = r.document WHERE r.id = ?", row);
  if (!query.next()) throw NotFoundError(fmt::format("there is no revision row {} in the catalog", row));
  return digest_column(query, 0);
}

std::optional<std::string> title_of(Catalog& catalog, const UpdateId& update) {
  Query query = catalog.database().query("SELECT title FROM revision WHERE update_id = ? ORDER BY number DESC LIMIT 1",
                                         Blob{update.bytes()});
  if (!query.next()) return {};
  return query.text(0);
}

std::optional<NamedCategory> find_category(Catalog& catalog, const UpdateId& category) {
  Query query = catalog.database().query("SELECT type, name FROM category WHERE id = ?", Blob{category.bytes()});
  if (!query.next()) return {};
  return NamedCategory{category, static_cast<CategoryType>(query.integer(0)), query.text(1), {}};
}

std::optional<std::string> category_name(Catalog& catalog, const UpdateId& category) {
  const auto found = find_category(catalog, category);
  return found ? std::optional(found->name) : std::nullopt;
}

}  // namespace ferry::format
