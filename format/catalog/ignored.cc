// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/ignored.h"

#include <set>

#include "format/catalog/columns.h"
#include "format/catalog/documents.h"

namespace ferry::format {

std::vector<UnchosenCategory> unchosen_categories(Catalog& catalog, const std::vector<FeedDefinition>& feeds) {
  std::set<UpdateId> chosen;
  bool all_products = false;
  bool all_classifications = false;
  for (const FeedDefinition& feed : feeds) {
    all_products |= feed.all_products();
    all_classifications |= feed.all_classifications();
    for (const UpdateId& id : resolve_categories(catalog, feed.products, CategoryKind::product).ids) chosen.insert(id);
    for (const UpdateId& id : resolve_categories(catalog, feed.classifications, CategoryKind::classification).ids)
      chosen.insert(id);
  }
  std::set<UpdateId> ignored;
  for (const IgnoredCategory& category : ignored_categories(catalog)) ignored.insert(category.id);
  // A server gives no updates of what nobody chose, so there its categories alone are the news.
  std::set<UpdateId> of_servers;
  {
    Query rows = catalog.database().query(
        "SELECT DISTINCT c.id FROM category c JOIN offer o ON o.update_id = c.id JOIN source s ON s.id = o.source "
        "WHERE s.kind = 'wsus-server'");
    while (rows.next()) of_servers.insert(update_id_column(rows, 0));
  }
  std::vector<UnchosenCategory> unchosen;
  // Whoever asks for the status waits, and to count is a look at everything that is held.
  if (all_products && all_classifications) return unchosen;
  for (const CategoryCount& count : list_categories(catalog, {})) {
    const bool is_product = count.type == CategoryType::product && !all_products;
    const bool is_classification = count.type == CategoryType::classification && !all_classifications;
    if ((!is_product && !is_classification) || chosen.count(count.id) > 0) continue;
    if ((count.updates == 0 && !of_servers.contains(count.id)) || ignored.count(count.id) > 0) continue;
    unchosen.push_back({count.id, count.type, count.name, count.first_seen.text(), count.updates});
  }
  return unchosen;
}

std::vector<IgnoredCategory> ignored_categories(Catalog& catalog) {
  std::vector<IgnoredCategory> ignored;
  Query rows = catalog.database().query(
      "SELECT i.id, coalesce(c.type, 0), coalesce(c.name, ''), i.ignored_by, i.ignored_at FROM ignored_category i "
      "LEFT JOIN category c ON c.id = i.id ORDER BY c.type, c.name COLLATE NOCASE, i.id");
  while (rows.next())
    ignored.push_back({update_id_column(rows, 0), static_cast<CategoryType>(rows.integer(1)), rows.text(2),
                       rows.text(3), Time::parse(rows.bytes(4)).value_or(Time{})});
  return ignored;
}

bool ignore_category(Catalog& catalog, const UpdateId& id, const std::string& by, Time now) {
  catalog.database().execute("INSERT OR IGNORE INTO ignored_category (id, ignored_by, ignored_at) VALUES (?, ?, ?)",
                             Blob{id.bytes()}, by, now.text());
  return catalog.database().changes() > 0;
}

bool heed_category(Catalog& catalog, const UpdateId& id) {
  catalog.database().execute("DELETE FROM ignored_category WHERE id = ?", Blob{id.bytes()});
  return catalog.database().changes() > 0;
}

}  // namespace ferry::format
