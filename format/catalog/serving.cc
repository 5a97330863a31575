// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/serving.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "format/catalog/columns.h"
#include "format/catalog/selection.h"

namespace ferry::format {
namespace {

// CROSS JOIN below keeps SQLite to the order as written: left to itself it reads all members where it needs one.
// Temporary tables of one answer. `again`: listed even where the downstream server has it.
constexpr std::string_view serving_tables =
    "DROP TABLE IF EXISTS temp.served_feed; DROP TABLE IF EXISTS temp.served_choice;"
    "DROP TABLE IF EXISTS temp.served_revision;"
    "CREATE TEMP TABLE served_feed (feed INTEGER PRIMARY KEY, base INTEGER NOT NULL);"
    "CREATE TEMP TABLE served_choice (id BLOB, is_classification INTEGER, again INTEGER NOT NULL,"
    "  PRIMARY KEY (is_classification, id)) WITHOUT ROWID;"
    "CREATE TEMP TABLE served_revision (revision INTEGER PRIMARY KEY, again INTEGER NOT NULL, level INTEGER NOT NULL);"
    "CREATE INDEX temp.served_level ON served_revision (level);";

// With what is below them in the category tree, and with ids that no category here has.
std::vector<UpdateId> with_descendants(Catalog& catalog, const std::vector<CategoryChoice>& chosen, bool only_newer,
                                       CategoryKind kind) {
  std::vector<std::string> wishes;
  std::vector<UpdateId> ids;
  for (const CategoryChoice& choice : chosen) {
    if (choice.only_newer != only_newer) continue;
    wishes.push_back(choice.id.text());
    ids.push_back(choice.id);
  }
  const std::vector<UpdateId> below = resolve_categories(catalog, wishes, kind).ids;
  ids.insert(ids.end(), below.begin(), below.end());
  return ids;
}

// Puts what others refer to before them; what refers to itself in a circle stays as it came. All in flat lists: a
// catalog has a hundred thousand nodes, and several are asked for at once.
class DependencyOrder {
 public:
  explicit DependencyOrder(std::size_t size) : state_(size, State::waiting) { ends_.reserve(size); }
  // The needs of one node after the other: those added since the last end_node() are of the next one.
  void add_need(std::uint32_t to) { needs_.push_back(to); }
  void end_node() { ends_.push_back(static_cast<std::uint32_t>(needs_.size())); }

  std::vector<std::uint32_t> run() {
    order_.reserve(state_.size());
    for (std::uint32_t start = 0; start < state_.size(); ++start) visit(start);
    return std::move(order_);
  }

 private:
  enum class State : unsigned char { waiting, open, placed };

  // Without recursion: chains of prerequisites are as long as a publisher likes.
  void visit(std::uint32_t start) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> path;  // a node, and which of all needs is looked at next
    const auto begin = [this](std::uint32_t node) { return node == 0 ? 0 : ends_[node - 1]; };
    if (state_[start] == State::waiting) path.emplace_back(start, begin(start));
    while (!path.empty()) {
      auto& [node, looked_at] = path.back();
      state_[node] = State::open;
      if (looked_at == ends_[node]) {
        state_[node] = State::placed;
        order_.push_back(node);
        path.pop_back();
        continue;
      }
      const std::uint32_t next = needs_[looked_at++];
      if (state_[next] == State::waiting) path.emplace_back(next, begin(next));
    }
  }

  std::vector<std::uint32_t> needs_;  // of all nodes, one after the other
  std::vector<std::uint32_t> ends_;   // of each node's part of them
  std::vector<State> state_;
  std::vector<std::uint32_t> order_;
};

}  // namespace

std::vector<ServedFeed> served_feeds(Catalog& catalog, const std::vector<std::string>& own) {
  std::vector<ServedFeed> served;
  for (Feed& feed : list_feeds(catalog)) {
    if (feed.imported || std::find(own.begin(), own.end(), feed.name) != own.end())
      served.push_back({std::move(feed), 0});
  }
  return served;
}

Serving::Serving(Catalog& catalog, std::vector<ServedFeed> feeds)
    : catalog_(catalog), database_(catalog.database()), feeds_(std::move(feeds)) {
  database_.run_script(serving_tables);
  for (const ServedFeed& served : feeds_)
    database_.execute("INSERT INTO temp.served_feed VALUES (?, ?)", served.feed.id, served.base);
}

std::vector<RevisionId> Serving::list(const ServingChoice& choice) {
  if (choice.categories_only || (choice.products.empty() && choice.classifications.empty()))
    return in_order(newer_rows(choice.categories_only));
  if (choice.products.empty() || choice.classifications.empty()) return {};
  choose(choice.products, false);
  choose(choice.classifications, true);
  close_downwards();
  return in_order(chosen_rows());
}

std::vector<RevisionRow> Serving::newer_rows(bool categories_only) {
  std::vector<RevisionRow> rows;
  Query query = database_.query(
      "SELECT DISTINCT m.revision FROM temp.served_feed s CROSS JOIN member m ON m.feed = s.feed AND m.since > s.base "
      "CROSS JOIN revision r ON r.id = m.revision WHERE m.until IS NULL AND r.dialect = 1 AND (r.type IN (3, 4)) = ?1 "
      "ORDER BY m.revision",
      categories_only);
  while (query.next()) rows.push_back(query.integer(0));
  return rows;
}

void Serving::choose(const std::vector<CategoryChoice>& chosen, bool are_classifications) {
  const CategoryKind kind = are_classifications ? CategoryKind::classification : CategoryKind::product;
  for (const bool only_newer : {false, true}) {  // what is wanted anew comes first, and stays
    for (const UpdateId& id : with_descendants(catalog_, chosen, only_newer, kind))
      database_.execute("INSERT OR IGNORE INTO temp.served_choice VALUES (?, ?, ?)", Blob{id.bytes()},
                        are_classifications, !only_newer);
  }
}

void Serving::close_downwards() {
  database_.execute(
      "INSERT INTO temp.served_revision SELECT p.revision, max(a.again OR b.again), 0 "
      "FROM temp.served_choice a CROSS JOIN revision_category p ON p.category = a.id "
      "CROSS JOIN revision_category q ON q.revision = p.revision "
      "CROSS JOIN temp.served_choice b ON b.is_classification = 1 AND b.id = q.category "
      "CROSS JOIN revision r ON r.id = p.revision WHERE a.is_classification = 0 AND r.type IN (1, 2) AND r.dialect = 1 "
      "AND EXISTS (SELECT 1 FROM temp.served_feed s CROSS JOIN member m ON m.feed = s.feed AND m.revision = p.revision "
      "AND m.until IS NULL) GROUP BY p.revision");
  for (int level = 0; database_.changes() > 0; ++level) {
    // A bundle names exact revisions, a prerequisite the newest one; categories come with a list of their own.
    database_.execute(
        "INSERT INTO temp.served_revision SELECT r.id, max(c.again), ?1 + 1 FROM temp.served_revision c "
        "CROSS JOIN relation x ON x.revision = c.revision AND x.kind IN (1, 2) "
        "CROSS JOIN revision r ON r.update_id = x.target WHERE c.level = ?1 AND r.type IN (1, 2) AND r.dialect = 1 "
        "AND (x.kind = 1 OR r.number = x.number) "
        "AND EXISTS (SELECT 1 FROM temp.served_feed s CROSS JOIN member m ON m.feed = s.feed AND m.revision = r.id "
        "AND m.until IS NULL) AND (x.kind = 2 OR NOT EXISTS (SELECT 1 FROM revision n "
        "CROSS JOIN temp.served_feed t CROSS JOIN member o ON o.feed = t.feed AND o.revision = n.id "
        "WHERE n.update_id = r.update_id AND n.number > r.number AND o.until IS NULL)) GROUP BY r.id "
        "ON CONFLICT (revision) DO UPDATE SET again = 1, level = excluded.level "
        "WHERE excluded.again = 1 AND again = 0",
        level);
  }
}

std::vector<RevisionRow> Serving::chosen_rows() {
  std::vector<RevisionRow> rows;
  Query query = database_.query(
      "SELECT c.revision FROM temp.served_revision c WHERE c.again = 1 OR EXISTS (SELECT 1 FROM temp.served_feed s "
      "CROSS JOIN member m ON m.feed = s.feed AND m.revision = c.revision AND m.until IS NULL AND m.since > s.base) "
      "ORDER BY c.revision");
  while (query.next()) rows.push_back(query.integer(0));
  return rows;
}

std::vector<RevisionId> Serving::in_order(const std::vector<RevisionRow>& rows) {
  std::vector<RevisionId> ids;
  ids.reserve(rows.size());
  for (const RevisionRow row : rows) {
    Query query = database_.query("SELECT update_id, number FROM revision WHERE id = ?", row);
    static_cast<void>(query.next());  // of the same snapshot, so it is there
    ids.push_back(identity_column(query, 0));
  }
  std::vector<std::uint32_t> by_id(ids.size());  // places, sorted by what stands there
  std::iota(by_id.begin(), by_id.end(), 0U);
  std::sort(by_id.begin(), by_id.end(), [&ids](std::uint32_t left, std::uint32_t right) {
    return std::tie(ids[left], left) < std::tie(ids[right], right);
  });
  DependencyOrder order(ids.size());
  for (const RevisionRow row : rows) {
    Query targets = database_.query("SELECT DISTINCT target FROM relation WHERE revision = ? AND kind IN (1, 2)", row);
    while (targets.next()) {
      const UpdateId target = update_id_column(targets, 0);
      auto at =
          std::lower_bound(by_id.begin(), by_id.end(), target,
                           [&ids](std::uint32_t place, const UpdateId& wanted) { return ids[place].update < wanted; });
      for (; at != by_id.end() && ids[*at].update == target; ++at) order.add_need(*at);
    }
    order.end_node();
  }
  // Two feeds may hold two documents of one identity; find() decides which one is given.
  std::vector<bool> is_second(ids.size(), false);
  for (std::size_t i = 1; i < by_id.size(); ++i) is_second[by_id[i]] = ids[by_id[i]] == ids[by_id[i - 1]];
  std::vector<RevisionId> ordered;
  ordered.reserve(ids.size());
  for (const std::uint32_t place : order.run()) {
    if (!is_second[place]) ordered.push_back(ids[place]);
  }
  return ordered;
}

std::optional<RevisionRow> Serving::find(const RevisionId& id) {
  Query row = database_.query(
      "SELECT max(+r.id) FROM revision r CROSS JOIN temp.served_feed s "
      "CROSS JOIN member m ON m.feed = s.feed AND m.revision = r.id AND m.until IS NULL "
      "WHERE r.update_id = ? AND r.number = ? AND r.dialect = 1",
      Blob{id.update.bytes()}, id.number);
  if (!row.next()) return {};
  return row.optional_integer(0);
}

std::optional<RevisionId> Serving::newest(const UpdateId& update) {
  Query row = database_.query(
      "SELECT max(r.number) FROM revision r CROSS JOIN temp.served_feed s "
      "CROSS JOIN member m ON m.feed = s.feed AND m.revision = r.id AND m.until IS NULL "
      "WHERE r.update_id = ? AND r.dialect = 1",
      Blob{update.bytes()});
  if (!row.next()) return {};
  const auto number = row.optional_integer(0);
  if (!number) return {};
  return RevisionId{update, static_cast<std::uint32_t>(*number)};
}

std::vector<Serving::File> Serving::files(RevisionRow revision) {
  std::vector<File> files;
  Query rows = database_.query("SELECT sha1, name FROM file WHERE revision = ? ORDER BY position", revision);
  while (rows.next()) {
    const bool is_known =
        std::any_of(files.begin(), files.end(), [&rows](const File& file) { return file.sha1 == rows.bytes(0); });
    if (!is_known) files.push_back({rows.text(0), rows.text(1)});
  }
  return files;
}

bool Serving::has_terms(RevisionRow revision) {
  return database_.integer("SELECT EXISTS (SELECT 1 FROM file WHERE revision = ? AND is_eula = 1)", revision) != 0;
}

bool Serving::names_file(std::string_view sha1) {
  return database_.integer(
             "SELECT EXISTS (SELECT 1 FROM file f CROSS JOIN revision r ON r.id = f.revision "
             "CROSS JOIN temp.served_feed s CROSS JOIN member m ON m.feed = s.feed AND m.revision = r.id "
             "WHERE f.sha1 = ? AND r.dialect = 1 AND m.until IS NULL)",
             Blob{sha1}) != 0;
}

std::uint64_t Serving::left_out() {
  return static_cast<std::uint64_t>(database_.integer(
      "SELECT count(DISTINCT m.revision) FROM temp.served_feed s JOIN member m ON m.feed = s.feed AND m.until IS NULL "
      "JOIN revision r ON r.id = m.revision WHERE r.dialect <> 1"));
}

}  // namespace ferry::format
