// SPDX-License-Identifier: Apache-2.0
// Parity files as bytes: that they are those of FORMAT.md, and what a reader makes of others.
#include <catch2/catch.hpp>

#include "common/erasure.h"
#include "tests/support/parity_files.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using format::ParityKind;

namespace {

constexpr std::size_t sector = 2048;

std::uint64_t number(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

// Multiplication in the field, as one does it on paper.
unsigned times(unsigned left, unsigned right) {
  unsigned product = 0;
  for (; right != 0; right >>= 1U) {
    if ((right & 1U) != 0) product ^= left;
    left <<= 1U;
    if ((left & 0x100U) != 0) left ^= 0x11dU;
  }
  return product;
}

unsigned inverse(unsigned value) {
  unsigned found = 1;
  while (times(value, found) != 1) ++found;
  return found;
}

// Changes a field in every metadata sector and puts the sector's checksum right.
std::string with_field(std::string bytes, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t start = 0; start + sector <= bytes.size(); start += sector) {
    if (bytes.compare(start, 8, "FerryPar") != 0) continue;
    for (std::size_t i = 0; i < size; ++i) bytes[start + at + i] = static_cast<char>(value >> 8U * i & 0xFFU);
    const std::uint32_t crc = crc32c(std::string_view(bytes).substr(start, sector - 4));
    for (unsigned i = 0; i < 4; ++i) bytes[start + sector - 4 + i] = static_cast<char>(crc >> 8U * i & 0xFFU);
  }
  return bytes;
}

ExitCode code_of_open(const fs::path& file) {
  return code_of([&] { static_cast<void>(format::open_parity({file})); });
}

}  // namespace

TEST_CASE("a parity file is what FORMAT.md says, read without this library", "[parity]") {
  ParityFiles files({ParityKind::percent, 10}, {70'001, 0, 90'000}, 21);
  const std::string bytes = read(files.parity[0]);
  REQUIRE(bytes.starts_with("FerryPar"));
  CHECK(number(bytes, 8, 4) == 1);
  CHECK(number(bytes, 12, 4) == 1);
  CHECK(bytes.substr(16, 32) == ParityFiles::set_id().bytes());
  const std::uint64_t k = number(bytes, 48, 4);
  const std::uint64_t m = number(bytes, 52, 4);
  CHECK(number(bytes, 56, 4) == 2048);
  CHECK(number(bytes, 60, 4) == 3);
  const std::uint64_t stripes = number(bytes, 64, 8);
  CHECK(number(bytes, 72, 4) == 1);
  const std::uint64_t copies = number(bytes, 76, 4);
  CHECK(number(bytes, 80, 4) == 10);
  CHECK(number(bytes, 84, 4) == 0);
  CHECK(number(bytes, 88, 4) == 0);
  CHECK(number(bytes, 92, 8) == 70'001);
  CHECK(number(bytes, 100, 8) == 0);
  CHECK(number(bytes, 108, 8) == 90'000);
  CHECK(number(bytes, 2044, 4) == crc32c(std::string_view(bytes).substr(0, 2044)));

  // The copies of the metadata, and what is left when they are taken out.
  const std::uint64_t blocks = stripes * m;
  const std::uint64_t sectors = 1 + (stripes * (k + m) + 487) / 488;
  REQUIRE(bytes.size() == (blocks + copies * sectors) * sector);
  const std::string metadata = bytes.substr(0, sectors * sector);
  std::string parity;
  std::size_t at = 0;
  for (std::uint64_t copy = 0, done = 0; copy < copies; ++copy) {
    const std::uint64_t before = copy * blocks / (copies - 1);
    parity += bytes.substr(at, (before - done) * sector);
    at += (before - done) * sector;
    done = before;
    CHECK(bytes.substr(at, metadata.size()) == metadata);
    at += metadata.size();
  }
  REQUIRE(parity.size() == blocks * sector);

  std::string data;
  for (const std::string& original : files.originals) {
    data += original;
    data.resize((data.size() + sector - 1) / sector * sector, '\0');
  }
  REQUIRE((data.size() / sector + stripes - 1) / stripes == k);
  data.resize(k * stripes * sector, '\0');
  for (std::uint64_t t = 0; t < stripes; ++t) {
    for (std::uint64_t i = 0; i < k + m; ++i) {
      const std::string& shards = i < k ? data : parity;
      const std::string block = shards.substr(((i < k ? i : i - k) * stripes + t) * sector, sector);
      const std::uint64_t check = t * (k + m) + i;
      REQUIRE(number(metadata, (1 + check / 488) * sector + 92 + check % 488 * 4, 4) == crc32c(block));
    }
    for (std::uint64_t i = 0; i < m; ++i) {
      for (const std::uint64_t byte : {0U, 1027U}) {
        unsigned sum = 0;
        for (std::uint64_t j = 0; j < k; ++j)
          sum ^= times(static_cast<unsigned char>(data[(j * stripes + t) * sector + byte]),
                       inverse(static_cast<unsigned>((k + i) ^ j)));
        REQUIRE(static_cast<unsigned char>(parity[(i * stripes + t) * sector + byte]) == sum);
      }
    }
  }
}

TEST_CASE("fields that no writer makes are refused before anything is made of them", "[parity]") {
  for (const ParityKind kind : {ParityKind::percent, ParityKind::volumes}) {
    ParityFiles files({kind, 2}, {5'000, 100'000}, 22);
    const std::string good = read(files.parity[0]);
    const fs::path file = files.directory() / "hostile.parity";
    put(file, with_field(good, 80, 2, 4));
    REQUIRE(code_of_open(file) == ExitCode::done);
    for (const std::size_t field : {12U, 48U, 52U, 56U, 60U, 64U, 72U, 76U, 80U, 84U}) {
      const std::uint64_t right = number(good, field, 4);
      for (const std::uint64_t value : {std::uint64_t{0}, right + 1, right + 255, right * 1000,
                                        std::uint64_t{0x7FFFFFFF}, std::uint64_t{0xFFFFFFFF}}) {
        if (value == right) continue;
        CAPTURE(static_cast<int>(kind), field, value);
        put(file, with_field(good, field, value, 4));
        // The strength tells people what was asked for; in percent nothing follows from it.
        const bool is_free = field == 80 && kind == ParityKind::percent && value >= 1 && value <= 20;
        // With two files of parity the second is as good as the first, but for its place.
        const bool is_other = field == 84 && kind == ParityKind::volumes && value == 1;
        // One parity shard, empty data file or copy more makes another set of which the end is missing.
        const bool is_possible =
            value == right + 1 && (field == 76 || (kind == ParityKind::percent && (field == 52 || field == 60)));
        CHECK((code_of_open(file) == ExitCode::damaged || is_free || is_other || is_possible));
      }
    }
    put(file, with_field(good, 68, 0x80000000, 4));
    CHECK(code_of_open(file) == ExitCode::damaged);
    put(file, with_field(good, 8, 2, 4));
    CHECK(code_of_open(file) == ExitCode::too_new);
    for (const std::uint64_t size : {~0ULL, 1ULL << 53U, (1ULL << 53U) - 1, 1'000'000ULL}) {
      put(file, with_field(good, 92, size, 8));
      CHECK(code_of_open(file) == ExitCode::damaged);
    }
  }
}

TEST_CASE("parity of another set is refused, and so are two sets at once", "[parity]") {
  ParityFiles files({ParityKind::volumes, 2}, {5'000}, 23);
  CHECK(code_of([&] { static_cast<void>(format::open_parity(files.parity, sha256("another"))); }) == ExitCode::damaged);
  CHECK(contains(message_of([&] { static_cast<void>(format::open_parity(files.parity, sha256("another"))); }),
                 "belongs to set " + ParityFiles::set_id().hex()));
  const std::string other = with_field(read(files.parity[1]), 16, 0x1234, 4);
  put(files.parity[1], other);
  CHECK(contains(message_of([&] { static_cast<void>(format::open_parity(files.parity)); }), "one bundle at a time"));
  const format::FoundParity found = format::find_parity({files.directory()});
  CHECK(found.unreadable.empty());
  REQUIRE(found.sets.size() == 2);
  CHECK(found.sets[0].files()[1].empty());
  CHECK(found.sets[1].files()[0].empty());
}

TEST_CASE("a file that contradicts its set is not mixed with it", "[parity]") {
  ParityFiles files({ParityKind::volumes, 2}, {5'000, 100'000}, 24);
  put(files.directory() / "aaa.parity", with_field(read(files.parity[0]), 76, files.plan.shape.copies - 1, 4));
  put(files.directory() / "junk.parity", std::string(10'000, 'x'));
  put(files.directory() / "empty.parity", "");
  fs::create_directory(files.directory() / "directory.parity");
  const format::FoundParity found = format::find_parity({files.directory()});
  REQUIRE(found.sets.size() == 2);
  CHECK(found.sets[0].files()[0] == files.directory() / "aaa.parity");
  CHECK(found.sets[1].files() == files.parity);
  CHECK(found.unreadable.size() == 3);
  CHECK_THROWS_AS(format::find_parity({files.directory() / "nothing"}), NotFoundError);
  // Of the same file on two media the first will do.
  fs::copy_file(files.parity[1], files.directory() / "z.parity");
  CHECK(format::find_parity({files.directory()}).sets.at(1).files() == files.parity);
}

TEST_CASE("a parity file that lost its end is used, one that lost most of itself is refused", "[parity]") {
  ParityFiles files({ParityKind::percent, 10}, {300'000}, 25);
  const std::string good = read(files.parity[0]);
  overwrite(files.data[0], 5'000, "?");
  put(files.parity[0], good.substr(0, good.size() * 2 / 3));
  CHECK(files.assess().lost_parity_blocks() > 0);
  CHECK(files.repair().empty());
  put(files.parity[0], good.substr(0, good.size() / 3));
  CHECK(contains(message_of([&] { static_cast<void>(files.open()); }), "copy it again"));
  put(files.parity[0], "");
  CHECK_THROWS_AS(files.open(), FormatError);
}

TEST_CASE("checksums that lie make files that their manifest will refuse, and nothing worse", "[parity]") {
  ParityFiles files({ParityKind::volumes, 1}, {5'000, 100'000}, 26);
  // Behind the one sector of sizes stand the checksums; the first one is that of the first data block.
  std::string bytes = read(files.parity[0]);
  for (std::size_t at = 0; at < bytes.size(); at += sector) {
    if (bytes.compare(at, 8, "FerryPar") == 0 && number(bytes, at + 88, 4) == 1) bytes[at + 92] ^= 1;
  }
  put(files.parity[0], with_field(bytes, 80, 1, 4));
  const format::Assessment found = files.assess();
  CHECK(found.is_damaged(0));
  CHECK(found.is_repairable());
  // What the good block really is does not fit the lie either.
  const Scratch out;
  const format::Repair result = format::repair(files.open(), files.data, found, out.path());
  CHECK_FALSE(result.files[0]);
  CHECK_FALSE(result.after.is_repairable());
  CHECK(fs::is_empty(out.path()));
}
