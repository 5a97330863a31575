// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cctype>
#include <map>

#include "common/error.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

// Comments and white space say nothing about a table.
std::string normalized(const std::string& sql) {
  std::string text;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (sql.compare(at, 2, "--") == 0) {
      at = sql.find('\n', at);
      if (at == std::string::npos) break;
      continue;
    }
    if (std::isspace(static_cast<unsigned char>(sql[at])) == 0) text += sql[at];
  }
  return text;
}

std::map<std::string, std::string> schema_of(Database& database) {
  std::map<std::string, std::string> schema;
  Query rows = database.query("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema");
  while (rows.next()) schema[rows.text(0)] = normalized(rows.text(1));
  return schema;
}

std::filesystem::path source_root() {
  if (const char* root = std::getenv("FERRY_SOURCE_ROOT")) return root;
  return std::filesystem::path(__FILE__).parent_path() / "../../..";
}

}  // namespace

TEST_CASE("schema.sql is what all migrations together make", "[catalog]") {
  const Scratch scratch;
  Database written(scratch / "written.db", Database::Mode::create);
  written.run_script(read(source_root() / "format/catalog/schema.sql"));
  Catalog migrated = Catalog::create(scratch / "migrated.db", "hq");
  CHECK(schema_of(written) == schema_of(migrated.database()));
  CHECK(schema_of(written).size() > 20);
}

TEST_CASE("a catalog keeps its name and its id", "[catalog]") {
  const Scratch scratch;
  Guid made;
  {
    Catalog catalog = Catalog::create(scratch / "catalog.db", "hq");
    made = catalog.point_id();
    catalog.set("key", "one");
    catalog.set("key", "two");
    catalog.bump_held_version();
  }
  Catalog catalog = Catalog::open(scratch / "catalog.db", Database::Mode::read_only);
  CHECK(catalog.point_id() == made);
  CHECK(catalog.point_name() == "hq");
  CHECK(catalog.setting("key") == "two");
  CHECK_FALSE(catalog.setting("missing"));
  CHECK(catalog.held_version() == 1);
  CHECK(Catalog::create(scratch / "other.db", "hq").point_id() != made);
}

TEST_CASE("a catalog is not made over another", "[catalog]") {
  const Scratch scratch;
  const Catalog catalog = Catalog::create(scratch / "catalog.db", "hq");
  CHECK_THROWS_AS(Catalog::create(scratch / "catalog.db", "hq"), UsageError);
}

TEST_CASE("a catalog of a later program is told with exit code 19 and left alone", "[catalog]") {
  const Scratch scratch;
  Catalog::create(scratch / "catalog.db", "hq")
      .database()
      .run_script("PRAGMA user_version=" + std::to_string(schema_version() + 1));
  for (const auto mode : {Database::Mode::read_only, Database::Mode::read_write})
    CHECK(code_of([&] { static_cast<void>(Catalog::open(scratch / "catalog.db", mode)); }) == ExitCode::too_new);
}

TEST_CASE("an older catalog is migrated by who may write and by nobody else", "[catalog]") {
  const Scratch scratch;
  {
    // As a program before the first schema would have left it: marked as ours, with nothing in it.
    Database old(scratch / "old.db", Database::Mode::create);
    old.run_script("PRAGMA application_id=0x46455259; PRAGMA user_version=0");
  }
  CHECK_THROWS_AS(Catalog::open(scratch / "old.db", Database::Mode::read_only), Error);
  Catalog migrated = Catalog::open(scratch / "old.db", Database::Mode::read_write);
  CHECK(migrated.database().integer("PRAGMA user_version") == schema_version());
  Catalog fresh = Catalog::create(scratch / "fresh.db", "hq");
  CHECK(schema_of(migrated.database()) == schema_of(fresh.database()));
}

TEST_CASE("what is no catalog is refused", "[catalog]") {
  const Scratch scratch;
  CHECK_THROWS_AS(Catalog::open(scratch / "missing.db", Database::Mode::read_only), NotFoundError);
  Database(scratch / "other.db", Database::Mode::create).run_script("CREATE TABLE t (x)");
  CHECK_THROWS_AS(Catalog::open(scratch / "other.db", Database::Mode::read_write), IoError);
  write(scratch / "text.db", std::string(8192, 't'));
  CHECK_THROWS_AS(Catalog::open(scratch / "text.db", Database::Mode::read_write), IoError);
}

TEST_CASE("a healthy catalog has no findings", "[catalog]") {
  TestCatalog test;
  const RevisionRow row = test.store(1, 1);
  GenerationWriter writer(test.catalog, create_feed(test.catalog, "all", id(100), false, ""), 1);
  writer.add(row);
  static_cast<void>(writer.finish(test.now, "test"));
  CHECK(test.catalog.check().empty());
}

TEST_CASE("the check finds a changed document, a wrong member and a lost row", "[catalog]") {
  TestCatalog test;
  const RevisionRow row = test.store(1, 1);
  GenerationWriter writer(test.catalog, create_feed(test.catalog, "all", id(100), false, ""), 1);
  writer.add(row);
  static_cast<void>(writer.finish(test.now, "test"));
  Database& database = test.catalog.database();
  SECTION("document") {
    database.execute("UPDATE document SET digest = ?", Blob{sha256("other").bytes()});
    const auto findings = test.catalog.check();
    REQUIRE(findings.size() == 2);  // the document, and the state that names it
    CHECK(contains(findings[0], "do not have its digest"));
  }
  SECTION("member") {
    database.execute("UPDATE member SET until = 1, reason = 2");
    REQUIRE(test.catalog.check().size() == 1);
    CHECK(contains(test.catalog.check()[0], "feed 'all'"));
  }
  SECTION("reference") {
    database.run_script("PRAGMA foreign_keys=OFF");
    database.execute("INSERT INTO member (feed, revision, since, until, bucket) VALUES (1, 4711, 1, 1, 0)");
    REQUIRE_FALSE(test.catalog.check().empty());
    CHECK(contains(test.catalog.check()[0], "refers to a missing row"));
  }
  SECTION("compressed bytes") {
    database.execute("UPDATE document SET body = ?", Blob{"rubbish"});
    CHECK_FALSE(test.catalog.check().empty());
  }
}
