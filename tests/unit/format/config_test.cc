// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/point.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

const std::string point = "[point]\nname = \"hq\"\n";
const std::string feed = "[[feed]]\nname = \"all\"\n";

PointConfig parse(const std::string& text) { return parse_config(text, "/point"); }

// The error of a mistake in the line given, which must be a mistake of usage.
bool names_line(const std::string& text, int line) {
  const auto attempt = [&] { static_cast<void>(parse(text)); };
  const std::string message = message_of(attempt);
  INFO(message);
  CHECK(code_of(attempt) == ExitCode::usage);
  return contains(message, "point.toml line " + std::to_string(line) + ":");
}

}  // namespace

TEST_CASE("everything that a person may write in point.toml is read", "[config]") {
  const PointConfig config = parse(
      "# a comment\n[point]\nname = \"hq\"\n\n[[source]]\nname = \"hp\"\nkind = \"scup\"\npath = \"/srv/hp.cab\"\n"
      "[[source]]\nname = \"docs\"\nkind = \"updates\"\npath = \"../docs\"\n"
      "[[feed]]\nname = \"all\"\n"
      "[[feed]]\nname = \"hp\"\nproducts = [\"HP\", \"Windows 11\"]\nclassifications = [\"Security Updates\"]\n"
      "languages = [\"en\", \"de\"]\ncontent = \"eula\"\n"
      "[[site]]\nname = \"plant-1\"\nfeed = \"hp\"\n[[site]]\nname = \"plant-2\"\nfeed = \"all\"\ncover-drops = 9\n"
      "transit-days = 5\nreceipt-key = \"lusab-babad\"\n");
  CHECK(config.name == "hq");
  REQUIRE(config.sources.size() == 2);
  CHECK(config.sources[0].name == "hp");
  CHECK(config.sources[0].kind == "scup");
  CHECK(config.sources[0].path == "/srv/hp.cab");
  CHECK(config.sources[1].path == "/docs");  // relative to the point
  CHECK(config.feed("hp").products == std::vector<std::string>{"HP", "Windows 11"});
  CHECK(config.feed("hp").classifications == std::vector<std::string>{"Security Updates"});
  CHECK(config.feed("hp").languages == std::vector<std::string>{"en", "de"});
  CHECK(config.feed("hp").content == "eula");
  CHECK(config.feed("all").all_products());
  CHECK(config.feed("all").all_classifications());
  CHECK(config.feed("all").content == "none");
  CHECK(config.site("plant-1").feed == "hp");
  CHECK(config.site("plant-1").cover_drops == 4);
  CHECK(config.site("plant-2").cover_drops == 9);
  CHECK(config.site("plant-1").transit_days == 0);
  CHECK(config.site("plant-2").transit_days == 5);
  CHECK(config.site("plant-1").receipt_key.empty());
  CHECK(config.site("plant-2").receipt_key == "lusab-babad");
  CHECK_THROWS_AS(config.feed("none"), NotFoundError);
  CHECK_THROWS_AS(config.site("none"), NotFoundError);
}

TEST_CASE("an update server is a source by its URL, and the rest has defaults", "[config]") {
  const std::string source = "[[source]]\nname = \"up\"\nkind = \"wsus-server\"\n";
  const PointConfig least = parse(point + source + "url = \"http://wsus:8530\"\n");
  REQUIRE(least.sources.size() == 1);
  const UpstreamConfig& defaults = least.sources[0].upstream;
  CHECK(defaults.url == "http://wsus:8530");
  CHECK(defaults.ca.empty());
  CHECK_FALSE(defaults.proxy);
  CHECK_FALSE(defaults.account);
  CHECK_FALSE(defaults.has_content);
  CHECK_FALSE(defaults.approvals);
  CHECK(defaults.retries == 5);
  CHECK(defaults.full_list_days == 0);
  CHECK(defaults.max_removals == 5);
  const PointConfig most = parse(
      point + source +
      "url = \"HTTPS://wsus.example\"\nca-file = \"ca.pem\"\nproxy = \"\"\naccount-name = \"dss.example\"\n"
      "account-guid = \"00000007-0000-4000-8000-000000000007\"\nproducts = [\"Windows 11\"]\n"
      "classifications = [\"Updates\"]\ncontent = \"server\"\napprovals = true\nanswer-seconds = 60\nretries = 0\n"
      "full-list-days = 30\nmax-removals = 20\n");
  const UpstreamConfig& all = most.sources[0].upstream;
  CHECK(all.ca == "/point/ca.pem");
  CHECK(all.proxy == "");
  CHECK(all.account_name == "dss.example");
  CHECK(all.account->text() == "00000007-0000-4000-8000-000000000007");
  CHECK(all.products == std::vector<std::string>{"Windows 11"});
  CHECK(all.classifications == std::vector<std::string>{"Updates"});
  CHECK(all.has_content);
  CHECK(all.approvals);
  CHECK(all.answer_seconds == 60);
  CHECK(all.full_list_days == 30);
  CHECK(all.max_removals == 20);
  CHECK(names_line(point + source + "url = \"wsus:8530\"\n", 6));
  CHECK(names_line(point + source + "url = \"http://wsus\"\naccount-guid = \"1\"\n", 7));
  CHECK(names_line(point + source + "url = \"http://wsus\"\ncontent = \"none\"\n", 7));
  CHECK(names_line(point + source + "url = \"http://wsus\"\nmax-removals = 101\n", 7));
  CHECK(names_line(point + source + "url = \"http://wsus\"\npath = \"/srv\"\n", 7));
}

TEST_CASE("a point needs no more than its name", "[config]") {
  const PointConfig config = parse(point);
  CHECK(config.sources.empty());
  CHECK(config.feeds.empty());
  CHECK(config.sites.empty());
}

TEST_CASE("a file that is not TOML is refused with the line", "[config]") {
  CHECK(names_line(point + "x = \n", 3));
  CHECK(names_line(point + "name = \"twice\"\n", 3));
  CHECK(names_line("[point\n", 1));
  CHECK(names_line(point + "[[feed]]\nname = \"a\xff\"\n", 4));
}

TEST_CASE("a misspelt key or section is an error and not ignored", "[config]") {
  CHECK(names_line(point + "[[feed]]\nname = \"a\"\nproduct = [\"x\"]\n", 5));
  CHECK(names_line(point + "colour = \"red\"\n", 3));
  CHECK(names_line(point + "[[source]]\nname = \"a\"\nkind = \"scup\"\npath = \"x\"\nrank = 1\n", 7));
  CHECK(names_line(point + feed + "[[site]]\nname = \"s\"\nfeed = \"all\"\ncover_drops = 3\n", 8));
  CHECK(names_line(point + "[[feeds]]\nname = \"a\"\n", 3));
  CHECK(names_line("name = \"hq\"\n" + point, 1));
}

TEST_CASE("a single bracket where two belong is told", "[config]") {
  for (const char* section : {"source", "feed", "site"}) {
    const std::string text = point + "[" + section + "]\nname = \"a\"\n";
    CHECK(names_line(text, 3));
    CHECK(contains(message_of([&] { static_cast<void>(parse(text)); }), "two brackets"));
  }
}

TEST_CASE("a missing key is named with its section", "[config]") {
  CHECK(names_line("[point]\n", 1));
  CHECK(names_line(point + "[[source]]\nname = \"a\"\nkind = \"scup\"\n", 3));
  CHECK(names_line(point + "[[source]]\nname = \"a\"\npath = \"x\"\n", 3));
  CHECK(names_line(point + "[[feed]]\nproducts = [\"*\"]\n", 3));
  CHECK(names_line(point + feed + "[[site]]\nname = \"s\"\n", 5));
  CHECK(contains(message_of([] { static_cast<void>(parse("")); }), "[point]"));
  CHECK_THROWS_AS(parse(""), UsageError);
}

TEST_CASE("a value of the wrong kind is named with its line", "[config]") {
  CHECK(names_line("[point]\nname = 7\n", 2));
  CHECK(names_line(point + "[[feed]]\nname = \"a\"\nproducts = \"Windows 11\"\n", 5));
  CHECK(names_line(point + "[[feed]]\nname = \"a\"\nproducts = [\"x\", 7]\n", 5));
  CHECK(names_line(point + "[[feed]]\nname = \"a\"\nlanguages = [[\"en\"]]\n", 5));
  for (const char* drops : {"0", "-1", "1001", "\"4\"", "4.5", "true"})
    CHECK(names_line(point + feed + "[[site]]\nname = \"s\"\nfeed = \"all\"\ncover-drops = " + drops + "\n", 8));
}

TEST_CASE("a value that is not on the list is named with its line", "[config]") {
  CHECK(names_line(point + "[[source]]\nname = \"a\"\nkind = \"wsus\"\npath = \"x\"\n", 5));
  CHECK(names_line(point + "[[feed]]\nname = \"a\"\ncontent = \"some\"\n", 5));
  CHECK(names_line(point + feed + "[[site]]\nname = \"s\"\nfeed = \"other\"\n", 7));
}

TEST_CASE("names are fit for file names and not used twice", "[config]") {
  CHECK(names_line("[point]\nname = \"Head Office\"\n", 2));
  CHECK(names_line(point + "[[feed]]\nname = \"../up\"\n", 4));
  CHECK(names_line(point + feed + "[[feed]]\nname = \"all\"\n", 6));
  CHECK(
      names_line(point + feed + "[[site]]\nname = \"s\"\nfeed = \"all\"\n[[site]]\nname = \"s\"\nfeed = \"all\"\n", 9));
  CHECK(names_line(point + "[[source]]\nname = \"a\"\nkind = \"scup\"\npath = \"x\"\n"
                           "[[source]]\nname = \"a\"\nkind = \"scup\"\npath = \"y\"\n",
                   8));
}

TEST_CASE("another order of wishes is the same feed, another wish is another", "[config]") {
  const auto text = [](const std::string& lines) {
    return parse(point + "[[feed]]\nname = \"a\"\n" + lines).feeds[0].text();
  };
  CHECK(text("products = [\"x\", \"y\"]\n") == text("products = [\"y\", \"x\"]\n"));
  CHECK(text("products = [\"x\"]\n") != text("products = [\"y\"]\n"));
  CHECK(text("products = [\"x\"]\n") != text("classifications = [\"x\"]\n"));
  CHECK(text("") == text("products = [\"*\"]\n"));
  CHECK(text("") != text("content = \"all\"\n"));
}

TEST_CASE("gatekeepers are named by files, and no more of them are asked for than there are", "[config]") {
  const std::string section = point + "[import]\n";
  const PointConfig config =
      parse(section + "gatekeeper = [\"keys/a.crt\", \"/etc/b.crt\"]\ngatekeeper-threshold = 2\n");
  CHECK(config.import.gatekeepers == std::vector<std::filesystem::path>{"/point/keys/a.crt", "/etc/b.crt"});
  CHECK(config.import.gatekeeper_threshold == 2);
  CHECK(parse(point).import.gatekeepers.empty());
  CHECK(names_line(section + "gatekeeper = [\"a.crt\"]\ngatekeeper-threshold = 2\n", 5));
  CHECK(names_line(section + "gatekeeper = [\"a.crt\"]\ngatekeeper-threshold = 0\n", 5));
  CHECK(names_line(section + "gatekeeper = \"a.crt\"\n", 4));
}

TEST_CASE("what is kept and how much may be removed unasked have defaults and bounds", "[config]") {
  const PointConfig defaults = parse(point);
  CHECK(defaults.retain.generations == 64);
  CHECK(defaults.retain.days == 0);
  CHECK(defaults.import.max_removals == 5);
  const PointConfig config =
      parse(std::string(point) + "[retain]\ngenerations = 3\ndays = 400\n[import]\nmax-removals = 100\n");
  CHECK(config.retain.generations == 3);
  CHECK(config.retain.days == 400);
  CHECK(config.import.max_removals == 100);
  for (const char* wrong : {"[retain]\ngenerations = 0\n", "[retain]\nweeks = 1\n", "[import]\nmax-removals = 101\n",
                            "[import]\nmax-removals = \"5\"\n", "[[retain]]\ndays = 1\n"})
    CHECK(code_of([&] { static_cast<void>(parse(std::string(point) + wrong)); }) == ExitCode::usage);
}
