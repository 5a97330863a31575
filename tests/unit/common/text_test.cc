// SPDX-License-Identifier: Apache-2.0
#include "common/text.h"

#include <catch2/catch.hpp>

#include "common/error.h"

using namespace ferry;

TEST_CASE("a title cannot send control sequences to a terminal", "[text]") {
  CHECK(for_terminal("red \x1b[31m\r\n") == "red \\u{1b}[31m\\u{d}\\u{a}");
  CHECK(for_terminal("\xe2\x80\xae"
                     "gnp.exe") == "\\u{202e}gnp.exe");
  CHECK(for_terminal("bad \xff byte") == "bad \\x{ff} byte");
  CHECK(for_terminal("\x7f\xc2\x9b") == "\\u{7f}\\u{9b}");  // DEL, and the one-character form of ESC [
  CHECK(for_terminal(std::string_view("a\0b", 3)) == "a\\u{0}b");
  CHECK(for_terminal("Grüße, 日本") == "Grüße, 日本");
}

TEST_CASE("a long text is cut for a terminal, and the cut shows", "[text]") {
  CHECK(for_terminal("abcdef", 3) == "abc…");
  CHECK(for_terminal("abc", 3) == "abc");
  CHECK(quote("a\nb") == "'a\\u{a}b'");
}

TEST_CASE("text is UTF-8 only in its shortest form and without surrogates", "[text]") {
  for (const char* good : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x9a\xa2", "\xf4\x8f\xbf\xbf"})
    CHECK(is_utf8(good));
  for (const char* bad : {"\xff", "\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
                          "\xc3", "\xf8\x88\x80\x80\x80"})
    CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("sizes are read with decimal and binary units and nothing else", "[text]") {
  CHECK(parse_size("4480MiB", "size") == 4480ULL * 1024 * 1024);
  CHECK(parse_size("4.7GB", "size") == 4'700'000'000ULL);
  CHECK(parse_size("1.5GiB", "size") == 1'610'612'736ULL);
  CHECK(parse_size("4gb", "size") == 4'000'000'000ULL);
  CHECK(parse_size("650", "size") == 650);
  for (const char* wrong :
       {"", "MiB", "-1", "1.2.3", "4 parsecs", "0x10", "99999999999999999999", "1e3", "+1", "16777216TiB"})
    CHECK_THROWS_AS(parse_size(wrong, "size"), UsageError);
}

TEST_CASE("a number is read whole or not at all", "[text]") {
  CHECK(parse_u64("0") == 0U);
  CHECK(parse_u64("18446744073709551615") == 18446744073709551615ULL);
  for (const char* wrong : {"", "18446744073709551616", "+1", "-1", " 1", "1 ", "1.0", "0x1", "1a"})
    CHECK_FALSE(parse_u64(wrong));
  CHECK_FALSE(parse_u64(std::string_view("1\0", 2)));
}

TEST_CASE("sizes and counts read as people write them", "[text]") {
  CHECK(format_size(1023) == "1023 B");
  CHECK(format_size(1024) == "1.0 KiB");
  CHECK(format_size(1536) == "1.5 KiB");
  CHECK(format_size(1024 * 1024 - 1) == "1.0 MiB");  // never "1024.0 KiB"
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(28319) == "28,319");
  CHECK(format_count(1234567) == "1,234,567");
  CHECK(counted(1, "update", "updates") == "1 update");
  CHECK(counted(3000, "update", "updates") == "3,000 updates");
}

TEST_CASE("only ASCII letters change their case, so that ids compare the same in every locale", "[text]") {
  CHECK(to_lower("ABC-é-Z09") == "abc-é-z09");
  CHECK(equal_ignoring_case("Windows 11", "WINDOWS 11"));
  CHECK_FALSE(equal_ignoring_case("Windows 11", "Windows 10"));
  CHECK_FALSE(equal_ignoring_case("É", "é"));
}

TEST_CASE("splitting keeps empty parts", "[text]") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("a,", ',') == std::vector<std::string_view>{"a", ""});
  CHECK(trimmed(" \t a b \r\n") == "a b");
  CHECK(trimmed(" \n").empty());
}

TEST_CASE("wide characters take two columns of a table and combining ones none", "[text]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("日本語") == 6);
  CHECK(display_width("e\xcc\x81") == 1);
  CHECK(fit("short", 10) == "short");
  CHECK(fit("日本語", 5) == "日本…");
  CHECK(fit("日本語", 4) == "日…");  // half a character cannot be shown
}
