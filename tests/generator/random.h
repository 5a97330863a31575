// SPDX-License-Identifier: Apache-2.0
//
// A small pseudo-random generator (splitmix64) whose output is the same on every machine, which
// the distributions of <random> do not promise. Integers only: no floating point anywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ferry::tests {

// The finalizer of splitmix64: a bijection that spreads every input bit over the whole word.
constexpr std::uint64_t mix_bits(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

// One word that depends on all arguments and their order: the key of a stream or of a decision.
template <typename... Parts>
constexpr std::uint64_t hash_of(Parts... parts) {
  std::uint64_t hash = 0;
  ((hash = mix_bits((hash ^ static_cast<std::uint64_t>(parts)) + 0x9e3779b97f4a7c15U)), ...);
  return hash;
}

class Random {
 public:
  explicit constexpr Random(std::uint64_t key) : state_(key) {}

  constexpr std::uint64_t next() { return mix_bits(state_ += 0x9e3779b97f4a7c15U); }

  // Uniform in [0, bound). REQUIRES: bound > 0.
  constexpr std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
  }

  // Uniform in [low, high]. REQUIRES: high - low fits 31 bits.
  constexpr std::uint32_t between(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }

  // In [low, high], most values near `low`: the mean lies a quarter of the way up. REQUIRES:
  // high - low < 2^47.
  constexpr std::uint64_t low_heavy(std::uint64_t low, std::uint64_t high) {
    const std::uint64_t unit = next() >> 48U;
    const std::uint64_t cube = (((unit * unit) >> 16U) * unit) >> 16U;
    return low + (((high - low) * cube) >> 16U);
  }

  constexpr bool percent(std::uint32_t chance) { return below(100) < chance; }

  template <typename Item, std::size_t count>
  constexpr const Item& pick(const Item (&items)[count]) {
    return items[below(static_cast<std::uint32_t>(count))];
  }

  template <typename List>
  constexpr const auto& pick_from(const List& list) {
    return list[below(static_cast<std::uint32_t>(list.size()))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace ferry::tests
