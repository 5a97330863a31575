// SPDX-License-Identifier: Apache-2.0
#include "common/encoding.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace ferry;

namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

}  // namespace

TEST_CASE("every byte survives hexadecimal and base64", "[encoding]") {
  for (std::size_t cut = 0; cut < 4; ++cut) {  // every length of a last base64 group
    const std::string bytes = all_bytes().substr(cut);
    CHECK(from_hex(to_hex(bytes)) == bytes);
    CHECK(from_base64(to_base64(bytes)) == bytes);
  }
  CHECK(to_hex("\x01\xab") == "01ab");
  CHECK(from_hex("01aB") == "\x01\xab");
  CHECK(from_hex("") == "");
  CHECK(from_base64("") == "");
}

TEST_CASE("base64 is that of RFC 4648", "[encoding]") {
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(from_base64(" Zm9v\r\n\tYmFy ") == "foobar");  // real documents break the line inside a digest
}

TEST_CASE("hexadecimal with an odd digit or a foreign character is nothing", "[encoding]") {
  for (const char* wrong : {"0", "0g", "0x10", " 0a", "0a ", "0A-1"}) CHECK_FALSE(from_hex(wrong));
}

TEST_CASE("a value has one base64 form only", "[encoding]") {
  // Padding missing, inside, too much; stray low bits; the URL alphabet; NUL.
  for (const char* wrong : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zh==", "Zm9=", "Zm-v", "Zm_v", "Zm9vYmF"})
    CHECK_FALSE(from_base64(wrong));
  CHECK_FALSE(from_base64(std::string_view("Zm9\0", 4)));
}

TEST_CASE("proquints are those of the proposal", "[encoding]") {
  // Wilkerson's examples: IPv4 addresses.
  CHECK(to_proquints(std::string("\x7F\0\0\x01", 4)) == "lusab-babad");
  CHECK(to_proquints("\x3F\x54\xDC\xC1") == "gutih-tugad");
  CHECK(to_proquints("\x3F\x76\x07\x23") == "gutuk-bisog");
  CHECK(to_proquints("\x8C\x62\xC1\x8D") == "mudof-sakat");
  CHECK(to_proquints("\x40\xFF\x06\xC8") == "haguz-biram");
  CHECK(to_proquints("\x93\x43\x77\x02") == "natag-lisaf");
  CHECK(to_proquints("\xD4\x3A\xFD\x44") == "tibup-zujah");
  CHECK(to_proquints("\xD8\x23\x44\xD7") == "tobog-higil");
  CHECK(to_proquints("") == "");
}

TEST_CASE("no two values of sixteen bits are the same word", "[encoding]") {
  std::set<std::string> words;
  for (unsigned value = 0; value < 65536; ++value) {
    const std::string bytes{static_cast<char>(value >> 8U), static_cast<char>(value & 0xFFU)};
    words.insert(to_proquints(bytes));
  }
  CHECK(words.size() == 65536);
}
