// SPDX-License-Identifier: Apache-2.0
#include "common/erasure.h"

#include <catch2/catch.hpp>

#include <numeric>
#include <string>

#include "common/error.h"
#include "tests/generator/random.h"

using namespace ferry;
using ferry::tests::Random;

namespace {

struct Blocks {
  Blocks(unsigned data, unsigned parity, std::size_t bytes, Random& random) : stored(data + parity) {
    for (std::string& block : stored) block.resize(bytes);
    for (unsigned i = 0; i < data; ++i) {
      for (char& c : stored[i]) c = static_cast<char>(random.next());
    }
    for (std::string& block : stored) pointers.push_back(block.data());
  }
  std::vector<std::string> stored;
  std::vector<char*> pointers;
};

Blocks encoded(unsigned data, unsigned parity, std::size_t bytes, Random& random) {
  Blocks blocks(data, parity, bytes, random);
  const std::span<char* const> all(blocks.pointers);
  ErasureCode(data, parity).encode(bytes, {const_cast<const char* const*>(all.data()), data}, all.subspan(data));
  return blocks;
}

// Loses `count` blocks of all and gives which.
std::vector<bool> lose(Blocks& blocks, unsigned count, Random& random) {
  std::vector<bool> lost(blocks.stored.size());
  while (count > 0) {
    const std::uint32_t i = random.below(static_cast<std::uint32_t>(lost.size()));
    if (lost[i]) continue;
    lost[i] = true;
    for (char& c : blocks.stored[i]) c = '!';
    --count;
  }
  return lost;
}

}  // namespace

TEST_CASE("any blocks as many as there is parity may be lost", "[erasure]") {
  Random random(7);
  for (const auto& [data, parity] :
       {std::pair{1U, 1U}, {1U, 254U}, {2U, 1U}, {9U, 3U}, {100U, 30U}, {200U, 55U}, {254U, 1U}}) {
    CAPTURE(data, parity);
    for (const std::size_t bytes : {1UL, 31UL, 2048UL}) {
      Blocks blocks = encoded(data, parity, bytes, random);
      const std::vector<std::string> good = blocks.stored;
      const std::vector<bool> lost = lose(blocks, random.between(1, parity), random);
      REQUIRE(ErasureCode(data, parity).reconstruct(bytes, blocks.pointers, lost));
      CHECK(std::equal(good.begin(), good.begin() + data, blocks.stored.begin()));
    }
  }
}

TEST_CASE("every choice of lost blocks of a small code is repaired, with one object", "[erasure]") {
  Random random(8);
  constexpr unsigned data = 5;
  constexpr unsigned parity = 4;
  const Blocks good = encoded(data, parity, 64, random);
  ErasureCode code(data, parity);
  unsigned repaired = 0;
  for (unsigned choice = 0; choice < 1U << (data + parity); ++choice) {
    std::vector<std::string> stored = good.stored;
    std::vector<bool> lost(stored.size());
    std::vector<char*> pointers;
    for (std::size_t i = 0; i < stored.size(); ++i) {
      lost[i] = (choice >> i & 1U) != 0;
      if (lost[i]) stored[i].assign(64, '\xFF');
      pointers.push_back(stored[i].data());
    }
    const std::vector<std::string> before = stored;
    const auto count = std::accumulate(lost.begin(), lost.end(), 0U);
    const bool has_data_lost = std::find(lost.begin(), lost.begin() + data, true) != lost.begin() + data;
    CAPTURE(choice);
    if (code.reconstruct(64, pointers, lost)) {
      ++repaired;
      REQUIRE((count <= parity || !has_data_lost));
      REQUIRE(std::equal(stored.begin(), stored.begin() + data, good.stored.begin()));
    } else {
      REQUIRE(count > parity);
      REQUIRE(stored == before);
    }
  }
  // 1 + 9 + 36 + 84 + 126 choices of at most four; parity alone is among them.
  CHECK(repaired == 256);
}

TEST_CASE("the code is the one that the format names", "[erasure]") {
  // With one data block of 1 parity block i is 1 / (1 xor 0 + i): 1/1, 1/2, 1/3 in the field of 0x11d.
  char one = 1;
  char parity[3] = {};
  const char* const data[] = {&one};
  char* const rows[] = {&parity[0], &parity[1], &parity[2]};
  ErasureCode(1, 3).encode(1, data, rows);
  CHECK(static_cast<unsigned char>(parity[0]) == 0x01);
  CHECK(static_cast<unsigned char>(parity[1]) == 0x8e);  // 2 * 0x8e = 0x11c, less 0x11d
  CHECK(static_cast<unsigned char>(parity[2]) == 0xf4);
}

TEST_CASE("codes that cannot be are refused", "[erasure]") {
  CHECK_THROWS_AS(ErasureCode(0, 1), UsageError);
  CHECK_THROWS_AS(ErasureCode(1, 0), UsageError);
  CHECK_THROWS_AS(ErasureCode(255, 1), UsageError);
  CHECK_THROWS_AS(ErasureCode(0xFFFFFFFF, 2), UsageError);
  CHECK_NOTHROW(ErasureCode(254, 1));
}

TEST_CASE("CRC-32C is that of RFC 3720", "[erasure]") {
  CHECK(crc32c("123456789") == 0xe3069283);
  CHECK(crc32c("") == 0);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62a8ab43);
}
