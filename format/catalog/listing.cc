// SPDX-License-Identifier: Apache-2.0
// The list part of documents.h: what is held, filtered, with names instead of ids.
#include <map>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/catalog/columns.h"
#include "format/catalog/documents.h"
#include "format/catalog/feeds.h"
#include "format/catalog/selection.h"

namespace ferry::format {
namespace {

struct KnownCategory {
  CategoryType type = CategoryType::none;
  std::string name;
};

std::map<UpdateId, KnownCategory> known_categories(Database& database) {
  std::map<UpdateId, KnownCategory> known;
  Query rows = database.query("SELECT id, type, name FROM category");
  while (rows.next()) {
    known[update_id_column(rows, 0)] = {static_cast<CategoryType>(rows.integer(1)), rows.text(2)};
  }
  return known;
}

// Fills temp.wanted with the rows to show, so that one statement serves every filter.
void choose_rows(Catalog& catalog, const ListFilter& filter) {
  Database& database = catalog.database();
  database.run_script(
      "CREATE TEMP TABLE IF NOT EXISTS wanted (revision INTEGER PRIMARY KEY);"
      "DELETE FROM temp.wanted;");
  if (filter.feed.empty()) {
    database.execute("INSERT INTO temp.wanted SELECT revision FROM held");
  } else if (filter.generation) {
    const Feed feed = feed_named(catalog, filter.feed, filter.prefer_followed);
    require_generation(catalog, feed, *filter.generation);
    database.execute(
        "INSERT INTO temp.wanted SELECT revision FROM member WHERE feed = ?1 AND since <= ?2 "
        "AND (until IS NULL OR until > ?2)",
        feed.id, *filter.generation);
  } else {
    database.execute(
        "INSERT INTO temp.wanted SELECT m.revision FROM member m JOIN feed f ON f.id = m.feed "
        "WHERE f.name = ? AND m.until IS NULL",
        filter.feed);
  }
  if (!filter.all_revisions)
    database.execute(
        "DELETE FROM temp.wanted WHERE revision NOT IN (SELECT revision FROM ("
        "SELECT w.revision AS revision, max(r.number) FROM temp.wanted w JOIN revision r ON r.id = w.revision "
        "GROUP BY r.update_id))");
  const auto keep_in = [&](const std::string& wanted, bool is_classification) {
    if (wanted.empty()) return;
    const std::vector<UpdateId> ids =
        resolve_categories(catalog, {wanted}, is_classification ? CategoryKind::classification : CategoryKind::product)
            .ids;
    if (ids.empty())
      throw NotFoundError(fmt::format("there is no {} {} in this catalog; see: list {}",
                                      is_classification ? "classification" : "product", quote(wanted),
                                      is_classification ? "classifications" : "products"));
    database.run_script(
        "CREATE TEMP TABLE IF NOT EXISTS wanted_category (id BLOB PRIMARY KEY);"
        "DELETE FROM temp.wanted_category;");
    for (const UpdateId& id : ids)
      database.execute("INSERT OR IGNORE INTO temp.wanted_category VALUES (?)", Blob{id.bytes()});
    database.execute(
        "DELETE FROM temp.wanted WHERE revision NOT IN (SELECT rc.revision FROM revision_category rc "
        "JOIN temp.wanted_category w ON w.id = rc.category)");
  };
  keep_in(filter.product, false);
  keep_in(filter.classification, true);
}

void take_decision(ListedUpdate& update, const Decision& decision, UpstreamApprovals landing) {
  update.standing = decision.standing(landing);
  update.is_upstream =
      decision.approvals.empty() && update.standing != DecisionStanding::declined && !decision.upstream.empty();
  update.is_hidden = decision.hidden.has_value();
}

// By what was decided about it.
bool is_chosen(const ListedUpdate& update, const ListFilter& filter) {
  if (update.is_hidden ? !filter.shows_hidden && !filter.only_hidden : filter.only_hidden) return false;
  if (!filter.standing) return true;
  return update.standing == *filter.standing &&
         (update.type == UpdateType::software || update.type == UpdateType::driver);
}

}  // namespace

void list_updates(Catalog& catalog, const ListFilter& filter, const std::function<void(const ListedUpdate&)>& visit) {
  Database& database = catalog.database();
  const Snapshot snapshot(database);
  choose_rows(catalog, filter);
  const auto categories = known_categories(database);
  const auto decisions = all_decisions(catalog, filter.landing);
  const std::string needle = to_lower(filter.text);
  Query rows = database.query(
      "SELECT r.id, r.update_id, r.number, r.dialect, r.type, r.category_type, r.state, r.title, r.severity, "
      "r.created, d.size, (SELECT coalesce(sum(f.size), 0) FROM file f WHERE f.revision = r.id), "
      "EXISTS (SELECT 1 FROM relation rel JOIN temp.wanted x ON x.revision = rel.revision "
      "WHERE rel.target = r.update_id AND rel.kind = 3), "
      "(SELECT count(*) FROM relation rel WHERE rel.revision = r.id AND rel.kind = 3) "
      "FROM temp.wanted w JOIN revision r ON r.id = w.revision JOIN document d ON d.id = r.document "
      "WHERE (?1 = 0 OR r.type = ?1) AND (?2 = 0 OR r.state = ?2) "
      "ORDER BY r.title COLLATE NOCASE, r.update_id, r.number",
      filter.type ? static_cast<int>(*filter.type) : 0, filter.state ? static_cast<int>(*filter.state) : 0);
  while (rows.next()) {
    ListedUpdate update;
    update.title = rows.text(7);
    if (!needle.empty() && to_lower(update.title).find(needle) == std::string::npos) continue;
    update.row = rows.integer(0);
    update.id = {update_id_column(rows, 1), static_cast<std::uint32_t>(rows.integer(2))};
    update.dialect = static_cast<Dialect>(rows.integer(3));
    update.type = static_cast<UpdateType>(rows.integer(4));
    update.category_type = static_cast<CategoryType>(rows.integer(5));
    update.state = static_cast<PublicationState>(rows.integer(6));
    update.severity = rows.text(8);
    update.created = rows.text(9);
    update.document_bytes = static_cast<std::uint64_t>(rows.integer(10));
    update.file_bytes = static_cast<std::uint64_t>(rows.integer(11));
    update.is_superseded = rows.integer(12) != 0;
    update.supersedes = static_cast<std::uint64_t>(rows.integer(13));
    if (const auto decision = decisions.find(update.id.update); decision != decisions.end())
      take_decision(update, decision->second, filter.landing);
    if (!is_chosen(update, filter)) continue;
    Query of_update = database.query("SELECT category FROM revision_category WHERE revision = ?", update.row);
    while (of_update.next()) {
      const auto known = categories.find(update_id_column(of_update, 0));
      if (known == categories.end()) continue;
      switch (known->second.type) {
        case CategoryType::company:
          update.companies.push_back(known->second.name);
          break;
        case CategoryType::classification:
          update.classifications.push_back(known->second.name);
          break;
        default:
          update.products.push_back(known->second.name);
          break;
      }
    }
    visit(update);
  }
}

std::vector<CategoryCount> list_categories(Catalog& catalog, std::optional<CategoryType> type) {
  std::vector<CategoryCount> counts;
  // Counted for all categories at once: what is held would be found anew for each.
  Query rows = catalog.database().query(
      "WITH counted AS MATERIALIZED (SELECT rc.category AS category, count(DISTINCT r.update_id) AS updates "
      "FROM revision_category rc CROSS JOIN revision r ON r.id = rc.revision "
      "WHERE r.type IN (1, 2) AND rc.revision IN (SELECT revision FROM held) GROUP BY rc.category) "
      "SELECT c.id, c.type, c.name, p.name, c.first_seen, coalesce(n.updates, 0) "
      "FROM category c LEFT JOIN category p ON p.id = c.parent LEFT JOIN counted n ON n.category = c.id "
      "WHERE ?1 < 0 OR c.type = ?1 "
      "ORDER BY c.type, c.name COLLATE NOCASE, c.id",
      type ? static_cast<int>(*type) : -1);
  while (rows.next()) {
    CategoryCount count;
    count.id = update_id_column(rows, 0);
    count.type = static_cast<CategoryType>(rows.integer(1));
    count.name = rows.text(2);
    count.parent = rows.optional_text(3).value_or("");
    count.first_seen = Time::parse(rows.bytes(4)).value_or(Time{});
    count.updates = static_cast<std::uint64_t>(rows.integer(5));
    counts.push_back(std::move(count));
  }
  return counts;
}

}  // namespace ferry::format
