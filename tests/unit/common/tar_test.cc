// SPDX-License-Identifier: Apache-2.0
#include "common/tar.h"

#include <catch2/catch.hpp>

#include <vector>

#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

struct Member {
  std::string name;
  std::string bytes;
};

std::vector<Member> members() {
  std::vector<Member> list;
  for (const std::size_t size : {0UL, 1UL, 511UL, 512UL, 513UL, 300'000UL})
    list.push_back({"chunks/" + std::to_string(size) + ".zst", std::string(size, 'x')});
  list.push_back({"manifest.xml", "<manifest/>\n"});
  list.push_back({std::string(max_tar_name_bytes, 'n'), "longest name"});
  return list;
}

std::string archive(const std::vector<Member>& list) {
  StringSink sink;
  TarWriter tar(sink);
  for (const Member& member : list) tar.member(member.name, member.bytes);
  tar.finish();
  return sink.take();
}

}  // namespace

TEST_CASE("an archive equals what GNU tar writes, byte for byte", "[tar]") {
  const Scratch scratch;
  std::string names;
  for (const Member& member : members()) {
    write(scratch / "in" / member.name, member.bytes);
    names += " " + member.name;
  }
  REQUIRE(run("tar --format=ustar -b1 --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0 -cf " +
              (scratch / "gnu.tar").native() + " -C " + (scratch / "in").native() + names));
  CHECK(archive(members()) == read(scratch / "gnu.tar"));
}

TEST_CASE("the size of a member is read only from the one header that it can have", "[tar]") {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{123'456}, max_tar_member_bytes}) {
    const TarHeader header = tar_header("manifest.xml", size);
    CHECK(tar_member_size(header, "manifest.xml") == size);
    CHECK_FALSE(tar_member_size(header, "manifest.xm"));
    CHECK_FALSE(tar_member_size(header, "manifest.xml2"));
    CHECK_FALSE(tar_member_size(header, "MANIFEST.XML"));
  }
  CHECK_FALSE(tar_member_size(TarHeader{}, "manifest.xml"));
}

TEST_CASE("no byte of a header can be changed without being noticed", "[tar]") {
  const TarHeader good = tar_header("chunks/000001.zst", 4711);
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned flip = 1; flip < 256; ++flip) {
      TarHeader bad = good;
      bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ flip);
      accepted += tar_member_size(bad, "chunks/000001.zst") ? 1U : 0U;
    }
  }
  CHECK(accepted == 0);
}

TEST_CASE("a header with another spelling of the same numbers is refused", "[tar]") {
  // Old tars pad with spaces instead of zeros. The checksum is made right again, so that only this differs.
  TarHeader header = tar_header("a", 8);
  header[124] = ' ';
  unsigned sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i)
    sum += i >= 148 && i < 156 ? 0x20U : static_cast<unsigned char>(header[i]);
  for (std::size_t i = 6; i-- > 0; sum /= 8) header[148 + i] = static_cast<char>('0' + sum % 8);
  CHECK_FALSE(tar_member_size(header, "a"));
}

TEST_CASE("names and sizes beyond what ustar can hold are refused, not cut", "[tar]") {
  CHECK_NOTHROW(tar_header(std::string(max_tar_name_bytes, 'n'), max_tar_member_bytes));
  CHECK_THROWS_AS(tar_header(std::string(max_tar_name_bytes + 1, 'n'), 0), Error);
  CHECK_THROWS_AS(tar_header("", 0), Error);
  CHECK_THROWS_AS(tar_header("a", max_tar_member_bytes + 1), Error);
}

TEST_CASE("stored sizes and padding agree with what is written", "[tar]") {
  for (const std::size_t size : {0UL, 1UL, 511UL, 512UL, 513UL}) {
    StringSink sink;
    TarWriter tar(sink);
    tar.member("a", std::string(size, 'x'));
    CHECK(sink.take().size() == tar_stored_bytes(size));
    CHECK((size + tar_padding_bytes(size)) % tar_block_bytes == 0);
    CHECK(tar_padding_bytes(size) < tar_block_bytes);
  }
}

TEST_CASE("an abandoned archive has no trailer and a short source is an error", "[tar]") {
  StringSink sink;
  {
    TarWriter tar(sink);
    tar.member("a", "x");
  }
  CHECK(sink.take().size() == tar_stored_bytes(1));
  TarWriter tar(sink);
  MemorySource source("too short");
  CHECK_THROWS_AS(tar.member("a", source, 100), FormatError);
}
