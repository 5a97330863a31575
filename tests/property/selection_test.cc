// SPDX-License-Identifier: Apache-2.0
// Feeds with random criteria against a selection that a reader can check by eye.
#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "format/catalog/documents.h"
#include "format/catalog/selection.h"
#include "tests/property/property_support.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

using Set = std::set<Identity>;

// The chosen categories and all that stand below them. `chosen` is empty for "*".
std::set<unsigned> with_children(const World& world, std::set<unsigned> chosen) {
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& [identity, revision] : world.offered()) {
      if (revision.type != format::UpdateType::category) continue;
      for (const Clause& clause : revision.prerequisites) {
        if (clause.is_category && chosen.count(clause.any_of.front()) > 0) grew |= chosen.insert(identity.first).second;
      }
    }
  }
  return chosen;
}

bool is_in_any(const WorldRevision& revision, const std::set<unsigned>& categories) {
  return std::any_of(revision.prerequisites.begin(), revision.prerequisites.end(), [&](const Clause& clause) {
    return clause.is_category && std::any_of(clause.any_of.begin(), clause.any_of.end(),
                                             [&](unsigned number) { return categories.count(number) > 0; });
  });
}

struct Criteria {
  bool all_products = true;
  bool all_classifications = true;
  std::set<unsigned> products;
  std::set<unsigned> classifications;
};

// The naive model: start with what matches, add what it needs until nothing is added.
Set expected_members(const World& world, const Criteria& criteria) {
  Set selected;
  const auto products = with_children(world, criteria.products);
  const auto classifications = with_children(world, criteria.classifications);
  for (const auto& [identity, revision] : world.offered()) {
    const bool is_update = revision.type == format::UpdateType::software || revision.type == format::UpdateType::driver;
    const bool matches = is_update && (criteria.all_products || is_in_any(revision, products)) &&
                         (criteria.all_classifications || is_in_any(revision, classifications));
    if (matches || (criteria.all_products && criteria.all_classifications)) selected.insert(identity);
  }
  for (std::size_t before = 0; before != selected.size();) {
    before = selected.size();
    for (const Identity& member : Set(selected)) {
      const WorldRevision& revision = world.known().at(member);
      for (const Clause& clause : revision.prerequisites) {
        for (const unsigned target : clause.any_of) {
          const auto newest = std::find_if(world.offered().rbegin(), world.offered().rend(),
                                           [&](const auto& entry) { return entry.first.first == target; });
          if (newest != world.offered().rend()) selected.insert(newest->first);
        }
      }
      for (const auto& group : revision.bundled) {
        for (const Identity& target : group) {
          if (world.known().count(target) > 0) selected.insert(target);
        }
      }
    }
  }
  return selected;
}

// Every clause of which no alternative is among the members, and every bundled revision that is not.
std::size_t dangling(const World& world, const Set& members) {
  std::size_t count = 0;
  for (const Identity& member : members) {
    const WorldRevision& revision = world.known().at(member);
    for (const Clause& clause : revision.prerequisites) {
      count += std::none_of(clause.any_of.begin(), clause.any_of.end(),
                            [&](unsigned target) {
                              const auto found = members.lower_bound({target, 0});
                              return found != members.end() && found->first == target;
                            })
                   ? 1U
                   : 0U;
    }
    for (const auto& group : revision.bundled)
      count += static_cast<std::size_t>(std::count_if(
          group.begin(), group.end(), [&](const Identity& target) { return members.count(target) == 0; }));
  }
  return count;
}

Criteria random_criteria(Random& random, format::FeedDefinition& feed) {
  Criteria criteria;
  criteria.all_products = random.percent(25);
  criteria.all_classifications = random.percent(25);
  const auto choose = [&random](std::set<unsigned>& chosen, std::vector<std::string>& wishes, unsigned low,
                                unsigned high) {
    for (std::uint32_t left = random.between(1, 3); left > 0; --left) {
      const unsigned number = low + random.below(high - low);
      chosen.insert(number);
      // By name, in any letter case, or by id.
      wishes.push_back(random.percent(50) ? fmt::format("cAtegory {}", number) : id(number).text());
    }
  };
  if (criteria.all_products) {
    feed.products = {"*"};
  } else {
    choose(criteria.products, feed.products, World::company, World::first_classification);
  }
  if (criteria.all_classifications) {
    feed.classifications = {"*"};
  } else {
    choose(criteria.classifications, feed.classifications, World::first_classification, World::first_detectoid);
  }
  return criteria;
}

Identity identity_of(const format::RevisionId& revision) {
  // id(n) has the number in its first four bytes.
  unsigned number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8U | revision.update.value[i];
  return {number, revision.number};
}

}  // namespace

TEST_CASE("a feed carries what its criteria and their closure say, and nothing dangles unreported",
          "[property][selection]") {
  for (const std::uint64_t seed : seeds({71, 72, 73, 74})) {
    const Scratch scratch;
    const FixedClock clock;
    WorldOptions options;
    options.updates = 30;
    options.has_packages = false;
    World world(seed, options);
    const format::Point exporter = make_exporter(scratch / "hq", scratch / "source", clock);
    for (unsigned month = 0; month < 5; ++month) {
      world.write_to(scratch / "source");
      sync(exporter, clock);
      format::Catalog catalog = exporter.open_catalog(Database::Mode::read_write);
      format::Documents documents(catalog);
      for (int round = 0; round < 25; ++round) {
        format::FeedDefinition feed;
        feed.name = "random";
        const Criteria criteria = random_criteria(world.random(), feed);
        INFO("FERRY_SEED=" << seed << ", month " << month << ", round " << round << "\n" << feed.text());
        const format::SelectionResult result = format::select_members(catalog, feed);
        Set selected;
        bool is_right_bytes = true;
        Query rows = catalog.database().query("SELECT revision FROM temp.selected");
        while (rows.next()) {
          const Identity identity = identity_of(format::identity(catalog, rows.integer(0)));
          CHECK(selected.insert(identity).second);
          is_right_bytes &= documents.load(rows.integer(0)) == world.known().at(identity).bytes();
        }
        const Set expected = expected_members(world, criteria);
        REQUIRE(selected == expected);
        CHECK(is_right_bytes);
        CHECK(result.selected + result.closure == selected.size());
        CHECK(result.unresolved.size() == dangling(world, expected));
        CHECK(result.unknown_products.empty());
        CHECK(result.unknown_classifications.empty());
      }
      world.next_month();
    }
  }
}
