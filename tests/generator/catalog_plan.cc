// SPDX-License-Identifier: Apache-2.0
#include "tests/generator/catalog_plan.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ferry::tests {

namespace {

// Purposes of keys: constants that keep the decisions independent of each other.
constexpr std::uint64_t identity_key = 0x1d;
constexpr std::uint64_t expired_key = 0xdead;
constexpr std::uint64_t number_key = 0x4e0;
constexpr std::uint64_t month_key = 0x307;

// What a month changes, in percent of its changed documents.
constexpr std::uint64_t new_share = 90;
constexpr std::uint64_t revised_share = 5;
constexpr std::uint64_t expired_share = 3;
constexpr std::uint64_t withdrawn_share = 2;

constexpr std::uint32_t leaves_per_hidden_bundle = 7;
// One new document in so many is a driver or a product.
constexpr std::uint64_t documents_per_driver = 25;
constexpr std::uint64_t documents_per_product = 500;

constexpr const char* classification_ids[] = {
    "0fa1201d-4330-4fa8-8ae9-b877473b6441", "e6cf1350-c01b-414d-a61f-263d14d133b4",
    "e0789628-ce08-4437-be74-2495b842f43b", "cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83",
    "28bc880e-0592-4cbf-8f95-c79b17911d5f", "68c5b0a3-d1a6-4553-ae49-01d3a7827828",
    "b54e7d24-7add-428f-8b75-90a396fa584f", "b4832bd8-e735-4761-8daf-37f882276dab",
    "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0", "5c9376ab-8ce6-464a-b136-22113dd69801",
    "3689bdc8-b205-4af4-8d4a-a63924c5e9d5"};
constexpr const char* company_ids[] = {"56309036-4c77-4dd9-951a-99ee9c246a94"};
constexpr const char* family_ids[] = {"6964aab4-c5b5-43bd-a17d-ffb4346a8e1d"};
constexpr const char* product_ids[] = {"72e7624a-5b00-45d2-b92f-e561c0a6a160", "a3c2375d-0c8a-42f9-bce0-28333e198407",
                                       "b3c75dc1-155f-4be4-b015-3f1a91758e52", "8c3fcc84-7410-4a95-8b89-a166a0190486",
                                       "71718f13-7324-4b0f-8f9e-2ca9dc978e53", "b256987d-4693-4c87-955d-dbb9341205eb",
                                       "f702a48c-919b-45d6-9aef-ca4248d50397", "569e8e8f-c6cd-42c8-92a3-efbb20a0f6f5",
                                       "d2085b71-5f1f-43a9-880d-ed159016d5c6", "5cc25303-143f-40f3-a2ff-803a1db69955"};

// The published identity of the group, if it is one that everybody knows.
template <std::size_t count>
const char* well_known(const char* const (&ids)[count], std::uint32_t number) {
  return number < count ? ids[number] : nullptr;
}

const char* well_known_id(const Group& group) {
  switch (group.kind) {
    case GroupKind::classification:
      return well_known(classification_ids, group.number);
    case GroupKind::company:
      return well_known(company_ids, group.number);
    case GroupKind::family:
      return well_known(family_ids, group.number);
    case GroupKind::product:
      return well_known(product_ids, group.number);
    default:
      return nullptr;
  }
}

}  // namespace

std::uint32_t Group::children_begin(std::uint32_t bundle) const {
  if (bundle == 0) return 1;
  return 1 + hidden + (bundle - 1) * leaves_per_hidden_bundle;
}

std::uint32_t Group::children_end(std::uint32_t bundle) const {
  if (bundle == 0) return hidden > 0 ? 1 + hidden : members;
  return std::min(children_begin(bundle) + leaves_per_hidden_bundle, members);
}

CatalogPlan::CatalogPlan(const CatalogOptions& options, std::uint32_t month) : options_(options) {
  lay_foundation();
  for (std::uint32_t next = 1; next <= month; ++next) advance(static_cast<std::uint16_t>(next));
}

const std::vector<std::uint32_t>& CatalogPlan::of_kind(GroupKind kind) const {
  return by_kind_[static_cast<std::size_t>(kind)];
}

std::uint32_t CatalogPlan::founding_count(GroupKind kind) const {
  return founding_counts_[static_cast<std::size_t>(kind)];
}

UpdateState CatalogPlan::state(const Group& group, std::uint32_t member) const {
  const auto found = changed_.find(group.first + member);
  if (found != changed_.end()) return found->second;

  UpdateState state{0, group.birth, false};
  if (group.birth > 0) return state;
  const std::uint64_t draw = member_key(group, member, expired_key);
  if (group.kind == GroupKind::driver) state.expired = draw % 12 == 0;
  if (group.kind == GroupKind::bundle) {
    const bool whole_group = group.number % 8 == 5;
    state.expired = whole_group || (group.is_leaf(member) && draw % 25 == 0);
  }
  return state;
}

Guid CatalogPlan::id(const Group& group, std::uint32_t member) const {
  if (const char* known = well_known_id(group)) return Guid::from_text(known);
  return Guid::from_key(member_key(group, member, identity_key));
}

// Publishers count in steps of 1 within a hundred and begin a new hundred now and then.
std::uint32_t CatalogPlan::revision(const Group& group, std::uint32_t member) const {
  static constexpr std::uint32_t starts[] = {1, 100, 100, 100, 101, 200, 200, 200, 201, 202};
  const std::uint64_t own = member_key(group, member, number_key);
  std::uint32_t revision = starts[own % 10];
  const std::uint32_t changes = state(group, member).changes;
  for (std::uint32_t change = 1; change <= changes; ++change) {
    const bool new_hundred = hash_of(own, change) % 5 == 0;
    revision = new_hundred ? (revision / 100 + 1) * 100 : revision + 1;
  }
  return revision;
}

std::uint64_t CatalogPlan::key(const Group& group, std::uint64_t purpose) const {
  return hash_of(options_.seed, purpose, group.first);
}

std::uint64_t CatalogPlan::member_key(const Group& group, std::uint32_t member, std::uint64_t purpose) const {
  return hash_of(options_.seed, purpose, group.first + member);
}

std::uint32_t CatalogPlan::add_group(GroupKind kind, std::uint16_t month, std::uint32_t members) {
  const auto index = static_cast<std::uint32_t>(groups_.size());
  std::vector<std::uint32_t>& same_kind = by_kind_[static_cast<std::size_t>(kind)];
  Group group;
  group.kind = kind;
  group.birth = month;
  group.number = static_cast<std::uint32_t>(same_kind.size());
  group.members = members;
  group.first = updates_;
  groups_.push_back(group);
  same_kind.push_back(index);
  updates_ += members;
  if (kind == GroupKind::product) newest_bundle_.push_back(Group::none);
  return index;
}

void CatalogPlan::lay_foundation() {
  Random random(hash_of(options_.seed, month_key, 0));
  const auto four_percent = static_cast<std::uint32_t>(options_.revisions * 4 / 100);
  const std::uint32_t tree = std::max(four_percent, 30U);

  const auto add_under = [&](GroupKind kind, std::uint32_t count, GroupKind parent_kind) {
    for (std::uint32_t made = 0; made < count; ++made) {
      const std::uint32_t index = add_group(kind, 0, 1);
      const std::vector<std::uint32_t>& parents = of_kind(parent_kind);
      // The well-known family and products belong to the first company and family.
      const bool known = well_known_id(groups_[index]) != nullptr;
      groups_[index].parent = known ? parents.front() : random.pick_from(parents);
    }
  };
  for (std::size_t made = 0; made < std::size(classification_ids); ++made) {
    add_group(GroupKind::classification, 0, 1);
  }
  for (std::uint32_t made = 0; made < 2 + tree / 1000; ++made) add_group(GroupKind::company, 0, 1);
  add_under(GroupKind::family, 3 + tree / 150, GroupKind::company);
  add_under(GroupKind::product, 6 + tree / 20, GroupKind::family);
  add_under(GroupKind::subcategory, tree / 16, GroupKind::product);
  while (updates_ < tree) {
    const std::uint32_t index = add_group(GroupKind::detectoid, 0, 1);
    const std::uint32_t number = groups_[index].number;
    if (number > 0) groups_[index].parent = of_kind(GroupKind::detectoid)[random.below(number)];
  }

  for (std::uint32_t made = 0; made < four_percent; ++made) add_driver(0, random);
  fill_with_bundles(0, random, options_.revisions - updates_);
  for (std::size_t kind = 0; kind < group_kinds; ++kind) {
    founding_counts_[kind] = static_cast<std::uint32_t>(by_kind_[kind].size());
  }
}

void CatalogPlan::add_driver(std::uint16_t month, Random& random) {
  const std::uint32_t index = add_group(GroupKind::driver, month, 1);
  groups_[index].parent = random.pick_from(of_kind(GroupKind::product));
}

// Adds a bundle with its leaves, at most `room` documents. REQUIRES: room > 1.
void CatalogPlan::add_bundle(std::uint16_t month, Random& random, std::uint64_t room) {
  const auto number = static_cast<std::uint32_t>(of_kind(GroupKind::bundle).size());
  // Two of five small, two middling, one large: 48 on average.
  static constexpr std::uint32_t sizes[][2] = {{3, 16}, {25, 90}, {3, 16}, {80, 132}, {25, 90}};
  std::uint32_t members = random.between(sizes[number % 5][0], sizes[number % 5][1]);
  const bool nested = number % 8 == 3;
  if (nested) members = std::max(members, 20U);
  members = static_cast<std::uint32_t>(std::min<std::uint64_t>(members, room));

  const std::uint32_t index = add_group(GroupKind::bundle, month, members);
  Group& group = groups_[index];
  const std::uint32_t per_hidden = leaves_per_hidden_bundle + 1;
  if (nested && members > per_hidden) group.hidden = (members - 1 + per_hidden - 1) / per_hidden;

  // A few products get most of the updates, so that their chains of supersedence are long.
  const std::vector<std::uint32_t>& products = of_kind(GroupKind::product);
  const auto product = static_cast<std::uint32_t>(random.low_heavy(0, products.size() - 1));
  group.parent = products[product];
  if (fresh_product_ != Group::none) group.parent = std::exchange(fresh_product_, Group::none);
  std::uint32_t& newest = newest_bundle_[groups_[group.parent].number];
  if (newest != Group::none) {
    group.generation = groups_[newest].generation + 1;
    if (random.percent(75)) group.previous = newest;
  }
  newest = index;
}

void CatalogPlan::fill_with_bundles(std::uint16_t month, Random& random, std::uint64_t documents) {
  const std::uint64_t end = updates_ + documents;
  while (updates_ + 1 < end) add_bundle(month, random, end - updates_);
  if (updates_ < end) add_driver(month, random);  // a bundle needs a leaf
}

void CatalogPlan::advance(std::uint16_t month) {
  Random random(hash_of(options_.seed, month_key, month));
  add_new_updates(month, random);
  // A class that went beyond its share in one month makes fewer changes in the next ones. Where
  // nothing is left to change (tiny catalogs), it goes without.
  while (due(revised_, month, revised_share)) {
    const std::uint64_t changed = revise_something(month, random);
    if (changed == 0) break;
    revised_ += changed;
  }
  while (due(expired_, month, expired_share)) {
    const std::uint64_t changed = expire_something(month, random);
    if (changed == 0) break;
    expired_ += changed;
  }
  while (due(withdrawn_, month, withdrawn_share)) {
    const std::uint64_t total = options_.revisions * options_.delta_millionths * month * withdrawn_share / 100'000'000;
    const std::uint64_t room = total > withdrawn_ ? total - withdrawn_ : 0;
    const std::uint64_t changed = withdraw_something(month, random, room);
    if (changed == 0) break;
    withdrawn_ += changed;
  }
}

// Whether `done` documents are fewer than the months until now ask for. Integers, not floating
// point: 10^7 revisions, 100 %, 1200 months and share 90 stay below 2^64.
bool CatalogPlan::due(std::uint64_t done, std::uint16_t month, std::uint64_t share) const {
  return done * 100'000'000 < options_.revisions * options_.delta_millionths * month * share;
}

void CatalogPlan::add_new_updates(std::uint16_t month, Random& random) {
  const std::uint64_t target = options_.revisions * options_.delta_millionths * month * new_share / 100'000'000;
  while (added_ < target) {
    const std::uint64_t before = updates_;
    if (added_products_ * documents_per_product <= added_) {
      fresh_product_ = add_group(GroupKind::product, month, 1);
      groups_[fresh_product_].parent = random.pick_from(of_kind(GroupKind::family));
      ++added_products_;
    } else if (added_drivers_ * documents_per_driver < added_ || target - added_ == 1) {
      add_driver(month, random);
      ++added_drivers_;
    } else {
      add_bundle(month, random, target - added_);
    }
    added_ += updates_ - before;
  }
}

// A group of the kind that is neither withdrawn nor expired, and did not change in this month yet:
// each change shall be visible. (A change of a leaf changes member 0, too.)
std::optional<std::uint32_t> CatalogPlan::pick_group(GroupKind kind, std::uint16_t month, Random& random) const {
  const std::vector<std::uint32_t>& candidates = of_kind(kind);
  for (int attempt = 0; attempt < 64 && !candidates.empty(); ++attempt) {
    const std::uint32_t index = random.pick_from(candidates);
    const Group& group = groups_[index];
    const UpdateState visible = state(group, 0);
    if (visible.month < month && !group.withdrawn && !visible.expired) return index;
  }
  return std::nullopt;
}

std::uint64_t CatalogPlan::change(const Group& group, std::uint32_t member, std::uint16_t month, bool expire) {
  UpdateState next = state(group, member);
  ++next.changes;
  next.month = month;
  next.expired = expire;
  changed_[group.first + member] = next;
  return 1;
}

// A leaf gets a new revision, and so do the bundles that hold it: they name it exactly.
std::uint64_t CatalogPlan::change_leaf(std::uint16_t month, Random& random, bool expire) {
  const auto index = pick_group(GroupKind::bundle, month, random);
  if (!index) return 0;
  const Group& group = groups_[*index];
  std::uint32_t leaf = 1 + group.hidden + random.below(group.leaves());
  for (int attempt = 0; attempt < 16 && state(group, leaf).expired; ++attempt) {
    leaf = 1 + group.hidden + random.below(group.leaves());
  }
  if (state(group, leaf).expired) return change(group, 0, month, false);

  std::uint64_t changed = change(group, leaf, month, expire);
  if (group.hidden > 0) {
    const std::uint32_t holder = 1 + (leaf - 1 - group.hidden) / leaves_per_hidden_bundle;
    changed += change(group, holder, month, false);
  }
  return changed + change(group, 0, month, false);
}

std::uint64_t CatalogPlan::revise_something(std::uint16_t month, Random& random) {
  const std::uint32_t draw = random.below(100);
  if (draw < 50) return change_leaf(month, random, false);
  GroupKind kind = GroupKind::bundle;
  if (draw >= 65) kind = GroupKind::driver;
  if (draw >= 85) kind = draw < 92 ? GroupKind::product : GroupKind::detectoid;
  const auto index = pick_group(kind, month, random);
  return index ? change(groups_[*index], 0, month, false) : 0;
}

std::uint64_t CatalogPlan::expire_something(std::uint16_t month, Random& random) {
  const std::uint32_t draw = random.below(100);
  if (draw < 30) return change_leaf(month, random, true);
  const GroupKind kind = draw < 75 ? GroupKind::bundle : GroupKind::driver;
  const auto index = pick_group(kind, month, random);
  return index ? change(groups_[*index], 0, month, true) : 0;
}

// Withdraws a whole group: of a few candidates the largest that fits `room`, else the smallest.
std::uint64_t CatalogPlan::withdraw_something(std::uint16_t month, Random& random, std::uint64_t room) {
  const GroupKind kind = random.percent(25) ? GroupKind::driver : GroupKind::bundle;
  std::uint32_t best = Group::none;
  for (int candidate = 0; candidate < 16; ++candidate) {
    const auto index = pick_group(kind, month, random);
    if (!index) continue;
    if (best == Group::none) {
      best = *index;
      continue;
    }
    const std::uint32_t members = groups_[*index].members;
    const std::uint32_t best_members = groups_[best].members;
    const bool fits = members <= room;
    const bool best_fits = best_members <= room;
    if (fits != best_fits ? fits : (fits ? members > best_members : members < best_members)) {
      best = *index;
    }
  }
  if (best == Group::none) return 0;
  groups_[best].withdrawn = true;
  return groups_[best].members;
}

}  // namespace ferry::tests
