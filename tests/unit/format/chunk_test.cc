// SPDX-License-Identifier: Apache-2.0
#include "format/chunk.h"

#include <catch2/catch.hpp>

#include <set>

#include "common/error.h"
#include "format/limits.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

struct Packed {
  Scratch scratch;
  std::vector<ChunkInfo> chunks;
  [[nodiscard]] std::string stored(std::size_t index) const {
    return read(spooled_chunk(scratch.path(), chunks.at(index)));
  }
};

// Documents of these sizes, then one drop.
void pack(Packed& packed, const std::vector<std::size_t>& sizes) {
  ChunkWriter writer(packed.scratch.path());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    writer.put({id(static_cast<unsigned>(i + 1)), 1}, Dialect::upd,
               std::string(sizes[i], static_cast<char>('a' + i % 26)));
  writer.drop({id(9999), 1}, DropReason::removed);
  packed.chunks = writer.finish();
}

std::size_t records(const ChunkInfo& chunk, const std::string& stored) {
  Decompressor decompressor;
  std::size_t count = 0;
  read_chunk(chunk, stored, decompressor, {}, [&count](const Record&) { ++count; });
  return count;
}

}  // namespace

TEST_CASE("records go through chunks unchanged and in order", "[chunk]") {
  Packed packed;
  pack(packed, {1, 1000, 3'000'000, 2'000'000, 10});
  REQUIRE(packed.chunks.size() == 2);
  Decompressor decompressor;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < packed.chunks.size(); ++i)
    read_chunk(packed.chunks[i], packed.stored(i), decompressor, {}, [&sizes](const Record& record) {
      sizes.push_back(record.kind == Record::Kind::put ? record.document.size() : 0);
    });
  CHECK(sizes == std::vector<std::size_t>{1, 1000, 3'000'000, 2'000'000, 10, 0});
}

TEST_CASE("a chunk stays within its target unless one document alone is larger", "[chunk]") {
  Packed packed;
  pack(packed, {100, 5'000'000, 100, limits::chunk_target_raw_bytes - 1000, 2000});
  for (const ChunkInfo& chunk : packed.chunks)
    CHECK((chunk.raw_size <= limits::chunk_target_raw_bytes || chunk.records == 1));
  CHECK(packed.chunks.size() == 4);  // 100 | 5,000,000 | 100 and the fourth | 2000 and the drop
  CHECK(packed.chunks[1].raw_size > 5'000'000);
}

TEST_CASE("chunks are numbered from 1 and described as they are stored", "[chunk]") {
  Packed packed;
  pack(packed, {3'000'000, 3'000'000});
  REQUIRE(packed.chunks.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(packed.chunks[i].name == chunk_name(i + 1));
    CHECK(packed.chunks[i].size == packed.stored(i).size());
    CHECK(packed.chunks[i].sha256 == sha256(packed.stored(i)));
    CHECK(records(packed.chunks[i], packed.stored(i)) == packed.chunks[i].records);
  }
  CHECK(chunk_name(1) == "chunks/000001.zst");
  CHECK(spooled_chunk("/spool", packed.chunks[0]) == "/spool/000001.zst");
}

TEST_CASE("a bundle without changes still has one chunk, with nothing in it", "[chunk]") {
  Packed packed;
  ChunkWriter writer(packed.scratch.path());
  packed.chunks = writer.finish();
  REQUIRE(packed.chunks.size() == 1);
  CHECK(packed.chunks[0].records == 0);
  CHECK(packed.chunks[0].raw_size == 0);
  CHECK(records(packed.chunks[0], packed.stored(0)) == 0);
}

TEST_CASE("the same records give the same chunk bytes", "[chunk]") {
  Packed first;
  Packed second;
  pack(first, {100, 200, 4'500'000});
  pack(second, {100, 200, 4'500'000});
  CHECK(first.chunks == second.chunks);
}

TEST_CASE("a chunk whose bytes or description differ is refused by name", "[chunk]") {
  Packed packed;
  pack(packed, {100, 200});
  const ChunkInfo good = packed.chunks[0];
  const std::string stored = packed.stored(0);
  for (std::size_t at = 0; at < stored.size(); ++at) {
    std::string bad = stored;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    CHECK_THROWS_WITH(records(good, bad), Catch::Contains("chunks/000001.zst"));
  }
  CHECK_THROWS_AS(records(good, stored + "x"), FormatError);
  CHECK_THROWS_AS(records(good, stored.substr(1)), FormatError);
  const auto refused = [&](auto change) {
    ChunkInfo bad = good;
    change(bad);
    return code_of([&] { static_cast<void>(records(bad, stored)); }) == ExitCode::damaged;
  };
  CHECK(refused([](ChunkInfo& chunk) { ++chunk.size; }));
  CHECK(refused([](ChunkInfo& chunk) { ++chunk.raw_size; }));
  CHECK(refused([](ChunkInfo& chunk) { --chunk.raw_size; }));
  CHECK(refused([](ChunkInfo& chunk) { ++chunk.records; }));
  CHECK(refused([](ChunkInfo& chunk) { --chunk.records; }));
  CHECK(refused([](ChunkInfo& chunk) { chunk.sha256 = {}; }));
}

TEST_CASE("no record is seen before the chunk's digest was found right", "[chunk]") {
  Packed packed;
  pack(packed, {100});
  ChunkInfo chunk = packed.chunks[0];
  chunk.sha256 = {};
  Decompressor decompressor;
  bool seen = false;
  CHECK_THROWS_AS(read_chunk(chunk, packed.stored(0), decompressor, {}, [&seen](const Record&) { seen = true; }),
                  FormatError);
  CHECK_FALSE(seen);
}

namespace {

// A document that the base holds; those of one number resemble each other, as those of one publisher do.
std::string base_document(const RevisionId& of) {
  std::string document;
  for (std::uint32_t i = 0; i < 300; ++i) document += std::to_string((of.number * 2654435761U + i) * 40503U) + " ";
  return document;
}

// One chunk with a document each that resembles its reference.
void pack_with_references(Packed& packed, unsigned documents) {
  ChunkWriter writer(packed.scratch.path(), chunk_compression_level, base_document);
  for (unsigned i = 1; i <= documents; ++i) {
    const RevisionId reference{id(i), i};
    writer.put({id(i), i + 1}, Dialect::upd, "new " + base_document(reference), {reference, reference});
  }
  packed.chunks = writer.finish();
}

ExitCode code_of_reading(const ChunkInfo& chunk, const std::string& stored, const LoadReference& load) {
  return code_of([&] {
    Decompressor decompressor;
    read_chunk(chunk, stored, decompressor, load, [](const Record&) {});
  });
}

// As the chunk of `packed` would be with other references before its frame.
std::pair<ChunkInfo, std::string> with_references(const Packed& packed, const std::string& references) {
  std::string stored = packed.stored(0);
  std::string_view frame = stored;
  static_cast<void>(take_skippable_frame(frame));
  stored = skippable_frame(references) + std::string(frame);
  ChunkInfo chunk = packed.chunks[0];
  chunk.size = stored.size();
  chunk.sha256 = sha256(stored);
  return {chunk, stored};
}

}  // namespace

TEST_CASE("documents are written against their references", "[chunk]") {
  Packed packed;
  pack_with_references(packed, 20);
  REQUIRE(packed.chunks.size() == 1);
  CHECK(packed.chunks[0].size < packed.chunks[0].raw_size / 20);
  Decompressor decompressor;
  std::uint32_t seen = 0;
  read_chunk(packed.chunks[0], packed.stored(0), decompressor, base_document, [&seen](const Record& record) {
    ++seen;
    CHECK(record.document == "new " + base_document({id(seen), seen}));
  });
  CHECK(seen == 20);
}

TEST_CASE("references that take too much room are left out", "[chunk]") {
  Packed packed;
  ChunkWriter writer(packed.scratch.path(), 1,
                     [](const RevisionId& of) { return std::string(3'000'000, static_cast<char>('a' + of.number)); });
  for (std::uint32_t i = 1; i <= 5; ++i) writer.put({id(i), 1}, Dialect::upd, "x", {{id(i), i}});
  packed.chunks = writer.finish();
  std::set<std::uint32_t> asked;
  Decompressor decompressor;
  read_chunk(
      packed.chunks.at(0), packed.stored(0), decompressor,
      [&asked](const RevisionId& of) {
        asked.insert(of.number);
        return std::string(3'000'000, static_cast<char>('a' + of.number));
      },
      [](const Record&) {});
  CHECK(asked == std::set<std::uint32_t>{1, 2});
}

TEST_CASE("references that are not what they should be are refused", "[chunk]") {
  Packed packed;
  pack_with_references(packed, 3);
  const std::string stored = packed.stored(0);
  CHECK(code_of_reading(packed.chunks[0], stored, base_document) == ExitCode::done);
  // At a machine that holds none of the documents nothing is wrong with the bundle.
  CHECK(code_of_reading(packed.chunks[0], stored, {}) == ExitCode::failed);
  CHECK(code_of_reading(packed.chunks[0], stored,
                        [](const RevisionId&) -> std::string { throw FormatError("not there"); }) == ExitCode::damaged);
  CHECK(code_of_reading(packed.chunks[0], stored, [](const RevisionId&) { return std::string(5'000'000, 'x'); }) ==
        ExitCode::damaged);
  for (const std::string& references : {std::string(), std::string("x"), std::string(19, 'x'), std::string(21, 'x'),
                                        std::string(20 * (limits::max_references + 1), 'x')}) {
    const auto [chunk, bytes] = with_references(packed, references);
    CHECK(code_of_reading(chunk, bytes, base_document) == ExitCode::damaged);
  }
}
