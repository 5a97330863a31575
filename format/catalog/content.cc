// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/content.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/text.h"
#include "format/catalog/columns.h"

namespace ferry::format {
namespace {

ContentFile content_row(const Query& row, int column) {
  return {digest_column(row, column), row.text(column + 1), static_cast<std::uint64_t>(row.integer(column + 2))};
}

// temp.carried (revision): the members whose payload the policy takes; languages are looked at later.
void select_carried(Catalog& catalog, const Feed& feed, const ContentPolicy& policy) {
  Database& database = catalog.database();
  database.run_script(
      "DROP TABLE IF EXISTS temp.carried; CREATE TEMP TABLE carried (revision INTEGER PRIMARY KEY);"
      "DROP TABLE IF EXISTS temp.chosen_language; CREATE TEMP TABLE chosen_language (name TEXT PRIMARY KEY);");
  for (const std::string& language : policy.languages)
    database.execute("INSERT OR IGNORE INTO temp.chosen_language VALUES (?)", to_lower(language));
  if (policy.kind == "all")
    database.execute("INSERT INTO temp.carried SELECT revision FROM member WHERE feed = ? AND until IS NULL", feed.id);
  if (policy.kind != "approved") return;
  for (const UpdateId& update : approved_updates(catalog, feed, policy.upstream))
    database.execute(
        "INSERT OR IGNORE INTO temp.carried SELECT r.id FROM revision r JOIN member m ON m.feed = ?1 AND "
        "m.revision = r.id AND m.until IS NULL WHERE r.update_id = ?2",
        feed.id, Blob{update.bytes()});
  // A bundle's payload is that of the updates bundled in it, over all levels.
  database.execute(
      "INSERT OR IGNORE INTO temp.carried WITH RECURSIVE below (revision) AS (SELECT revision FROM temp.carried UNION "
      "SELECT r.id FROM below b JOIN relation x ON x.revision = b.revision AND x.kind = 2 "
      "JOIN revision r ON r.update_id = x.target AND r.number = x.number "
      "JOIN member m ON m.feed = ? AND m.revision = r.id AND m.until IS NULL) SELECT revision FROM below",
      feed.id);
}

// EULAs in the chosen languages of all members, and payload of the carried ones.
constexpr std::string_view wanted_sql =
    "SELECT f.sha1, f.sha256, f.size, f.name, max(f.url), f.is_eula, r.update_id, r.title, "
    "CASE WHEN f.sha256 IS NOT NULL THEN (SELECT c.sha256 FROM content c WHERE c.sha256 = f.sha256) "
    "ELSE (SELECT c.sha256 FROM content c WHERE c.sha1 = f.sha1 AND c.size = f.size) END "
    "FROM member m JOIN revision r ON r.id = m.revision JOIN file f ON f.revision = r.id "
    "WHERE m.feed = ?1 AND m.until IS NULL AND CASE WHEN f.is_eula THEN "
    "?2 OR lower(f.language) IN ('', 'all') OR lower(f.language) IN (SELECT name FROM temp.chosen_language) "
    "ELSE m.revision IN (SELECT revision FROM temp.carried) AND "
    "(?2 OR NOT EXISTS (SELECT 1 FROM revision_language l WHERE l.revision = m.revision) OR EXISTS ("
    "SELECT 1 FROM revision_language l JOIN temp.chosen_language n ON n.name = l.language "
    "WHERE l.revision = m.revision)) END "
    "GROUP BY f.sha1, f.sha256, f.size ORDER BY f.sha1, f.sha256, f.size";

}  // namespace

void add_content(Catalog& catalog, const ContentFile& file, Time now) {
  catalog.database().execute("INSERT OR IGNORE INTO content (sha256, sha1, size, stored) VALUES (?, ?, ?, ?)",
                             Blob{file.sha256.bytes()}, Blob{file.sha1}, file.size, now.text());
}

void forget_content(Catalog& catalog, const Digest& sha256) {
  catalog.database().execute("DELETE FROM content WHERE sha256 = ?", Blob{sha256.bytes()});
}

std::optional<ContentFile> find_content(Catalog& catalog, const Digest& sha256) {
  Query row = catalog.database().query("SELECT sha256, sha1, size FROM content WHERE sha256 = ?", Blob{sha256.bytes()});
  if (!row.next()) return {};
  return content_row(row, 0);
}

std::optional<ContentFile> find_content_named(Catalog& catalog, std::string_view sha1) {
  Query row = catalog.database().query(
      "SELECT sha256, sha1, size FROM content WHERE sha1 = ? ORDER BY stored, sha256 LIMIT 1", Blob{sha1});
  if (!row.next()) return {};
  return content_row(row, 0);
}

void visit_content(Catalog& catalog, const std::function<void(const ContentFile&)>& visit) {
  Query rows = catalog.database().query("SELECT sha256, sha1, size FROM content ORDER BY sha256");
  while (rows.next()) visit(content_row(rows, 0));
}

std::vector<UpdateId> approved_updates(Catalog& catalog, const Feed& feed, UpstreamApprovals upstream) {
  if (!feed.imported) return effective_approvals(catalog, upstream);
  std::vector<UpdateId> updates;
  Query rows = catalog.database().query(
      "SELECT update_id FROM decision WHERE action = 'approve' UNION "
      "SELECT update_id FROM feed_approval WHERE feed = ? AND until IS NULL EXCEPT "
      "SELECT update_id FROM decision WHERE action = 'decline' ORDER BY update_id",
      feed.id);
  while (rows.next()) updates.push_back(update_id_column(rows, 0));
  return updates;
}

void visit_wanted(Catalog& catalog, const Feed& feed, const ContentPolicy& policy,
                  const std::function<void(const WantedFile&)>& visit) {
  if (policy.kind == "none") return;
  select_carried(catalog, feed, policy);
  const bool all_languages = policy.languages.empty() ||
                             std::find(policy.languages.begin(), policy.languages.end(), "*") != policy.languages.end();
  Query rows = catalog.database().query(wanted_sql, feed.id, all_languages);
  while (rows.next()) {
    WantedFile file;
    file.sha1 = rows.text(0);
    if (!rows.is_null(1)) file.sha256 = digest_column(rows, 1);
    file.size = static_cast<std::uint64_t>(rows.integer(2));
    file.name = rows.text(3);
    file.url = rows.text(4);
    file.is_eula = rows.integer(5) != 0;
    file.update = update_id_column(rows, 6);
    file.title = rows.text(7);
    if (!rows.is_null(8)) file.held = find_content(catalog, digest_column(rows, 8));
    visit(file);
  }
}

std::map<Digest, FileImportance> file_importance(Catalog& catalog, const Feed& feed) {
  std::map<Digest, FileImportance> files;
  Query rows = catalog.database().query(
      "WITH RECURSIVE above (leaf, revision) AS ("
      "SELECT m.revision, m.revision FROM member m WHERE m.feed = ?1 AND m.until IS NULL "
      "AND EXISTS (SELECT 1 FROM file f WHERE f.revision = m.revision) "
      "UNION SELECT a.leaf, x.revision FROM above a JOIN revision r ON r.id = a.revision "
      "JOIN relation x ON x.target = r.update_id AND x.kind = 2 AND x.number = r.number "
      "JOIN member m ON m.feed = ?1 AND m.revision = x.revision AND m.until IS NULL) "
      "SELECT CASE WHEN f.sha256 IS NOT NULL THEN (SELECT c.sha256 FROM content c WHERE c.sha256 = f.sha256) "
      "ELSE (SELECT c.sha256 FROM content c WHERE c.sha1 = f.sha1 AND c.size = f.size) END AS held, "
      "r.severity, r.created, r.title, a.revision, a.revision <> a.leaf "
      "FROM above a JOIN revision r ON r.id = a.revision JOIN file f ON f.revision = a.leaf WHERE held IS NOT NULL "
      "ORDER BY a.revision <> a.leaf, r.update_id",
      feed.id);
  while (rows.next()) {
    FileImportance found;
    found.importance = {false, severity_rank(rows.bytes(1)), rows.text(2)};
    found.title = rows.text(3);
    Query categories =
        catalog.database().query("SELECT category FROM revision_category WHERE revision = ?", rows.integer(4));
    while (categories.next())
      found.importance.is_security |= is_security_classification(update_id_column(categories, 0));
    const auto [place, is_new] = files.emplace(digest_column(rows, 0), found);
    // At equal rank the bundle that people see is named rather than its part.
    const bool is_bundle = rows.integer(5) != 0;
    if (!is_new &&
        (found.importance > place->second.importance || (is_bundle && found.importance == place->second.importance)))
      place->second = std::move(found);
  }
  return files;
}

void set_file_url(Catalog& catalog, std::string_view sha1, std::string_view url) {
  constexpr auto upd = static_cast<int>(Dialect::upd);
  catalog.database().execute(
      "UPDATE file SET url = ?2 WHERE sha1 = ?1 AND url <> ?2 "
      "AND EXISTS (SELECT 1 FROM revision r WHERE r.id = file.revision AND r.dialect = ?3)",
      Blob{sha1}, url, upd);
}

bool is_named(Catalog& catalog, const ContentFile& file) {
  return catalog.database().integer(
             "SELECT EXISTS (SELECT 1 FROM file WHERE sha1 = ?2 AND (sha256 = ?1 OR (sha256 IS NULL AND size = ?3)))",
             Blob{file.sha256.bytes()}, Blob{file.sha1}, file.size) != 0;
}

std::vector<Digest> files_at_sites(Catalog& catalog, std::string_view site, const Feed& feed, std::uint64_t base) {
  std::vector<Digest> files;
  if (base == 0) return files;
  // A site at `base` or later came there through one of the bundles from the first that leads so far on.
  Query rows = catalog.database().query(
      "SELECT sha256 FROM site_file WHERE site = ?1 AND feed = ?2 AND until IS NULL AND since <= "
      "(SELECT min(id) FROM export_log WHERE site = ?1 AND feed = ?2 AND target >= ?3 AND kind <> 'content') "
      "ORDER BY sha256",
      site, feed.id, base);
  while (rows.next()) files.push_back(digest_column(rows, 0));
  return files;
}

std::vector<Digest> files_ever_promised(Catalog& catalog, std::string_view site, const Feed& feed) {
  std::vector<Digest> files;
  Query rows = catalog.database().query(
      "SELECT sha256 FROM site_file WHERE site = ? AND feed = ? AND until IS NULL ORDER BY sha256", site, feed.id);
  while (rows.next()) files.push_back(digest_column(rows, 0));
  return files;
}

std::uint64_t estimate_file_bytes(Catalog& catalog, const Feed& feed, const ContentPolicy& policy,
                                  std::string_view site, std::uint64_t base) {
  if (policy.kind == "none") return 0;
  return static_cast<std::uint64_t>(catalog.database().integer(
      "SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT c.sha256, c.size "
      "FROM member m INDEXED BY member_since JOIN revision r ON r.id = m.revision JOIN file f ON f.revision = r.id "
      "JOIN content c ON c.sha1 = f.sha1 AND (f.sha256 IS NULL OR c.sha256 = f.sha256) "
      "WHERE m.feed = ?1 AND m.since > ?2 AND m.until IS NULL AND (f.is_eula OR ?3 = 'all' OR (?3 = 'approved' AND "
      "r.update_id IN (SELECT update_id FROM decision WHERE action = 'approve'))) "
      "AND NOT (?2 > 0 AND EXISTS (SELECT 1 FROM site_file s WHERE s.site = ?4 AND s.feed = ?1 "
      "AND s.sha256 = c.sha256 AND s.until IS NULL AND s.since <= (SELECT min(id) FROM export_log "
      "WHERE site = ?4 AND feed = ?1 AND target >= ?2 AND kind <> 'content'))))",
      feed.id, base, policy.kind, site));
}

void promise_files(Catalog& catalog, std::string_view site, const Feed& feed, std::int64_t export_id,
                   const std::vector<Digest>& files) {
  Database& database = catalog.database();
  database.run_script(
      "DROP TABLE IF EXISTS temp.promised; CREATE TEMP TABLE promised (sha256 BLOB PRIMARY KEY) WITHOUT ROWID;");
  for (const Digest& file : files)
    database.execute("INSERT OR IGNORE INTO temp.promised VALUES (?)", Blob{file.bytes()});
  database.execute(
      "UPDATE site_file SET until = ?3 WHERE site = ?1 AND feed = ?2 AND until IS NULL "
      "AND sha256 NOT IN (SELECT sha256 FROM temp.promised)",
      site, feed.id, export_id);
  database.execute(
      "INSERT INTO site_file (site, feed, sha256, since, until) SELECT ?1, ?2, p.sha256, ?3, NULL FROM temp.promised p "
      "WHERE NOT EXISTS (SELECT 1 FROM site_file s WHERE s.site = ?1 AND s.feed = ?2 AND s.sha256 = p.sha256 "
      "AND s.until IS NULL)",
      site, feed.id, export_id);
}

}  // namespace ferry::format
