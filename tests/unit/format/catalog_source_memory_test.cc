// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/source_memory.h"

#include <catch2/catch.hpp>

#include "format/catalog/decisions.h"
#include "format/catalog/fetched.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;
namespace fs = std::filesystem;

TEST_CASE("anchors and filters are kept for each source and forgotten together", "[sources]") {
  TestCatalog test;
  test.offer({}, "a", 0);
  test.offer({}, "b", 1);
  SourceMemory a(test.catalog, "a");
  SourceMemory b(test.catalog, "b");
  CHECK_FALSE(a.anchor("updates"));
  a.set_anchor("updates", "1");
  a.set_anchor("updates", "2");
  a.set_anchor("categories", "3");
  b.set_anchor("updates", "4");
  a.set_filters({id(1), id(2)});
  a.set_filters({id(2), id(3)});
  CHECK(a.anchor("updates") == "2");
  CHECK(a.anchor("categories") == "3");
  CHECK(a.filters() == std::set<UpdateId>{id(2), id(3)});
  CHECK(b.filters().empty());
  a.forget();
  CHECK_FALSE(a.anchor("updates"));
  CHECK(a.filters().empty());
  CHECK(b.anchor("updates") == "4");
}

TEST_CASE("a source that is dropped leaves nothing that it was remembered by", "[sources]") {
  TestCatalog test;
  test.offer({test.store(1, 1)}, "server", 0);
  SourceMemory memory(test.catalog, "server");
  memory.set_anchor("updates", "1");
  memory.set_filters({id(9)});
  memory.set_approvals({{id(1), "all computers", "", "admin"}});
  static_cast<void>(drop_other_sources(test.catalog, {}));
  for (const char* table : {"source", "source_anchor", "source_filter", "source_approval"})
    CHECK(test.catalog.database().integer(std::string("SELECT count(*) FROM ") + table) == 0);
}

TEST_CASE("a revision is known by its source alone, and categories by kind", "[sources]") {
  TestCatalog test;
  DocumentSpec product;
  product.number = 5;
  product.type = "Category";
  product.category_type = "Product";
  DocumentSpec classification = product;
  classification.number = 6;
  classification.category_type = "UpdateClassification";
  test.offer({test.store(1, 7), test.store(update_document(product))}, "a", 0);
  test.offer({test.store(2, 1)}, "b", 1);
  SourceMemory a(test.catalog, "a");
  CHECK(a.offers({id(1), 7}));
  CHECK_FALSE(a.offers({id(1), 8}));
  CHECK_FALSE(a.offers({id(2), 1}));
  // Also what the run that is under way told.
  OfferRun run(test.catalog, "a", "wsus-server", 0);
  run.offer(id(6), test.store(update_document(classification)), "c");
  CHECK(a.categories(false) == std::set<UpdateId>{id(5)});
  CHECK(a.categories(true) == std::set<UpdateId>{id(6)});
}

TEST_CASE("approvals of a source are suggestions until they are to be applied, and a decline here wins", "[sources]") {
  TestCatalog test;
  test.offer({test.store(1, 1), test.store(2, 1)}, "server", 0);
  SourceMemory memory(test.catalog, "server");
  memory.set_approvals({{id(1), "all computers", "", "admin"},
                        {id(1), "pilot", "2026-12-24T00:00:00Z", "admin"},
                        {id(2), "pilot", "", "admin"}});
  CHECK(test.catalog.database().integer("SELECT count(*) FROM source_approval") == 3);
  CHECK(test.catalog.database().integer("SELECT count(*) FROM source_approval WHERE deadline IS NOT NULL") == 1);
  CHECK(decision_on(test.catalog, id(1), UpstreamApprovals::suggest).upstream == std::vector<std::string>{"server"});
  CHECK(decision_on(test.catalog, id(1), UpstreamApprovals::ignore).upstream.empty());
  CHECK(all_decisions(test.catalog, UpstreamApprovals::suggest).size() == 2);
  CHECK(effective_approvals(test.catalog, UpstreamApprovals::suggest).empty());
  CHECK(effective_approvals(test.catalog, UpstreamApprovals::apply) == std::vector<UpdateId>{id(1), id(2)});
  decline_update(test.catalog, id(2), {"me", test.now});
  CHECK(effective_approvals(test.catalog, UpstreamApprovals::apply) == std::vector<UpdateId>{id(1)});
  memory.set_approvals({});
  CHECK(effective_approvals(test.catalog, UpstreamApprovals::apply).empty());
}

TEST_CASE("fetched documents are there after the program died, and the file goes when it is done", "[sources]") {
  const Scratch scratch;
  const fs::path path = scratch / "fetched.db";
  {
    FetchedDocuments fetched(path);
    CHECK_FALSE(fetched.holds({id(1), 2}));
    fetched.add({{{id(1), 2}, "<a/>"}, {{id(1), 3}, ""}}, {{std::string(20, '\0'), "http://a/b"}});
  }
  FetchedDocuments again(path);
  CHECK(again.holds({id(1), 2}));
  CHECK_FALSE(again.holds({id(1), 4}));
  CHECK(again.load({id(1), 2}) == "<a/>");
  CHECK(again.load({id(1), 3}).empty());
  std::vector<std::string> places;
  again.visit_locations([&](const std::string& sha1, const std::string& url) { places = {sha1, url}; });
  CHECK(places == std::vector<std::string>{std::string(20, '\0'), "http://a/b"});
  FetchedDocuments::remove(path);
  CHECK(fs::is_empty(scratch.path()));
}

TEST_CASE("a file of fetched documents that is damaged or another is made anew", "[sources]") {
  const Scratch scratch;
  write(scratch / "damaged.db", std::string(5000, 'x'));
  FetchedDocuments damaged(scratch / "damaged.db");
  CHECK_FALSE(damaged.holds({id(1), 1}));
  damaged.add({{{id(1), 1}, "<a/>"}}, {});
  CHECK(damaged.load({id(1), 1}) == "<a/>");
  { Database other(scratch / "other.db", Database::Mode::create); }
  FetchedDocuments other(scratch / "other.db");
  CHECK_FALSE(other.holds({id(1), 1}));
}
