// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/references.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

class TestReferences {
 public:
  TestReferences() { create_feed(test.catalog, "all", id(100), false, "hq"); }
  [[nodiscard]] Feed feed() { return *find_lineage(test.catalog, id(100)); }

  RevisionRow titled(unsigned number, unsigned revision, const std::string& title) {
    DocumentSpec spec;
    spec.number = number;
    spec.revision = revision;
    spec.title = title;
    return test.store(update_document(spec));
  }
  void become(const std::vector<RevisionRow>& rows) { test.become(feed(), rows); }
  std::vector<RevisionId> find(std::uint64_t base, RevisionRow row) {
    return ReferenceFinder(test.catalog, feed(), base).find(row);
  }
  [[nodiscard]] Manifest delta(std::uint64_t target) {
    Manifest manifest;
    manifest.kind = BundleKind::delta;
    manifest.lineage = id(100);
    manifest.target.generation = target;
    return manifest;
  }

  TestCatalog test;
};

using References = std::vector<RevisionId>;

}  // namespace

TEST_CASE("the former revision of an update is its reference", "[references]") {
  TestReferences all;
  const RevisionRow first = all.titled(1, 1, "driver 1");
  const RevisionRow other = all.titled(2, 1, "driver 2");
  all.become({first, other});
  const RevisionRow second = all.titled(1, 2, "driver 1");
  all.become({second, other});
  CHECK(all.find(1, second) == References{{id(1), 1}});
}

TEST_CASE("what has no former revision is written against its neighbours by title", "[references]") {
  TestReferences all;
  const RevisionRow before = all.titled(1, 1, "driver 1.0");
  const RevisionRow after = all.titled(2, 1, "driver 1.2");
  const RevisionRow far = all.titled(3, 1, "a tool");
  all.become({before, after, far});
  const RevisionRow fresh = all.titled(4, 1, "driver 1.1");
  all.become({before, after, far, fresh});
  CHECK(all.find(1, fresh) == References{{id(1), 1}, {id(2), 1}});
}

TEST_CASE("a reference is a member of every accepted base", "[references]") {
  TestReferences all;
  const RevisionRow always = all.titled(1, 1, "driver 1");
  const RevisionRow leaves = all.titled(2, 1, "driver 2");
  all.become({always, leaves});
  const RevisionRow comes = all.titled(3, 1, "driver 4");
  all.become({always, leaves, comes});
  const RevisionRow fresh = all.titled(4, 1, "driver 3");
  all.become({always, comes});
  all.become({always, comes, fresh});
  // From 1 on: neither what came at 2 nor what left at 3.
  CHECK(all.find(1, fresh) == References{{id(1), 1}});
  CHECK(all.find(2, fresh) == References{{id(1), 1}, {id(3), 1}});
  CHECK(all.find(3, fresh) == References{{id(1), 1}, {id(3), 1}});
  // What leaves with this very bundle is still in the last base.
  all.become({comes, fresh});
  const RevisionRow next = all.titled(5, 1, "driver 1");
  all.become({comes, fresh, next});
  CHECK(all.find(4, next) == References{{id(4), 1}});
}

TEST_CASE("references are read as the generation before the target has them", "[references]") {
  TestReferences all;
  const RevisionRow first = all.titled(1, 1, "driver 1");
  const RevisionRow left = all.titled(2, 1, "driver 2");
  all.become({first, left});
  all.become({first});
  const auto at_two = load_references(all.test.catalog, all.delta(3));
  CHECK(at_two({id(1), 1}) == all.test.documents.load(first));
  CHECK(code_of([&] { static_cast<void>(at_two({id(2), 1})); }) == ExitCode::damaged);
  CHECK(code_of([&] { static_cast<void>(at_two({id(1), 2})); }) == ExitCode::damaged);
  const auto at_one = load_references(all.test.catalog, all.delta(2));
  CHECK(at_one({id(2), 1}) == all.test.documents.load(left));
}

TEST_CASE("only deltas of a known feed have references", "[references]") {
  TestReferences all;
  const RevisionRow first = all.titled(1, 1, "driver 1");
  all.become({first});
  Manifest manifest = all.delta(2);
  manifest.kind = BundleKind::full;
  const auto of_full = load_references(all.test.catalog, manifest);
  CHECK(code_of([&] { static_cast<void>(of_full({id(1), 1})); }) == ExitCode::damaged);
  manifest = all.delta(2);
  manifest.lineage = id(101);
  const auto of_foreign = load_references(all.test.catalog, manifest);
  CHECK(code_of([&] { static_cast<void>(of_foreign({id(1), 1})); }) == ExitCode::damaged);
}
