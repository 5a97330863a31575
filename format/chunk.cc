// SPDX-License-Identifier: Apache-2.0
#include "format/chunk.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/limits.h"

namespace ferry::format {

namespace {

// Chunks that are compressed at once, however many cores there are: zstd takes 30 MiB for each at this level.
constexpr std::size_t packed_at_once = 2;

// Update id and, little-endian, the number.
constexpr std::size_t reference_bytes = 20;

std::string packed_references(const std::vector<RevisionId>& references) {
  std::string packed;
  for (const RevisionId& id : references) {
    packed.append(id.update.bytes());
    for (unsigned shift = 0; shift < 32; shift += 8) packed += static_cast<char>((id.number >> shift) & 0xFFU);
  }
  return packed;
}

std::vector<RevisionId> unpacked_references(std::string_view packed) {
  if (packed.empty() || packed.size() % reference_bytes != 0 ||
      packed.size() / reference_bytes > limits::max_references)
    throw FormatError(fmt::format("references have {} bytes; expected {} for each, and 1 to {}", packed.size(),
                                  reference_bytes, limits::max_references));
  std::vector<RevisionId> references;
  for (; !packed.empty(); packed.remove_prefix(reference_bytes)) {
    RevisionId id{*Guid::from_bytes(packed.substr(0, 16)), 0};
    for (std::size_t i = 0; i < 4; ++i)
      id.number |= std::uint32_t{static_cast<unsigned char>(packed[16 + i])} << (8 * i);
    references.push_back(id);
  }
  return references;
}

std::string prefix_of(std::string_view packed, const LoadReference& load) {
  const std::vector<RevisionId> references = unpacked_references(packed);
  if (!load)
    throw Error(
        "its documents are written against others that the site holds, and can be read only there; give --point, or "
        "export it with --stands-alone");
  std::string prefix;
  for (const RevisionId& id : references) {
    prefix += load(id);
    if (prefix.size() > limits::max_reference_bytes)
      throw FormatError(
          fmt::format("its references have more than {} bytes of documents", limits::max_reference_bytes));
  }
  return prefix;
}

}  // namespace

ChunkWriter::ChunkWriter(std::filesystem::path spool, int level, LoadReference load)
    : spool_(std::move(spool)), level_(level), load_(std::move(load)) {}

void ChunkWriter::put(const RevisionId& id, Dialect dialect, std::string_view document,
                      const std::vector<RevisionId>& references) {
  make_room(document.size() + max_record_line_bytes + 1);
  refer(references);
  append_put(raw_.records, id, dialect, document);
  ++raw_.count;
}

void ChunkWriter::drop(const RevisionId& id, DropReason reason) {
  make_room(max_record_line_bytes);
  append_drop(raw_.records, id, reason);
  ++raw_.count;
}

void ChunkWriter::approve(const UpdateId& update) {
  make_room(max_record_line_bytes);
  append_approve(raw_.records, update);
  ++raw_.count;
}

void ChunkWriter::refer(const std::vector<RevisionId>& references) {
  for (const RevisionId& id : references) {
    if (raw_.references.size() == limits::max_references || !referred_.insert(id).second) continue;
    const std::string document = load_(id);
    if (raw_.prefix.size() + document.size() > limits::max_reference_bytes) continue;
    raw_.prefix += document;
    raw_.references.push_back(id);
  }
}

void ChunkWriter::make_room(std::uint64_t bytes) {
  if (!raw_.records.empty() && raw_.records.size() + bytes > limits::chunk_target_raw_bytes) flush();
}

void ChunkWriter::flush() {
  // What a document of 50 MB takes is not taken twice at once.
  const bool is_large = raw_.records.size() > limits::chunk_target_raw_bytes;
  while (!ahead_.empty() && (is_large || ahead_.size() == packed_at_once)) store_oldest();
  if (compressors_.size() < packed_at_once) compressors_.push_back(std::make_unique<Compressor>(level_));
  // In turns: the one whose chunk was stored last.
  Compressor& compressor = *compressors_[flushed_++ % compressors_.size()];
  const auto raw = std::make_shared<Raw>(std::move(raw_));
  raw_ = {};
  referred_.clear();
  ahead_.begin([raw, &compressor] { return compressed(*raw, compressor); });
  if (is_large) store_oldest();
}

ChunkWriter::Stored ChunkWriter::compressed(const Raw& raw, Compressor& compressor) {
  Stored stored;
  stored.bytes = compressor.compress(raw.records, raw.prefix);
  if (!raw.references.empty()) stored.bytes.insert(0, skippable_frame(packed_references(raw.references)));
  stored.info.size = stored.bytes.size();
  stored.info.sha256 = sha256(stored.bytes);
  stored.info.raw_size = raw.records.size();
  stored.info.records = raw.count;
  return stored;
}

void ChunkWriter::store_oldest() {
  Stored stored = ahead_.take();
  stored.info.name = chunk_name(chunks_.size() + 1);
  spool_chunk(spool_, stored.info, stored.bytes);
  chunks_.push_back(std::move(stored.info));
}

std::vector<ChunkInfo> ChunkWriter::finish(bool may_be_none) {
  if (raw_.count > 0 || (flushed_ == 0 && !may_be_none)) flush();
  while (!ahead_.empty()) store_oldest();
  flushed_ = 0;
  return std::move(chunks_);
}

void spool_chunk(const std::filesystem::path& spool, const ChunkInfo& chunk, std::string_view stored) {
  const std::filesystem::path path = spooled_chunk(spool, chunk);
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  PlainFile file(path);
  file.write(stored);
  file.close();
}

std::filesystem::path spooled_chunk(const std::filesystem::path& spool, const ChunkInfo& chunk) {
  return spool / chunk.name.substr(chunk.name.find('/') + 1);
}

namespace {

template <typename Call>
auto naming_chunk(const ChunkInfo& chunk, const Call& call) {
  try {
    return call();
  } catch (Error& error) {
    error.add_context(chunk.name);
    throw;
  }
}

}  // namespace

CheckedChunk check_chunk(const ChunkInfo& chunk, std::string_view stored, const LoadReference& load) {
  return naming_chunk(chunk, [&] {
    const Digest found = sha256(stored);
    if (stored.size() != chunk.size || found != chunk.sha256)
      throw FormatError(fmt::format("{} bytes with digest {}, manifest says {} bytes with {}", stored.size(),
                                    found.hex(), chunk.size, chunk.sha256.hex()));
    std::string_view frame = stored;
    const std::string_view references = take_skippable_frame(frame);
    std::string prefix = frame.size() == stored.size() ? std::string() : prefix_of(references, load);
    return CheckedChunk{chunk, std::string(frame), std::move(prefix)};
  });
}

std::string expand_chunk(const CheckedChunk& chunk, Decompressor& decompressor) {
  return naming_chunk(chunk.info,
                      [&] { return decompressor.decompress(chunk.frame, chunk.info.raw_size, chunk.prefix); });
}

void visit_records(const ChunkInfo& chunk, std::string_view raw, const std::function<void(const Record&)>& visit) {
  naming_chunk(chunk, [&] {
    RecordReader reader(raw);
    std::uint64_t records = 0;
    while (const auto record = reader.next()) {
      ++records;
      visit(*record);
    }
    if (records != chunk.records)
      throw FormatError(fmt::format("{} records, manifest says {}", records, chunk.records));
  });
}

void read_chunk(const ChunkInfo& chunk, std::string_view stored, Decompressor& decompressor, const LoadReference& load,
                const std::function<void(const Record&)>& visit) {
  visit_records(chunk, expand_chunk(check_chunk(chunk, stored, load), decompressor), visit);
}

void visit_spooled(const Manifest& manifest, const std::filesystem::path& spool, const LoadReference& load,
                   const std::function<void(const Record&)>& visit) {
  Decompressor decompressor;
  for (const VolumeContents& contents : manifest.volumes) {
    for (const ChunkInfo& chunk : contents.chunks)
      read_chunk(chunk, read_file(spooled_chunk(spool, chunk), limits::max_chunk_raw_bytes), decompressor, load, visit);
  }
}

}  // namespace ferry::format
