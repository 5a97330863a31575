// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/receipts.h"

#include "format/catalog/columns.h"

namespace ferry::format {
namespace {

Time time_column(const Query& row, int column) { return Time::parse(row.bytes(column)).value_or(Time{}); }

std::uint64_t count_column(const Query& row, int column) { return static_cast<std::uint64_t>(row.integer(column)); }

}  // namespace

std::optional<SiteKey> site_key(Catalog& catalog, std::string_view site) {
  Query row = catalog.database().query("SELECT key, since, by FROM site_key WHERE site = ?", site);
  if (!row.next()) return {};
  return SiteKey{digest_column(row, 0), time_column(row, 1), row.text(2)};
}

void set_site_key(Catalog& catalog, std::string_view site, const SiteKey& key) {
  catalog.database().execute("INSERT OR REPLACE INTO site_key (site, key, since, by) VALUES (?, ?, ?, ?)", site,
                             Blob{key.key.bytes()}, key.since.text(), key.by);
}

std::int64_t log_receipt(Catalog& catalog, const ReceiptEntry& entry) {
  catalog.database().execute(
      "INSERT INTO receipt (site, serial, made, received, digest, tool, trust_version, after_export) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(id), 0) FROM export_log))",
      entry.site, entry.serial, entry.made.text(), entry.received.text(), Blob{entry.digest.bytes()}, entry.tool,
      entry.trust_version);
  return catalog.database().last_insert_id();
}

std::optional<ReceiptEntry> last_receipt(Catalog& catalog, std::string_view site) {
  Query row = catalog.database().query(
      "SELECT id, site, serial, made, received, digest, tool, trust_version FROM receipt WHERE site = ? "
      "ORDER BY id DESC LIMIT 1",
      site);
  if (!row.next()) return {};
  return ReceiptEntry{row.integer(0),      row.text(1),           count_column(row, 2), time_column(row, 3),
                      time_column(row, 4), digest_column(row, 5), row.text(6),          count_column(row, 7)};
}

bool knows_receipt(Catalog& catalog, const Digest& digest) {
  return catalog.database().integer("SELECT EXISTS (SELECT 1 FROM receipt WHERE digest = ?)", Blob{digest.bytes()}) !=
         0;
}

void set_site_state(Catalog& catalog, const SiteState& state, std::int64_t receipt) {
  const Value matched = state.matched ? Value(*state.matched) : Value(nullptr);
  catalog.database().execute(
      "INSERT OR REPLACE INTO site_state (site, lineage, receipt, feed, generation, state, matched, before, "
      "missing_files, missing_bytes, sequence, manifest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      state.site, Blob{state.lineage.bytes()}, receipt, state.feed, state.generation, Blob{state.state.bytes()},
      matched, state.before, state.missing_files, state.missing_bytes, state.chain.sequence,
      Blob{state.chain.manifest.bytes()});
}

std::optional<SiteState> site_state(Catalog& catalog, std::string_view site, const Guid& lineage) {
  Query row = catalog.database().query(
      "SELECT s.feed, s.generation, s.state, s.matched, s.before, s.missing_files, s.missing_bytes, s.sequence, "
      "s.manifest, r.made, r.received, r.after_export FROM site_state s JOIN receipt r ON r.id = s.receipt "
      "WHERE s.site = ? AND s.lineage = ?",
      site, Blob{lineage.bytes()});
  if (!row.next()) return {};
  SiteState state;
  state.site = site;
  state.lineage = lineage;
  state.feed = row.text(0);
  state.generation = count_column(row, 1);
  state.state = digest_column(row, 2);
  if (!row.is_null(3)) state.matched = count_column(row, 3);
  state.before = count_column(row, 4);
  state.missing_files = count_column(row, 5);
  state.missing_bytes = count_column(row, 6);
  state.chain = {count_column(row, 7), digest_column(row, 8)};
  state.made = time_column(row, 9);
  state.received = time_column(row, 10);
  state.after_export = row.integer(11);
  return state;
}

std::optional<std::uint64_t> generation_with_state(Catalog& catalog, std::int64_t feed, const Digest& state,
                                                   std::uint64_t number) {
  if (state == empty_state()) return 0;
  Query row = catalog.database().query(
      "SELECT number FROM generation WHERE feed = ? AND state = ? ORDER BY number = ? DESC, number LIMIT 1", feed,
      Blob{state.bytes()}, number);
  if (!row.next()) return {};
  return count_column(row, 0);
}

std::optional<Generation> generation_with_prefix(Catalog& catalog, const Feed& feed, std::string_view prefix) {
  Query row = catalog.database().query(
      "SELECT number FROM generation WHERE feed = ? AND substr(state, 1, ?) = ? ORDER BY number DESC LIMIT 1", feed.id,
      std::uint64_t{prefix.size()}, Blob{prefix});
  if (!row.next()) return {};
  return generation(catalog, feed.id, count_column(row, 0));
}

void set_children(Catalog& catalog, std::string_view site, const std::vector<ReceiptChild>& children) {
  Database& database = catalog.database();
  database.execute("DELETE FROM child_state WHERE site = ?", site);
  for (const ReceiptChild& child : children)
    database.execute(
        "INSERT INTO child_state (site, path, feed, generation, current, made, missing_files, missing_bytes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        site, child.path, child.feed, child.generation, child.current, child.made ? child.made->text() : "",
        child.missing_files, child.missing_bytes);
}

std::vector<ReceiptChild> children_of(Catalog& catalog, std::string_view site) {
  std::vector<ReceiptChild> children;
  Query rows = catalog.database().query(
      "SELECT path, feed, generation, current, made, missing_files, missing_bytes FROM child_state WHERE site = ? "
      "ORDER BY path",
      site);
  while (rows.next())
    children.push_back({rows.text(0), rows.text(1), count_column(rows, 2), count_column(rows, 3),
                        Time::parse(rows.bytes(4)), count_column(rows, 5), count_column(rows, 6)});
  return children;
}

}  // namespace ferry::format
