// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/outgoing.h"

#include <algorithm>

#include "format/catalog/columns.h"

namespace ferry::format {
namespace {

// Of each open member of the served feeds.
constexpr std::string_view served_members =
    "(SELECT m.revision AS revision, min(m.since) AS since, m.feed AS feed FROM temp.served_feed s "
    "CROSS JOIN member m ON m.feed = s.feed AND m.until IS NULL GROUP BY m.revision)";

// Which part of a package a category belongs to; detectoids come first.
int package_part(std::int64_t type, std::int64_t category_type) {
  if (type == static_cast<int>(UpdateType::detectoid)) return 0;
  return category_type == static_cast<int>(CategoryType::classification) ? 1 : 2;
}

struct PlacedRevision {
  OutgoingRevision revision;
  int part = 0;
};

PlacedRevision placed(Catalog& catalog, Serving& serving, const RevisionId& id) {
  PlacedRevision found;
  found.revision.id = id;
  found.revision.row = serving.find(id).value_or(0);
  Query row = catalog.database().query(
      "SELECT d.size, r.type, r.category_type FROM revision r JOIN document d ON d.id = r.document WHERE r.id = ?",
      found.revision.row);
  if (row.next()) {
    found.revision.document_bytes = static_cast<std::uint64_t>(row.integer(0));
    found.part = package_part(row.integer(1), row.integer(2));
  }
  return found;
}

}  // namespace

std::vector<OutgoingRevision> outgoing_updates(Catalog& catalog, Serving& serving) {
  ServingChoice choice;
  choice.categories_only = true;
  std::vector<PlacedRevision> categories;
  for (const RevisionId& id : serving.list(choice)) categories.push_back(placed(catalog, serving, id));
  std::stable_sort(categories.begin(), categories.end(),
                   [](const PlacedRevision& left, const PlacedRevision& right) { return left.part < right.part; });
  std::vector<OutgoingRevision> revisions;
  for (PlacedRevision& category : categories) {
    category.revision.is_category = true;
    revisions.push_back(category.revision);
  }
  choice.categories_only = false;
  for (const RevisionId& id : serving.list(choice)) revisions.push_back(placed(catalog, serving, id).revision);
  return revisions;
}

std::vector<OutgoingPackage> outgoing_packages(Catalog& catalog) {
  static const std::string sql = "SELECT r.id, r.update_id, max(r.number), d.size, r.title, r.created, g.made FROM " +
                                 std::string(served_members) +
                                 " m JOIN revision r ON r.id = m.revision JOIN document d ON d.id = r.document "
                                 "LEFT JOIN generation g ON g.feed = m.feed AND g.number = m.since "
                                 "WHERE r.dialect = 2 GROUP BY r.update_id ORDER BY r.update_id";
  std::vector<OutgoingPackage> packages;
  Query rows = catalog.database().query(sql);
  while (rows.next()) {
    OutgoingPackage package;
    package.row = rows.integer(0);
    package.id = identity_column(rows, 1);
    package.document_bytes = static_cast<std::uint64_t>(rows.integer(3));
    package.title = rows.text(4);
    // A publisher changes a package without changing its CreationDate; readers go by this time.
    package.time = rows.text(5).substr(0, 19);
    if (package.id.number > 1 && !rows.is_null(6)) package.time = std::max(package.time, rows.text(6).substr(0, 19));
    packages.push_back(std::move(package));
  }
  return packages;
}

std::vector<std::string> payload_of(Catalog& catalog, RevisionRow revision) {
  std::vector<std::string> files;
  Query rows = catalog.database().query(
      "SELECT sha1 FROM file WHERE revision = ? AND is_eula = 0 GROUP BY sha1 ORDER BY min(position)", revision);
  while (rows.next()) files.push_back(rows.text(0));
  return files;
}

std::vector<UpdateId> categories_of(Catalog& catalog, RevisionRow revision, CategoryType type) {
  std::vector<UpdateId> categories;
  Query rows = catalog.database().query(
      "SELECT p.category FROM revision_category p JOIN category c ON c.id = p.category "
      "WHERE p.revision = ? AND c.type = ? ORDER BY p.category",
      revision, static_cast<int>(type));
  while (rows.next()) categories.push_back(update_id_column(rows, 0));
  return categories;
}

void visit_located_files(
    Catalog& catalog,
    const std::function<void(const std::string& sha1, const std::string& url, const std::string& name)>& visit) {
  static const std::string sql =
      "SELECT f.sha1, max(f.url), max(f.name) FROM " + std::string(served_members) +
      " m JOIN revision r ON r.id = m.revision JOIN file f ON f.revision = r.id "
      "WHERE r.dialect = 1 AND f.is_eula = 0 AND f.url <> '' GROUP BY f.sha1 ORDER BY f.sha1";
  Query rows = catalog.database().query(sql);
  while (rows.next()) visit(rows.text(0), rows.text(1), rows.text(2));
}

std::uint64_t count_express_files(Catalog& catalog) {
  static const std::string sql = "SELECT count(DISTINCT f.sha1) FROM " + std::string(served_members) +
                                 " m JOIN file f ON f.revision = m.revision WHERE lower(f.name) LIKE '%.psf'";
  return static_cast<std::uint64_t>(catalog.database().integer(sql));
}

}  // namespace ferry::format
