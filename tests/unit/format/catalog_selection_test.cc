// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <set>

#include "format/catalog/ignored.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

std::string in_categories(const std::vector<unsigned>& numbers) {
  std::string text;
  for (const unsigned number : numbers)
    text += "<upd:AtLeastOne IsCategory=\"true\"><upd:UpdateIdentity UpdateID=\"" + id(number).text() +
            "\"/></upd:AtLeastOne>";
  return text;
}

// The catalog of a small Microsoft: Northwind (10) > Systems (11) > System 1 (12) and 2 (13); Security (20), Tools
// (21).
class Shop {
 public:
  Shop() {
    category(10, "Northwind", "Company");
    category(11, "Systems", "ProductFamily", 10);
    category(12, "System 1", "Product", 11);
    category(13, "System 2", "Product", 11);
    category(20, "Security Updates", "UpdateClassification");
    category(21, "Tools", "UpdateClassification");
  }
  void category(unsigned number, const std::string& title, const std::string& type, unsigned parent = 0) {
    DocumentSpec spec;
    spec.number = number;
    spec.type = "Category";
    spec.category_type = type;
    spec.title = title;
    if (parent != 0) spec.relations = "<upd:Prerequisites>" + in_categories({parent}) + "</upd:Prerequisites>";
    rows.push_back(test.store(update_document(spec)));
  }
  // `more` stands inside Prerequisites, `after` behind them.
  void update(unsigned number, const std::vector<unsigned>& categories, const std::string& more = "",
              const std::string& after = "", unsigned revision = 1, const std::string& state = "Published") {
    DocumentSpec spec;
    spec.number = number;
    spec.revision = revision;
    spec.state = state;
    spec.relations = "<upd:Prerequisites>" + in_categories(categories) + more + "</upd:Prerequisites>" + after;
    rows.push_back(test.store(update_document(spec)));
  }
  SelectionResult select(const std::vector<std::string>& products,
                         const std::vector<std::string>& classifications = {"*"}) {
    test.offer(rows);
    return select_members(test.catalog, {"feed", products, classifications, {"*"}, "none"});
  }
  // The updates among the selected, categories left out.
  std::vector<std::string> chosen() {
    std::vector<std::string> names = selected(test);
    names.erase(std::remove_if(names.begin(), names.end(),
                               [](const std::string& name) { return std::stoi(name) >= 10 && std::stoi(name) < 30; }),
                names.end());
    return names;
  }

  TestCatalog test;
  std::vector<RevisionRow> rows;
};

using Names = std::vector<std::string>;

void choose(TestCatalog& test, const Names& products) {
  CHECK(select_members(test.catalog, {"f", products, {"*"}, {"*"}, "none"}).unknown_products.empty());
}

std::string clause(unsigned number) { return "<upd:UpdateIdentity UpdateID=\"" + id(number).text() + "\"/>"; }

}  // namespace

TEST_CASE("with two stars everything held is chosen, what belongs nowhere too", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20});
  shop.update(2, {});
  const SelectionResult result = shop.select({"*"});
  CHECK(result.selected == 8);
  CHECK(result.closure == 0);
  CHECK(result.unresolved.empty());
}

TEST_CASE("an update is chosen by product and by classification, not by one of them", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20});
  shop.update(2, {13, 20});
  shop.update(3, {12, 21});
  shop.select({"System 1"}, {"Security Updates"});
  CHECK(shop.chosen() == Names{"1/1"});
  shop.select({"System 1"});
  CHECK(shop.chosen() == Names{"1/1", "3/1"});
  shop.select({"*"}, {"Security Updates"});
  CHECK(shop.chosen() == Names{"1/1", "2/1"});
  shop.select({"System 1", "System 2"}, {"Tools", "Security Updates"});
  CHECK(shop.chosen() == Names{"1/1", "2/1", "3/1"});
}

TEST_CASE("the categories of what is chosen come along, with all above them", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20});
  shop.select({"System 1"});
  CHECK(selected(shop.test) == Names{"1/1", "10/1", "11/1", "12/1", "20/1"});
}

TEST_CASE("a wish for a family or a company means all below it", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20});
  shop.update(2, {13, 20});
  shop.update(3, {30, 20});
  for (const char* wish : {"Systems", "Northwind", "northwind", "NORTHWIND"}) {
    INFO(wish);
    shop.select({wish});
    CHECK(shop.chosen() == Names{"1/1", "2/1"});
  }
}

TEST_CASE("names, ids and Company/Product mean the same category", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20});
  for (const std::string& wish : {std::string("System 1"), id(12).text(), "{" + id(12).text() + "}",
                                  std::string("Systems/System 1"), std::string("systems / system 1")}) {
    INFO(wish);
    CHECK(shop.select({wish}).unknown_products.empty());
    CHECK(shop.chosen() == Names{"1/1"});
  }
}

TEST_CASE("Company/Product tells two products of one name apart", "[selection]") {
  TestCatalog test;
  test.offer({test.store(sdp_document(1, "a", "Northwind", "Firmware")),
              test.store(sdp_document(2, "b", "Contoso", "Firmware"))});
  choose(test, {"Firmware"});
  CHECK(selected(test) == Names{"1/1", "2/1"});
  choose(test, {"contoso/firmware"});
  CHECK(selected(test) == Names{"2/1"});
  choose(test, {"Northwind"});
  CHECK(selected(test) == Names{"1/1"});
}

TEST_CASE("a wish that matches nothing is reported and the others still count", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20});
  const SelectionResult result = shop.select({"System 9", "System 1", id(99).text()}, {"Security", "Security Updates"});
  CHECK(result.unknown_products == Names{"System 9", id(99).text()});
  CHECK(result.unknown_classifications == Names{"Security"});
  CHECK(shop.chosen() == Names{"1/1"});
  // A classification is no product, and a product no classification.
  CHECK(shop.select({"Tools"}).unknown_products == Names{"Tools"});
  CHECK(shop.select({"*"}, {"System 1"}).unknown_classifications == Names{"System 1"});
}

TEST_CASE("bundled updates come along in their exact revisions, over two levels", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20}, "", bundles({{2, 1}}));
  shop.update(2, {}, "", bundles({{3, 1}, {4, 1}}));
  shop.update(2, {}, "", "", 2);
  shop.update(3, {});
  shop.update(3, {}, "", "", 2);
  shop.update(4, {});
  shop.update(5, {});
  const SelectionResult result = shop.select({"System 1"});
  CHECK(shop.chosen() == Names{"1/1", "2/1", "3/1", "4/1"});
  CHECK(result.selected == 1);
  CHECK(result.unresolved.empty());
}

TEST_CASE("a bundled revision that its source replaced is still carried", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20}, "", bundles({{2, 1}}));
  shop.test.store(2, 1);  // stored once, offered no longer
  shop.update(2, {}, "", "", 2);
  CHECK(shop.select({"System 1"}).unresolved.empty());
  CHECK(shop.chosen() == Names{"1/1", "2/1"});
}

TEST_CASE("of a prerequisite the newest revision comes along, and what that needs", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20}, clause(2));
  shop.update(2, {}, clause(3), "", 1);
  shop.update(2, {}, clause(4), "", 7);
  shop.update(3, {});
  shop.update(4, {});
  shop.select({"System 1"});
  CHECK(shop.chosen() == Names{"1/1", "2/7", "4/1"});
}

TEST_CASE("updates that need each other do not loop", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20}, clause(2));
  shop.update(2, {}, clause(1));
  shop.update(3, {12, 20}, clause(3));
  shop.select({"System 1"});
  CHECK(shop.chosen() == Names{"1/1", "2/1", "3/1"});
}

TEST_CASE("a reference that nothing satisfies is reported, one that something does is not", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20}, clause(98), bundles({{2, 5}}));
  shop.update(2, {});  // revision 1, not 5
  shop.update(3, {12, 20}, "<upd:AtLeastOne>" + clause(97) + clause(2) + "</upd:AtLeastOne>");
  const SelectionResult result = shop.select({"System 1"});
  REQUIRE(result.unresolved.size() == 2);
  std::set<UpdateId> targets;
  for (const UnresolvedReference& reference : result.unresolved) {
    CHECK(reference.from == RevisionId{id(1), 1});
    targets.insert(reference.target);
    if (reference.kind == Relation::bundled) CHECK(reference.number == 5);
  }
  CHECK(targets == std::set<UpdateId>{id(98), id(2)});
}

TEST_CASE("superseding is no reason to carry the older update", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20}, "", "<upd:SupersededUpdates>" + clause(2) + "</upd:SupersededUpdates>");
  shop.update(2, {13, 20});
  const SelectionResult result = shop.select({"System 1"});
  CHECK(shop.chosen() == Names{"1/1"});
  CHECK(result.unresolved.empty());
}

TEST_CASE("an expired update is carried, so that sites hear of it", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20}, "", "", 2, "Expired");
  shop.select({"System 1"});
  CHECK(shop.chosen() == Names{"1/2"});
}

TEST_CASE("what no source offers is not selected by criteria", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20});
  shop.test.store(2, 1);
  shop.select({"*"});
  CHECK(shop.chosen() == Names{"1/1"});
}

TEST_CASE("of two documents of one identity a feed carries one", "[selection]") {
  // A point that imports a feed and has a source too may hold both. A feed is a set of identities: the site's
  // merge lets the second replace the first, and the state digests would never meet again.
  Shop shop;
  const RevisionRow followed = shop.test.store(1, 1, "as imported");
  GenerationWriter writer(shop.test.catalog, create_feed(shop.test.catalog, "vendor", id(200), true, "vendor"), 1);
  writer.add(followed);
  static_cast<void>(writer.finish(shop.test.now, "import"));
  shop.rows.push_back(shop.test.store(1, 1, "from our own source"));
  shop.select({"*"});
  CHECK(shop.chosen() == Names{"1/1"});
}

TEST_CASE("products and classifications that no feed chooses are told, if they hold updates", "[selection]") {
  Shop shop;
  shop.update(1, {12, 20});
  shop.update(2, {13, 21});
  shop.test.offer(shop.rows);
  const auto names = [&shop](const std::vector<FeedDefinition>& feeds) {
    std::set<std::string> found;
    for (const UnchosenCategory& category : unchosen_categories(shop.test.catalog, feeds)) found.insert(category.name);
    return found;
  };
  const FeedDefinition first{"a", {"System 1"}, {"Security Updates"}, {"*"}, "none"};
  CHECK(names({first}) == std::set<std::string>{"System 2", "Tools"});
  CHECK(names({first, {"b", {"*"}, {"Tools"}, {"*"}, "none"}}).empty());
  CHECK(names({}) == std::set<std::string>{"System 1", "System 2", "Security Updates", "Tools"});
}
