// SPDX-License-Identifier: Apache-2.0
#include "format/point.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <cstdlib>

#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;
namespace fs = std::filesystem;

namespace {

const std::string config = "[point]\nname = \"hq\"\n";

}  // namespace

TEST_CASE("a new point has a catalog, its file of wishes and private places for keys", "[point]") {
  const Scratch scratch;
  const Point point = Point::create(scratch / "point", "hq", config);
  CHECK(point.config().name == "hq");
  Catalog catalog = point.open_catalog(Database::Mode::read_only);
  CHECK(catalog.point_name() == "hq");
  for (const fs::path& path : {point.key_directory(), scratch / "point/spool"}) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
  }
}

TEST_CASE("a point is not made twice and its file of wishes is not overwritten", "[point]") {
  const Scratch scratch;
  write(scratch / "point/point.toml", "[point]\nname = \"mine\"\n");
  const Point point = Point::create(scratch / "point", "hq", config);
  CHECK(point.config().name == "mine");
  CHECK_THROWS_AS(Point::create(scratch / "point", "hq", config), UsageError);
  CHECK_THROWS_AS(Point::create(scratch / "other", "Head Office", config), UsageError);
}

TEST_CASE("where there is no point, the error says how to make one", "[point]") {
  const Scratch scratch;
  CHECK_THROWS_AS(Point(scratch / "missing"), NotFoundError);
  CHECK(contains(message_of([&] { Point(scratch / "missing"); }), "init"));
}

TEST_CASE("two runs at one point: the second gets exit code 18", "[point]") {
  const Scratch scratch;
  const Point point = Point::create(scratch / "point", "hq", config);
  {
    const FileLock lock = point.lock();
    CHECK(code_of([&] { static_cast<void>(point.lock()); }) == ExitCode::locked);
    CHECK_NOTHROW(point.open_catalog(Database::Mode::read_only));  // looking is not locked out
  }
  CHECK_NOTHROW(point.lock());
}

TEST_CASE("what a dead run left in the spool goes when the next one starts", "[point]") {
  const Scratch scratch;
  const Point point = Point::create(scratch / "point", "hq", config);
  write(scratch / "point/spool/import-dead/000001.zst", "left over");
  const FileLock lock = point.lock();
  CHECK(fs::is_empty(scratch / "point/spool"));
  fs::path path;
  {
    const TempDir spool = point.spool("import");
    path = spool.path();
    CHECK(fs::is_directory(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("the point is what the option says, else the variable, else the system's own", "[point]") {
  ::unsetenv("FERRY_POINT");
  CHECK(Point::choose_directory("") == "/var/lib/ferry");
  ::setenv("FERRY_POINT", "/from/variable", 1);
  CHECK(Point::choose_directory("") == "/from/variable");
  CHECK(Point::choose_directory("/from/option") == "/from/option");
  ::unsetenv("FERRY_POINT");
}

TEST_CASE("every audit event is one line of ASCII, whatever a publisher wrote", "[point]") {
  const Scratch scratch;
  const Point point = Point::create(scratch / "point", "hq", config);
  const FixedClock clock;
  const auto first_failure = point.audit(clock, "import", {{"title", "a\nb \x1b[31m \xe2\x80\xae \xff"}});
  const auto second_failure = point.audit(clock, "second", {{"count", 3}});
  CHECK_FALSE(first_failure);
  CHECK_FALSE(second_failure);
  const std::string log = read(scratch / "point/log/audit.jsonl");
  CHECK(std::count(log.begin(), log.end(), '\n') == 2);
  CHECK(std::all_of(log.begin(), log.end(), [](char c) { return c == '\n' || (c >= ' ' && c < 0x7F); }));
  const auto first = nlohmann::json::parse(log.substr(0, log.find('\n')));
  CHECK(first["time"] == "2026-11-23T12:00:00Z");
  CHECK(first["event"] == "import");
  const auto second = nlohmann::json::parse(log.substr(log.find('\n') + 1));
  CHECK(second["run"] == first["run"]);
  CHECK(second["count"] == 3);
}

TEST_CASE("a file of wishes beyond a megabyte is refused", "[point]") {
  const Scratch scratch;
  const Point point = Point::create(scratch / "point", "hq", config);
  write(scratch / "point/point.toml", config + std::string(1024 * 1024, '#'));
  CHECK_THROWS_AS(point.config(), FormatError);
}
