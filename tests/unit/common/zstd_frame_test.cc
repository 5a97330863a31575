// SPDX-License-Identifier: Apache-2.0
#include "common/zstd_frame.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "common/error.h"

using namespace ferry;

namespace {

using namespace std::string_literals;

const std::string magic = "\x28\xb5\x2f\xfd"s;

// RFC 8878: the frame header after the magic number, then blocks.
std::string frame(const std::string& header, const std::string& blocks) { return magic + header + blocks; }

// One last block: raw bytes, or one byte repeated.
std::string raw_block(const std::string& bytes) {
  return std::string{static_cast<char>(bytes.size() << 3U | 1U), '\0', '\0'} + bytes;
}
std::string repeated_block(char byte, unsigned count) {
  const unsigned header = count << 3U | 1U << 1U | 1U;
  return std::string{static_cast<char>(header), static_cast<char>(header >> 8U), static_cast<char>(header >> 16U),
                     byte};
}

}  // namespace

TEST_CASE("what was compressed comes back, at every size and with one context", "[zstd]") {
  Compressor compressor(9);
  Decompressor decompressor;
  for (const std::size_t size : {0UL, 1UL, 255UL, 256UL, 70'000UL, 3'000'000UL}) {
    std::string raw(size, 'x');
    for (std::size_t i = 0; i < size; i += 7) raw[i] = static_cast<char>(i * 31);
    CHECK(decompressor.decompress(compressor.compress(raw), size) == raw);
  }
}

TEST_CASE("the same bytes at the same level give the same frame", "[zstd]") {
  const std::string raw = "the same bytes, the same bytes, the same bytes";
  Compressor first(9);
  Compressor second(9);
  CHECK_FALSE(second.compress("something before").empty());  // memory that is reused must not show
  CHECK(first.compress(raw) == second.compress(raw));
}

TEST_CASE("a frame must hold exactly the size that was promised", "[zstd]") {
  const std::string stored = Compressor(9).compress("0123456789");
  Decompressor decompressor;
  CHECK_THROWS_AS(decompressor.decompress(stored, 9), FormatError);
  CHECK_THROWS_AS(decompressor.decompress(stored, 11), FormatError);
  CHECK_THROWS_AS(decompressor.decompress(stored, 0), FormatError);
  CHECK(decompressor.decompress(stored, 10) == "0123456789");  // and errors leave the context usable
}

TEST_CASE("nothing may stand beside the one frame", "[zstd]") {
  const std::string stored = Compressor(9).compress("0123456789");
  Decompressor decompressor;
  CHECK_THROWS_AS(decompressor.decompress(stored + "x", 10), FormatError);
  CHECK_THROWS_AS(decompressor.decompress(stored + stored, 10), FormatError);
  CHECK_THROWS_AS(decompressor.decompress(stored + stored, 20), FormatError);
  CHECK_THROWS_AS(decompressor.decompress("x" + stored, 10), FormatError);
  CHECK_THROWS_AS(decompressor.decompress("", 0), FormatError);
  for (std::size_t length = 0; length < stored.size(); ++length)
    CHECK_THROWS_AS(decompressor.decompress(std::string_view(stored).substr(0, length), 10), FormatError);
}

TEST_CASE("a skippable frame is no frame, whatever size was promised", "[zstd]") {
  // RFC 8878 section 3.1.2: its content is user data that a decoder throws away, a place to hide bytes.
  const std::string skippable =
      "\x50\x2a\x4d\x18\x04\x00\x00\x00"
      "hide"s;
  Decompressor decompressor;
  CHECK_THROWS_AS(decompressor.decompress(skippable, 4), FormatError);
  CHECK_THROWS_AS(decompressor.decompress(skippable + Compressor(9).compress("a"), 1), FormatError);
  CHECK_THROWS_AS(decompressor.decompress(skippable, 0), FormatError);
}

TEST_CASE("a frame that does not state its size is refused", "[zstd]") {
  Decompressor decompressor;
  CHECK_THROWS_WITH(decompressor.decompress(frame("\x00\x00"s, raw_block("abc")), 3),
                    Catch::Contains("does not state its size"));
  // The same frame with its size is fine, so it was the missing size and nothing else.
  CHECK(decompressor.decompress(frame("\x20\x03"s, raw_block("abc")), 3) == "abc");
}

TEST_CASE("a bomb that lies about its size is stopped at the promised size", "[zstd]") {
  Decompressor decompressor;
  CHECK_THROWS_AS(decompressor.decompress(frame("\x20\x03"s, repeated_block('a', 100'000)), 3), FormatError);
  // Honest about 64 MiB in a few kilobytes, but that is not what the manifest says.
  const std::string bomb = Compressor(9).compress(std::string(64UL << 20U, '\0'));
  CHECK(bomb.size() < 10'000);
  CHECK_THROWS_AS(decompressor.decompress(bomb, 1000), FormatError);
  // Fewer bytes than stated.
  CHECK_THROWS_AS(decompressor.decompress(frame("\x20\x04"s, raw_block("abc")), 4), FormatError);
}

TEST_CASE("the version of the library is known for the manifest", "[zstd]") {
  CHECK(zstd_version().find('.') != std::string::npos);
}

TEST_CASE("what the prefix says is not said again, and is needed to read", "[zstd]") {
  std::string prefix;
  for (int i = 0; i < 2000; ++i) prefix += fmt::format("line {} of something long, {}\n", i, i * 7919 % 1000);
  const std::string raw = prefix.substr(1000, 20000) + "and something new" + prefix.substr(30000);
  Compressor compressor(9);
  Decompressor decompressor;
  const std::string alone = compressor.compress(raw);
  const std::string frame = compressor.compress(raw, prefix);
  CHECK(frame.size() * 5 < alone.size());
  CHECK(decompressor.decompress(frame, raw.size(), prefix) == raw);
  CHECK(compressor.compress(raw) == alone);  // a prefix is of one frame only
  CHECK(decompressor.decompress(alone, raw.size()) == raw);
  for (const std::string& wrong : {std::string(), prefix + "x"}) {
    std::string found;
    try {
      found = decompressor.decompress(frame, raw.size(), wrong);
    } catch (const FormatError&) {
      continue;
    }
    CHECK(found != raw);
  }
}

TEST_CASE("a skippable frame is taken from the front", "[zstd]") {
  const std::string bytes = skippable_frame("hidden") + "rest";
  std::string_view rest = bytes;
  CHECK(take_skippable_frame(rest) == "hidden");
  CHECK(rest == "rest");
  CHECK(take_skippable_frame(rest).empty());
  CHECK(rest == "rest");
  for (std::size_t size = 4; size < 8 + 6; ++size) {
    std::string_view cut = std::string_view(bytes).substr(0, size);
    CHECK_THROWS_AS(take_skippable_frame(cut), FormatError);
  }
}
