// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/selection.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/text.h"
#include "format/catalog/columns.h"
#include "format/catalog/documents.h"

namespace ferry::format {
namespace {

bool is_all(const std::vector<std::string>& wishes) {
  return std::find(wishes.begin(), wishes.end(), "*") != wishes.end();
}

std::string sorted_lines(const std::vector<std::string>& parts) {
  std::vector<std::string> sorted = parts;
  std::sort(sorted.begin(), sorted.end());
  std::string text;
  for (const std::string& part : sorted) text += (text.empty() ? "" : "\n") + part;
  return text;
}

struct NamedRow {
  UpdateId id;
  CategoryType type;
  std::string name;
  std::optional<UpdateId> parent;
};

std::vector<NamedRow> all_categories(Database& database) {
  std::vector<NamedRow> rows;
  Query query = database.query("SELECT id, type, name, parent FROM category");
  while (query.next()) {
    std::optional<UpdateId> parent;
    if (!query.is_null(3)) parent = update_id_column(query, 3);
    rows.push_back({update_id_column(query, 0), static_cast<CategoryType>(query.integer(1)), query.text(2), parent});
  }
  return rows;
}

bool matches(const std::vector<NamedRow>& all, const NamedRow& row, std::string_view wish) {
  if (const auto id = Guid::parse(wish)) return row.id == *id;
  if (equal_ignoring_case(row.name, wish)) return true;
  // "Company/Product" tells two products of the same name apart.
  const auto slash = wish.find('/');
  if (slash == std::string_view::npos || !row.parent) return false;
  if (!equal_ignoring_case(row.name, trimmed(wish.substr(slash + 1)))) return false;
  return std::any_of(all.begin(), all.end(), [&](const NamedRow& other) {
    return other.id == *row.parent && equal_ignoring_case(other.name, trimmed(wish.substr(0, slash)));
  });
}

void choose(Database& database, std::string_view insert, const std::vector<UpdateId>& ids) {
  for (const UpdateId& id : ids) database.execute(insert, Blob{id.bytes()});
}

// Everything held, by identity, so that each closure step is one lookup.
void prepare_tables(Database& database) {
  database.run_script(
      "DROP TABLE IF EXISTS temp.selected; DROP TABLE IF EXISTS temp.held_now;"
      "DROP TABLE IF EXISTS temp.chosen_product; DROP TABLE IF EXISTS temp.chosen_classification;"
      "CREATE TEMP TABLE selected (revision INTEGER PRIMARY KEY, level INTEGER NOT NULL);"
      "CREATE INDEX temp.selected_level ON selected (level);"
      "CREATE TEMP TABLE held_now (update_id BLOB, number INTEGER, revision INTEGER,"
      "  PRIMARY KEY (update_id, number, revision)) WITHOUT ROWID;"
      "CREATE TEMP TABLE chosen_product (id BLOB PRIMARY KEY) WITHOUT ROWID;"
      "CREATE TEMP TABLE chosen_classification (id BLOB PRIMARY KEY) WITHOUT ROWID;"
      "INSERT INTO temp.held_now SELECT r.update_id, r.number, r.id FROM held h "
      "  JOIN revision r ON r.id = h.revision;");
  // A point that follows a feed and has sources too may hold two documents of one identity; a feed is a set of
  // identities. Its own source is believed more.
  if (database.integer("SELECT EXISTS (SELECT 1 FROM temp.held_now GROUP BY update_id, number HAVING count(*) > 1)") !=
      0)
    database.execute(
        "DELETE FROM temp.held_now WHERE revision NOT IN (SELECT revision FROM (SELECT revision, row_number() OVER ("
        "PARTITION BY update_id, number ORDER BY revision IN (SELECT revision FROM offer) DESC, revision DESC) "
        "AS place FROM temp.held_now) WHERE place = 1)");
}

// One level of the closure; says how many revisions it added.
std::int64_t close_level(Database& database, int level) {
  // A bundle names exact revisions. One that its source no longer offers, but that was stored, still serves.
  database.execute(
      "INSERT OR IGNORE INTO temp.selected SELECT r.id, ?1 + 1 FROM temp.selected s "
      "JOIN relation rel ON rel.revision = s.revision AND rel.kind = 2 "
      "JOIN revision r ON r.update_id = rel.target AND r.number = rel.number "
      "WHERE s.level = ?1 AND (r.id IN (SELECT revision FROM temp.held_now h WHERE h.update_id = rel.target) "
      "OR (NOT EXISTS (SELECT 1 FROM temp.held_now h WHERE h.update_id = rel.target AND h.number = rel.number) "
      "AND r.id = (SELECT max(x.id) FROM revision x WHERE x.update_id = rel.target AND x.number = rel.number)))",
      level);
  std::int64_t added = database.changes();
  // A prerequisite carries no revision: the newest is meant.
  database.execute(
      "INSERT OR IGNORE INTO temp.selected SELECT (SELECT h.revision FROM temp.held_now h "
      "WHERE h.update_id = rel.target ORDER BY h.number DESC LIMIT 1) AS newest, ?1 + 1 "
      "FROM temp.selected s JOIN relation rel ON rel.revision = s.revision AND rel.kind = 1 "
      "WHERE s.level = ?1 AND newest IS NOT NULL",
      level);
  return added + database.changes();
}

std::vector<UnresolvedReference> find_unresolved(Database& database) {
  std::vector<UnresolvedReference> unresolved;
  // A prerequisite clause is satisfied when any one of its updates is here. Of a bundle everything must be:
  // which of a group a computer needs is only known there.
  Query rows = database.query(
      "SELECT r.update_id, r.number, rel.kind, rel.target, rel.number FROM temp.selected s "
      "JOIN relation rel ON rel.revision = s.revision AND rel.kind IN (1, 2) "
      "JOIN revision r ON r.id = s.revision "
      "GROUP BY rel.revision, rel.kind, rel.clause, CASE rel.kind WHEN 2 THEN rel.target END, "
      "CASE rel.kind WHEN 2 THEN rel.number END "
      "HAVING max(EXISTS (SELECT 1 FROM temp.selected x JOIN revision y ON y.id = x.revision "
      "WHERE y.update_id = rel.target AND (rel.kind = 1 OR y.number = rel.number))) = 0 "
      "ORDER BY r.update_id, r.number");
  while (rows.next()) {
    UnresolvedReference reference;
    reference.from = {update_id_column(rows, 0), static_cast<std::uint32_t>(rows.integer(1))};
    reference.kind = static_cast<Relation>(rows.integer(2));
    reference.target = update_id_column(rows, 3);
    reference.number = static_cast<std::uint32_t>(rows.integer(4));
    unresolved.push_back(reference);
  }
  return unresolved;
}

}  // namespace

std::string FeedDefinition::text() const {
  return fmt::format("products:\n{}\nclassifications:\n{}\nlanguages:\n{}\ncontent:\n{}\napprovals:\n{}\n",
                     sorted_lines(products), sorted_lines(classifications), sorted_lines(languages), content,
                     approvals);
}

bool FeedDefinition::all_products() const { return is_all(products); }
bool FeedDefinition::all_classifications() const { return is_all(classifications); }

ResolvedCategories resolve_categories(Catalog& catalog, const std::vector<std::string>& wishes, CategoryKind kind) {
  const std::vector<NamedRow> all = all_categories(catalog.database());
  ResolvedCategories resolved;
  std::set<UpdateId> chosen;
  for (const std::string& wish : wishes) {
    if (wish == "*") continue;
    bool found = false;
    for (const NamedRow& row : all) {
      const bool is_classification = row.type == CategoryType::classification;
      if (is_classification != (kind == CategoryKind::classification) || !matches(all, row, wish)) continue;
      chosen.insert(row.id);
      found = true;
    }
    if (!found) resolved.unknown.push_back(wish);
  }
  for (bool grew = true; grew;) {
    grew = false;
    for (const NamedRow& row : all) {
      if (row.parent && chosen.count(*row.parent) > 0) grew |= chosen.insert(row.id).second;
    }
  }
  resolved.ids.assign(chosen.begin(), chosen.end());
  return resolved;
}

SelectionResult select_members(Catalog& catalog, const FeedDefinition& feed) {
  Database& database = catalog.database();
  prepare_tables(database);
  SelectionResult result;
  if (feed.all_products() && feed.all_classifications()) {
    database.execute("INSERT INTO temp.selected SELECT revision, 0 FROM temp.held_now");
  } else {
    ResolvedCategories products = resolve_categories(catalog, feed.products, CategoryKind::product);
    ResolvedCategories classifications =
        resolve_categories(catalog, feed.classifications, CategoryKind::classification);
    choose(database, "INSERT INTO temp.chosen_product VALUES (?)", products.ids);
    choose(database, "INSERT INTO temp.chosen_classification VALUES (?)", classifications.ids);
    result.unknown_products = std::move(products.unknown);
    result.unknown_classifications = std::move(classifications.unknown);
    database.execute(
        "INSERT INTO temp.selected SELECT h.revision, 0 FROM temp.held_now h "
        "JOIN revision r ON r.id = h.revision WHERE r.type IN (1, 2) "
        "AND (?1 OR EXISTS (SELECT 1 FROM revision_category rc JOIN temp.chosen_product p ON p.id = rc.category "
        "WHERE rc.revision = h.revision)) "
        "AND (?2 OR EXISTS (SELECT 1 FROM revision_category rc "
        "JOIN temp.chosen_classification c ON c.id = rc.category WHERE rc.revision = h.revision))",
        feed.all_products(), feed.all_classifications());
  }
  result.selected = static_cast<std::uint64_t>(database.changes());
  for (int level = 0; close_level(database, level) > 0; ++level) {
  }
  result.closure = static_cast<std::uint64_t>(database.integer("SELECT count(*) FROM temp.selected")) - result.selected;
  result.unresolved = find_unresolved(database);
  return result;
}

}  // namespace ferry::format
