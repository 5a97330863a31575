// SPDX-License-Identifier: Apache-2.0
#include "common/cabinet.h"

#include <catch2/catch.hpp>

#include "common/archive.h"
#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

// Does not compress to nothing, and is longer than several blocks.
std::string cabinet_filling(std::size_t size) {
  std::string bytes;
  for (unsigned i = 0; bytes.size() < size; ++i) bytes += std::to_string(i * 2654435761U) + "\n";
  bytes.resize(size);
  return bytes;
}

}  // namespace

TEST_CASE("a cabinet of files and bytes reads back, member for member", "[cabinet]") {
  const auto compression = GENERATE(CabinetCompression::stored, CabinetCompression::mszip);
  const Scratch scratch;
  const std::string large = cabinet_filling(300'000);
  write(scratch / "large", large);
  write_cabinet(scratch / "a.cab", {{"small.txt", {}, "one"}, {"large.bin", scratch / "large", {}}, {"empty", {}, ""}},
                compression);
  ArchiveReader archive(scratch / "a.cab");
  auto member = archive.next();
  REQUIRE(member);
  CHECK(member->name == "small.txt");
  CHECK(archive.read(10) == "one");
  member = archive.next();
  REQUIRE(member);
  CHECK(member->name == "large.bin");
  CHECK(archive.read(300'000) == large);
  member = archive.next();
  REQUIRE(member);
  CHECK(member->name == "empty");
  CHECK_FALSE(archive.next());
  CHECK((std::filesystem::file_size(scratch / "a.cab") < large.size()) == (compression == CabinetCompression::mszip));
}

TEST_CASE("the same members give the same cabinet, whenever and from wherever they come", "[cabinet]") {
  const Scratch scratch;
  const std::string bytes = cabinet_filling(70'000);
  write(scratch / "member", bytes);
  std::filesystem::last_write_time(scratch / "member",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(5000));
  write_cabinet(scratch / "a.cab", {{"blob", scratch / "member", {}}}, CabinetCompression::mszip);
  CHECK(read(scratch / "a.cab") == cabinet_of("blob", bytes, CabinetCompression::mszip));
}

TEST_CASE("a cabinet is never written over a file, and nothing is left of one that could not be made", "[cabinet]") {
  const Scratch scratch;
  write(scratch / "there", "kept");
  CHECK_THROWS_AS(write_cabinet(scratch / "there", {{"a", {}, "x"}}, CabinetCompression::stored), IoError);
  CHECK(read(scratch / "there") == "kept");
  CHECK_THROWS_AS(write_cabinet(scratch / "b.cab", {{"a", scratch / "missing", {}}}, CabinetCompression::stored),
                  NotFoundError);
  CHECK_FALSE(std::filesystem::exists(scratch / "b.cab"));
}

TEST_CASE("members beyond what a cabinet holds are refused before anything is made", "[cabinet]") {
  const Scratch scratch;
  write(scratch / "huge", "");
  std::filesystem::resize_file(scratch / "huge", max_cabinet_bytes);  // sparse
  CHECK_THROWS_AS(
      write_cabinet(scratch / "c.cab", {{"a", scratch / "huge", {}}, {"b", {}, "x"}}, CabinetCompression::mszip),
      UsageError);
  CHECK_FALSE(std::filesystem::exists(scratch / "c.cab"));
}
