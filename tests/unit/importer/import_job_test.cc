// SPDX-License-Identifier: Apache-2.0
#include "importer/import_job.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/catalog/documents.h"
#include "format/catalog/journal.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"
#include "tests/unit/importer/pair.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::importer;
namespace fs = std::filesystem;

TEST_CASE("full and delta bundles bring a site to the exporter's state, document by document", "[import]") {
  Pair pair;
  pair.put(1);
  pair.put(2);
  pair.take(pair.bundle(0));
  CHECK(pair.in_step());
  pair.put(1, 2);
  pair.gone(2);
  pair.put(3);
  pair.take(pair.bundle(1));
  CHECK(pair.in_step());
  format::Catalog catalog = pair.site.open_catalog(Database::Mode::read_only);
  CHECK(catalog.check().empty());
  format::Documents documents(catalog);
  const auto rows = format::revisions_of(catalog, id(3), true);
  REQUIRE(rows.size() == 1);
  CHECK(documents.load(rows[0]) == read(pair.scratch() / "in/3.xml"));
  CHECK(format::revisions_of(catalog, id(2), true).empty());
}

TEST_CASE("a document that was published again under the same number reaches the site", "[import]") {
  Pair pair;
  pair.put(1);
  pair.take(pair.bundle(0));
  pair.put(1, 1, "published again");
  pair.take(pair.bundle(1));
  CHECK(pair.in_step());
  pair.put(1);  // and back
  pair.take(pair.bundle(2));
  CHECK(pair.in_step());
}

TEST_CASE("a site may be anywhere between the base and the target", "[import]") {
  Pair pair;
  pair.put(1);
  pair.take(pair.bundle(0));
  pair.put(2);
  pair.take(pair.bundle(1));
  pair.gone(2);
  pair.put(3);
  static_cast<void>(pair.bundle(2));  // lost on the way
  pair.put(4);
  pair.take(pair.bundle(1));  // starts before where the site stands
  CHECK(pair.in_step());
}

TEST_CASE("a full bundle on a site that has other members removes them", "[import]") {
  Pair pair;
  for (unsigned i = 1; i <= 5; ++i) pair.put(i);
  pair.take(pair.bundle(0));
  for (unsigned i = 1; i <= 4; ++i) pair.gone(i);
  pair.put(6);
  pair.take(pair.bundle(0));
  CHECK(pair.in_step());
  format::Catalog catalog = pair.site.open_catalog(Database::Mode::read_only);
  CHECK(format::revisions_of(catalog, id(1), true).empty());
  CHECK(format::revisions_of(catalog, id(5), true).size() == 1);
}

TEST_CASE("the same bundle again gets exit code 14 and changes nothing", "[import]") {
  Pair pair;
  pair.put(1);
  const auto bundle = pair.bundle(0);
  pair.take(bundle);
  const std::string before = logical_dump(pair.site);
  CHECK(pair.code(bundle) == ExitCode::already_applied);
  CHECK((logical_dump(pair.site) == before));
}

TEST_CASE("a bundle whose base is missing gets exit code 10, names the missing one and changes nothing", "[import]") {
  Pair pair;
  pair.put(1);
  pair.take(pair.bundle(0));
  pair.put(2);
  const auto second = pair.bundle(1);
  pair.put(3);
  const auto third = pair.bundle(2);
  const std::string before = logical_dump(pair.site);
  CHECK(pair.code(third) == ExitCode::base_missing);
  CHECK(contains(message_of([&] { pair.take(third); }), "all_plant-1_g1-g2_delta"));
  CHECK((logical_dump(pair.site) == before));
  pair.take(second);
  pair.take(third);
  CHECK(pair.in_step());
}

TEST_CASE("a bundle of another site or another publisher is refused before anything is written", "[import]") {
  Pair pair;
  pair.put(1);
  const auto bundle = pair.bundle(0);
  const format::Point other = make_site(pair.scratch() / "other", pair.exporter, pair.clock, "plant-2");
  const std::string before = logical_dump(other);
  CHECK(code_of([&] { import_volumes(other, bundle, pair.clock); }) == ExitCode::wrong_recipient);
  CHECK((logical_dump(other) == before));
  Pair stranger;
  stranger.put(1);
  CHECK(pair.code(stranger.bundle(0)) == ExitCode::trust);
}

TEST_CASE("a bundle that brings another trust file is refused with exit code 11", "[import]") {
  Pair pair;
  pair.put(1);
  // The same keys, so that the signature holds; another file, so that a site could be led astray later.
  const fs::path path = pair.exporter.trust_directory() / format::trust_file_name(1);
  format::TrustFile trust = format::parse_trust(read(path));
  trust.lineage = id(99);
  write(path, format::encode(trust));
  const auto bundle = pair.bundle(0);
  const std::string before = logical_dump(pair.site);
  CHECK(pair.code(bundle) == ExitCode::trust);
  CHECK((logical_dump(pair.site) == before));
}

TEST_CASE("a dry run makes every check and changes nothing", "[import]") {
  Pair pair;
  pair.put(1);
  pair.take(pair.bundle(0));
  pair.put(2);
  pair.gone(1);
  const auto bundle = pair.bundle(1);
  const std::string before = logical_dump(pair.site);
  ImportRequest trial;
  trial.dry_run = true;
  const ImportedBundle imported = pair.import(bundle, trial);
  CHECK(imported.previous == 1);
  CHECK(imported.generation.number == 2);
  REQUIRE(imported.changes.size() == 2);
  CHECK(imported.changes[0].kind == format::UpdateChange::Kind::added);
  CHECK(imported.changes[1].kind == format::UpdateChange::Kind::removed);
  CHECK((logical_dump(pair.site) == before));
  CHECK(fs::is_empty(pair.site.directory() / "spool"));
  CHECK_FALSE(pair.in_step());
  pair.take(bundle);  // and the real run after it succeeds
  CHECK(pair.in_step());
}

TEST_CASE("a site whose state was damaged does not take a delta", "[import]") {
  // The state that the manifest promises is compared after the merge.
  Pair pair;
  pair.put(1);
  pair.put(2);
  pair.take(pair.bundle(0));
  {
    format::Catalog catalog = pair.site.open_catalog(Database::Mode::read_write);
    catalog.database().execute("UPDATE state_group SET digest = zeroblob(32)");
  }
  pair.put(3);
  const std::string before = logical_dump(pair.site);
  const auto bundle = pair.bundle(1);
  CHECK(pair.code(bundle) == ExitCode::damaged);
  CHECK(contains(message_of([&] { pair.take(bundle); }), "manifest promises"));
  CHECK((logical_dump(pair.site) == before));
}

TEST_CASE("a damaged chunk ends the import and the catalog is as it was", "[import]") {
  Pair pair;
  pair.put(1);
  const auto bundle = pair.bundle(0);
  std::string bytes = read(bundle.at(0));
  const std::size_t at = bytes.size() - 1024 - 300;  // in the last chunk, before the trailer
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  write(bundle.at(0), bytes);
  const std::string before = logical_dump(pair.site);
  CHECK(pair.code(bundle) == ExitCode::damaged);
  CHECK((logical_dump(pair.site) == before));
  CHECK(fs::is_empty(pair.site.directory() / "spool"));
}

TEST_CASE("every import is recorded with its signers", "[import]") {
  Pair pair;
  pair.put(1);
  pair.take(pair.bundle(0));
  format::Catalog catalog = pair.site.open_catalog(Database::Mode::read_only);
  const auto log = format::list_imports(catalog, 10);
  REQUIRE(log.size() == 1);
  CHECK(log[0].name == "all_plant-1_g0-g1_full");
  CHECK(log[0].previous == 0);
  CHECK(log[0].target == 1);
  CHECK(log[0].added == 1);
  CHECK(contains(log[0].signers, "Ferry exporter-1 of hq"));
}

TEST_CASE("a point without trust or site name imports nothing", "[import]") {
  const Scratch scratch;
  const format::Point point = format::Point::create(scratch / "p", "p", "[point]\nname = \"p\"\n");
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  CHECK_THROWS_AS(load_identity(catalog), NotFoundError);
  catalog.set("site", "plant-1");
  CHECK_THROWS_AS(load_identity(catalog), NotFoundError);
}
