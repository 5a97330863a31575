// SPDX-License-Identifier: Apache-2.0
#include "common/stream.h"

#include <catch2/catch.hpp>

#include <array>

#include "common/error.h"
#include "tests/unit/common/drip.h"

using namespace ferry;
using namespace ferry::tests;

TEST_CASE("short reads are put together to the size that was asked for", "[stream]") {
  Drip source("abcdef");
  std::array<char, 4> buffer{};
  read_exactly(source, buffer, "test");
  CHECK(std::string_view(buffer.data(), 4) == "abcd");
  CHECK(read_all(source, 2, "test") == "ef");
}

TEST_CASE("a source that ends early is an error that names what was read", "[stream]") {
  MemorySource source("abc");
  std::array<char, 4> buffer{};
  CHECK_THROWS_WITH(read_exactly(source, buffer, "the header"), Catch::Contains("the header: ends after 3 bytes"));
  MemorySource empty("");
  CHECK_THROWS_AS(read_exactly(empty, buffer, "x"), FormatError);
  MemorySource nothing("");
  read_exactly(nothing, {}, "x");  // no bytes are always there
}

TEST_CASE("reading to the end stops at the bound, not one byte behind it", "[stream]") {
  const std::string bytes(100'000, 'x');
  MemorySource exact(bytes);
  CHECK(read_all(exact, bytes.size(), "x") == bytes);
  MemorySource longer(bytes);
  CHECK_THROWS_AS(read_all(longer, bytes.size() - 1, "x"), FormatError);
  MemorySource empty("");
  CHECK(read_all(empty, 0, "x").empty());
}

TEST_CASE("a string sink keeps what it was given, in order", "[stream]") {
  StringSink sink;
  sink.write("a");
  sink.write("");
  sink.write(std::string_view("\0b", 2));
  CHECK(sink.take() == std::string("a\0b", 3));
}
