// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cctype>
#include <map>

#include "common/error.h"
#include "format/catalog/journal.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;
namespace fs = std::filesystem;

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

fs::path source_root() {
  if (const char* root = std::getenv("FERRY_SOURCE_ROOT")) return root;
  return fs::path(__FILE__).parent_path() / "../../..";
}

// A catalog as the first version left it, with a row of each kind that later migrations touch.
void write_version_1(const fs::path& path) {
  Database database(path, Database::Mode::create);
  database.run_script(read(source_root() / "format/catalog/migrations/0001.sql"));
  database.run_script("PRAGMA application_id=0x46455259; PRAGMA user_version=1");
  for (const auto& [key, value] : std::map<std::string, std::string>{
           {"point-id", id(1).text()}, {"point-name", "hq"}, {"held-version", "3"}, {"site", "plant-1"}})
    database.execute("INSERT INTO setting (key, value) VALUES (?, ?)", key, value);
  database.execute(
      "INSERT INTO feed (id, name, lineage, imported, publisher, generation, state, definition, evaluated) "
      "VALUES (1, 'all', ?, 1, 'hq', 7, ?, '', -1)",
      Blob{id(5).bytes()}, Blob{sha256("state").bytes()});
  database.execute(
      "INSERT INTO export_log (site, feed, name, kind, base, target, made, bytes, volumes, manifest) "
      "VALUES ('plant-1', 1, 'all_plant-1_g0-g7_full', 'full', 0, 7, '2026-01-01T00:00:00Z', 4711, 1, ?)",
      Blob{sha256("manifest").bytes()});
  database.execute(
      "INSERT INTO import_log (feed, name, kind, previous, target, created, imported, added, removed, signers, "
      "manifest) "
      "VALUES (1, 'all_g0-g7_full', 'full', 0, 7, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 5, 0, 'CN=exporter', "
      "?)",
      Blob{sha256("manifest").bytes()});
  database.execute("INSERT INTO trust_file (version, bytes, installed) VALUES (1, ?, '2026-01-01T00:00:00Z')",
                   Blob{"a trust file"});
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

TEST_CASE("a catalog of the first schema is migrated with everything in it", "[catalog]") {
  const Scratch scratch;
  const fs::path path = scratch / "old.db";
  write_version_1(path);
  {
    // Nobody is let in who may not write, and is told what to do.
    const auto attempt = [&path] { static_cast<void>(Catalog::open(path, Database::Mode::read_only)); };
    CHECK(code_of(attempt) == ExitCode::failed);
    const std::string message = message_of(attempt);
    CHECK(contains(message, "by an older Ferry (form 1, expected " + std::to_string(schema_version())));
    CHECK(contains(message, "sync or import"));
  }
  {
    Catalog catalog = Catalog::open(path, Database::Mode::read_write);
    CHECK(catalog.database().integer("PRAGMA user_version") == schema_version());
    CHECK(catalog.point_name() == "hq");
    CHECK(catalog.point_id() == id(1));
    const auto feed = find_feed(catalog, "all", true);
    REQUIRE(feed);
    CHECK(feed->lineage == id(5));
    CHECK(feed->generation == 7);
    CHECK(feed->epoch == 0);
    const auto exported = exports_to(catalog, "plant-1", feed->id, 10);
    REQUIRE(exported.size() == 1);
    CHECK(exported[0].name == "all_plant-1_g0-g7_full");
    CHECK(exported[0].bytes == 4711);
    CHECK(exported[0].trust_version == 1);
    const auto imported = list_imports(catalog, 10);
    REQUIRE(imported.size() == 1);
    CHECK(imported[0].signers == "CN=exporter");
    CHECK(imported[0].created == *Time::parse("2026-01-01T00:00:00Z"));
    CHECK(imported[0].epoch == 0);
    CHECK(imported[0].next_expected == Time{});
    CHECK(newest_import(catalog, 0, feed->id) == *Time::parse("2026-01-01T00:00:00Z"));
    CHECK_FALSE(newest_import(catalog, 1, {}));
    CHECK(trust_files(catalog) == std::vector<SignedTrust>{{"a trust file", {}}});
    const Scratch other;
    Catalog fresh = Catalog::create(other / "fresh.db", "hq");
    CHECK(schema_of(catalog.database()) == schema_of(fresh.database()));
    install_trust(catalog, 2, {"another", {"one", "two"}}, Time{});
    CHECK(trust_files(catalog).size() == 2);
  }
  // From now on it is open to those who only read.
  Catalog reader = Catalog::open(path, Database::Mode::read_only);
  CHECK(trust_files(reader) == std::vector<SignedTrust>{{"a trust file", {}}, {"another", {"one", "two"}}});
}

TEST_CASE("a migration that fails leaves the catalog as it was", "[catalog]") {
  const Scratch scratch;
  const fs::path path = scratch / "old.db";
  write_version_1(path);
  {
    Database database(path, Database::Mode::read_write);
    // Stands where the last step of the migration wants to go.
    database.run_script("ALTER TABLE import_log ADD COLUMN valid_until TEXT");
  }
  CHECK_THROWS_AS(Catalog::open(path, Database::Mode::read_write), Error);
  Database database(path, Database::Mode::read_only);
  CHECK(database.integer("PRAGMA user_version") == 1);
  CHECK(schema_of(database).count("table trust_signature") == 0);
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
