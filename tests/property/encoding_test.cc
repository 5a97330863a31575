// SPDX-License-Identifier: Apache-2.0
// Encoding and decoding are inverse on random values.
#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/chunk.h"
#include "tests/property/property_support.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

std::string random_bytes(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

// Text as it may stand in an attribute: any Unicode that XML allows, markup and white space included.
std::string random_text(Random& random) {
  static constexpr const char* pieces[] = {
      "a",  "Z",        "<",     ">",   "&", "\"", "'",  " ", "\t",           "\n",
      "\r", "\xc3\xbc", "&amp;", "]]>", "0", "%n", "\\", "/", "\xe2\x80\xae", "\xf0\x9f\x9a\xa2"};
  std::string text;
  for (std::uint32_t left = random.below(12); left > 0; --left) text += random.pick(pieces);
  return text;
}

Digest random_digest(Random& random) { return sha256(random_bytes(random, 8)); }
Guid random_guid(Random& random) { return *Guid::from_bytes(random_bytes(random, 16)); }
std::uint64_t random_number(Random& random) { return (random.next() >> 11U) >> random.below(53); }

// Whole files, and files in parts that are scattered over the volumes in their order.
void add_files(Random& random, format::Manifest& manifest) {
  for (std::uint32_t left = random.below(4); left > 0; --left) {
    format::FilePart part;
    part.file = random_digest(random);
    const std::uint64_t parts = 1 + random.below(3);
    part.file_size = parts * (1 + random.below(1U << 20U));
    std::size_t volume = random.below(static_cast<std::uint32_t>(manifest.volumes.size()));
    for (std::uint64_t i = 1; i <= parts; ++i) {
      part.number = parts == 1 ? 0 : i;
      part.size = part.file_size / parts;
      part.sha256 = parts == 1 ? part.file : random_digest(random);
      manifest.volumes[volume].files.push_back(part);
      part.offset += part.size;
      if (volume + 1 < manifest.volumes.size() && random.percent(50)) ++volume;
    }
    ++manifest.files;
    manifest.file_bytes += part.file_size;
  }
}

format::Manifest random_manifest(Random& random) {
  format::Manifest manifest;
  manifest.tool = random_text(random);
  manifest.compressor = random_text(random);
  manifest.bundle_name = random_text(random);
  manifest.created = {static_cast<std::int64_t>(random.below(0x7FFFFFFF))};
  manifest.next_expected = {manifest.created.seconds + random.below(10'000'000)};
  manifest.valid_until = {manifest.next_expected.seconds + random.below(10'000'000)};
  manifest.epoch = random.below(1000);
  for (std::uint32_t left = random.below(4); left > 0; --left)
    manifest.trust.push_back(
        {format::trust_file_name(manifest.trust.size() + 1), random.below(1U << 20U), random_digest(random)});
  manifest.publisher_id = random_guid(random);
  manifest.publisher_name = random_text(random);
  manifest.feed = random.percent(50) ? "all" : "plant-1.x";
  manifest.lineage = random_guid(random);
  for (std::uint32_t left = random.below(3); left > 0; --left) manifest.recipients.push_back(random_text(random));
  const std::uint64_t first = random_number(random) / 2;
  for (std::uint64_t i = 0, count = random.below(5); i < count; ++i)
    manifest.bases.push_back({first + i, random_digest(random)});
  manifest.kind = manifest.bases.empty() ? format::BundleKind::full : format::BundleKind::delta;
  manifest.target = {manifest.bases.empty() ? first + 1 : first + manifest.bases.size(), random_digest(random)};
  manifest.updates = random_number(random);
  manifest.revisions = random_number(random);
  manifest.document_bytes = random_number(random);
  for (std::uint32_t left = random.below(3); left > 0; --left)
    manifest.earlier.push_back({random_text(random), random_number(random), random_number(random),
                                random_number(random), random_digest(random)});
  manifest.chain = {2 + random.below(1'000'000), random_digest(random)};
  for (std::uint32_t left = random.below(3); left > 0; --left)
    manifest.provenance.push_back({random_text(random), random_text(random), random_guid(random), random_number(random),
                                   random_number(random), random_digest(random)});
  std::uint64_t chunks = 0;
  std::uint64_t records = 0;
  manifest.volumes.resize(1 + random.below(4));
  for (auto& volume : manifest.volumes) {
    for (std::uint32_t left = random.below(4); left > 0; --left) {
      volume.chunks.push_back({format::chunk_name(++chunks), random.below(1U << 26U), random.below(1U << 26U),
                               random.below(5000), random_digest(random)});
      records += volume.chunks.back().records;
    }
  }
  add_files(random, manifest);
  if (random.percent(50)) manifest.languages = {"de", "en", "zh-cn"};
  manifest.content_policy = random.percent(50) ? "all" : "approved";
  manifest.drops = records > 0 ? random.below(static_cast<std::uint32_t>(records + 1)) : 0;
  manifest.approvals =
      records > manifest.drops ? random.below(static_cast<std::uint32_t>(records - manifest.drops)) : 0;
  manifest.puts = records - manifest.drops - manifest.approvals;
  return manifest;
}

struct OwnedRecord {
  format::Record::Kind kind;
  format::RevisionId id;
  format::Dialect dialect;
  format::DropReason reason;
  std::string document;
};

OwnedRecord random_record(Random& random, std::uint32_t max_document) {
  if (random.percent(10))
    return {
        format::Record::Kind::approve, {random_guid(random), 0}, format::Dialect::upd, format::DropReason::removed, {}};
  static constexpr format::DropReason reasons[] = {format::DropReason::replaced, format::DropReason::removed,
                                                   format::DropReason::deselected};
  OwnedRecord record;
  record.kind = random.percent(70) ? format::Record::Kind::put : format::Record::Kind::drop;
  record.id = {random_guid(random), random.between(1, 0x7FFFFFFF - 1) >> random.below(31)};
  if (record.id.number == 0) record.id.number = 0x7FFFFFFF;
  record.dialect = random.percent(50) ? format::Dialect::upd : format::Dialect::sdp;
  record.reason = random.pick(reasons);
  if (record.kind == format::Record::Kind::put) record.document = random_bytes(random, 1 + random.below(max_document));
  return record;
}

void check_equal(const format::Record& read, const OwnedRecord& written) {
  REQUIRE(read.kind == written.kind);
  REQUIRE(read.id == written.id);
  if (read.kind == format::Record::Kind::put) {
    REQUIRE(read.dialect == written.dialect);
    const bool is_same_document = read.document == written.document;
    REQUIRE(is_same_document);
  } else {
    REQUIRE(read.reason == written.reason);
  }
}

}  // namespace

TEST_CASE("a manifest of any values reads back as it was, from bytes that are the only ones", "[property][manifest]") {
  for (const std::uint64_t seed : seeds({61, 62})) {
    Random random(hash_of(seed, 6));
    for (int round = 0; round < 400; ++round) {
      INFO("FERRY_SEED=" << seed << ", round " << round);
      const format::Manifest manifest = random_manifest(random);
      const std::string bytes = format::encode(manifest);
      const format::Manifest again = format::parse_manifest(bytes);
      REQUIRE((again == manifest));
      REQUIRE(format::encode(again) == bytes);
      REQUIRE_THROWS_AS(format::parse_manifest(bytes + " "), FormatError);
    }
  }
}

TEST_CASE("records of any bytes read back as they were", "[property][record]") {
  for (const std::uint64_t seed : seeds({63, 64})) {
    Random random(hash_of(seed, 7));
    for (int round = 0; round < 200; ++round) {
      INFO("FERRY_SEED=" << seed << ", round " << round);
      std::vector<OwnedRecord> records;
      std::string chunk;
      for (std::uint32_t left = random.below(12); left > 0; --left) {
        records.push_back(random_record(random, 2000));
        const OwnedRecord& record = records.back();
        const std::size_t before = chunk.size();
        if (record.kind == format::Record::Kind::put) {
          format::append_put(chunk, record.id, record.dialect, record.document);
        } else {
          if (record.kind == format::Record::Kind::drop) format::append_drop(chunk, record.id, record.reason);
          if (record.kind == format::Record::Kind::approve) format::append_approve(chunk, record.id.update);
        }
        REQUIRE(chunk.size() - before <= record.document.size() + format::max_record_line_bytes + 1);
      }
      format::RecordReader reader(chunk);
      for (const OwnedRecord& record : records) {
        const auto read = reader.next();
        REQUIRE(read);
        check_equal(*read, record);
      }
      REQUIRE_FALSE(reader.next());
      if (chunk.empty()) continue;
      // Cut anywhere: a whole number of records, or a refusal.
      format::RecordReader cut(std::string_view(chunk).substr(0, chunk.size() - 1));
      REQUIRE_THROWS_AS(
          [&cut] {
            while (cut.next()) {
            }
          }(),
          FormatError);
    }
  }
}

TEST_CASE("chunks give back every record in order, and no chunk grows beyond its limit", "[property][chunk]") {
  for (const std::uint64_t seed : seeds({65})) {
    INFO("FERRY_SEED=" << seed);
    Random random(hash_of(seed, 8));
    const Scratch scratch;
    format::ChunkWriter writer(scratch.path(), 1);
    std::vector<OwnedRecord> records;
    for (int i = 0; i < 60; ++i) {
      records.push_back(random_record(random, 100'000));
      if (i % 10 == 0) {  // six of more than a mebibyte: never one chunk alone
        records.back().kind = format::Record::Kind::put;
        records.back().id.number = 1;
        records.back().document = random_bytes(random, 1'100'000 + random.below(2'000'000));
      }
      const OwnedRecord& record = records.back();
      if (record.kind == format::Record::Kind::put) {
        writer.put(record.id, record.dialect, record.document);
      } else if (record.kind == format::Record::Kind::approve) {
        writer.approve(record.id.update);
      } else {
        writer.drop(record.id, record.reason);
      }
    }
    const std::vector<format::ChunkInfo> chunks = writer.finish();
    REQUIRE(chunks.size() > 1);
    Decompressor decompressor;
    std::size_t at = 0;
    for (const format::ChunkInfo& chunk : chunks) {
      const std::string stored = read(format::spooled_chunk(scratch.path(), chunk));
      CHECK((chunk.raw_size <= 4ULL * 1024 * 1024 || chunk.records == 1));
      format::read_chunk(chunk, stored, decompressor, {}, [&](const format::Record& record) {
        REQUIRE(at < records.size());
        check_equal(record, records[at++]);
      });
      for (int flips = 0; flips < 5; ++flips) {
        std::string damaged = stored;
        damaged[random.below(static_cast<std::uint32_t>(damaged.size()))] ^= static_cast<char>(1 + random.below(255));
        CHECK_THROWS_AS(format::read_chunk(chunk, damaged, decompressor, {}, [](const format::Record&) {}), FormatError);
      }
    }
    CHECK(at == records.size());
  }
}
