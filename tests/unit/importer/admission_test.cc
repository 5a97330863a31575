// SPDX-License-Identifier: Apache-2.0
#include "importer/admission.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::importer;

namespace {

Digest state_at(unsigned generation) { return sha256("state " + std::to_string(generation)); }

// A delta from `base` to `target`, after bundles that reached 1, 3, 5 and 7.
format::Manifest delta(unsigned base, unsigned target) {
  format::Manifest manifest;
  manifest.kind = format::BundleKind::delta;
  manifest.feed = "all";
  manifest.bundle_name = "all_plant-1_delta";
  manifest.lineage = id(1);
  manifest.recipients = {"plant-1"};
  for (unsigned i = base; i < target; ++i) manifest.bases.push_back({i, state_at(i)});
  manifest.target = {target, state_at(target)};
  manifest.earlier = {{"b0-1", 0, 1, 1, {}}, {"b1-3", 1, 3, 2, {}}, {"b3-5", 3, 5, 3, {}}, {"b1-7", 1, 7, 4, {}}};
  return manifest;
}

format::Manifest full(unsigned target) {
  format::Manifest manifest = delta(target, target);
  manifest.kind = format::BundleKind::full;
  return manifest;
}

ExitCode position(const format::Manifest& manifest, const Position& at) {
  return code_of([&] { check_position(manifest, at, {}); });
}
std::string complaint(const format::Manifest& manifest, const Position& at) {
  return message_of([&] { check_position(manifest, at, {}); });
}

}  // namespace

TEST_CASE("a delta is admitted from each of its bases and only with the base's state", "[admission]") {
  for (unsigned at = 3; at < 7; ++at) CHECK(position(delta(3, 7), {at, state_at(at)}) == ExitCode::done);
  CHECK(position(delta(3, 7), {4, sha256("another history")}) == ExitCode::base_missing);
  CHECK(position(delta(3, 7), {2, state_at(2)}) == ExitCode::base_missing);
  CHECK(position(delta(3, 7), {0, format::empty_state()}) == ExitCode::base_missing);
}

TEST_CASE("a full bundle is admitted from anywhere below its target", "[admission]") {
  CHECK(position(full(7), {0, format::empty_state()}) == ExitCode::done);
  CHECK(position(full(7), {6, sha256("whatever")}) == ExitCode::done);
}

TEST_CASE("what was applied already is told with exit code 14", "[admission]") {
  CHECK(position(delta(3, 7), {7, state_at(7)}) == ExitCode::already_applied);
  CHECK(position(delta(3, 7), {8, state_at(8)}) == ExitCode::already_applied);
  CHECK(position(full(7), {7, state_at(7)}) == ExitCode::already_applied);
  CHECK(position(full(7), {9, state_at(9)}) == ExitCode::already_applied);
}

TEST_CASE("the same generation with another state is another history: exit code 13", "[admission]") {
  CHECK(position(delta(3, 7), {7, sha256("another history")}) == ExitCode::wrong_recipient);
  CHECK(position(full(7), {7, sha256("another history")}) == ExitCode::wrong_recipient);
  // Also where the site has gone on since, as long as it remembers.
  CHECK(position(delta(3, 7), {9, state_at(9), 0, sha256("another history")}) == ExitCode::wrong_recipient);
  CHECK(position(delta(3, 7), {9, state_at(9), 0, state_at(7)}) == ExitCode::already_applied);
}

TEST_CASE("a missing base is told with exit code 10 and the bundle that brings it", "[admission]") {
  CHECK(position(delta(5, 9), {3, state_at(3)}) == ExitCode::base_missing);
  CHECK(contains(complaint(delta(5, 9), {3, state_at(3)}), "'b3-5'"));
  // One bundle that leads all the way is better than the first of several.
  CHECK(contains(complaint(delta(7, 9), {2, state_at(2)}), "'b1-7'"));
  // A site with nothing needs the first, and what follows it.
  CHECK(contains(complaint(delta(5, 9), {0, format::empty_state()}), "'b0-1' and those after it"));
  format::Manifest lonely = delta(5, 9);
  lonely.earlier.clear();
  CHECK(contains(complaint(lonely, {3, state_at(3)}), "a full bundle of feed 'all'"));
}

TEST_CASE("a bundle is for the sites that it names, or for all when it names none", "[admission]") {
  format::Manifest manifest = delta(3, 7);
  CHECK(code_of([&] { check_recipient(manifest, "plant-1", {}); }) == ExitCode::done);
  CHECK(code_of([&] { check_recipient(manifest, "plant-2", {}); }) == ExitCode::wrong_recipient);
  CHECK(code_of([&] { check_recipient(manifest, "plant-10", {}); }) == ExitCode::wrong_recipient);
  CHECK(contains(message_of([&] { check_recipient(manifest, "plant-2", {}); }), "'plant-1'"));
  manifest.recipients = {"plant-1", "plant-2"};
  CHECK(code_of([&] { check_recipient(manifest, "plant-2", {}); }) == ExitCode::done);
  manifest.recipients.clear();
  CHECK(code_of([&] { check_recipient(manifest, "plant-9", {}); }) == ExitCode::done);
}

TEST_CASE("a bundle without recipients is refused where the trust file wants them named", "[admission]") {
  format::Manifest manifest = delta(3, 7);
  manifest.recipients.clear();
  format::TrustFile trust;
  trust.broadcast = false;
  CHECK(code_of([&] { check_recipient(manifest, "plant-1", trust); }) == ExitCode::wrong_recipient);
  manifest.recipients = {"plant-1"};
  CHECK(code_of([&] { check_recipient(manifest, "plant-1", trust); }) == ExitCode::done);
}

TEST_CASE("a jump of more than 10,000 generations needs the operator's word", "[admission]") {
  const Position at{5, state_at(5)};
  CHECK(position(full(10'005), at) == ExitCode::done);
  CHECK(position(full(10'006), at) == ExitCode::trust);
  Overrides overrides;
  overrides.jump = true;
  CHECK(code_of([&] { check_position(full(10'006), at, overrides); }) == ExitCode::done);
  // A new site may start anywhere.
  CHECK(position(full(1'000'000), {0, format::empty_state()}) == ExitCode::done);
}

TEST_CASE("a full bundle of a higher epoch takes a feed back, a delta and a lower epoch do not", "[admission]") {
  const Position lost{900'000, sha256("a thief's state"), 1};
  format::Manifest recovery = full(7);
  recovery.epoch = 2;
  CHECK(restarts(recovery, lost));
  CHECK(position(recovery, lost) == ExitCode::done);
  format::Manifest not_full = delta(3, 7);
  not_full.epoch = 2;
  CHECK_FALSE(restarts(not_full, lost));
  CHECK(position(not_full, lost) == ExitCode::already_applied);
  format::Manifest same = full(7);
  same.epoch = 1;
  CHECK(position(same, lost) == ExitCode::already_applied);
  format::Manifest before = full(1'000'000);
  before.epoch = 0;
  CHECK(position(before, lost) == ExitCode::already_applied);
}

TEST_CASE("a feed is followed by its lineage, not by its name", "[admission]") {
  const Scratch scratch;
  format::Catalog catalog = format::Catalog::create(scratch / "catalog.db", "plant-1");
  CHECK_FALSE(find_followed_feed(catalog, delta(3, 7)));
  create_feed(catalog, "all", id(1), true, "hq");
  REQUIRE(find_followed_feed(catalog, delta(3, 7)));
  CHECK(find_followed_feed(catalog, delta(3, 7))->lineage == id(1));
  format::Manifest other = delta(3, 7);
  other.lineage = id(2);
  CHECK(code_of([&] { static_cast<void>(find_followed_feed(catalog, other)); }) == ExitCode::wrong_recipient);
  other.feed = "another";
  CHECK_FALSE(find_followed_feed(catalog, other));
  // A point's own feed must not come back to it as somebody else's.
  create_feed(catalog, "own", id(3), false, "plant-1");
  other.lineage = id(3);
  CHECK(code_of([&] { static_cast<void>(find_followed_feed(catalog, other)); }) == ExitCode::wrong_recipient);
}
