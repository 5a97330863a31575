// SPDX-License-Identifier: Apache-2.0
#include "format/schedule.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/point.h"
#include "format/schedule_units.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

PointConfig parse(const std::string& text) {
  return parse_config("[point]\nname = \"hq\"\n[[feed]]\nname = \"all\"\n" + text, "/point");
}
ExitCode code(const std::string& text) {
  return code_of([&text] { static_cast<void>(parse(text)); });
}

UnitValues values() {
  UnitValues values;
  values.name = "ferry-import";
  values.user = "ferry";
  values.program = "/usr/bin/ferry-import";
  values.point = "/var/lib/ferry";
  values.calendar = "daily";
  values.folders = {"/srv/drop"};
  values.drop_folder = "/srv/drop";
  return values;
}
std::string filled(std::string_view text, const UnitValues& values) {
  return fill_units({{".service", text}}, values).at(0).text;
}

}  // namespace

TEST_CASE("a schedule is read whole, and folders lie beside the point unless they say more", "[schedule]") {
  const PointConfig config = parse(
      "[[site]]\nname = \"one\"\nfeed = \"all\"\ndrop-folder = \"/mnt/one\"\n"
      "[[site]]\nname = \"two\"\nfeed = \"all\"\n"
      "[schedule]\ncalendar = \"Mon *-*-* 03:00\"\ndrop-folder = \"../drop\"\nkeep = 7\nreceipts = \"in\"\n"
      "volume-size = \"dvd\"\nparity = \"5%\"\nafter-import = \"remove\"\n");
  CHECK(config.schedule.calendar == "Mon *-*-* 03:00");
  CHECK(config.schedule.drop_folder == "/drop");
  CHECK(config.schedule.receipts == "/point/in");
  CHECK(config.schedule.keep == 7);
  CHECK(config.schedule.volume_size == "dvd");
  CHECK(config.schedule.parity == "5%");
  CHECK(config.schedule.removes_applied);
  CHECK(config.site("one").drop_folder == "/mnt/one");
  CHECK(config.site("two").drop_folder.empty());
}

TEST_CASE("without a schedule nothing is removed and nothing watched", "[schedule]") {
  const ScheduleConfig schedule = parse("").schedule;
  CHECK(schedule.calendar.empty());
  CHECK(schedule.drop_folder.empty());
  CHECK(schedule.keep == 4);
  CHECK_FALSE(schedule.removes_applied);
}

TEST_CASE("a schedule that makes no sense is refused", "[schedule]") {
  for (const std::string wrong :
       {"calendar = \"\"", "calendar = \" \"", "calendar = \"Mon\\nUser=root\"", "calendar = \"%h\"", "keep = 0",
        "keep = 10001", "after-import = \"burn\"", "drop_folder = \"x\"", "calendar = 3"}) {
    CAPTURE(wrong);
    CHECK(code("[schedule]\n" + wrong + "\n") == ExitCode::usage);
  }
  CHECK(code("[[schedule]]\nkeep = 3\n") == ExitCode::usage);
  CHECK(calendar_problem(std::string(200, '1')) == std::nullopt);
  CHECK(calendar_problem(std::string(201, '1')));
}

TEST_CASE("a value of a unit stands where its template says, and nothing else is changed", "[schedule]") {
  CHECK(filled("User=@USER@\nSystemCallFilter=~@privileged @resources\nmail=a@b@@\n", values()) ==
        "User=ferry\nSystemCallFilter=~@privileged @resources\nmail=a@b@@\n");
  CHECK_THROWS_AS(filled("X=@NOTHING@\n", values()), std::logic_error);
  CHECK(filled("@WRITABLE@", values()) == R"("/var/lib/ferry" "-/srv/drop")");
  CHECK(filled("@PROTECT_HOME@ @PRIVATE_TMP@", values()) == "yes yes");
}

TEST_CASE("whatever a path is called, it is one word of the unit", "[schedule]") {
  UnitValues strange = values();
  strange.point = "/a b%n$HOME\"'c";
  strange.drop_folder = "/100% \"x\"";
  CHECK(filled("@POINT@", strange) == R"("/a b%%n$$HOME\"'c")");
  CHECK(filled("@MOUNTS@", strange) == R"("/a b%%n$HOME\"'c" "/srv/drop")");
  CHECK(filled("@DROP_FOLDER@", strange) == "/100%% \"x\"");
}

TEST_CASE("a path that a unit cannot hold is refused", "[schedule]") {
  for (const std::string path : {"/a\nUser=root", "/a\rb", "/a\tb", "/a\\", "/a ", "/\xff", "relative", "/a\x7f"}) {
    CAPTURE(path);
    UnitValues wrong = values();
    wrong.point = path;
    CHECK(code_of([&wrong] { static_cast<void>(filled("@POINT@", wrong)); }) == ExitCode::usage);
    wrong = values();
    wrong.drop_folder = path;
    CHECK(code_of([&wrong] { static_cast<void>(filled("@DROP_FOLDER@", wrong)); }) == ExitCode::usage);
    wrong = values();
    wrong.program = path;
    CHECK(code_of([&wrong] { static_cast<void>(filled("@PROGRAM@", wrong)); }) == ExitCode::usage);
  }
  UnitValues variable = values();
  variable.program = "/opt/$x/ferry-import";
  CHECK(code_of([&variable] { static_cast<void>(filled("", variable)); }) == ExitCode::usage);
}

TEST_CASE("names of units and accounts are no paths and no options", "[schedule]") {
  for (const std::string name : {"", "-x", ".x", "a/b", "a b", "a\nb", "a%n", "a@b"}) {
    CAPTURE(name);
    UnitValues wrong = values();
    wrong.name = name;
    CHECK(code_of([&wrong] { static_cast<void>(filled("", wrong)); }) == ExitCode::usage);
    wrong = values();
    wrong.user = name;
    CHECK(code_of([&wrong] { static_cast<void>(filled("", wrong)); }) == ExitCode::usage);
  }
}

TEST_CASE("a unit sees homes and temporary files only where its point or folders lie there", "[schedule]") {
  UnitValues unit = values();
  unit.point = "/home/me/ferry";
  CHECK(filled("@PROTECT_HOME@ @PRIVATE_TMP@", unit) == "read-only yes");
  unit = values();
  unit.folders = {"/tmp/drop"};
  CHECK(filled("@PROTECT_HOME@ @PRIVATE_TMP@", unit) == "yes no");
  unit.folders = {"/homes/x", "/tmpfiles"};
  CHECK(filled("@PROTECT_HOME@ @PRIVATE_TMP@", unit) == "yes yes");
}
