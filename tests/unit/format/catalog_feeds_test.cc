// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <set>

#include "common/error.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

class TestFeed {
 public:
  TestFeed() { create_feed(test.catalog, "all", id(100), false, "hq"); }
  [[nodiscard]] Feed feed() { return *find_lineage(test.catalog, id(100)); }

  Generation change(const std::vector<RevisionRow>& added, const std::vector<RevisionId>& removed = {}) {
    const Feed now = feed();
    GenerationWriter writer(test.catalog, now, now.generation + 1);
    for (const RevisionId& gone : removed) writer.remove(gone, DropReason::removed);
    for (const RevisionRow row : added) writer.add(row);
    return writer.finish(test.now, "test");
  }
  Generation become(const std::vector<RevisionRow>& rows) { return test.become(feed(), rows); }
  std::vector<RevisionRow> puts(std::uint64_t base) {
    std::vector<RevisionRow> rows;
    visit_puts(test.catalog, feed(), base,
               [&rows](RevisionRow row, const RevisionId&, Dialect) { rows.push_back(row); });
    return rows;
  }
  std::map<RevisionId, DropReason> drops(std::uint64_t base) {
    std::map<RevisionId, DropReason> ids;
    visit_drops(test.catalog, feed(), base,
                [&ids](const RevisionId& gone, DropReason reason) { CHECK(ids.emplace(gone, reason).second); });
    return ids;
  }

  TestCatalog test;
};

using Drops = std::map<RevisionId, DropReason>;

}  // namespace

TEST_CASE("a feed starts at generation 0 with the empty state", "[feeds]") {
  TestFeed all;
  const Feed feed = all.feed();
  CHECK(feed.generation == 0);
  CHECK(feed.state == empty_state());
  CHECK(feed.name == "all");
  CHECK_FALSE(feed.imported);
  CHECK(find_feed(all.test.catalog, "all", false)->lineage == id(100));
  CHECK_FALSE(find_feed(all.test.catalog, "all", true));
  CHECK_FALSE(find_lineage(all.test.catalog, id(101)));
  CHECK(recompute_state(all.test.catalog, feed.id) == empty_state());
}

TEST_CASE("a generation counts what came, what went and what is there", "[feeds]") {
  TestFeed all;
  const auto one = all.test.store(1, 1);
  const auto two = all.test.store(1, 2);
  const auto other = all.test.store(2, 1);
  const Generation first = all.change({one, two, other});
  CHECK(first.number == 1);
  CHECK(first.added == 3);
  CHECK(first.revisions == 3);
  CHECK(first.updates == 2);
  const Generation second = all.change({one}, {{id(2), 1}, {id(9), 1}});  // a member again, and one that never was
  CHECK(second.added == 0);
  CHECK(second.removed == 1);
  CHECK(second.revisions == 2);
  CHECK(second.updates == 1);
  CHECK(all.feed().generation == 2);
  CHECK(all.feed().state == second.state);
  CHECK(generation(all.test.catalog, all.feed().id, 1)->state == first.state);
  CHECK_FALSE(generation(all.test.catalog, all.feed().id, 3));
  CHECK(generations(all.test.catalog, all.feed().id, 1).front().number == 2);
}

TEST_CASE("the state names exactly the members and their documents", "[feeds]") {
  TestFeed all;
  const auto one = all.test.store(1, 1);
  const auto two = all.test.store(2, 1);
  const Generation made = all.change({two, one});
  CHECK(made.state == state_digest({{{id(1), 1}, document_digest(all.test.catalog, one)},
                                    {{id(2), 1}, document_digest(all.test.catalog, two)}}));
  CHECK(all.change({}, {{id(1), 1}, {id(2), 1}}).state == empty_state());
}

TEST_CASE("going back to earlier members gives the earlier state", "[feeds]") {
  TestFeed all;
  const auto one = all.test.store(1, 1);
  const auto two = all.test.store(2, 1);
  const Generation first = all.change({one});
  CHECK(all.change({two}).state != first.state);
  CHECK(all.change({}, {{id(2), 1}}).state == first.state);
}

TEST_CASE("an identity that comes with another document replaces the one that was there", "[feeds]") {
  TestFeed all;
  const auto before = all.test.store(1, 1);
  const auto after = all.test.store(1, 1, "published again");
  all.change({before});
  const Generation made = all.change({after});
  CHECK(made.revisions == 1);
  CHECK(made.added == 1);
  CHECK(made.removed == 1);
  CHECK(all.puts(1) == std::vector<RevisionRow>{after});
  CHECK(all.drops(1).empty());  // a put of the identity says it all
  CHECK(made.state == recompute_state(all.test.catalog, all.feed().id));
}

TEST_CASE("puts are what came since the base and is still there", "[feeds]") {
  TestFeed all;
  const auto one = all.test.store(1, 1);
  const auto two = all.test.store(2, 1);
  const auto three = all.test.store(3, 1);
  all.change({one});
  all.change({two});
  all.change({three}, {{id(2), 1}});
  CHECK(all.puts(0) == std::vector<RevisionRow>{one, three});
  CHECK(all.puts(1) == std::vector<RevisionRow>{three});
  CHECK(all.puts(2) == std::vector<RevisionRow>{three});
  CHECK(all.puts(3).empty());
}

TEST_CASE("a tombstone is there for every generation that may have held the member", "[feeds]") {
  TestFeed all;
  const auto one = all.test.store(1, 1);
  const auto two = all.test.store(2, 1);
  all.change({one});
  all.change({two});             // 2 comes
  all.change({}, {{id(2), 1}});  // and goes: in between for who stands at 1
  all.change({all.test.store(3, 1)});
  // Who stands at 2 holds it. Who stands at 1 does not, but the bundle from 1 is accepted at 2 and 3 too.
  CHECK(all.drops(1) == Drops{{{id(2), 1}, DropReason::removed}});
  CHECK(all.drops(2) == Drops{{{id(2), 1}, DropReason::removed}});
  CHECK(all.drops(3).empty());
}

TEST_CASE("what went and came again is a put and no tombstone", "[feeds]") {
  TestFeed all;
  const auto one = all.test.store(1, 1);
  all.change({one});
  all.change({}, {{id(1), 1}});
  CHECK(all.drops(1).size() == 1);
  all.change({one});
  CHECK(all.drops(1).empty());
  CHECK(all.drops(2).empty());
  CHECK(all.puts(1) == std::vector<RevisionRow>{one});
  CHECK(all.puts(2) == std::vector<RevisionRow>{one});
  CHECK(all.puts(3).empty());
}

TEST_CASE("becoming the selection says why each member left", "[feeds]") {
  TestFeed all;
  const auto old_revision = all.test.store(1, 1);
  const auto new_revision = all.test.store(1, 2);
  const auto deselected = all.test.store(2, 1);
  const auto removed = all.test.store(3, 1);
  all.test.offer({old_revision, deselected, removed});
  all.become({old_revision, deselected, removed});
  all.test.offer({new_revision, deselected});
  const Generation made = all.become({new_revision});
  CHECK(made.added == 1);
  CHECK(made.removed == 3);
  CHECK(all.drops(1) == Drops{{{id(1), 1}, DropReason::replaced},
                              {{id(2), 1}, DropReason::deselected},
                              {{id(3), 1}, DropReason::removed}});
  CHECK(made.state == recompute_state(all.test.catalog, all.feed().id));
}

TEST_CASE("a selection that did not change adds and removes nothing", "[feeds]") {
  TestFeed all;
  const auto one = all.test.store(1, 1);
  const Generation first = all.become({one});
  const Generation second = all.become({one});
  CHECK(second.added + second.removed == 0);
  CHECK(second.state == first.state);
}

TEST_CASE("puts come as categories, detectoids, then all others, each by id", "[feeds]") {
  TestFeed all;
  const auto typed = [&all](unsigned number, const std::string& type) {
    DocumentSpec spec;
    spec.number = number;
    spec.type = type;
    return all.test.store(update_document(spec));
  };
  const auto software = typed(1, "Software");
  const auto driver = typed(2, "Driver");
  const auto detectoid = typed(3, "Detectoid");
  const auto category = typed(4, "Category");
  const auto second = all.test.store(1, 2);
  all.change({second, driver, software, category, detectoid});
  CHECK(all.puts(0) == std::vector<RevisionRow>{category, detectoid, software, second, driver});
}

TEST_CASE("a delta's counts are those of its records", "[feeds]") {
  TestFeed all;
  const auto one = all.test.store(1, 1);
  const auto two = all.test.store(2, 1, "longer");
  all.change({one});
  all.change({two}, {{id(1), 1}});
  const DeltaCounts counts = count_delta(all.test.catalog, all.feed(), 1);
  CHECK(counts.puts == 1);
  CHECK(counts.drops == 1);
  CHECK(counts.document_bytes == all.test.documents.load(two).size());
}

TEST_CASE("the accepted bases are all generations from the base to the one before", "[feeds]") {
  TestFeed all;
  std::vector<Digest> states;
  for (unsigned i = 1; i <= 4; ++i) states.push_back(all.change({all.test.store(i, 1)}).state);
  CHECK(accepted_bases(all.test.catalog, all.feed(), 0).empty());
  const auto bases = accepted_bases(all.test.catalog, all.feed(), 2);
  REQUIRE(bases.size() == 2);
  CHECK(bases[0] == GenerationState{2, states[1]});
  CHECK(bases[1] == GenerationState{3, states[2]});
}

TEST_CASE("a revision that goes and comes within one generation stays a member", "[feeds]") {
  TestFeed all;
  const auto one = all.test.store(1, 1);
  const Generation first = all.change({one});
  const Feed feed = all.feed();
  GenerationWriter writer(all.test.catalog, feed, 2);
  writer.add(all.test.store(1, 1, "other"));
  writer.add(one);  // a bundle may not do this, but it must not end in an error of the database
  writer.remove({id(1), 1}, DropReason::removed);
  writer.add(one);
  CHECK(writer.finish(all.test.now, "test").state == first.state);
}

TEST_CASE("a change is one of new, changed, expired and removed", "[feeds]") {
  TestFeed all;
  DocumentSpec expired;
  expired.number = 2;
  expired.revision = 2;
  expired.state = "Expired";
  all.change({all.test.store(1, 1), all.test.store(2, 1), all.test.store(3, 1), all.test.store(4, 1)});
  all.change({all.test.store(1, 2), all.test.store(update_document(expired)), all.test.store(5, 1)},
             {{id(1), 1}, {id(2), 1}, {id(3), 1}});
  std::map<UpdateId, UpdateChange::Kind> kinds;
  for (const UpdateChange& change : latest_changes(all.test.catalog, all.feed().id, 2))
    kinds[change.update] = change.kind;
  CHECK(kinds == std::map<UpdateId, UpdateChange::Kind>{{id(1), UpdateChange::Kind::changed},
                                                        {id(2), UpdateChange::Kind::expired},
                                                        {id(3), UpdateChange::Kind::removed},
                                                        {id(5), UpdateChange::Kind::added}});
}

TEST_CASE("after any changes the state kept equals the state computed, and every delta leads to it", "[feeds]") {
  TestFeed all;
  std::mt19937 random(20261123);
  std::vector<RevisionRow> rows;
  for (unsigned number = 1; number <= 30; ++number) {
    for (unsigned revision = 1; revision <= 2; ++revision) {
      rows.push_back(all.test.store(number, revision));
      rows.push_back(all.test.store(number, revision, "again"));
    }
  }
  // What a site would hold at each generation.
  using Members = std::map<RevisionId, RevisionRow>;
  std::vector<Members> history{{}};
  for (int round = 0; round < 12; ++round) {
    Members members = history.back();
    std::vector<RevisionId> removed;
    std::vector<RevisionRow> added;
    for (int i = 0; i < 6 && !members.empty(); ++i) {
      auto gone = std::next(members.begin(), static_cast<std::ptrdiff_t>(random() % members.size()));
      removed.push_back(gone->first);
      members.erase(gone);
    }
    std::set<RevisionId> seen(removed.begin(), removed.end());
    for (int i = 0; i < 8; ++i) {
      const RevisionRow row = rows[random() % rows.size()];
      const RevisionId identity_of_row = identity(all.test.catalog, row);
      if (!seen.insert(identity_of_row).second) continue;  // a bundle says each identity once
      added.push_back(row);
      members[identity_of_row] = row;
    }
    const Generation made = all.change(added, removed);
    CHECK(made.state == recompute_state(all.test.catalog, all.feed().id));
    history.push_back(members);
  }
  for (std::size_t base = 0; base + 1 < history.size(); ++base) {
    for (std::size_t start = base; start + 1 < history.size(); ++start) {  // a site at any accepted base
      Members members = history[start];
      for (const RevisionRow row : all.puts(base)) members[identity(all.test.catalog, row)] = row;
      for (const auto& [gone, reason] : all.drops(base)) members.erase(gone);
      if (base == 0 && start > 0) continue;  // a full bundle has no tombstones and no bases
      CHECK(members == history.back());
    }
  }
}
