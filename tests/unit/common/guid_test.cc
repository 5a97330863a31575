// SPDX-License-Identifier: Apache-2.0
#include "common/guid.h"

#include <catch2/catch.hpp>

using namespace ferry;

TEST_CASE("a GUID means the same in either case, with braces or without", "[guid]") {
  const auto plain = Guid::parse("6964aab4-c5b5-43bd-a17d-ffb4346a8e1d");
  REQUIRE(plain);
  CHECK(Guid::parse("6964AAB4-C5B5-43BD-A17D-FFB4346A8E1D") == plain);
  CHECK(Guid::parse("{6964aab4-c5b5-43bd-a17d-ffb4346a8e1d}") == plain);
  CHECK(plain->text() == "6964aab4-c5b5-43bd-a17d-ffb4346a8e1d");
  CHECK(Guid::from_bytes(plain->bytes()) == plain);
}

TEST_CASE("what is not a GUID to the letter is none", "[guid]") {
  for (const char* wrong : {"", "6964aab4c5b543bda17dffb4346a8e1d", "6964aab4-c5b5-43bd-a17d-ffb4346a8e1", "{}",
                            "{6964aab4-c5b5-43bd-a17d-ffb4346a8e1d", "6964aab4-c5b5-43bd-a17d-ffb4346a8e1g",
                            "6964aab-4c5b5-43bd-a17d-ffb4346a8e1d", " 6964aab4-c5b5-43bd-a17d-ffb4346a8e1d",
                            "6964aab4-c5b5-43bd-a17d-ffb4346a8e1d0", "(6964aab4-c5b5-43bd-a17d-ffb4346a8e1d)",
                            "6964aab4-c5b5-43bd-a17dfffb4346a8e1d-", "------------------------------------"})
    CHECK_FALSE(Guid::parse(wrong));
  CHECK_FALSE(Guid::from_bytes("fifteen bytes.."));
  CHECK_FALSE(Guid::from_bytes(""));
}

TEST_CASE("GUIDs sort as their texts do", "[guid]") {
  const auto low = *Guid::parse("0fa1201d-4330-4fa8-8ae9-b877473b6441");
  const auto high = *Guid::parse("e6cf1350-c01b-414d-a61f-263d14d133b4");
  CHECK(low < high);
  CHECK(low.text() < high.text());
}

TEST_CASE("a name always gives the GUID of RFC 4122 version 5", "[guid]") {
  // The DNS name space; the answer is Python's uuid.uuid5(NAMESPACE_DNS, "www.example.com").
  const Guid dns = *Guid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  CHECK(Guid::from_name(dns, "www.example.com").text() == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  CHECK(Guid::from_name(dns, "a") != Guid::from_name(dns, "b"));
}

TEST_CASE("a random GUID says that it is one and does not repeat", "[guid]") {
  const Guid one = Guid::random();
  CHECK(one.text()[14] == '4');
  CHECK((one.value[8] & 0xC0U) == 0x80U);
  CHECK(one != Guid::random());
}
