// SPDX-License-Identifier: Apache-2.0
#include "common/gzip.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

std::string gzip_packed(std::string_view bytes) {
  StringSink sink;
  GzipSink gzip(sink);
  gzip.write(bytes.substr(0, bytes.size() / 3));
  gzip.write(bytes.substr(bytes.size() / 3));
  gzip.finish();
  return sink.take();
}

std::string gzip_unpacked(std::string_view packed) {
  MemorySource source(packed);
  GzipSource gzip(source);
  return read_all(gzip, 1U << 24U, "gzip");
}

std::string gzip_sample(std::size_t size) {
  std::string bytes;
  for (unsigned i = 0; bytes.size() < size; ++i) bytes += std::to_string(i * 2654435761U);
  bytes.resize(size);
  return bytes;
}

}  // namespace

TEST_CASE("what gzip packed comes back, whatever its size", "[gzip]") {
  const auto size = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{1'000'000});
  const std::string bytes = gzip_sample(size);
  CHECK(gzip_unpacked(gzip_packed(bytes)) == bytes);
}

TEST_CASE("gzip itself reads what was packed, and its members one after the other are read", "[gzip]") {
  const Scratch scratch;
  const std::string bytes = gzip_sample(200'000);
  write(scratch / "ours.gz", gzip_packed(bytes));
  REQUIRE(run("gzip -t " + (scratch / "ours.gz").native() + " && gzip -dc " + (scratch / "ours.gz").native() + " >" +
              (scratch / "ours").native()));
  CHECK(read(scratch / "ours") == bytes);
  REQUIRE(run("cd " + scratch.path().native() + " && (gzip -c9 ours; printf x | gzip -c; gzip -c1 ours) >theirs.gz"));
  CHECK(gzip_unpacked(read(scratch / "theirs.gz")) == bytes + "x" + bytes);
}

TEST_CASE("a gzip stream that is cut short anywhere, damaged or followed by something else is refused", "[gzip]") {
  const std::string packed = gzip_packed(gzip_sample(5000));
  for (std::size_t size = 1; size < packed.size(); ++size) {
    INFO(size);
    REQUIRE(contains(message_of([&] { static_cast<void>(gzip_unpacked(packed.substr(0, size))); }), "cut short"));
  }
  std::string damaged = packed;
  damaged[packed.size() - 6] = static_cast<char>(damaged[packed.size() - 6] ^ 1);  // the check sum
  CHECK(contains(message_of([&] { static_cast<void>(gzip_unpacked(damaged)); }), "damaged"));
  CHECK(code_of([&] { static_cast<void>(gzip_unpacked(packed + "junk")); }) != ExitCode::done);
}
