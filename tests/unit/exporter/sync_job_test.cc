// SPDX-License-Identifier: Apache-2.0
#include "exporter/sync_job.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "exporter/keys.h"
#include "format/catalog/documents.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::exporter;
namespace fs = std::filesystem;

namespace {

class SyncDesk {
 public:
  explicit SyncDesk(const std::string& kind = "updates") : point(make(kind)) {}
  SyncReport sync(bool strict = false) {
    SyncOptions options;
    options.strict = strict;
    return run_sync(point, point.config(), options, clock, [](std::uint64_t) {});
  }
  void put(const std::string& name, const std::string& bytes) { write(scratch_ / "in" / name, bytes); }
  void gone(const std::string& name) { fs::remove(scratch_ / "in" / name); }
  // A document of test_support with these facts.
  static std::string document(unsigned number, unsigned revision = 1, const std::string& extra = "") {
    DocumentSpec spec;
    spec.number = number;
    spec.revision = revision;
    spec.extra = extra;
    return update_document(spec);
  }
  // The held revisions of an update as numbers, newest first.
  [[nodiscard]] std::vector<std::uint32_t> held(unsigned number) const {
    format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
    std::vector<std::uint32_t> numbers;
    for (const auto row : format::revisions_of(catalog, id(number), true))
      numbers.push_back(format::identity(catalog, row).number);
    return numbers;
  }

  FixedClock clock;

 private:
  format::Point make(const std::string& kind) {
    make_directories(scratch_ / "in");
    return format::Point::create(scratch_ / "point", "hq",
                                 "[point]\nname = \"hq\"\n[[source]]\nname = \"docs\"\nkind = \"" + kind +
                                     "\"\npath = \"" + (scratch_ / "in").native() + "\"\n[[feed]]\nname = \"all\"\n");
  }
  Scratch scratch_;

 public:
  format::Point point;
};

using Numbers = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("a first run takes everything and makes generation 1, the next one makes none", "[sync]") {
  SyncDesk desk;
  desk.put("a.xml", SyncDesk::document(1));
  desk.put("below/b.XML", SyncDesk::document(2));
  desk.put("note.txt", "not a document");
  desk.put(".hidden.xml", "neither");
  const SyncReport first = desk.sync();
  CHECK_FALSE(first.has_failures());
  CHECK(first.sources.at(0).changes.added.size() == 2);
  CHECK(first.feeds.at(0).has_new_generation);
  CHECK(state(desk.point, false).generation == 1);
  const std::string before = logical_dump(desk.point);
  const SyncReport second = desk.sync();
  CHECK_FALSE(second.has_changes());
  CHECK((logical_dump(desk.point) == before));
}

TEST_CASE("a document that changed, came or went is told and makes a generation", "[sync]") {
  SyncDesk desk;
  desk.put("a.xml", SyncDesk::document(1));
  desk.put("b.xml", SyncDesk::document(2));
  desk.sync();
  desk.put("a.xml", SyncDesk::document(1, 2));
  desk.gone("b.xml");
  desk.put("c.xml", SyncDesk::document(3));
  const SyncReport report = desk.sync();
  CHECK(report.sources.at(0).changes.changed == std::vector<Guid>{id(1)});
  CHECK(report.sources.at(0).changes.removed == std::vector<Guid>{id(2)});
  CHECK(report.sources.at(0).changes.added == std::vector<Guid>{id(3)});
  CHECK(state(desk.point, false).generation == 2);
  CHECK(desk.held(1) == Numbers{2});
}

TEST_CASE("an SDP is numbered by its documents: 1, 2 and, going back to the first, 3", "[sync]") {
  SyncDesk desk("scup");
  desk.put("p.sdp", sdp_document(1, "A"));
  desk.sync();
  CHECK(desk.held(1) == Numbers{1});
  desk.sync();
  CHECK(desk.held(1) == Numbers{1});  // the same bytes are the same revision
  desk.put("p.sdp", sdp_document(1, "B"));
  desk.sync();
  CHECK(desk.held(1) == Numbers{2});
  desk.put("p.sdp", sdp_document(1, "A"));
  desk.sync();
  CHECK(desk.held(1) == Numbers{3});  // a site must see a newer revision, not an older one
  fs::rename(desk.point.directory() / "../in/p.sdp", desk.point.directory() / "../in/q.sdp");
  CHECK_FALSE(desk.sync().has_changes());  // in another file it is still the same
  CHECK(desk.held(1) == Numbers{3});
}

TEST_CASE("a package that went and comes back unchanged keeps its number", "[sync]") {
  SyncDesk desk("scup");
  desk.put("p.sdp", sdp_document(1, "A"));
  desk.put("q.sdp", sdp_document(2, "other"));
  desk.sync();
  desk.gone("p.sdp");
  desk.sync();
  CHECK(desk.held(1).empty());
  desk.put("p.sdp", sdp_document(1, "A"));
  desk.sync();
  CHECK(desk.held(1) == Numbers{1});
}

TEST_CASE("a package that is there twice is a failure and the first one counts", "[sync]") {
  SyncDesk desk("scup");
  desk.put("a.sdp", sdp_document(1, "A"));
  desk.put("b.sdp", sdp_document(1, "B"));
  const SyncReport report = desk.sync();
  REQUIRE(report.sources.at(0).failed.size() == 1);
  CHECK(report.sources.at(0).failed[0].path == "b.sdp");
  CHECK(desk.held(1) == Numbers{1});
}

TEST_CASE("a package that is twice in one V1 catalog leaves one revision, not an old one beside the new", "[sync]") {
  const auto v1 = [](const std::string& packages) {
    return "<smc:SystemsManagementCatalog xmlns:smc=\"http://schemas.microsoft.com/sms/2005/04/CorporatePublishing/"
           "SystemsManagementCatalog.xsd\">" +
           packages + "</smc:SystemsManagementCatalog>";
  };
  SyncDesk desk("scup");
  desk.put("catalog.xml", v1(sdp_document(1, "A")));
  desk.sync();
  desk.put("catalog.xml", v1(sdp_document(1, "B") + sdp_document(1, "C")));
  const SyncReport report = desk.sync();
  CHECK(report.has_failures());
  CHECK(desk.held(1) == Numbers{2});
}

TEST_CASE("a broken document is told and keeps what was known of it", "[sync]") {
  SyncDesk desk;
  desk.put("a.xml", SyncDesk::document(1));
  desk.put("b.xml", SyncDesk::document(2));
  desk.sync();
  desk.put("a.xml", "<broken");
  desk.put("b.xml", SyncDesk::document(2, 2));
  const SyncReport report = desk.sync();
  REQUIRE(report.sources.at(0).failed.size() == 1);
  CHECK(report.sources.at(0).failed[0].path == "a.xml");
  CHECK_FALSE(report.sources.at(0).failed[0].error.empty());
  CHECK(desk.held(1) == Numbers{1});  // not removed, and
  CHECK(desk.held(2) == Numbers{2});  // the others go on
  CHECK(report.sources.at(0).changes.removed.empty());
}

TEST_CASE("with --strict a broken document leaves everything as it was", "[sync]") {
  SyncDesk desk;
  desk.put("a.xml", SyncDesk::document(1));
  desk.sync();
  const std::string before = logical_dump(desk.point);
  desk.put("a.xml", "<broken");
  desk.put("b.xml", SyncDesk::document(2));
  CHECK(desk.sync(true).has_failures());
  CHECK((logical_dump(desk.point) == before));
  CHECK_FALSE(desk.sync(false).sources.at(0).failed.empty());
  CHECK((logical_dump(desk.point) != before));
}

TEST_CASE("a source that cannot be read keeps everything it offered", "[sync]") {
  SyncDesk desk;
  desk.put("a.xml", SyncDesk::document(1));
  desk.sync();
  fs::rename(desk.point.directory() / "../in", desk.point.directory() / "../away");
  const SyncReport report = desk.sync();
  CHECK(report.read_nothing());
  CHECK(report.sources.at(0).failed.at(0).path.empty());
  CHECK(desk.held(1) == Numbers{1});
  CHECK(state(desk.point, false).generation == 1);
}

TEST_CASE("one identity with two different documents is a failure, in the first run", "[sync]") {
  SyncDesk desk;
  desk.put("a.xml", SyncDesk::document(1, 1, "one"));
  desk.put("b.xml", SyncDesk::document(1, 1, "two"));
  const SyncReport report = desk.sync();
  REQUIRE(report.sources.at(0).failed.size() == 1);
  CHECK(report.sources.at(0).failed[0].path == "b.xml");
  CHECK(desk.held(1) == Numbers{1});
}

TEST_CASE("one identity with two different documents is a failure, when the second comes later", "[sync]") {
  // The first file is known by its digest and not parsed again; its identity must still count. Otherwise the
  // feed has two members of one identity, and no site can apply a delta to it.
  SyncDesk desk;
  desk.put("a.xml", SyncDesk::document(1, 1, "one"));
  desk.sync();
  desk.put("b.xml", SyncDesk::document(1, 1, "two"));
  const SyncReport report = desk.sync();
  CHECK(report.has_failures());
  CHECK(desk.held(1) == Numbers{1});
}

TEST_CASE("a document that moves while its old file is broken is held once", "[sync]") {
  SyncDesk desk;
  desk.put("a.xml", SyncDesk::document(1, 1, "one"));
  desk.sync();
  desk.put("a.xml", "<broken");
  desk.put("b.xml", SyncDesk::document(1, 1, "two"));
  desk.sync();
  CHECK(desk.held(1) == Numbers{1});
}

TEST_CASE("a source that leaves point.toml takes its updates along", "[sync]") {
  SyncDesk desk;
  desk.put("a.xml", SyncDesk::document(1));
  desk.sync();
  write(desk.point.config_path(), "[point]\nname = \"hq\"\n[[feed]]\nname = \"all\"\n");
  CHECK(desk.sync().has_changes());
  CHECK(desk.held(1).empty());
  CHECK(state(desk.point, false).state == format::empty_state());
}

TEST_CASE("a category that is new and chosen by no feed is told once", "[sync]") {
  SyncDesk desk("scup");
  write(desk.point.config_path(), read(desk.point.config_path()) + "products = [\"Firmware\"]\n");
  desk.put("a.sdp", sdp_document(1, "A"));
  CHECK(desk.sync().new_categories.empty());
  desk.put("b.sdp", sdp_document(2, "B", "Northwind", "Drivers"));
  const SyncReport report = desk.sync();
  REQUIRE(report.new_categories.size() == 1);
  CHECK(report.new_categories[0].name == "Drivers");
  CHECK(desk.sync().new_categories.empty());
}

TEST_CASE("a wish that matches nothing and a reference to nothing are warned of", "[sync]") {
  SyncDesk desk;
  DocumentSpec spec;
  spec.relations = needs({99});
  desk.put("a.xml", update_document(spec));
  const SyncReport report = desk.sync();
  REQUIRE(report.feed_warnings.size() == 1);
  CHECK(contains(report.feed_warnings[0], id(99).text()));
  write(desk.point.config_path(), read(desk.point.config_path()) + "products = [\"Nothing\"]\n");
  const SyncReport second = desk.sync();
  REQUIRE_FALSE(second.feed_warnings.empty());
  CHECK(contains(second.feed_warnings[0], "'Nothing'"));
}
