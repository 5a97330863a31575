// SPDX-License-Identifier: Apache-2.0
// What the property tests share: seeds, and a random world of update documents that changes month by month.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/generator/random.h"
#include "tests/support/test_support.h"

namespace ferry::tests {

// The seeds given, or the one of FERRY_SEED. Say it in INFO, so that a failure can be repeated.
[[nodiscard]] std::vector<std::uint64_t> seeds(std::initializer_list<std::uint64_t> fixed);

struct Clause {
  std::vector<unsigned> any_of;
  bool is_category = false;
};

// One revision of the world, as facts and as bytes.
struct WorldRevision {
  unsigned number = 0;
  unsigned revision = 1;
  format::UpdateType type = format::UpdateType::software;
  format::CategoryType category_type = format::CategoryType::none;
  bool expired = false;
  bool is_package = false;  // an SDP; the point gives it its revision
  std::string title;
  std::vector<Clause> prerequisites;
  std::vector<std::vector<std::pair<unsigned, unsigned>>> bundled;
  unsigned variant = 0;  // another variant is another document of the same identity
  unsigned stored = 0;   // counts up over the life of the world

  [[nodiscard]] std::string bytes() const;
};

using Identity = std::pair<unsigned, unsigned>;  // number, revision

struct WorldOptions {
  unsigned updates = 12;     // software and drivers to begin with
  bool has_packages = true;  // some updates are SDPs
  bool has_dangling = true;  // some references name updates that never were
};

// A company, a family, four products, three classifications, two detectoids, and software that refers to
// them and to each other. Everything follows from the seed.
class World {
 public:
  World(std::uint64_t seed, WorldOptions options);

  // New updates, new revisions, expirations, removals, returns, other bytes under the same identity.
  void next_month();
  // Makes `folder` hold exactly this world. File names are no part of it and change from time to time.
  void write_to(const std::filesystem::path& folder);

  [[nodiscard]] const std::map<Identity, WorldRevision>& offered() const { return offered_; }
  // Every identity that was ever offered, with its newest document.
  [[nodiscard]] const std::map<Identity, WorldRevision>& known() const { return known_; }
  [[nodiscard]] Random& random() { return random_; }

  static constexpr unsigned company = 1;
  static constexpr unsigned family = 2;
  static constexpr unsigned first_product = 3;
  static constexpr unsigned first_classification = 7;
  static constexpr unsigned first_detectoid = 10;
  static constexpr unsigned first_update = 12;
  static constexpr unsigned first_missing = 900;  // never offered

 private:
  void offer(WorldRevision revision);
  void add_category(unsigned number, format::CategoryType type, unsigned parent);
  void add_update();
  void change(unsigned number);
  void relate(WorldRevision& revision);
  [[nodiscard]] unsigned newest(unsigned number) const;  // offered revision; 0 for none

  Random random_;
  WorldOptions options_;
  std::map<Identity, WorldRevision> offered_;
  std::map<Identity, WorldRevision> known_;
  unsigned next_ = first_update;
  unsigned stored_ = 0;
  unsigned layout_ = 0;
};

// What a feed carries at a point: identity and bytes of every member of feed "all".
[[nodiscard]] std::map<format::RevisionId, std::string> members(const format::Point& point, bool imported);
// The state digest made anew from the members.
[[nodiscard]] Digest recomputed(const format::Point& point, bool imported);
// Imports; exit code 0 or that of the refusal.
[[nodiscard]] ExitCode try_import(const format::Point& site, const std::vector<std::filesystem::path>& volumes,
                                  const Clock& clock);

// Moves the world on until the feed has so many generations. Calls `made` after each with its number.
template <typename Made>
void grow(World& world, const format::Point& exporter, const std::filesystem::path& source, const Clock& clock,
          std::uint64_t generations, const Made& made) {
  for (std::uint64_t last = 0; last < generations;) {
    world.write_to(source);
    sync(exporter, clock);
    const std::uint64_t now = state(exporter, false).generation;
    if (now > last) made(now);
    last = now;
    world.next_month();
  }
}

}  // namespace ferry::tests
