// SPDX-License-Identifier: Apache-2.0
#include "format/state.h"

#include <algorithm>
#include <map>

namespace ferry::format {
namespace {

// One byte in front of each level's input keeps a leaf from passing for a node.
constexpr std::string_view leaf_mark{"\0", 1};
constexpr std::string_view node_mark{"\1", 1};
constexpr std::string_view root_mark{"\2", 1};

template <std::size_t N>
Digest node_digest(const std::array<Digest, N>& children, std::string_view mark) {
  Sha256 hash;
  hash.update(mark);
  for (const Digest& child : children) hash.update(child.bytes());
  return hash.finish();
}

}  // namespace

std::uint16_t state_bucket(const UpdateId& update) {
  const Digest digest = sha256(update.bytes());
  return static_cast<std::uint16_t>(digest.value[0] << 8U | digest.value[1]);
}

Digest bucket_digest(std::span<const StateEntry> entries) {
  if (entries.empty()) return {};
  std::string input(leaf_mark);
  for (const StateEntry& entry : entries) {
    input.append(entry.id.update.bytes());
    for (const unsigned shift : {24U, 16U, 8U, 0U}) input += static_cast<char>(entry.id.number >> shift & 0xFFU);
    input.append(entry.document.bytes());
  }
  return sha256(input);
}

Digest group_digest(const std::array<Digest, 256>& buckets) {
  const bool is_empty =
      std::all_of(buckets.begin(), buckets.end(), [](const Digest& bucket) { return bucket == Digest{}; });
  return is_empty ? Digest{} : node_digest(buckets, node_mark);
}

Digest root_digest(const std::array<Digest, state_groups>& groups) { return node_digest(groups, root_mark); }

Digest state_digest(std::vector<StateEntry> entries) {
  std::map<std::uint16_t, std::vector<StateEntry>> buckets;
  for (const StateEntry& entry : entries) buckets[state_bucket(entry.id.update)].push_back(entry);
  std::vector<std::array<Digest, 256>> digests(state_groups);
  for (auto& [number, members] : buckets) {
    std::sort(members.begin(), members.end());
    digests[number >> 8U][number & 0xFFU] = bucket_digest(members);
  }
  std::array<Digest, state_groups> groups{};
  for (std::size_t i = 0; i < state_groups; ++i) groups[i] = group_digest(digests[i]);
  return root_digest(groups);
}

Digest empty_state() { return root_digest({}); }

}  // namespace ferry::format
