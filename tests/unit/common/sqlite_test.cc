// SPDX-License-Identifier: Apache-2.0
#include "common/sqlite.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

using namespace std::string_literals;

Database fresh(const Scratch& scratch) {
  Database database(scratch / "catalog.db", Database::Mode::create);
  database.run_script("CREATE TABLE t (id INTEGER PRIMARY KEY, value)");
  return database;
}

std::int64_t rows(Database& database) { return database.integer("SELECT count(*) FROM t"); }

}  // namespace

TEST_CASE("what is not committed is as if it had never been", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  {
    const Transaction transaction(database);
    database.execute("INSERT INTO t (value) VALUES (1)");
    CHECK(rows(database) == 1);
  }
  CHECK(rows(database) == 0);
  {
    Transaction transaction(database);
    database.execute("INSERT INTO t (value) VALUES (2)");
    transaction.commit();
  }
  CHECK(rows(database) == 1);
  Database again(scratch / "catalog.db", Database::Mode::read_only);
  CHECK(rows(again) == 1);
}

TEST_CASE("an exception rolls the transaction back on its way", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  CHECK_THROWS_AS(
      [&] {
        const Transaction transaction(database);
        database.execute("INSERT INTO t (id, value) VALUES (1, 'a')");
        database.execute("INSERT INTO t (id, value) VALUES (1, 'b')");  // the key is taken
      }(),
      IoError);
  CHECK(rows(database) == 0);
}

TEST_CASE("a part of a transaction can be taken back while the rest is kept", "[sqlite]") {
  const Scratch scratch;
  Database database(scratch / "a.db", Database::Mode::create);
  database.run_script("CREATE TABLE t (x INTEGER)");
  Transaction transaction(database);
  database.execute("INSERT INTO t VALUES (1)");
  {
    const Savepoint dropped(database);
    database.execute("INSERT INTO t VALUES (2)");
  }
  {
    Savepoint kept(database);
    database.execute("INSERT INTO t VALUES (4)");
    kept.keep();
  }
  transaction.commit();
  CHECK(database.integer("SELECT sum(x) FROM t") == 5);
}

TEST_CASE("values keep every byte, a NUL too", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  const std::string text = "before\0after"s;
  const std::string blob = "\0\xff\0"s;
  database.execute("INSERT INTO t (id, value) VALUES (1, ?), (2, ?), (3, ?), (4, ?)", text, Blob{blob}, ""s, Blob{""});
  Query all = database.query("SELECT value FROM t ORDER BY id");
  REQUIRE(all.next());
  CHECK(all.text(0) == text);
  REQUIRE(all.next());
  CHECK(all.bytes(0) == blob);
  REQUIRE(all.next());
  CHECK(all.text(0).empty());
  REQUIRE(all.next());
  CHECK(all.bytes(0).empty());
  CHECK_FALSE(all.is_null(0));  // an empty value is not a missing one
  CHECK_FALSE(all.next());
  CHECK(database.integer("SELECT count(*) FROM t WHERE value = ?", text) == 1);
}

TEST_CASE("a title is a value and never a statement", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  const std::string title = "x'); DROP TABLE t; --";
  database.execute("INSERT INTO t (value) VALUES (?)", title);
  CHECK(database.integer("SELECT count(*) FROM t WHERE value = ?", title) == 1);
}

TEST_CASE("a statement may run inside itself", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  for (int i = 1; i <= 3; ++i) database.execute("INSERT INTO t (value) VALUES (?)", i);
  std::string pairs;
  constexpr std::string_view sql = "SELECT value FROM t WHERE value >= ? ORDER BY id";
  Query outer = database.query(sql, 1);
  while (outer.next()) {
    Query inner = database.query(sql, outer.integer(0));
    while (inner.next()) pairs += std::to_string(outer.integer(0)) + std::to_string(inner.integer(0)) + " ";
  }
  CHECK(pairs == "11 12 13 22 23 33 ");
}

TEST_CASE("a query that was not read to its end starts anew the next time", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  for (int i = 1; i <= 3; ++i) database.execute("INSERT INTO t (value) VALUES (?)", i);
  for (int round = 0; round < 3; ++round) {
    Query query = database.query("SELECT value FROM t ORDER BY id");
    REQUIRE(query.next());
    CHECK(query.integer(0) == 1);
  }
}

TEST_CASE("values of a query are copied, so that their owner may go", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  database.execute("INSERT INTO t (value) VALUES ('a long enough text to live on the heap')");
  auto text = std::make_unique<std::string>("a long enough text to live on the heap");
  Query query = database.query("SELECT count(*) FROM t WHERE value = ?", *text);
  *text = std::string(text->size(), '?');
  text.reset();
  REQUIRE(query.next());
  CHECK(query.integer(0) == 1);
}

TEST_CASE("an empty column is an error where a value must be and nothing where it may be missing", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  database.execute("INSERT INTO t (value) VALUES (?)", nullptr);
  Query query = database.query("SELECT value FROM t");
  REQUIRE(query.next());
  CHECK(query.is_null(0));
  CHECK_THROWS_AS(query.integer(0), Error);
  CHECK_THROWS_AS(query.bytes(0), Error);
  CHECK_THROWS_AS(query.text(0), Error);
  CHECK_FALSE(query.optional_integer(0));
  CHECK_FALSE(query.optional_text(0));
}

TEST_CASE("a query for one number needs a row", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  CHECK_THROWS_AS(database.integer("SELECT value FROM t"), Error);
}

TEST_CASE("too few or too many values are a mistake of the program", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  CHECK_THROWS_AS(database.execute("INSERT INTO t (value) VALUES (?)"), std::logic_error);
  CHECK_THROWS_AS(database.execute("INSERT INTO t (value) VALUES (1)", 1), std::logic_error);
}

TEST_CASE("an optional value is bound as itself or as NULL", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  std::optional<Blob> blob;
  database.execute("INSERT INTO t (id, value) VALUES (1, ?)", blob);
  blob = Blob{"x"};
  database.execute("INSERT INTO t (id, value) VALUES (2, ?)", blob);
  CHECK(database.integer("SELECT count(*) FROM t WHERE value IS NULL") == 1);
  CHECK(database.last_insert_id() == 2);
  database.execute("UPDATE t SET value = 1");
  CHECK(database.changes() == 2);
}

TEST_CASE("a missing catalog is told from a broken one", "[sqlite]") {
  const Scratch scratch;
  for (const auto mode : {Database::Mode::read_only, Database::Mode::read_write})
    CHECK_THROWS_AS(Database(scratch / "missing.db", mode), NotFoundError);
  CHECK_FALSE(std::filesystem::exists(scratch / "missing.db"));
  write(scratch / "text.db", std::string(4096, 'x'));
  CHECK_THROWS_AS(Database(scratch / "text.db", Database::Mode::read_write), IoError);
}

TEST_CASE("a reference to a row that is not there is refused", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  database.run_script("CREATE TABLE child (parent INTEGER NOT NULL REFERENCES t (id))");
  CHECK_THROWS_AS(database.execute("INSERT INTO child (parent) VALUES (7)"), IoError);
}

TEST_CASE("a commit is durable: write-ahead log, full synchronization", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  Query journal = database.query("PRAGMA journal_mode");
  REQUIRE(journal.next());
  CHECK(journal.text(0) == "wal");
  CHECK(database.integer("PRAGMA synchronous") == 2);
  CHECK(database.integer("PRAGMA foreign_keys") == 1);
  CHECK(database.integer("PRAGMA trusted_schema") == 0);
}

TEST_CASE("after a checkpoint the file alone is the whole catalog", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  database.execute("INSERT INTO t (value) VALUES (1)");
  database.checkpoint();
  std::filesystem::copy_file(scratch / "catalog.db", scratch / "copy.db");
  Database copy(scratch / "copy.db", Database::Mode::read_only);
  CHECK(rows(copy) == 1);
}

TEST_CASE("a reader sees one state for as long as its snapshot lasts", "[sqlite]") {
  const Scratch scratch;
  Database writer = fresh(scratch);
  Database reader(scratch / "catalog.db", Database::Mode::read_only);
  {
    const Snapshot snapshot(reader);
    CHECK(rows(reader) == 0);
    writer.execute("INSERT INTO t (value) VALUES (1)");
    CHECK(rows(reader) == 0);
  }
  CHECK(rows(reader) == 1);
}

TEST_CASE("a copy is one state of the database while another connection writes", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  const std::string value(2000, 'x');
  {
    Transaction transaction(database);
    for (int i = 0; i < 5000; ++i) database.execute("INSERT INTO t (value) VALUES (?)", value);
    transaction.commit();
  }
  Database writer(scratch / "catalog.db", Database::Mode::read_write);
  write(scratch / "copy.db", "");
  std::uint64_t copied = 0;
  int steps = 0;
  database.copy_to(scratch / "copy.db", [&](std::uint64_t bytes) {
    copied += bytes;
    ++steps;
    writer.execute("INSERT INTO t (value) VALUES (1)");
  });
  CHECK(steps > 1);
  Database copy(scratch / "copy.db", Database::Mode::at_rest);
  CHECK(copied == copy.size().bytes);
  CHECK(rows(copy) == 5000);
  CHECK(rows(database) == 5000 + steps);
  CHECK_THROWS_AS(copy.execute("DELETE FROM t"), IoError);
  CHECK_FALSE(std::filesystem::exists(scratch / "copy.db-wal"));
}

TEST_CASE("compacting gives free pages back and keeps every row", "[sqlite]") {
  const Scratch scratch;
  Database database = fresh(scratch);
  const std::string value(2000, 'x');
  for (int i = 0; i < 300; ++i) database.execute("INSERT INTO t (value) VALUES (?)", value);
  database.execute("DELETE FROM t WHERE id > 10");
  const Database::Size before = database.size();
  CHECK(before.free_bytes > before.bytes / 2);
  database.compact(scratch.path());
  CHECK(database.size().bytes < before.bytes / 2);
  CHECK(database.size().free_bytes == 0);
  CHECK(rows(database) == 10);
  CHECK(std::filesystem::file_size(scratch / "catalog.db") == database.size().bytes);
}

TEST_CASE("a damaged database says how to restore a backup", "[sqlite]") {
  const Scratch scratch;
  { static_cast<void>(fresh(scratch)); }
  write(scratch / "catalog.db", "this is no database, but long enough to look at " + std::string(4096, 'x'));
  const auto open = [&] { static_cast<void>(Database(scratch / "catalog.db", Database::Mode::read_write)); };
  CHECK(code_of(open) == ExitCode::failed);
  CHECK(contains(message_of(open), "see README, \"Backup and restore\""));
}
