// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <set>

#include "common/error.h"
#include "format/catalog/journal.h"
#include "format/catalog/prune.h"
#include "format/catalog/undo.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

// A feed whose generations are given as whole sets of members, and remembered as such.
class History {
 public:
  explicit History(bool imported = false) : imported_(imported) {
    create_feed(test.catalog, "all", id(100), imported, "hq");
    members.emplace_back();
  }
  [[nodiscard]] Feed feed() { return *find_lineage(test.catalog, id(100)); }
  void become(const std::set<RevisionRow>& rows) {
    const Feed now = feed();
    static_cast<void>(test.become(now, rows));
    if (imported_) {
      ImportEntry entry;
      entry.feed = now.id;
      entry.name = "g" + std::to_string(now.generation + 1);
      entry.kind = "delta";
      entry.previous = now.generation;
      entry.target = now.generation + 1;
      log_import(test.catalog, entry);
    }
    members.push_back(rows);
  }
  PruneResult prune(const RetainPolicy& policy) {
    const UncheckedReferences unchecked(test.catalog.database());
    Transaction transaction(test.catalog.database());
    PruneResult result = format::prune(test.catalog, policy, test.now);
    transaction.commit();
    return result;
  }
  std::set<RevisionRow> at(std::uint64_t generation) {
    ListFilter filter;
    filter.feed = "all";
    filter.generation = generation;
    filter.all_revisions = true;
    std::set<RevisionRow> rows;
    list_updates(test.catalog, filter, [&rows](const ListedUpdate& update) { rows.insert(update.row); });
    return rows;
  }
  std::string changes(std::uint64_t from, std::uint64_t to) {
    std::string text;
    for (const UpdateChange& change : changes_between(test.catalog, feed().id, from, to))
      text += std::string(name_of(change.kind)) + " " + change.update.text().substr(7, 1) + ",";
    return text;
  }
  // The same, from the remembered sets: replay instead of a query.
  std::string replayed(std::uint64_t from, std::uint64_t to) {
    std::map<UpdateId, std::pair<std::set<RevisionRow>, std::set<RevisionRow>>> updates;
    for (const RevisionRow row : members.at(from)) updates[identity(test.catalog, row).update].first.insert(row);
    for (const RevisionRow row : members.at(to)) updates[identity(test.catalog, row).update].second.insert(row);
    std::string added;
    std::string changed;
    std::string removed;
    for (const auto& [update, sets] : updates) {
      const std::string name = " " + update.text().substr(7, 1) + ",";
      if (sets.first == sets.second) continue;
      if (sets.first.empty()) {
        added += "new" + name;
      } else if (sets.second.empty()) {
        removed += "removed" + name;
      } else {
        changed += "changed" + name;
      }
    }
    return added + changed + removed;
  }

  TestCatalog test;
  std::vector<std::set<RevisionRow>> members;

 private:
  bool imported_;
};

std::int64_t count(TestCatalog& test, std::string_view sql) { return test.catalog.database().integer(sql); }

}  // namespace

TEST_CASE("what changed between two generations is told by update", "[history]") {
  History history;
  const auto one = history.test.store(1, 1);
  const auto one_b = history.test.store(1, 2);
  const auto two = history.test.store(2, 1);
  const auto three = history.test.store(3, 1);
  DocumentSpec spec;
  spec.number = 2;
  spec.revision = 2;
  spec.state = "Expired";
  const auto two_expired = history.test.store(update_document(spec));
  history.become({one, two});
  history.become({one_b, two, three});
  history.become({one_b, two_expired});
  history.become({one, two_expired});
  CHECK(history.changes(0, 1) == "new 1,new 2,");
  CHECK(history.changes(1, 2) == "new 3,changed 1,");
  CHECK(history.changes(1, 3) == "changed 1,expired 2,");  // 3 came and went
  CHECK(history.changes(2, 3) == "expired 2,removed 3,");
  CHECK(history.changes(1, 4) == "expired 2,");  // 1 is back as it was
  CHECK(history.changes(0, 4) == "new 1,new 2,");
  const auto changes = changes_between(history.test.catalog, history.feed().id, 2, 3);
  CHECK(changes.at(0).before == two);
  CHECK(changes.at(0).after == two_expired);
  CHECK(changes.at(1).title == "Update");
  CHECK(history.at(1) == std::set<RevisionRow>{one, two});
  CHECK(history.at(2) == std::set<RevisionRow>{one_b, two, three});
  CHECK(history.at(0).empty());
}

TEST_CASE("a generation that is not known is refused with the range that is", "[history]") {
  History history;
  CHECK(contains(message_of([&] { require_generation(history.test.catalog, history.feed(), 1); }), "none yet"));
  for (unsigned i = 1; i <= 5; ++i) history.become({history.test.store(i, 1)});
  static_cast<void>(history.prune({3, 0}));
  Catalog& catalog = history.test.catalog;
  CHECK(oldest_generation(catalog, history.feed()) == 3);
  CHECK(code_of([&] { require_generation(catalog, history.feed(), 2); }) == ExitCode::not_found);
  CHECK(contains(message_of([&] { require_generation(catalog, history.feed(), 2); }), "was pruned; known are 3 to 5"));
  CHECK(contains(message_of([&] { require_generation(catalog, history.feed(), 6); }), "was not reached yet"));
  for (const std::uint64_t known : {0U, 3U, 4U, 5U}) require_generation(catalog, history.feed(), known);
  CHECK(code_of([&] { static_cast<void>(history.at(1)); }) == ExitCode::not_found);
  GenerationWriter writer(catalog, history.feed(), 9);
  writer.add(history.test.store(9, 1));
  static_cast<void>(writer.finish(history.test.now, "test"));
  CHECK(contains(message_of([&] { require_generation(catalog, history.feed(), 7); }), "was passed over"));
  CHECK(code_of([&] { static_cast<void>(feed_named(catalog, "other", false)); }) == ExitCode::not_found);
}

TEST_CASE("a prune leaves every kept generation, delta and digest as it was", "[prune]") {
  std::mt19937 random(20261125);
  for (unsigned round = 0; round < 20; ++round) {
    History history;
    std::vector<RevisionRow> all;
    for (unsigned update = 1; update <= 6; ++update) {
      for (unsigned revision = 1; revision <= 3; ++revision) all.push_back(history.test.store(update, revision));
    }
    const std::uint64_t last = 3 + random() % 6;
    for (std::uint64_t i = 0; i < last; ++i) {
      std::set<RevisionRow> rows;
      for (const RevisionRow row : all) {
        if (random() % 3 == 0) rows.insert(row);
      }
      history.become(rows);
    }
    for (std::uint64_t from = 0; from < last; ++from) {
      for (std::uint64_t to = from + 1; to <= last; ++to)
        CHECK(history.changes(from, to) == history.replayed(from, to));
    }
    const std::uint64_t keep = 1 + random() % last;
    const std::uint64_t oldest = last - keep + 1;
    const Digest state = history.feed().state;
    const auto drops = [&](std::uint64_t base) {
      std::set<RevisionId> ids;
      visit_drops(history.test.catalog, history.feed(), base,
                  [&](const RevisionId& gone, DropReason) { ids.insert(gone); });
      return ids;
    };
    std::map<std::uint64_t, std::set<RevisionId>> drops_before;
    for (std::uint64_t base = oldest; base < last; ++base) drops_before[base] = drops(base);
    const PruneResult result = history.prune({keep, 0});
    CHECK(result.feeds.at(0).oldest == oldest);
    CHECK(result.feeds.at(0).generations == oldest - 1);
    CHECK(history.feed().state == state);
    CHECK(history.test.catalog.check().empty());
    for (std::uint64_t base = oldest; base < last; ++base) {
      CHECK(history.at(base) == history.members.at(base));
      CHECK(history.changes(base, last) == history.replayed(base, last));
      CHECK(drops(base) == drops_before[base]);
    }
    std::set<RevisionRow> needed;
    for (std::uint64_t kept = oldest; kept <= last; ++kept)
      needed.insert(history.members.at(kept).begin(), history.members.at(kept).end());
    CHECK(count(history.test, "SELECT count(*) FROM revision") == static_cast<std::int64_t>(needed.size()));
    CHECK(count(history.test, "SELECT count(*) FROM document") == static_cast<std::int64_t>(needed.size()));
    CHECK_FALSE(history.prune({keep, 0}).any());
  }
}

TEST_CASE("what a source offers and what another feed holds stays through a prune", "[prune]") {
  History history;
  TestCatalog& test = history.test;
  const auto offered = test.store(1, 1);
  const auto gone = test.store(2, 1);
  const auto elsewhere = test.store(3, 1);
  create_feed(test.catalog, "other", id(101), true, "hq");
  {
    GenerationWriter writer(test.catalog, *find_lineage(test.catalog, id(101)), 1);
    writer.add(elsewhere);
    static_cast<void>(writer.finish(test.now, "test"));
  }
  test.offer({offered});
  history.become({offered, gone, elsewhere});
  history.become({test.store(4, 1)});
  const PruneResult result = history.prune({1, 0});
  CHECK(result.revisions == 1);
  CHECK(result.documents == 1);
  CHECK(test.documents.load(offered) != "");
  CHECK(test.documents.load(elsewhere) != "");
  CHECK(code_of([&] { static_cast<void>(test.documents.load(gone)); }) == ExitCode::not_found);
  CHECK(test.catalog.check().empty());
  CHECK(test.catalog.database().integer("PRAGMA foreign_keys") == 1);
}

TEST_CASE("the number of an SDP is not given twice, whatever was pruned", "[prune]") {
  History history;
  TestCatalog& test = history.test;
  const auto first = test.store(sdp_document(7, "One"), 1);
  const auto second = test.store(sdp_document(7, "Two"), 2);
  history.become({first});
  history.become({second});
  history.become({test.store(8, 1)});
  static_cast<void>(history.prune({1, 0}));
  const auto newest = test.documents.newest(id(7));
  REQUIRE(newest);
  CHECK(newest->number == 2);
  CHECK(count(test, "SELECT count(*) FROM revision WHERE dialect = 2") == 1);
}

TEST_CASE("two identities with the same bytes keep them while one stays", "[prune]") {
  History history;
  TestCatalog& test = history.test;
  const std::string bytes = sdp_document(7, "One");
  create_feed(test.catalog, "x", id(102), true, "hq");
  const auto one = test.store(bytes, 1);
  const auto two = test.store(bytes, 2);
  history.become({one});
  history.become({two});
  static_cast<void>(history.prune({1, 0}));
  CHECK(test.documents.load(two) == bytes);
  CHECK(count(test, "SELECT count(*) FROM revision") == 1);
}

TEST_CASE("generations go only when they are beyond both limits", "[prune]") {
  History history;
  const std::vector<std::string> days{"2026-11-01", "2026-11-10", "2026-11-20", "2026-11-23"};
  for (unsigned i = 0; i < days.size(); ++i) {
    history.test.now = *Time::parse(days[i] + "T12:00:00Z");
    history.become({history.test.store(i + 1, 1)});
  }
  CHECK(history.prune({4, 0}).feeds.at(0).oldest == 1);
  CHECK(history.prune({1, 14}).feeds.at(0).oldest == 2);
  CHECK(history.prune({3, 1}).feeds.at(0).oldest == 2);
  CHECK(history.prune({1, 0}).feeds.at(0).oldest == 4);
}

TEST_CASE("an import whose generation before was pruned is not undone, and says why", "[prune][undo]") {
  History history(true);
  for (unsigned i = 1; i <= 4; ++i) history.become({history.test.store(i, 1)});
  Catalog& catalog = history.test.catalog;
  const PruneResult result = history.prune({2, 0});
  CHECK(result.feeds.at(0).undo_is_lost == std::vector<std::string>{"g3", "g2", "g1"});
  const auto undo = [&] { return undo_import(catalog, *last_effective_import(catalog, {}), history.test.now); };
  CHECK(undo().generation == 3);
  CHECK(history.at(3) == history.members.at(3));
  CHECK(code_of(undo) == ExitCode::wrong_recipient);
  CHECK(contains(message_of(undo), "was pruned"));
  CHECK(history.feed().generation == 3);
  CHECK(catalog.check().empty());
}

TEST_CASE("a feed that begins anew forgets that it was pruned", "[prune]") {
  History history(true);
  for (unsigned i = 1; i <= 3; ++i) history.become({history.test.store(i, 1)});
  static_cast<void>(history.prune({1, 0}));
  CHECK(pruned_below(history.test.catalog, history.feed()) == 3);
  note_members(history.test.catalog, history.feed().id);
  static_cast<void>(restart_feed(history.test.catalog, history.feed(), 1));
  CHECK(pruned_below(history.test.catalog, history.feed()) == 0);
  const auto left = noted_that_left(history.test.catalog, history.feed().id);
  REQUIRE(left.size() == 1);
  CHECK(left[0].update == id(3));
  CHECK(left[0].kind == UpdateChange::Kind::removed);
}
