// SPDX-License-Identifier: Apache-2.0
#include "importer/removal_budget.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "tests/unit/expect.h"
#include "tests/unit/importer/pair.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::importer;

namespace {

ImportRequest at_most(std::uint64_t percent, bool dry_run = false) {
  ImportRequest request;
  request.max_removals = percent;
  request.dry_run = dry_run;
  request.again = "ferry-import import stick";
  return request;
}

// A site that holds so many updates.
class Holding : public Pair {
 public:
  explicit Holding(unsigned updates) {
    for (unsigned i = 1; i <= updates; ++i) put(i);
    take(bundle(0));
  }
  void gone_up_to(unsigned last) {
    for (unsigned i = 1; i <= last; ++i) gone(i);
  }
};

}  // namespace

TEST_CASE("a bundle that removes too much is refused and changes nothing", "[removals]") {
  Holding pair(100);
  pair.gone_up_to(11);
  const auto bundle = pair.bundle(1);
  const std::string before = logical_dump(pair.site);
  CHECK(code_of([&] { pair.import(bundle, at_most(10)); }) == ExitCode::too_many_removals);
  const std::string message = message_of([&] { pair.import(bundle, at_most(10)); });
  CHECK(contains(message, "removes 11 of the 100 updates"));
  CHECK(contains(message, "and 8 more"));
  CHECK(contains(message, "ferry-import import stick --max-removals 11"));
  CHECK((logical_dump(pair.site) == before));
  pair.import(bundle, at_most(11));
  CHECK(pair.in_step());
}

TEST_CASE("100 percent never stops, and 0 stops from ten removals on", "[removals]") {
  Holding pair(20);
  pair.gone_up_to(9);
  pair.import(pair.bundle(1), at_most(0));  // fewer than ten
  CHECK(pair.in_step());
  pair.gone_up_to(19);
  const auto bundle = pair.bundle(2);
  CHECK(code_of([&] { pair.import(bundle, at_most(0)); }) == ExitCode::too_many_removals);
  CHECK(code_of([&] { pair.import(bundle, at_most(90)); }) == ExitCode::too_many_removals);
  pair.import(bundle, at_most(100));
  CHECK(pair.in_step());
}

TEST_CASE("changed and replaced updates are no removals", "[removals]") {
  Holding pair(20);
  for (unsigned i = 1; i <= 20; ++i) pair.put(i, 2);
  pair.import(pair.bundle(1), at_most(0));
  CHECK(pair.in_step());
}

TEST_CASE("a dry run says it as a warning", "[removals]") {
  Holding pair(20);
  pair.gone_up_to(15);
  const auto bundle = pair.bundle(1);
  const auto imported = pair.import(bundle, at_most(5, true));
  REQUIRE(imported.warnings.size() == 1);
  CHECK(contains(imported.warnings[0], "removes 15 of the 20 updates"));
  CHECK(pair.import(bundle, at_most(75, true)).warnings.empty());
}

TEST_CASE("a full bundle counts what is not in it, of a new epoch too", "[removals]") {
  Holding pair(20);
  pair.gone_up_to(15);
  const auto full = pair.bundle(0);
  CHECK(code_of([&] { pair.import(full, at_most(5)); }) == ExitCode::too_many_removals);
  pair.change_trust([](format::TrustFile& trust) { ++trust.epoch; });
  pair.put(21);
  const auto restart = pair.bundle(0);
  const std::uint64_t version = pair.trust_version();
  CHECK(contains(message_of([&] { pair.import(restart, at_most(5)); }), "removes 15 of the 20 updates"));
  CHECK(pair.trust_version() == version + 1);  // what it says of keys counts from now on
  CHECK(pair.feed().generation == 1);
  const auto imported = pair.import(restart, at_most(75));
  CHECK(imported.changes.back().kind == format::UpdateChange::Kind::removed);
  CHECK(pair.in_step());
}
