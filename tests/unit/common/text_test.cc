// SPDX-License-Identifier: Apache-2.0
#include "common/text.h"

#include <catch2/catch.hpp>

#include "common/error.h"

using namespace ferry;

TEST_CASE("a title cannot send control sequences to a terminal", "[text]") {
  CHECK(for_terminal("red \x1b[31m\r\n") == "red \\u{1b}[31m\\u{d}\\u{a}");
  CHECK(for_terminal("\xe2\x80\xae" "gnp.exe") == "\\u{202e}gnp.exe");
  CHECK(for_terminal("bad \xff byte") == "bad \\x{ff} byte");
}

TEST_CASE("sizes are read with decimal and binary units and nothing else", "[text]") {
  CHECK(parse_size("4480MiB", "size") == 4480ULL * 1024 * 1024);
  CHECK(parse_size("4.7GB", "size") == 4'700'000'000ULL);
  CHECK(parse_size("650", "size") == 650);
  for (const char* wrong : {"", "MiB", "-1", "1.2.3", "4 parsecs", "0x10", "99999999999999999999"})
    CHECK_THROWS_AS(parse_size(wrong, "size"), UsageError);
}
