// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

RevisionRow expired(TestCatalog& test, unsigned number, unsigned revision) {
  DocumentSpec spec;
  spec.number = number;
  spec.revision = revision;
  spec.state = "Expired";
  return test.store(update_document(spec));
}

using Ids = std::vector<UpdateId>;

}  // namespace

TEST_CASE("a first run finds everything new and a second one nothing", "[offers]") {
  TestCatalog test;
  const std::vector<RevisionRow> rows{test.store(1, 1), test.store(2, 1)};
  const OfferChanges first = test.offer(rows);
  CHECK(first.added == Ids{id(1), id(2)});
  CHECK(first.any());
  const OfferChanges second = test.offer(rows);
  CHECK_FALSE(second.any());
  CHECK(second.unchanged == 2);
}

TEST_CASE("each update is in exactly one list", "[offers]") {
  TestCatalog test;
  test.offer({test.store(1, 1), test.store(2, 1), test.store(3, 1), test.store(4, 1)});
  const OfferChanges changes = test.offer({test.store(1, 1), test.store(2, 2), expired(test, 3, 2), test.store(5, 1)});
  CHECK(changes.unchanged == 1);
  CHECK(changes.changed == Ids{id(2)});
  CHECK(changes.expired == Ids{id(3)});
  CHECK(changes.removed == Ids{id(4)});
  CHECK(changes.added == Ids{id(5)});
}

TEST_CASE("another document under the same number is a change", "[offers]") {
  TestCatalog test;
  test.offer({test.store(1, 1)});
  CHECK(test.offer({test.store(1, 1, "published again")}).changed == Ids{id(1)});
}

TEST_CASE("one revision more or less of an update is a change", "[offers]") {
  TestCatalog test;
  const auto one = test.store(1, 1);
  const auto two = test.store(1, 2);
  test.offer({one});
  CHECK(test.offer({one, two}).changed == Ids{id(1)});
  CHECK(test.offer({one}).changed == Ids{id(1)});
}

TEST_CASE("what was expired before is not told again", "[offers]") {
  TestCatalog test;
  test.offer({expired(test, 1, 1)});
  CHECK(test.offer({expired(test, 1, 2)}).changed == Ids{id(1)});
}

TEST_CASE("a file that cannot be read this time keeps what it held", "[offers]") {
  TestCatalog test;
  const auto one = test.store(1, 1);
  const auto two = test.store(2, 1);
  test.offer({one, two});
  OfferRun run(test.catalog, "docs", "updates", 0);
  run.offer(id(1), one, std::to_string(one) + ".xml");
  run.keep(std::to_string(two) + ".xml");
  run.keep("never seen.xml");
  const OfferChanges changes = run.finish(test.now);
  CHECK_FALSE(changes.any());
  CHECK(changes.unchanged == 2);
}

TEST_CASE("a run that is not finished changes nothing", "[offers]") {
  TestCatalog test;
  const auto one = test.store(1, 1);
  test.offer({one});
  { const OfferRun abandoned(test.catalog, "docs", "updates", 0); }
  CHECK(revisions_of(test.catalog, id(1), true) == std::vector<RevisionRow>{one});
}

TEST_CASE("a document that moved to another file is known there and is no change", "[offers]") {
  TestCatalog test;
  const auto one = test.store(1, 1);
  test.offer({one});
  OfferRun moved(test.catalog, "docs", "updates", 0);
  moved.offer(id(1), one, "elsewhere.xml");
  CHECK_FALSE(moved.finish(test.now).any());
  OfferRun next(test.catalog, "docs", "updates", 0);
  REQUIRE(next.known_at("elsewhere.xml").size() == 1);
  CHECK(next.known_at("elsewhere.xml")[0].update == id(1));
  CHECK(next.known_at("elsewhere.xml")[0].digest == document_digest(test.catalog, one));
  CHECK(next.known_at(std::to_string(one) + ".xml").empty());
}

TEST_CASE("what is offered is known by update and document", "[offers]") {
  TestCatalog test;
  const auto one = test.store(1, 1);
  test.offer({one});
  OfferRun run(test.catalog, "docs", "updates", 0);
  CHECK(run.known_document(id(1), document_digest(test.catalog, one)) == one);
  CHECK_FALSE(run.known_document(id(1), sha256("other")));
  CHECK_FALSE(run.known_document(id(2), document_digest(test.catalog, one)));
  CHECK_FALSE(run.offered(id(1)));  // not yet in this run
  run.offer(id(1), one, "a.xml");
  CHECK(run.offered(id(1)) == one);
}

TEST_CASE("an update that a more believed source offers too is shadowed", "[offers]") {
  TestCatalog test;
  const auto ours = test.store(1, 1, "ours");
  const auto theirs = test.store(1, 9, "theirs");
  test.offer({ours}, "first", 0);
  const OfferChanges second = test.offer({theirs, test.store(2, 1)}, "second", 1);
  CHECK(second.shadowed == Ids{id(1)});
  CHECK(second.added == Ids{id(1), id(2)});
  CHECK(test.offer({ours}, "first", 0).shadowed.empty());
  CHECK(revisions_of(test.catalog, id(1), true) == std::vector<RevisionRow>{ours});
}

TEST_CASE("another order of the sources makes another one believed", "[offers]") {
  TestCatalog test;
  const auto ours = test.store(1, 1, "ours");
  const auto theirs = test.store(1, 9, "theirs");
  test.offer({ours}, "first", 0);
  test.offer({theirs}, "second", 1);
  test.offer({theirs}, "second", 0);
  test.offer({ours}, "first", 1);
  CHECK(revisions_of(test.catalog, id(1), true) == std::vector<RevisionRow>{theirs});
}

TEST_CASE("a source that is dropped takes its offers with it and nobody else's", "[offers]") {
  TestCatalog test;
  test.offer({test.store(1, 1), test.store(1, 2)}, "first", 0);
  const auto two = test.store(2, 1);
  test.offer({two}, "second", 1);
  const auto dropped = drop_other_sources(test.catalog, {"second"});
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0].first == "first");
  CHECK(dropped[0].second.removed == Ids{id(1)});
  CHECK(revisions_of(test.catalog, id(1), true).empty());
  CHECK(revisions_of(test.catalog, id(2), true) == std::vector<RevisionRow>{two});
  REQUIRE(list_sources(test.catalog).size() == 1);
  CHECK(list_sources(test.catalog)[0].updates == 1);
  CHECK(list_sources(test.catalog)[0].synced == test.now.text());
}

namespace {

// A run that tells only these revisions as what changed.
OfferChanges tell_changes(TestCatalog& test, const std::vector<RevisionRow>& rows) {
  OfferRun run(test.catalog, "server", "wsus-server", 0);
  for (const RevisionRow row : rows) run.offer(identity(test.catalog, row).update, row, std::to_string(row));
  return run.finish(test.now, Coverage::changes);
}

}  // namespace

TEST_CASE("what a source of changes does not tell is offered still", "[offers]") {
  TestCatalog test;
  const auto one = test.store(1, 1);
  const auto two = test.store(2, 1);
  const OfferChanges first = tell_changes(test, {one, two});
  CHECK(first.added == Ids{id(1), id(2)});
  const OfferChanges nothing = tell_changes(test, {});
  CHECK_FALSE(nothing.any());
  CHECK(nothing.unchanged == 2);
  const auto newer = test.store(1, 2);
  const OfferChanges second = tell_changes(test, {newer, test.store(3, 1)});
  CHECK(second.added == Ids{id(3)});
  CHECK(second.changed == Ids{id(1)});
  CHECK(second.removed.empty());
  CHECK(second.unchanged == 1);
  CHECK(revisions_of(test.catalog, id(1), true) == std::vector<RevisionRow>{newer, one});
  CHECK(revisions_of(test.catalog, id(2), true) == std::vector<RevisionRow>{two});
}

TEST_CASE("a source of changes tells that an update expired by a new revision", "[offers]") {
  TestCatalog test;
  static_cast<void>(tell_changes(test, {test.store(1, 1), test.store(2, 1)}));
  const OfferChanges changes = tell_changes(test, {expired(test, 1, 2)});
  CHECK(changes.expired == Ids{id(1)});
  CHECK(changes.changed.empty());
  CHECK_FALSE(tell_changes(test, {}).any());
}

TEST_CASE("another document of an identity takes the place of the one before, also from a source of changes",
          "[offers]") {
  TestCatalog test;
  static_cast<void>(tell_changes(test, {test.store(1, 1, "one"), test.store(1, 2)}));
  const auto other = test.store(1, 1, "another");
  CHECK(tell_changes(test, {other}).changed == Ids{id(1)});
  const auto held = revisions_of(test.catalog, id(1), true);
  CHECK(held.size() == 2);
  CHECK(std::find(held.begin(), held.end(), other) != held.end());
}
