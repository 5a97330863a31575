// SPDX-License-Identifier: Apache-2.0
// Parity keeps its promise: up to the limit everything comes back byte for byte, beyond it the loss is told exactly.
#include <algorithm>
#include <map>
#include <numeric>

#include <catch2/catch.hpp>

#include "tests/property/property_support.h"
#include "tests/support/parity_files.h"

using namespace ferry;
using namespace ferry::tests;
using format::ByteRange;
using format::ParityKind;

namespace {

std::vector<std::uint64_t> random_sizes(Random& random, std::uint32_t most_files, std::uint64_t longest) {
  std::vector<std::uint64_t> sizes(random.between(1, most_files));
  for (std::uint64_t& size : sizes) {
    size = random.percent(10) ? random.below(3) : random.low_heavy(0, longest);
    if (random.percent(20)) size = size / 2048 * 2048;
  }
  return sizes;
}

// Joins blocks of one file to ranges, as an assessment does.
std::vector<ByteRange> ranges_of(const std::vector<bool>& blocks, std::uint64_t block_bytes, std::uint64_t size) {
  std::vector<ByteRange> ranges;
  for (std::uint64_t i = 0; i < blocks.size(); ++i) {
    if (!blocks[i]) continue;
    const std::uint64_t offset = i * block_bytes;
    const std::uint64_t length = std::min(block_bytes, size - offset);
    if (!ranges.empty() && ranges.back().offset + ranges.back().length == offset) {
      ranges.back().length += length;
    } else {
      ranges.push_back({offset, length});
    }
  }
  return ranges;
}

std::vector<std::uint64_t> many_seeds(std::uint64_t count) {
  std::vector<std::uint64_t> all = seeds({0});
  if (all != std::vector<std::uint64_t>{0}) return all;
  all.resize(count);
  std::iota(all.begin(), all.end(), 1);
  return all;
}

}  // namespace

TEST_CASE("lost sectors up to the percentage are repaired", "[parity]") {
  for (const std::uint64_t seed : many_seeds(60)) {
    Random random(hash_of(seed, 1));
    const std::uint32_t strength = random.between(1, 20);
    const std::vector<std::uint64_t> sizes = random_sizes(random, 20, 300'000);
    const std::uint64_t limit = random.percent(30) ? 200'000 + random.below(200'000) : 0;
    INFO("FERRY_SEED=" << seed << ", percent " << strength);
    ParityFiles files({ParityKind::percent, strength}, sizes, seed, limit);
    files.lose_sectors(strength * 10);
    REQUIRE(files.repair().empty());
  }
}

TEST_CASE("lost volumes up to their number are repaired, with sectors damaged before they went", "[parity]") {
  for (const std::uint64_t seed : many_seeds(60)) {
    Random random(hash_of(seed, 2));
    const std::uint32_t strength = random.between(1, 8);
    ParityFiles files({ParityKind::volumes, strength}, random_sizes(random, 20, 300'000), seed);
    INFO("FERRY_SEED=" << seed << ", volumes " << strength);
    for (std::uint32_t lost = random.between(1, strength); lost > 0; --lost) {
      const fs::path gone = random.pick_from(files.all());
      if (random.percent(70) || !file_exists(gone)) {
        fs::remove(gone);
      } else {
        put(gone, read(gone).substr(0, fs::file_size(gone) * 3 / 4));
      }
    }
    if (std::ranges::none_of(files.parity, [](const fs::path& path) { return file_exists(path); })) continue;
    REQUIRE(files.repair().empty());
  }
}

TEST_CASE("what is beyond repair is told to the block", "[parity]") {
  unsigned beyond = 0;
  for (const std::uint64_t seed : many_seeds(60)) {
    Random random(hash_of(seed, 3));
    const bool is_percent = random.percent(50);
    const std::uint32_t strength = random.between(1, 2);
    ParityFiles files({is_percent ? ParityKind::percent : ParityKind::volumes, strength},
                      random_sizes(random, 8, is_percent ? 200'000 : 800'000), seed);
    INFO("FERRY_SEED=" << seed << ", " << (is_percent ? "percent " : "volumes ") << strength);
    const format::ParityShape& shape = files.plan.shape;
    // Damage in the data, block by block, and the same in a model of the stripes.
    std::vector<std::vector<bool>> lost(files.data.size());
    std::map<std::uint64_t, unsigned> in_stripe;
    std::vector<std::uint64_t> first(files.data.size());
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < files.data.size(); ++i) {
      std::string bytes = files.originals[i];
      const std::uint64_t blocks = (bytes.size() + shape.block_bytes - 1) / shape.block_bytes;
      first[i] = is_percent ? next : 0;
      next += blocks;
      lost[i].resize(blocks);
      for (std::uint64_t block = 0; block < blocks; ++block) {
        if (!random.percent(is_percent ? 8 : 30)) continue;
        lost[i][block] = true;
        ++in_stripe[(first[i] + block) % shape.stripes];
        const std::uint64_t start = block * shape.block_bytes;
        bytes[start + random.below(static_cast<std::uint32_t>(
                          std::min<std::uint64_t>(shape.block_bytes, bytes.size() - start)))] ^= 0x40;
      }
      put(files.data[i], bytes);
    }
    const format::Assessment found = files.assess();
    for (std::size_t i = 0; i < files.data.size(); ++i) {
      CHECK(damaged(found, i) == ranges_of(lost[i], shape.block_bytes, files.originals[i].size()));
      std::vector<bool> hopeless = lost[i];
      for (std::uint64_t block = 0; block < hopeless.size(); ++block)
        hopeless[block] = lost[i][block] && in_stripe[(first[i] + block) % shape.stripes] > shape.parity_shards;
      const std::vector<ByteRange> expected = ranges_of(hopeless, shape.block_bytes, files.originals[i].size());
      CHECK(beyond_repair(found, i) == expected);
      CHECK(found.is_repairable(i) == expected.empty());
      beyond += static_cast<unsigned>(expected.size());
    }
    // And what can be repaired is.
    const Scratch out;
    const format::Repair result = format::repair(files.open(), files.data, found, out.path());
    for (std::size_t i = 0; i < files.data.size(); ++i) {
      REQUIRE(result.files[i].has_value() == (found.is_damaged(i) && found.is_repairable(i)));
      if (result.files[i]) REQUIRE(read(*result.files[i]) == files.originals[i]);
    }
  }
  CHECK(beyond > 0);
}

TEST_CASE("a scratch across neighbouring sectors is repaired, in data or parity", "[parity]") {
  for (const std::uint64_t seed : many_seeds(20)) {
    ParityFiles files({ParityKind::percent, 5}, {3'000'000, 1'000'000}, seed);
    INFO("FERRY_SEED=" << seed);
    // One after the other in as many sectors as there are stripes touches each stripe once.
    const std::uint64_t length = files.plan.shape.stripes * 2048 * files.plan.shape.parity_shards / 2;
    for (const fs::path& file : {files.data[0], files.parity[0]}) {
      const std::uint64_t size = fs::file_size(file);
      const std::uint64_t burst = std::min<std::uint64_t>(length / 2, size / 3);
      const auto start = files.random().below(static_cast<std::uint32_t>(size - burst));
      overwrite(file, start, std::string(burst, '\0'));
    }
    REQUIRE(files.repair().empty());
  }
}

TEST_CASE("40 MB with 5 % and 10 % of all sectors lost come back", "[parity]") {
  for (const std::uint32_t strength : {5U, 10U}) {
    const std::vector<std::uint64_t> sizes{17'000'000, 12'345'678, 1, 0, 10'654'321};
    ParityFiles files({ParityKind::percent, strength}, sizes, strength);
    files.lose_sectors(strength * 10);
    const format::Assessment found = files.assess();
    CHECK(found.is_repairable());
    CHECK(found.lost_data_blocks() > 40'000'000 / 2048 * strength / 100 * 9 / 10);
    CHECK(files.repair().empty());
  }
}

TEST_CASE("any damage to a parity file at all is refused or does no harm", "[parity]") {
  for (const std::uint64_t seed : many_seeds(40)) {
    Random random(hash_of(seed, 4));
    INFO("FERRY_SEED=" << seed);
    ParityFiles files({random.percent(50) ? ParityKind::percent : ParityKind::volumes, 2}, {5'000, 100'000}, seed);
    std::string bytes = read(files.parity[0]);
    for (std::uint32_t change = random.between(1, 200); change > 0; --change)
      bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<char>(random.next());
    if (random.percent(50)) bytes.resize(random.below(static_cast<std::uint32_t>(bytes.size())));
    put(files.parity[0], bytes);
    try {
      const bool is_intact = files.assess().is_intact();
      CHECK(is_intact);
      fs::remove(files.data[0]);
      const format::ParitySet set = files.open();
      const format::Assessment found = format::assess(set, files.data);
      const Scratch out;
      const format::Repair result = format::repair(set, files.data, found, out.path());
      if (result.files[0]) CHECK(read(*result.files[0]) == files.originals[0]);
    } catch (const FormatError&) {
      SUCCEED("refused");
    }
  }
}
