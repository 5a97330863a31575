// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/source_memory.h"

#include "format/catalog/columns.h"

namespace ferry::format {

SourceMemory::SourceMemory(Catalog& catalog, std::string_view source)
    : database_(catalog.database()), source_(database_.integer("SELECT id FROM source WHERE name = ?", source)) {}

std::optional<std::string> SourceMemory::anchor(std::string_view name) {
  Query row = database_.query("SELECT anchor FROM source_anchor WHERE source = ? AND name = ?", source_, name);
  if (!row.next()) return {};
  return row.text(0);
}

void SourceMemory::set_anchor(std::string_view name, std::string_view anchor) {
  database_.execute(
      "INSERT INTO source_anchor (source, name, anchor) VALUES (?, ?, ?) "
      "ON CONFLICT (source, name) DO UPDATE SET anchor = excluded.anchor",
      source_, name, anchor);
}

std::set<UpdateId> SourceMemory::filters() {
  std::set<UpdateId> categories;
  Query rows = database_.query("SELECT category FROM source_filter WHERE source = ?", source_);
  while (rows.next()) categories.insert(update_id_column(rows, 0));
  return categories;
}

void SourceMemory::set_filters(const std::set<UpdateId>& categories) {
  database_.execute("DELETE FROM source_filter WHERE source = ?", source_);
  for (const UpdateId& category : categories)
    database_.execute("INSERT INTO source_filter (source, category) VALUES (?, ?)", source_, Blob{category.bytes()});
}

void SourceMemory::forget() {
  database_.execute("DELETE FROM source_anchor WHERE source = ?", source_);
  database_.execute("DELETE FROM source_filter WHERE source = ?", source_);
}

bool SourceMemory::offers(const RevisionId& id) {
  return database_.integer(
             "SELECT EXISTS (SELECT 1 FROM offer o JOIN revision r ON r.id = o.revision "
             "WHERE o.source = ? AND o.update_id = ? AND r.number = ?)",
             source_, Blob{id.update.bytes()}, id.number) != 0;
}

SourceMemory::Gone SourceMemory::gone() {
  const auto count = [this](bool only_gone) {
    return static_cast<std::uint64_t>(
        database_.integer("SELECT count(DISTINCT update_id) FROM offer WHERE source = ? "
                          "AND (NOT ? OR update_id NOT IN (SELECT update_id FROM temp.seen))",
                          source_, only_gone));
  };
  return {count(false), count(true)};
}

std::set<UpdateId> SourceMemory::categories(bool classifications) {
  constexpr auto category = static_cast<int>(UpdateType::category);
  constexpr auto classification = static_cast<int>(CategoryType::classification);
  constexpr auto none = static_cast<int>(CategoryType::none);
  std::set<UpdateId> ids;
  Query rows = database_.query(
      "SELECT DISTINCT r.update_id FROM revision r WHERE r.id IN "
      "(SELECT revision FROM offer WHERE source = ?1 UNION SELECT revision FROM temp.seen) "
      "AND r.type = ?2 AND r.category_type <> ?3 AND (r.category_type = ?4) = ?5",
      source_, category, none, classification, classifications);
  while (rows.next()) ids.insert(update_id_column(rows, 0));
  return ids;
}

void SourceMemory::set_approvals(const std::vector<SourceApproval>& approvals) {
  database_.execute("DELETE FROM source_approval WHERE source = ?", source_);
  for (const SourceApproval& approval : approvals) {
    std::optional<std::string> deadline;
    if (!approval.deadline.empty()) deadline = approval.deadline;
    database_.execute(
        "INSERT OR REPLACE INTO source_approval (source, update_id, target, deadline, approved_by) "
        "VALUES (?, ?, ?, ?, ?)",
        source_, Blob{approval.update.bytes()}, approval.group, deadline, approval.by);
  }
}

void forget_source(Catalog& catalog, std::string_view source) {
  SourceMemory memory(catalog, source);
  memory.forget();
  memory.set_approvals({});
}

}  // namespace ferry::format
