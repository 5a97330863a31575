// SPDX-License-Identifier: Apache-2.0
#include "common/utf8_source.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "common/encoding.h"
#include "common/error.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

// Gives few bytes at a time, so that characters fall apart.
class DripSource final : public Source {
 public:
  DripSource(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}
  std::size_t read(std::span<char> buffer) override {
    const std::size_t count = std::min({step_, buffer.size(), bytes_.size()});
    std::copy_n(bytes_.data(), count, buffer.data());
    bytes_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view bytes_;
  std::size_t step_;
};

std::string as_utf8(std::string_view bytes, std::size_t step = 1000) {
  DripSource source(bytes, step);
  Utf8Source utf8(source);
  return read_all(utf8, 1U << 20U, "text");
}

std::string bytes_swapped(std::string units) {
  for (std::size_t i = 0; i + 1 < units.size(); i += 2) std::swap(units[i], units[i + 1]);
  return units;
}

}  // namespace

TEST_CASE("text in every known encoding comes as UTF-8, however it is cut", "[utf8]") {
  const std::string text = "<a>\xc3\xbc\xe2\x82\xac\xf0\x9f\x9a\xa2\xf0\x9f\x9a\xa2</a>";
  const std::string units = utf16le_from_utf8(text);
  const auto step = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5}, std::size_t{1000});
  for (const std::string& bytes : {text, "\xef\xbb\xbf" + text, "\xff\xfe" + units, units,
                                   "\xfe\xff" + bytes_swapped(units), bytes_swapped(units)})
    CHECK(as_utf8(bytes, step) == text);
}

TEST_CASE("short and empty texts have an encoding, too", "[utf8]") {
  CHECK(as_utf8("").empty());
  CHECK(as_utf8("a") == "a");
  CHECK(as_utf8("\xef\xbb\xbf").empty());
  CHECK(as_utf8("\xff\xfe").empty());
  CHECK(as_utf8(std::string("a\0", 2)) == "a");
  CHECK(as_utf8(std::string("\0a", 2)) == "a");
}

TEST_CASE("UTF-16 that is none is refused", "[utf8]") {
  for (const std::string& bytes :
       {std::string("\xff\xfe\x61", 3), std::string("\xff\xfe\x00\xd8", 4), std::string("\xff\xfe\x00\xdc", 4),
        std::string("\xff\xfe\x00\xd8\x61\x00", 6), std::string("\xfe\xff\xd8\x00\x00\x61", 6)})
    CHECK(code_of([&] { static_cast<void>(as_utf8(bytes)); }) == ExitCode::failed);
}
