// SPDX-License-Identifier: Apache-2.0
#include "common/hash.h"

#include <catch2/catch.hpp>

#include "common/encoding.h"

using namespace ferry;

namespace {

constexpr std::string_view abc_sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

}  // namespace

TEST_CASE("digests are those of FIPS 180", "[hash]") {
  CHECK(sha256("abc").hex() == abc_sha256);
  CHECK(sha256("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST_CASE("how the bytes are cut does not change a running digest", "[hash]") {
  Sha256 hash;
  hash.update("a");
  hash.update("");
  hash.update("bc");
  CHECK(hash.finish().hex() == abc_sha256);
  hash.reset();
  hash.update("abc");
  Sha256 moved = std::move(hash);
  CHECK(moved.finish().hex() == abc_sha256);
}

TEST_CASE("a digest is read from 64 lower-case digits or 32 bytes and nothing else", "[hash]") {
  CHECK(Digest::from_hex(abc_sha256) == sha256("abc"));
  CHECK(Digest::from_bytes(sha256("abc").bytes()) == sha256("abc"));
  std::string upper(abc_sha256);
  upper[0] = 'B';
  CHECK_FALSE(Digest::from_hex(upper));
  CHECK_FALSE(Digest::from_hex(abc_sha256.substr(2)));
  CHECK_FALSE(Digest::from_hex(std::string(abc_sha256) + "00"));
  CHECK_FALSE(Digest::from_hex(""));
  CHECK_FALSE(Digest::from_bytes("short"));
}
