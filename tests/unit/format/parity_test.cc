// SPDX-License-Identifier: Apache-2.0
#include "format/parity.h"

#include <catch2/catch.hpp>

#include "tests/support/parity_files.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using format::ByteRange;
using format::ParityKind;
using format::ParityMode;

namespace {

constexpr ParityMode percent(unsigned strength) { return {ParityKind::percent, strength}; }
constexpr ParityMode volumes(unsigned strength) { return {ParityKind::volumes, strength}; }

constexpr std::uint64_t sector_bytes = 2048;
constexpr std::uint64_t block = 64 * 1024;

// Where the metadata sectors of a parity file lie.
std::vector<std::size_t> metadata_in(const std::string& bytes) {
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at < bytes.size(); at += sector_bytes) {
    if (bytes.compare(at, 8, "FerryPar") == 0) found.push_back(at);
  }
  return found;
}

}  // namespace

TEST_CASE("one of nine files that is gone is made again", "[parity]") {
  ParityFiles files(volumes(1), std::vector<std::uint64_t>(9, 300'000), 1);
  REQUIRE(files.parity.size() == 1);
  CHECK(files.assess().is_intact());
  fs::remove(files.data[4]);
  const format::Assessment found = files.assess();
  CHECK_FALSE(found.is_intact());
  CHECK(found.is_repairable());
  CHECK(found.is_missing(4));
  CHECK(damaged(found, 4) == std::vector<ByteRange>{{0, 300'000}});
  CHECK_FALSE(found.is_damaged(3));
  CHECK(files.repair().empty());
}

TEST_CASE("as many files as were asked for may be gone, data and parity together", "[parity]") {
  for (const std::vector<std::size_t>& gone : {std::vector<std::size_t>{0, 1, 2}, {0, 4, 5}, {3, 6, 7}, {5, 6, 7}}) {
    ParityFiles files(volumes(3), {1, 200'000, 0, 65'536, 131'073}, 2);
    REQUIRE(files.parity.size() == 3);
    for (const std::size_t i : gone) fs::remove(files.all()[i]);
    CAPTURE(gone);
    if (gone.back() == 7 && gone.front() == 5) {
      CHECK_THROWS_AS(files.open(), UsageError);  // nothing is left, and nothing to repair
      continue;
    }
    CHECK(files.repair().empty());
  }
}

TEST_CASE("one file more than was asked for is beyond repair, and it is said which bytes", "[parity]") {
  ParityFiles files(volumes(2), {200'000, 100'000, 3 * block, 5}, 3);
  fs::remove(files.data[0]);
  fs::remove(files.data[2]);
  fs::remove(files.parity[1]);
  const format::Assessment found = files.assess();
  CHECK_FALSE(found.is_repairable());
  // In the last block of the longest file there is nothing else, so nothing else is lost there.
  CHECK(beyond_repair(found, 0) == std::vector<ByteRange>{{0, 3 * block}});
  CHECK(beyond_repair(found, 2) == std::vector<ByteRange>{{0, 3 * block}});
  CHECK(beyond_repair(found, 1).empty());
  CHECK(damaged(found, 0) == std::vector<ByteRange>{{0, 200'000}});
  CHECK_FALSE(found.is_repairable(0));
  CHECK(found.is_repairable(1));
  CHECK(files.repair() == "file 0 was not made again");
}

TEST_CASE("what is beyond repair does not keep other files from being repaired", "[parity]") {
  ParityFiles files(volumes(1), {block, 2 * block, 2 * block}, 4);
  overwrite(files.data[0], 100, "?");
  overwrite(files.data[1], 200, "?");
  overwrite(files.data[2], block, "?");
  const format::Assessment found = files.assess();
  CHECK(beyond_repair(found, 0) == std::vector<ByteRange>{{0, block}});
  CHECK(beyond_repair(found, 1) == std::vector<ByteRange>{{0, block}});
  CHECK(damaged(found, 2) == std::vector<ByteRange>{{block, block}});
  const Scratch out;
  const format::Repair result = format::repair(files.open(), files.data, found, out.path());
  CHECK_FALSE(result.files[0]);
  CHECK_FALSE(result.files[1]);
  REQUIRE(result.files[2]);
  CHECK(read(*result.files[2]) == files.originals[2]);
}

TEST_CASE("a sector in ten may be lost anywhere, in data and parity files", "[parity]") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    ParityFiles files(percent(10), {1'000'000, 700'000, 3, 250'000}, seed);
    files.lose_sectors(100);
    CAPTURE(seed);
    CHECK_FALSE(files.assess().is_intact());
    CHECK(files.repair().empty());
  }
}

TEST_CASE("damage is told by sectors, neighbours joined, up to the proper end", "[parity]") {
  ParityFiles files(percent(5), {10'000, 10'000}, 5);
  overwrite(files.data[0], 3 * sector_bytes - 1, "??");
  overwrite(files.data[1], 9'999, "?");
  const format::Assessment found = files.assess();
  CHECK(damaged(found, 0) == std::vector<ByteRange>{{2 * sector_bytes, 2 * sector_bytes}});
  CHECK(damaged(found, 1) == std::vector<ByteRange>{{4 * sector_bytes, 10'000 - 4 * sector_bytes}});
  CHECK(found.lost_data_blocks() == 3);
  CHECK(files.repair().empty());
}

TEST_CASE("a file that is too short lacks its end, one that is too long is fine", "[parity]") {
  for (const ParityMode mode : {percent(20), volumes(1)}) {
    ParityFiles files(mode, {200'000, 200'000, 200'000}, 6);
    put(files.data[1], files.originals[1] + "more");
    CHECK(files.assess().is_intact());
    put(files.data[0], files.originals[0].substr(0, 190'000));
    const format::Assessment found = files.assess();
    const std::uint64_t size = mode.kind == ParityKind::percent ? sector_bytes : block;
    const std::uint64_t start = 190'000 / size * size;
    CHECK(damaged(found, 0) == std::vector<ByteRange>{{start, 200'000 - start}});
    CHECK(files.repair().empty());
  }
}

TEST_CASE("sets of next to nothing", "[parity]") {
  for (const ParityMode mode : {percent(1), percent(20), volumes(1), volumes(8)}) {
    for (const std::vector<std::uint64_t>& sizes :
         {std::vector<std::uint64_t>{0}, {1}, {0, 0, 0}, {0, 1, 0}, {2048}, {2049}, {1, 1, 1, 1, 1, 1, 1}}) {
      CAPTURE(static_cast<int>(mode.kind), mode.strength, sizes);
      ParityFiles files(mode, sizes, 7);
      CHECK(files.assess().is_intact());
      CHECK(files.repair().empty());
      fs::remove(files.data.back());
      CHECK(files.assess().is_missing(sizes.size() - 1));
      CHECK(files.repair().empty());
    }
  }
}

TEST_CASE("thousands of files, whose sizes fill several sectors", "[parity]") {
  ParityFiles files(percent(10), std::vector<std::uint64_t>(1500, 1), 8);
  files.lose_sectors(50);
  CHECK(files.repair().empty());
  CHECK(files.open().shape().data_sizes == std::vector<std::uint64_t>(1500, 1));
}

TEST_CASE("parity is cut into files of a given size, each with whole stripes", "[parity]") {
  ParityFiles whole(percent(10), {2'000'000}, 9);
  ParityFiles files(percent(10), {2'000'000}, 9, 150'000);
  REQUIRE(whole.parity.size() == 1);
  REQUIRE(files.parity.size() >= 4);
  for (std::size_t i = 0; i < files.parity.size(); ++i) {
    CHECK(fs::file_size(files.parity[i]) <= 150'000);
    CHECK(fs::file_size(files.parity[i]) == files.plan.file_bytes[i]);
  }
  files.lose_sectors(100);
  CHECK(files.repair().empty());
  // Without one of them nobody can say of its stripes whether they are right, nor repair what is surely lost.
  const std::uint64_t checked = files.assess().lost_data_blocks();
  fs::remove(files.parity[1]);
  CHECK(files.open().files()[1].empty());
  CHECK(files.assess().unchecked_blocks() > 0);
  CHECK(files.assess().lost_data_blocks() < checked);
  CHECK(files.assess().is_repairable());
  fs::remove(files.data[0]);
  CHECK_FALSE(files.assess().is_repairable());
}

TEST_CASE("any one copy of the metadata is enough", "[parity]") {
  ParityFiles files(percent(10), {1'000'000}, 10);
  const std::string good = read(files.parity[0]);
  const std::vector<std::size_t> sectors = metadata_in(good);
  const std::size_t copies = files.plan.shape.copies;
  const std::size_t in_copy = sectors.size() / copies;
  REQUIRE(sectors.size() == in_copy * copies);
  REQUIRE(in_copy > 2);
  overwrite(files.data[0], 100'000, "?");
  for (std::size_t left = 0; left < copies; ++left) {
    std::string bytes = good;
    for (std::size_t i = 0; i < sectors.size(); ++i) {
      // From sector to sector another copy is the one that is left.
      if ((i + i / in_copy) % copies != left) bytes[sectors[i] + 1000] ^= 1;
    }
    put(files.parity[0], bytes);
    CHECK(files.assess().unchecked_blocks() == 0);
    CHECK(files.repair().empty());
  }
}

TEST_CASE("blocks whose checksums are all lost are taken for good", "[parity]") {
  ParityFiles files(percent(10), {500'000}, 11);
  std::string bytes = read(files.parity[0]);
  const std::vector<std::size_t> sectors = metadata_in(bytes);
  const std::size_t in_copy = sectors.size() / files.plan.shape.copies;
  // The sizes stand in the first sector, so this is the last one of each copy.
  for (std::size_t i = in_copy - 1; i < sectors.size(); i += in_copy) bytes[sectors[i] + 1000] ^= 1;
  put(files.parity[0], bytes);
  const format::Assessment found = files.assess();
  CHECK(found.unchecked_blocks() > 0);
  CHECK(found.is_intact());
  // Without the file itself they are lost all the same and made again, if nobody can say whether rightly.
  put(files.data[0], files.originals[0].substr(0, 499'000));
  CHECK(files.repair().empty());
}

TEST_CASE("a repair puts nothing over anything", "[parity]") {
  ParityFiles files(volumes(1), {100, 100}, 12);
  overwrite(files.data[0], 0, "?");
  const format::Assessment found = files.assess();
  CHECK_THROWS_AS(format::repair(files.open(), files.data, found, files.directory()), UsageError);
  CHECK(read(files.data[0])[0] == '?');
  const Scratch out;
  CHECK_THROWS_AS(format::repair(files.open(), {files.data[0], out / "v0001"}, found, out.path()), UsageError);
  CHECK_THROWS_AS(format::repair(files.open(), {files.data[0]}, found, out.path()), UsageError);
}

TEST_CASE("parity of a file that changed since it was planned is refused", "[parity]") {
  const Scratch scratch;
  put(scratch / "a", "1234");
  const format::ParityPlan plan = format::plan_parity(percent(5), {5});
  CHECK_THROWS_AS(format::write_parity(plan, {}, {scratch / "a"}, scratch.path(), "set"), IoError);
  CHECK_THROWS_AS(format::write_parity(plan, {}, {scratch / "b"}, scratch.path(), "set"), NotFoundError);
  CHECK_THROWS_AS(format::write_parity(plan, {}, {}, scratch.path(), "set"), UsageError);
  CHECK_FALSE(file_exists(scratch / "set_p01of01.parity"));
}

TEST_CASE("plans name what is not possible", "[parity]") {
  CHECK_THROWS_AS(format::plan_parity(percent(0), {1}), UsageError);
  CHECK_THROWS_AS(format::plan_parity(percent(21), {1}), UsageError);
  CHECK_THROWS_AS(format::plan_parity(volumes(0), {1}), UsageError);
  CHECK_THROWS_AS(format::plan_parity(volumes(9), {1}), UsageError);
  CHECK_THROWS_AS(format::plan_parity(percent(5), {}), UsageError);
  CHECK_THROWS_AS(format::plan_parity(percent(5), std::vector<std::uint64_t>(10'000, 1)), UsageError);
  CHECK_THROWS_AS(format::plan_parity(volumes(8), std::vector<std::uint64_t>(248, 1)), UsageError);
  CHECK_NOTHROW(format::plan_parity(volumes(8), std::vector<std::uint64_t>(247, 1)));
  CHECK_THROWS_AS(format::plan_parity(percent(5), {1ULL << 40U}), UsageError);
  CHECK_THROWS_AS(format::plan_parity(volumes(1), {UINT64_MAX, UINT64_MAX}), UsageError);
  CHECK_THROWS_AS(format::plan_parity(percent(5), {1'000'000}, 30'000), UsageError);
  CHECK_THROWS_AS(format::plan_parity(volumes(1), {1'000'000}, 1'000'000), UsageError);
}

TEST_CASE("parity costs what the promise needs", "[parity]") {
  const auto overhead = [](ParityMode mode, std::uint64_t size) {
    return format::plan_parity(mode, std::vector<std::uint64_t>(1, size)).overhead();
  };
  constexpr std::uint64_t dvd = 4'700'000'000;
  CHECK(overhead(percent(1), dvd) == Approx(0.11).margin(0.01));
  CHECK(overhead(percent(5), dvd) == Approx(0.22).margin(0.01));
  CHECK(overhead(percent(10), dvd) == Approx(0.36).margin(0.01));
  CHECK(overhead(percent(20), dvd) == Approx(0.70).margin(0.01));
  CHECK(format::plan_parity(volumes(2), std::vector<std::uint64_t>(10, dvd)).overhead() == Approx(0.2).margin(0.01));
  CHECK(format::plan_parity(percent(5), {0}).overhead() == 0);
}

TEST_CASE("volumes can be made so long that a parity file still fits", "[parity]") {
  for (const std::uint64_t limit : {1ULL << 20U, 1ULL << 30U, 4'700'000'000ULL}) {
    const std::uint64_t largest = format::largest_data_file(2, 9, limit);
    REQUIRE(largest > 0);
    CHECK(largest > limit / 2);
    const std::vector<std::uint64_t> sizes(9, largest);
    CHECK_NOTHROW(format::plan_parity(volumes(2), sizes, limit));
    CHECK_THROWS_AS(format::plan_parity(volumes(2), std::vector<std::uint64_t>(9, largest + 1), limit), UsageError);
  }
  CHECK(format::largest_data_file(1, 1, 100) == 0);
}

TEST_CASE("parity files are named after their bundle", "[parity]") {
  CHECK(format::parity_file_name("all_g1", 1, 2) == "all_g1_p01of02.parity");
}
