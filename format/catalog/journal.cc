// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/journal.h"

#include "format/catalog/columns.h"

namespace ferry::format {
namespace {

Time time_of(const Query& row, int column) { return Time::parse(row.bytes(column)).value_or(Time{}); }

std::uint64_t count_of(const Query& row, int column) { return static_cast<std::uint64_t>(row.integer(column)); }

}  // namespace

void log_export(Catalog& catalog, const ExportEntry& entry) {
  catalog.database().execute(
      "INSERT INTO export_log (site, feed, name, kind, base, target, made, bytes, volumes, manifest) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      entry.site, entry.feed, entry.name, entry.kind, entry.base, entry.target, entry.made.text(), entry.bytes,
      entry.volumes, Blob{entry.manifest.bytes()});
}

std::vector<ExportEntry> exports_to(Catalog& catalog, std::string_view site, std::int64_t feed, std::size_t limit) {
  std::vector<ExportEntry> entries;
  Query rows = catalog.database().query(
      "SELECT site, feed, name, kind, base, target, made, bytes, volumes, manifest FROM export_log "
      "WHERE site = ? AND feed = ? ORDER BY id DESC LIMIT ?",
      site, feed, std::uint64_t{limit});
  while (rows.next())
    entries.push_back({rows.text(0), rows.integer(1), rows.text(2), rows.text(3), count_of(rows, 4), count_of(rows, 5),
                       time_of(rows, 6), count_of(rows, 7), count_of(rows, 8), digest_column(rows, 9)});
  return entries;
}

std::optional<std::uint64_t> acknowledged(Catalog& catalog, std::string_view site) {
  Query row = catalog.database().query("SELECT acknowledged FROM site WHERE name = ?", site);
  if (!row.next() || row.is_null(0)) return {};
  return count_of(row, 0);
}

void log_import(Catalog& catalog, const ImportEntry& entry) {
  catalog.database().execute(
      "INSERT INTO import_log (feed, name, kind, previous, target, created, imported, added, removed, signers, "
      "manifest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      entry.feed, entry.name, entry.kind, entry.previous, entry.target, entry.created.text(), entry.imported.text(),
      entry.added, entry.removed, entry.signers, Blob{entry.manifest.bytes()});
}

std::vector<ImportEntry> list_imports(Catalog& catalog, std::size_t limit) {
  std::vector<ImportEntry> entries;
  Query rows = catalog.database().query(
      "SELECT i.feed, f.name, i.name, i.kind, i.previous, i.target, i.created, i.imported, i.added, i.removed, "
      "i.signers, i.manifest FROM import_log i JOIN feed f ON f.id = i.feed ORDER BY i.id DESC LIMIT ?",
      std::uint64_t{limit});
  while (rows.next())
    entries.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.text(3), count_of(rows, 4), count_of(rows, 5),
                       time_of(rows, 6), time_of(rows, 7), count_of(rows, 8), count_of(rows, 9), rows.text(10),
                       digest_column(rows, 11)});
  return entries;
}

std::vector<std::string> trust_chain(Catalog& catalog) {
  std::vector<std::string> chain;
  Query rows = catalog.database().query("SELECT bytes FROM trust_file ORDER BY version");
  while (rows.next()) chain.push_back(rows.text(0));
  return chain;
}

void install_trust(Catalog& catalog, std::uint64_t version, std::string_view bytes, Time now) {
  catalog.database().execute("INSERT INTO trust_file (version, bytes, installed) VALUES (?, ?, ?)", version,
                             Blob{bytes}, now.text());
}

}  // namespace ferry::format
