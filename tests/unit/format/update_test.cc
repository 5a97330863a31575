// SPDX-License-Identifier: Apache-2.0
#include "format/update.h"

#include <catch2/catch.hpp>

#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

TEST_CASE("a title is the one in the default language, else English, else the first, else the id", "[update]") {
  Update update;
  update.id.update = id(7);
  update.default_language = "de";
  CHECK(update.title() == id(7).text());
  update.texts = {{"fr", "français", ""}};
  CHECK(update.title() == "français");
  update.texts.push_back({"en", "English", ""});
  CHECK(update.title() == "English");
  update.texts.push_back({"DE", "Deutsch", ""});
  CHECK(update.title() == "Deutsch");
  update.texts.back().title.clear();  // an empty title is none
  CHECK(update.title() == "English");
}

TEST_CASE("an update belongs to its IsCategory clauses and named categories, not to its other prerequisites",
          "[update]") {
  Update update;
  update.prerequisites = {{{id(1)}, false}, {{id(2), id(3)}, true}, {{id(4)}, true}};
  update.named_categories = {{id(9), CategoryType::company, "Northwind", {}}};
  CHECK(update.categories() == std::vector<UpdateId>{id(9), id(2), id(3), id(4)});
}

TEST_CASE("every classification that WSUS knows has its real id", "[update]") {
  CHECK(known_classification("Security Updates")->text() == "0fa1201d-4330-4fa8-8ae9-b877473b6441");
  CHECK(known_classification("definition updates")->text() == "e0789628-ce08-4437-be74-2495b842f43b");
  CHECK(known_classification("UPGRADES")->text() == "3689bdc8-b205-4af4-8d4a-a63924c5e9d5");
  for (const char* title : {"Critical Updates", "Updates", "Update Rollups", "Service Packs", "Feature Packs", "Tools",
                            "Drivers", "Applications"})
    CHECK(known_classification_title(*known_classification(title)) == title);
  CHECK_FALSE(known_classification("BIOS"));
  CHECK_FALSE(known_classification(""));
  CHECK_FALSE(known_classification_title(id(1)));
}

TEST_CASE("a dialect is known by its exact name", "[update]") {
  CHECK(dialect_named(name_of(Dialect::upd)) == Dialect::upd);
  CHECK(dialect_named(name_of(Dialect::sdp)) == Dialect::sdp);
  CHECK_FALSE(dialect_named("UPD"));
  CHECK_FALSE(dialect_named(""));
}

TEST_CASE("revisions order by update and then by number", "[update]") {
  CHECK(RevisionId{id(1), 200} < RevisionId{id(2), 100});
  CHECK(RevisionId{id(1), 100} < RevisionId{id(1), 200});
}
