// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/journal.h"

#include "format/catalog/columns.h"

namespace ferry::format {
namespace {

Time time_of(const Query& row, int column) { return Time::parse(row.bytes(column)).value_or(Time{}); }

std::uint64_t count_of(const Query& row, int column) { return static_cast<std::uint64_t>(row.integer(column)); }

// As read_imports() takes them.
#define FERRY_IMPORTS                                                                                            \
  "SELECT i.feed, f.name, i.name, i.kind, i.previous, i.target, i.created, i.imported, i.added, i.removed, "     \
  "i.signers, i.manifest, i.epoch, i.next_expected, i.valid_until, i.id, i.undone, i.sequence, i.trust_version " \
  "FROM import_log i JOIN feed f ON f.id = i.feed "

std::vector<ImportEntry> read_imports(Query& rows) {
  std::vector<ImportEntry> entries;
  while (rows.next())
    entries.push_back({rows.integer(15), rows.integer(0), rows.text(1), rows.text(2), rows.text(3), count_of(rows, 4),
                       count_of(rows, 5), time_of(rows, 6), time_of(rows, 7), count_of(rows, 8), count_of(rows, 9),
                       rows.text(10), digest_column(rows, 11), count_of(rows, 12), time_of(rows, 13), time_of(rows, 14),
                       rows.is_null(16) ? std::nullopt : std::optional(time_of(rows, 16)), count_of(rows, 17),
                       count_of(rows, 18)});
  return entries;
}

// As export_entry() takes them.
#define FERRY_EXPORTS                                                                                          \
  "SELECT id, site, feed, name, kind, base, target, made, bytes, volumes, manifest, trust_version, sequence, " \
  "document_bytes, file_bytes FROM export_log "

ExportEntry export_entry(const Query& row) {
  return {row.integer(0),         row.text(1),       row.integer(2),    row.text(3),       row.text(4),
          count_of(row, 5),       count_of(row, 6),  time_of(row, 7),   count_of(row, 8),  count_of(row, 9),
          digest_column(row, 10), count_of(row, 11), count_of(row, 12), count_of(row, 13), count_of(row, 14)};
}

std::vector<ExportEntry> read_exports(Query& rows) {
  std::vector<ExportEntry> entries;
  while (rows.next()) entries.push_back(export_entry(rows));
  return entries;
}

}  // namespace

std::int64_t log_export(Catalog& catalog, const ExportEntry& entry) {
  catalog.database().execute(
      "INSERT INTO export_log (site, feed, name, kind, base, target, made, bytes, volumes, manifest, "
      "trust_version, sequence, document_bytes, file_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      entry.site, entry.feed, entry.name, entry.kind, entry.base, entry.target, entry.made.text(), entry.bytes,
      entry.volumes, Blob{entry.manifest.bytes()}, entry.trust_version, entry.sequence, entry.document_bytes,
      entry.file_bytes);
  return catalog.database().last_insert_id();
}

std::vector<ExportEntry> exports_to(Catalog& catalog, std::string_view site, std::int64_t feed, std::size_t limit) {
  Query rows = catalog.database().query(FERRY_EXPORTS
                                        "WHERE site = ? AND feed = ? AND kind <> 'content' ORDER BY id DESC LIMIT ?",
                                        site, feed, std::uint64_t{limit});
  return read_exports(rows);
}

std::vector<ExportEntry> exports_of(Catalog& catalog, std::int64_t feed, std::size_t limit) {
  Query rows =
      catalog.database().query(FERRY_EXPORTS "WHERE feed = ? ORDER BY id DESC LIMIT ?", feed, std::uint64_t{limit});
  return read_exports(rows);
}

std::optional<ExportEntry> find_export(Catalog& catalog, std::string_view site, const Digest& manifest) {
  Query row = catalog.database().query(FERRY_EXPORTS "WHERE site = ? AND manifest = ?", site, Blob{manifest.bytes()});
  if (!row.next()) return {};
  return export_entry(row);
}

std::optional<Digest> issued_manifest(Catalog& catalog, std::int64_t feed, std::uint64_t sequence) {
  Query row =
      catalog.database().query("SELECT manifest FROM export_log WHERE feed = ? AND sequence = ?", feed, sequence);
  if (!row.next()) return {};
  return digest_column(row, 0);
}

std::int64_t log_import(Catalog& catalog, const ImportEntry& entry) {
  catalog.database().execute(
      "INSERT INTO import_log (feed, name, kind, previous, target, created, imported, added, removed, signers, "
      "manifest, epoch, next_expected, valid_until, sequence, trust_version) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      entry.feed, entry.name, entry.kind, entry.previous, entry.target, entry.created.text(), entry.imported.text(),
      entry.added, entry.removed, entry.signers, Blob{entry.manifest.bytes()}, entry.epoch, entry.next_expected.text(),
      entry.valid_until.text(), entry.sequence, entry.trust_version);
  return catalog.database().last_insert_id();
}

std::vector<ImportEntry> list_imports(Catalog& catalog, std::size_t limit) {
  Query rows = catalog.database().query(FERRY_IMPORTS "ORDER BY i.id DESC LIMIT ?", std::uint64_t{limit});
  return read_imports(rows);
}

std::vector<ImportEntry> imports_of(Catalog& catalog, std::int64_t feed) {
  Query rows = catalog.database().query(FERRY_IMPORTS "WHERE i.feed = ? ORDER BY i.id", feed);
  return read_imports(rows);
}

bool is_undone(Catalog& catalog, const Digest& manifest) {
  Query row = catalog.database().query(
      "SELECT undone IS NOT NULL FROM import_log WHERE manifest = ? ORDER BY id DESC LIMIT 1", Blob{manifest.bytes()});
  return row.next() && row.integer(0) != 0;
}

std::optional<ImportEntry> last_import(Catalog& catalog, std::int64_t feed) {
  Query rows =
      catalog.database().query(FERRY_IMPORTS "WHERE i.feed = ? AND i.undone IS NULL ORDER BY i.id DESC LIMIT 1", feed);
  std::vector<ImportEntry> entries = read_imports(rows);
  if (entries.empty()) return {};
  return std::move(entries.front());
}

std::optional<Time> newest_import(Catalog& catalog, std::uint64_t epoch, std::optional<std::int64_t> feed) {
  // Times are written in one form, so the largest text is the latest time.
  Query row =
      feed ? catalog.database().query("SELECT max(created) FROM import_log WHERE epoch = ? AND feed = ?", epoch, *feed)
           : catalog.database().query("SELECT max(created) FROM import_log WHERE epoch = ?", epoch);
  if (!row.next() || row.is_null(0)) return {};
  return time_of(row, 0);
}

std::vector<SignedTrust> trust_files(Catalog& catalog) {
  std::vector<SignedTrust> files;
  Query rows = catalog.database().query(
      "SELECT t.version, t.bytes, s.bytes FROM trust_file t LEFT JOIN trust_signature s ON s.version = t.version "
      "ORDER BY t.version, s.number");
  for (std::uint64_t last = 0; rows.next(); last = count_of(rows, 0)) {
    if (count_of(rows, 0) != last) files.push_back({rows.text(1), {}});
    if (!rows.is_null(2)) files.back().signatures.push_back(rows.text(2));
  }
  return files;
}

void install_trust(Catalog& catalog, std::uint64_t version, const SignedTrust& trust, Time now) {
  catalog.database().execute("INSERT INTO trust_file (version, bytes, installed) VALUES (?, ?, ?)", version,
                             Blob{trust.bytes}, now.text());
  for (std::size_t i = 0; i < trust.signatures.size(); ++i)
    catalog.database().execute("INSERT INTO trust_signature (version, number, bytes) VALUES (?, ?, ?)", version,
                               std::uint64_t{i + 1}, Blob{trust.signatures[i]});
}

bool is_recorded(Catalog& catalog, const Digest& manifest) {
  return catalog.database().integer(
             "SELECT EXISTS (SELECT 1 FROM export_log WHERE manifest = ?1) OR "
             "EXISTS (SELECT 1 FROM import_log WHERE manifest = ?1)",
             Blob{manifest.bytes()}) != 0;
}

}  // namespace ferry::format
