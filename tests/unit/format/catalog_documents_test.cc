// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "common/error.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

std::string category(unsigned number, const std::string& title, const std::string& type, unsigned parent = 0) {
  DocumentSpec spec;
  spec.number = number;
  spec.type = "Category";
  spec.category_type = type;
  spec.title = title;
  if (parent != 0)
    spec.relations = "<upd:Prerequisites><upd:AtLeastOne IsCategory=\"true\"><upd:UpdateIdentity UpdateID=\"" +
                     id(parent).text() + "\"/></upd:AtLeastOne></upd:Prerequisites>";
  return update_document(spec);
}

std::size_t listed(TestCatalog& test, const ListFilter& filter) {
  std::size_t count = 0;
  list_updates(test.catalog, filter, [&count](const ListedUpdate&) { ++count; });
  return count;
}

}  // namespace

TEST_CASE("a document comes back byte for byte", "[documents]") {
  TestCatalog test;
  const std::string odd = "\xef\xbb\xbf<?xml version='1.0'?>\r\n" + update_document({}) + "\n<!-- end -->\n";
  const RevisionRow row = test.store(odd);
  CHECK(test.documents.load(row) == odd);
  CHECK(document_digest(test.catalog, row) == sha256(odd));
  CHECK(identity(test.catalog, row) == RevisionId{id(1), 1});
}

TEST_CASE("the same bytes are stored once", "[documents]") {
  TestCatalog test;
  const std::string bytes = update_document({});
  const Update update = parse_document(bytes);
  const StoredRevision first = test.documents.store(update, sha256(bytes), bytes, test.now);
  const StoredRevision second = test.documents.store(update, sha256(bytes), bytes, test.now);
  CHECK(first.is_new);
  CHECK_FALSE(second.is_new);
  CHECK(first.row == second.row);
  CHECK(test.catalog.database().integer("SELECT count(*) FROM document") == 1);
  // An SDP that goes back to an earlier document gets a new number; the bytes are there already.
  const RevisionRow one = test.store(sdp_document(2, "a"), 1);
  const RevisionRow three = test.store(sdp_document(2, "a"), 3);
  CHECK(one != three);
  CHECK(test.catalog.database().integer("SELECT count(*) FROM document") == 2);
}

TEST_CASE("another document of the same identity is another row", "[documents]") {
  TestCatalog test;
  const RevisionRow first = test.store(1, 1);
  const RevisionRow second = test.store(1, 1, "changed");
  CHECK(first != second);
  CHECK(test.documents.find({id(1), 1}, document_digest(test.catalog, first)) == first);
  CHECK(test.documents.find({id(1), 1}, document_digest(test.catalog, second)) == second);
  CHECK_FALSE(test.documents.find({id(1), 2}, document_digest(test.catalog, first)));
  CHECK_FALSE(test.documents.find({id(1), 1}, sha256("unknown")));
}

TEST_CASE("the newest revision is the one with the highest number, not the last stored", "[documents]") {
  TestCatalog test;
  CHECK_FALSE(test.documents.newest(id(1)));
  const RevisionRow high = test.store(1, 200);
  test.store(1, 100);
  const auto newest = test.documents.newest(id(1));
  REQUIRE(newest);
  CHECK(newest->row == high);
  CHECK(newest->number == 200);
}

TEST_CASE("a document whose bytes changed on the disk is never handed out", "[documents]") {
  TestCatalog test;
  const RevisionRow row = test.store(1, 1);
  Database& database = test.catalog.database();
  SECTION("its digest") { database.execute("UPDATE document SET digest = ?", Blob{sha256("x").bytes()}); }
  SECTION("its bytes") { database.execute("UPDATE document SET body = ?", Blob{"x"}); }
  SECTION("its size") { database.execute("UPDATE document SET size = size + 1"); }
  CHECK_THROWS_AS(test.documents.load(row), IoError);
}

TEST_CASE("what was never stored is not found", "[documents]") {
  TestCatalog test;
  CHECK_THROWS_AS(test.documents.load(4711), NotFoundError);
  CHECK_THROWS_AS(identity(test.catalog, 4711), NotFoundError);
  CHECK_THROWS_AS(document_digest(test.catalog, 4711), NotFoundError);
  CHECK_FALSE(title_of(test.catalog, id(1)));
  CHECK_FALSE(category_name(test.catalog, id(1)));
}

TEST_CASE("a category's own document is the best word on its name", "[documents]") {
  TestCatalog test;
  test.store(category(10, "Old name", "Product", 11));
  test.store(category(11, "Northwind", "Company"));
  CHECK(category_name(test.catalog, id(10)) == "Old name");
  test.store(category(10, "New name", "Product", 11));
  CHECK(category_name(test.catalog, id(10)) == "New name");
  const auto categories = list_categories(test.catalog, CategoryType::product);
  REQUIRE(categories.size() == 1);
  CHECK(categories[0].parent == "Northwind");
  // An SDP that names the same vendor only fills gaps.
  test.store(sdp_document(1, "t"));
  test.store(sdp_document(2, "t", "NORTHWIND"));
  CHECK(list_categories(test.catalog, CategoryType::company).size() == 2);  // the category's document has its own id
}

TEST_CASE("held is what the most believed source offers", "[documents]") {
  TestCatalog test;
  const RevisionRow ours = test.store(1, 1, "ours");
  const RevisionRow theirs = test.store(1, 5, "theirs");
  const RevisionRow only_theirs = test.store(2, 1);
  test.offer({ours}, "first", 0);
  test.offer({theirs, only_theirs}, "second", 1);
  CHECK(revisions_of(test.catalog, id(1), true) == std::vector<RevisionRow>{ours});
  CHECK(revisions_of(test.catalog, id(1), false) == std::vector<RevisionRow>{theirs, ours});
  CHECK(revisions_of(test.catalog, id(2), true) == std::vector<RevisionRow>{only_theirs});
}

TEST_CASE("lists are filtered by text, type, state, product and classification", "[documents]") {
  TestCatalog test;
  DocumentSpec driver;
  driver.number = 3;
  driver.type = "Driver";
  driver.state = "Expired";
  driver.title = "Network DRIVER";
  test.offer({test.store(1, 1), test.store(1, 2), test.store(update_document(driver)),
              test.store(sdp_document(4, "BIOS", "Northwind", "Firmware", "Security Updates"))});
  ListFilter filter;
  CHECK(listed(test, filter) == 3);
  filter.all_revisions = true;
  CHECK(listed(test, filter) == 4);
  filter = {};
  filter.text = "network driver";
  CHECK(listed(test, filter) == 1);
  filter = {};
  filter.type = UpdateType::driver;
  CHECK(listed(test, filter) == 1);
  filter = {};
  filter.state = PublicationState::expired;
  CHECK(listed(test, filter) == 1);
  filter = {};
  filter.product = "northwind";  // the company holds the product
  CHECK(listed(test, filter) == 1);
  filter.classification = "security updates";
  CHECK(listed(test, filter) == 1);
  filter.classification = "Nothing";
  CHECK_THROWS_AS(listed(test, filter), NotFoundError);
  filter = {};
  filter.text = "%";  // a pattern of SQL is only text here
  CHECK(listed(test, filter) == 0);
}

TEST_CASE("an update is superseded when one that is held here says so", "[documents]") {
  TestCatalog test;
  DocumentSpec newer;
  newer.number = 2;
  newer.relations =
      "<upd:SupersededUpdates><upd:UpdateIdentity UpdateID=\"" + id(1).text() + "\"/></upd:SupersededUpdates>";
  const RevisionRow old_row = test.store(1, 1);
  const RevisionRow new_row = test.store(update_document(newer));
  const auto is_superseded = [&test] {
    bool result = false;
    list_updates(test.catalog, {}, [&result](const ListedUpdate& update) {
      if (update.id.update == id(1)) result = update.is_superseded;
    });
    return result;
  };
  test.offer({old_row});
  CHECK_FALSE(is_superseded());
  CHECK(superseded_by(test.catalog, id(1)).empty());
  test.offer({old_row, new_row});
  CHECK(is_superseded());
  CHECK(superseded_by(test.catalog, id(1)) == std::vector<UpdateId>{id(2)});
}
