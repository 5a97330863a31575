// SPDX-License-Identifier: Apache-2.0
// sync → export → import, month after month: both sides hold the same.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "common/error.h"
#include "tests/generator/catalog_generator.h"
#include "tests/property/property_support.h"

using namespace ferry;
using namespace ferry::tests;
namespace fs = std::filesystem;

namespace {

void require_same(const format::Point& exporter, const format::Point& site) {
  const format::GenerationState made = state(exporter, false);
  const format::GenerationState followed = state(site, true);
  REQUIRE(followed == made);
  REQUIRE(recomputed(exporter, false) == made.state);
  REQUIRE(recomputed(site, true) == made.state);
  // Compared as one value: Catch would print every document.
  const bool is_same_content = members(exporter, false) == members(site, true);
  REQUIRE(is_same_content);
}

void require_sound(const format::Point& point) {
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  CHECK(catalog.check() == std::vector<std::string>{});
}

}  // namespace

TEST_CASE("after every month's import a site holds what the feed carries, byte for byte", "[property][roundtrip]") {
  for (const std::uint64_t seed : seeds({1, 2, 3, 4})) {
    INFO("FERRY_SEED=" << seed);
    const Scratch scratch;
    const FixedClock clock;
    World world(seed, {});
    const format::Point exporter = make_exporter(scratch / "hq", scratch / "source", clock);
    const format::Point site = make_site(scratch / "plant", exporter, clock);
    const unsigned months = 6 + static_cast<unsigned>(seed % 5);
    for (unsigned month = 0; month < months; ++month) {
      INFO("month " << month);
      world.write_to(scratch / "source");
      sync(exporter, clock);
      const std::uint64_t from = state(site, true).generation;
      const std::uint64_t to = state(exporter, false).generation;
      REQUIRE(to - from <= 1);
      if (to > from) {
        // Any accepted base will do: an earlier one, or none at all.
        const std::uint64_t base =
            world.random().percent(20) ? 0 : world.random().below(static_cast<std::uint32_t>(from + 1));
        INFO("base " << base << ", site at " << from);
        const auto volumes = export_bundle(exporter, scratch / fmt::format("out{}", month), clock, base);
        REQUIRE(import_volumes(site, volumes, clock) == state(exporter, false).state);
      }
      require_same(exporter, site);
      const auto held = members(site, true);
      for (const auto& [identity, revision] : world.offered()) {
        if (revision.is_package) continue;
        const auto found = held.find({id(identity.first), identity.second});
        REQUIRE(found != held.end());
        REQUIRE(found->second == revision.bytes());
      }
      world.next_month();
    }
    require_sound(exporter);
    require_sound(site);
  }
}

TEST_CASE("a generated catalog arrives whole, month after month", "[property][roundtrip]") {
  for (const std::uint64_t seed : seeds({11})) {
    INFO("FERRY_SEED=" << seed);
    const Scratch scratch;
    const FixedClock clock;
    CatalogOptions options;
    options.seed = seed;
    options.revisions = 500;
    options.max_document = CatalogOptions::min_max_document;
    const CatalogGenerator generator(options);
    const format::Point exporter = make_exporter(scratch / "hq", scratch / "source", clock);
    const format::Point site = make_site(scratch / "plant", exporter, clock);
    for (std::uint32_t month = 0; month < 3; ++month) {
      INFO("month " << month);
      fs::remove_all(scratch / "source");
      std::size_t documents = 0;
      generator.visit(month, [&](const DocumentName& name, std::string_view bytes) {
        write(scratch / "source" / name.path, bytes);
        ++documents;
      });
      sync(exporter, clock);
      const std::uint64_t base = state(site, true).generation;
      const auto volumes = export_bundle(exporter, scratch / fmt::format("out{}", month), clock, base);
      import_volumes(site, volumes, clock);
      require_same(exporter, site);
      CHECK(members(site, true).size() >= documents);
    }
    require_sound(site);
  }
}
