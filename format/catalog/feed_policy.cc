// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/feed_policy.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/text.h"
#include "format/catalog/columns.h"

namespace ferry::format {
namespace {

std::string languages_text(const std::vector<std::string>& words) {
  return words.empty() ? "*" : fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

std::vector<std::string> canonical_languages(const std::vector<std::string>& languages) {
  std::vector<std::string> canonical;
  for (const std::string& language : languages) canonical.push_back(to_lower(language));
  std::sort(canonical.begin(), canonical.end());
  canonical.erase(std::unique(canonical.begin(), canonical.end()), canonical.end());
  if (canonical.empty() || canonical.front() == "*") return {"*"};
  return canonical;
}

ContentPolicy feed_policy(Catalog& catalog, const Feed& feed) {
  Query row = catalog.database().query("SELECT content, languages FROM feed WHERE id = ?", feed.id);
  ContentPolicy policy;
  if (!row.next()) return policy;
  policy.kind = row.text(0);
  for (const std::string_view word : split(row.bytes(1), ' ')) policy.languages.emplace_back(word);
  return policy;
}

std::vector<UpdateId> feed_approvals(Catalog& catalog, const Feed& feed) {
  std::vector<UpdateId> updates;
  Query rows = catalog.database().query(
      "SELECT update_id FROM feed_approval WHERE feed = ? AND until IS NULL ORDER BY update_id", feed.id);
  while (rows.next()) updates.push_back(update_id_column(rows, 0));
  return updates;
}

std::vector<UpdateId> approvals_to_carry(Catalog& catalog, const Feed& feed, UpstreamApprovals upstream) {
  std::vector<UpdateId> carried;
  for (const UpdateId& update : effective_approvals(catalog, upstream)) {
    if (catalog.database().integer(
            "SELECT EXISTS (SELECT 1 FROM revision r CROSS JOIN member m ON m.feed = ?1 AND m.revision = r.id "
            "WHERE r.update_id = ?2 AND m.until IS NULL)",
            feed.id, Blob{update.bytes()}) != 0)
      carried.push_back(update);
  }
  return carried;
}

void set_feed_policy(Catalog& catalog, const Feed& feed, std::uint64_t number, const ContentPolicy& policy,
                     const std::vector<UpdateId>& approvals) {
  Database& database = catalog.database();
  const std::string languages = languages_text(policy.languages);
  database.execute("UPDATE feed SET content = ?, languages = ? WHERE id = ?", policy.kind, languages, feed.id);
  database.execute("UPDATE generation SET content = ?, languages = ? WHERE feed = ? AND number = ?", policy.kind,
                   languages, feed.id, number);
  database.run_script(
      "CREATE TEMP TABLE IF NOT EXISTS approved (update_id BLOB PRIMARY KEY) WITHOUT ROWID;"
      "DELETE FROM temp.approved;");
  for (const UpdateId& update : approvals)
    database.execute("INSERT OR IGNORE INTO temp.approved VALUES (?)", Blob{update.bytes()});
  database.execute(
      "UPDATE feed_approval SET until = ? WHERE feed = ? AND until IS NULL "
      "AND update_id NOT IN (SELECT update_id FROM temp.approved)",
      number, feed.id);
  database.execute(
      "INSERT OR REPLACE INTO feed_approval (feed, update_id, since) SELECT ?1, a.update_id, ?2 FROM temp.approved a "
      "WHERE NOT EXISTS (SELECT 1 FROM feed_approval f WHERE f.feed = ?1 AND f.update_id = a.update_id "
      "AND f.until IS NULL)",
      feed.id, number);
}

void restore_feed_policy(Catalog& catalog, const Feed& feed, std::uint64_t previous, std::uint64_t undone) {
  Database& database = catalog.database();
  if (previous == 0) {
    database.execute("UPDATE feed SET content = 'none', languages = '*' WHERE id = ?", feed.id);
  } else {
    database.execute(
        "UPDATE feed SET content = coalesce(g.content, feed.content), languages = coalesce(g.languages, "
        "feed.languages) "
        "FROM generation g WHERE feed.id = ?1 AND g.feed = ?1 AND g.number = ?2",
        feed.id, previous);
  }
  database.execute("DELETE FROM feed_approval WHERE feed = ? AND since = ?", feed.id, undone);
  database.execute("UPDATE feed_approval SET until = NULL WHERE feed = ? AND until = ?", feed.id, undone);
}

}  // namespace ferry::format
