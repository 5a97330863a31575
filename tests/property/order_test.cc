// SPDX-License-Identifier: Apache-2.0
// Bundles in any order and from any base: the same state, or a refusal that changes nothing.
#include <algorithm>
#include <map>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "common/error.h"
#include "tests/property/property_support.h"

using namespace ferry;
using namespace ferry::tests;
namespace fs = std::filesystem;

namespace {

struct Bundle {
  std::uint64_t base = 0;
  std::uint64_t target = 0;
  std::vector<fs::path> volumes;
};

}  // namespace

TEST_CASE("bundles in any order, with repeats and gaps, give the in-order state or change nothing",
          "[property][order]") {
  for (const std::uint64_t seed : seeds({21, 22})) {
    INFO("FERRY_SEED=" << seed);
    const Scratch scratch;
    const FixedClock clock;
    World world(seed, {});
    Random random(hash_of(seed, 2));
    const format::Point exporter = make_exporter(scratch / "hq", scratch / "source", clock);
    std::vector<Bundle> bundles;
    std::map<std::uint64_t, Digest> states;
    grow(world, exporter, scratch / "source", clock, 7, [&](std::uint64_t generation) {
      states[generation] = state(exporter, false).state;
      std::vector<std::uint64_t> bases{generation - 1, random.below(static_cast<std::uint32_t>(generation))};
      if (random.percent(30)) bases.push_back(0);
      std::sort(bases.begin(), bases.end());
      bases.erase(std::unique(bases.begin(), bases.end()), bases.end());
      for (const std::uint64_t base : bases)
        bundles.push_back({base, generation,
                           export_bundle(exporter, scratch / fmt::format("b{}-{}", base, generation), clock, base)});
    });
    for (int round = 0; round < 3; ++round) {
      const format::Point site = make_site(scratch / fmt::format("plant{}", round), exporter, clock);
      std::uint64_t at = 0;
      std::string before = logical_dump(site);
      const std::size_t tries = bundles.size() * 3 / 2;
      for (std::size_t i = 0; i < tries; ++i) {
        const Bundle& bundle = random.pick_from(bundles);
        INFO("round " << round << ": bundle " << bundle.base << " -> " << bundle.target << ", site at " << at);
        const bool is_newer = bundle.target > at;
        const bool is_expected = is_newer && bundle.base <= at;
        const ExitCode code = try_import(site, bundle.volumes, clock);
        std::string after = logical_dump(site);
        if (is_expected) {
          REQUIRE(code == ExitCode::done);
          at = bundle.target;
          REQUIRE(state(site, true) == format::GenerationState{at, states.at(at)});
        } else {
          REQUIRE(code == (is_newer ? ExitCode::base_missing : ExitCode::already_applied));
          const bool is_unchanged = after == before;
          REQUIRE(is_unchanged);
        }
        before = std::move(after);
      }
      for (const Bundle& bundle : bundles) {
        const ExitCode code = try_import(site, bundle.volumes, clock);
        const bool is_known =
            code == ExitCode::done || code == ExitCode::already_applied || code == ExitCode::base_missing;
        CHECK(is_known);
      }
      REQUIRE(state(site, true) == state(exporter, false));
      REQUIRE(recomputed(site, true) == states.rbegin()->second);
    }
  }
}

TEST_CASE("a delta equals the full bundle at every generation that it accepts", "[property][order]") {
  for (const std::uint64_t seed : seeds({31, 32, 33})) {
    INFO("FERRY_SEED=" << seed);
    const Scratch scratch;
    const FixedClock clock;
    World world(seed, {});
    const format::Point exporter = make_exporter(scratch / "hq", scratch / "source", clock);
    const format::Point ladder = make_site(scratch / "ladder", exporter, clock);
    constexpr std::uint64_t newest = 6;
    // A site that stands at each generation, kept as a copy of its directory.
    const auto at = [&scratch](std::uint64_t generation) { return scratch / fmt::format("at{}", generation); };
    grow(world, exporter, scratch / "source", clock, newest, [&](std::uint64_t generation) {
      if (generation == newest) return;
      const auto volumes = export_bundle(exporter, scratch / fmt::format("step{}", generation), clock, generation - 1);
      import_volumes(ladder, volumes, clock);
      fs::copy(ladder.directory(), at(generation), fs::copy_options::recursive);
    });
    const format::Point fresh = make_site(scratch / "fresh", exporter, clock);
    const auto full = export_bundle(exporter, scratch / "full", clock, 0);
    import_volumes(fresh, full, clock);
    const auto expected = members(fresh, true);
    REQUIRE(state(fresh, true) == state(exporter, false));
    for (std::uint64_t base = 1; base < newest; ++base) {
      const auto volumes = export_bundle(exporter, scratch / fmt::format("delta{}", base), clock, base);
      const auto manifest = format::parse_manifest(format::VolumeReader(volumes.front()).front().manifest.bytes);
      REQUIRE(manifest.bases.size() == newest - base);
      for (const format::GenerationState& accepted : manifest.bases) {
        INFO("delta from " << base << ", site at " << accepted.generation);
        const fs::path copy = scratch / fmt::format("site{}-{}", base, accepted.generation);
        fs::copy(at(accepted.generation), copy, fs::copy_options::recursive);
        const format::Point site(copy);
        REQUIRE(state(site, true) == accepted);
        import_volumes(site, volumes, clock);
        REQUIRE(state(site, true) == state(fresh, true));
        REQUIRE(recomputed(site, true) == state(fresh, true).state);
        const bool is_same_content = members(site, true) == expected;
        REQUIRE(is_same_content);
      }
      for (std::uint64_t too_old = 1; too_old < base; ++too_old) {
        INFO("delta from " << base << ", site at " << too_old);
        CHECK(try_import(format::Point(at(too_old)), volumes, clock) == ExitCode::base_missing);
      }
    }
  }
}
