// SPDX-License-Identifier: Apache-2.0
//
// Which updates exist in a month, in which revision, and how they refer to each other. The plan
// plays the months from 0 and keeps a few bytes per group of updates, never a document.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <unordered_map>
#include <vector>

#include "tests/generator/catalog_generator.h"
#include "tests/generator/random.h"
#include "tests/generator/text_buffer.h"

namespace ferry::tests {

enum class GroupKind : std::uint8_t {
  classification,
  company,
  family,
  product,
  subcategory,
  detectoid,
  driver,
  bundle
};
inline constexpr std::size_t group_kinds = 8;

// Updates that come and go together. A bundle group has its visible bundle as member 0, then
// `hidden` bundles, then the leaves; all other groups have one member.
struct Group {
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  GroupKind kind = GroupKind::detectoid;
  bool withdrawn = false;
  std::uint16_t birth = 0;   // month
  std::uint32_t number = 0;  // among the groups of its kind
  std::uint32_t members = 1;
  std::uint32_t hidden = 0;       // 0, or the leaves are bundled by hidden bundles
  std::uint32_t parent = none;    // group: company, family, product or detectoid, by kind
  std::uint32_t previous = none;  // group: the bundle that this one supersedes
  std::uint32_t generation = 0;   // bundles of the same product made before
  std::uint64_t first = 0;        // number of member 0 among all updates

  std::uint32_t leaves() const { return members - 1 - hidden; }
  bool is_leaf(std::uint32_t member) const { return member > hidden; }
  // The members that a bundle (member 0 .. hidden) bundles: [begin, end).
  std::uint32_t children_begin(std::uint32_t bundle) const;
  std::uint32_t children_end(std::uint32_t bundle) const;
};

// How far one update has come.
struct UpdateState {
  std::uint32_t changes = 0;  // revisions since the first
  std::uint16_t month = 0;    // of the newest revision
  bool expired = false;

  // Revisions that changed the content: the one that expires an update changes nothing else.
  std::uint32_t content_changes() const { return expired && changes > 0 ? changes - 1 : changes; }
};

class CatalogPlan {
 public:
  // REQUIRES: options and month are in range.
  CatalogPlan(const CatalogOptions& options, std::uint32_t month);

  const CatalogOptions& options() const { return options_; }
  // All groups ever made, withdrawn ones too, in the order of their making.
  const std::vector<Group>& groups() const { return groups_; }
  const Group& group(std::uint32_t index) const { return groups_[index]; }
  // The indexes of the groups of a kind, by number.
  const std::vector<std::uint32_t>& of_kind(GroupKind kind) const;
  // How many groups of the kind month 0 had: the same in every month, unlike of_kind().size().
  std::uint32_t founding_count(GroupKind kind) const;

  UpdateState state(const Group& group, std::uint32_t member) const;
  Guid id(const Group& group, std::uint32_t member) const;
  std::uint32_t revision(const Group& group, std::uint32_t member) const;
  // The key of all decisions about a group that do not change with its revisions.
  std::uint64_t key(const Group& group, std::uint64_t purpose) const;
  std::uint64_t member_key(const Group& group, std::uint32_t member, std::uint64_t purpose) const;

 private:
  std::uint32_t add_group(GroupKind kind, std::uint16_t month, std::uint32_t members);
  void lay_foundation();
  void add_driver(std::uint16_t month, Random& random);
  void add_bundle(std::uint16_t month, Random& random, std::uint64_t room);
  void fill_with_bundles(std::uint16_t month, Random& random, std::uint64_t documents);
  void advance(std::uint16_t month);
  void add_new_updates(std::uint16_t month, Random& random);
  std::uint64_t revise_something(std::uint16_t month, Random& random);
  std::uint64_t expire_something(std::uint16_t month, Random& random);
  std::uint64_t withdraw_something(std::uint16_t month, Random& random, std::uint64_t room);

  bool due(std::uint64_t done, std::uint16_t month, std::uint64_t share) const;
  std::optional<std::uint32_t> pick_group(GroupKind kind, std::uint16_t month, Random& random) const;
  std::uint64_t change(const Group& group, std::uint32_t member, std::uint16_t month, bool expire);
  std::uint64_t change_leaf(std::uint16_t month, Random& random, bool expire);

  CatalogOptions options_;
  std::vector<Group> groups_;
  std::array<std::vector<std::uint32_t>, group_kinds> by_kind_;
  std::array<std::uint32_t, group_kinds> founding_counts_{};
  std::vector<std::uint32_t> newest_bundle_;                // by product number
  std::unordered_map<std::uint64_t, UpdateState> changed_;  // by number of the update
  std::uint64_t updates_ = 0;
  std::uint32_t fresh_product_ = Group::none;  // added this month, still without updates
  std::uint64_t added_ = 0;                    // documents since month 0, and so on
  std::uint64_t added_drivers_ = 0;
  std::uint64_t added_products_ = 0;
  std::uint64_t revised_ = 0;
  std::uint64_t expired_ = 0;
  std::uint64_t withdrawn_ = 0;
};

}  // namespace ferry::tests
