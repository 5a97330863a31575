// SPDX-License-Identifier: Apache-2.0
#include "format/state.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>

#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

StateEntry entry(unsigned number, std::uint32_t revision = 1, std::string_view document = "document") {
  return {{id(number), revision}, sha256(document)};
}

std::vector<StateEntry> entries(unsigned count) {
  std::vector<StateEntry> list;
  for (unsigned i = 1; i <= count; ++i) list.push_back(entry(i));
  return list;
}

// The way the catalog computes it: bucket by bucket, group by group.
Digest incremental(const std::vector<StateEntry>& list) {
  std::map<std::uint16_t, std::vector<StateEntry>> buckets;
  for (const StateEntry& one : list) buckets[state_bucket(one.id.update)].push_back(one);
  std::array<Digest, state_groups> groups{};
  for (std::size_t group = 0; group < state_groups; ++group) {
    std::array<Digest, 256> digests{};
    for (std::size_t low = 0; low < 256; ++low) {
      const auto found = buckets.find(static_cast<std::uint16_t>(group * 256 + low));
      if (found == buckets.end()) continue;
      std::sort(found->second.begin(), found->second.end());
      digests[low] = bucket_digest(found->second);
    }
    groups[group] = group_digest(digests);
  }
  return root_digest(groups);
}

}  // namespace

TEST_CASE("the state digest is what it was when the first bundle was written", "[state]") {
  // Computed by a separate program in Python from the description alone. A change here cuts every site off.
  CHECK(empty_state().hex() == "9d0264d55e9362eec1b561202c5316d92931980fa2fe8a6c4ef6ede600c876fc");
  CHECK(state_digest({entry(1)}).hex() == "77bdca701ac0da3623331edff7dd03d9929e134190d2be7a0f44118b56f7e50f");
  CHECK(state_digest({entry(1), entry(1, 2, "second"), entry(7, 3, "third")}).hex() ==
        "1116483166ab70e270ee298b787ba5c5b6e1bbcefd5b4f9321d203c7aca13465");
  CHECK(state_bucket(id(1)) == 26149);
}

TEST_CASE("the order in which members are counted does not matter", "[state]") {
  std::vector<StateEntry> list = entries(500);
  const Digest digest = state_digest(list);
  std::mt19937 random(1);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(list.begin(), list.end(), random);
    CHECK(state_digest(list) == digest);
  }
}

TEST_CASE("the digest put together from its parts equals the whole computation", "[state]") {
  for (const unsigned count : {0U, 1U, 2U, 300U, 3000U})
    CHECK(incremental(entries(count)) == state_digest(entries(count)));
}

TEST_CASE("every difference of two sets shows in their digests", "[state]") {
  const Digest digest = state_digest(entries(100));
  std::vector<StateEntry> other = entries(100);
  other.pop_back();
  CHECK(state_digest(other) != digest);
  CHECK(state_digest(entries(101)) != digest);
  other = entries(100);
  other[50].id.number = 2;
  CHECK(state_digest(other) != digest);
  other = entries(100);
  other[50].document = sha256("another document");
  CHECK(state_digest(other) != digest);
  other = entries(100);
  other[4].document = sha256("x");
  CHECK(state_digest(other) != digest);
}

TEST_CASE("an empty set has a digest of its own and empty parts have none", "[state]") {
  CHECK(state_digest({}) == empty_state());
  CHECK(empty_state() != Digest{});
  CHECK(bucket_digest({}) == Digest{});
  CHECK(group_digest({}) == Digest{});
  CHECK(root_digest({}) == empty_state());
}

TEST_CASE("a revision number is counted with all its 32 bits", "[state]") {
  const std::vector<std::uint32_t> numbers{1, 256, 65536, 16777216, 0x7FFFFFFF};
  std::vector<Digest> digests;
  for (const std::uint32_t number : numbers) digests.push_back(state_digest({entry(1, number)}));
  std::sort(digests.begin(), digests.end());
  CHECK(std::adjacent_find(digests.begin(), digests.end()) == digests.end());
}

TEST_CASE("all revisions of an update share a bucket and updates spread over them", "[state]") {
  std::vector<bool> used(state_buckets, false);
  for (unsigned i = 1; i <= 1000; ++i) used[state_bucket(id(i))] = true;
  // 1000 ids in 65,536 buckets collide about seven times.
  CHECK(std::count(used.begin(), used.end(), true) > 950);
}
