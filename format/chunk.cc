// SPDX-License-Identifier: Apache-2.0
#include "format/chunk.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/limits.h"

namespace ferry::format {

namespace {

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
    throw Error("its documents are written against others that the site holds, and can be read only there");
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
    : spool_(std::move(spool)), compressor_(level), load_(std::move(load)) {}

void ChunkWriter::put(const RevisionId& id, Dialect dialect, std::string_view document,
                      const std::vector<RevisionId>& references) {
  make_room(document.size() + max_record_line_bytes + 1);
  refer(references);
  append_put(raw_, id, dialect, document);
  ++records_;
}

void ChunkWriter::drop(const RevisionId& id, DropReason reason) {
  make_room(max_record_line_bytes);
  append_drop(raw_, id, reason);
  ++records_;
}

void ChunkWriter::approve(const UpdateId& update) {
  make_room(max_record_line_bytes);
  append_approve(raw_, update);
  ++records_;
}

void ChunkWriter::refer(const std::vector<RevisionId>& references) {
  for (const RevisionId& id : references) {
    if (references_.size() == limits::max_references || !referred_.insert(id).second) continue;
    const std::string document = load_(id);
    if (prefix_.size() + document.size() > limits::max_reference_bytes) continue;
    prefix_ += document;
    references_.push_back(id);
  }
}

void ChunkWriter::make_room(std::uint64_t bytes) {
  if (!raw_.empty() && raw_.size() + bytes > limits::chunk_target_raw_bytes) flush();
}

void ChunkWriter::flush() {
  ChunkInfo chunk;
  chunk.name = chunk_name(chunks_.size() + 1);
  chunk.raw_size = raw_.size();
  chunk.records = records_;
  std::string stored = compressor_.compress(raw_, prefix_);
  if (!references_.empty()) stored.insert(0, skippable_frame(packed_references(references_)));
  references_.clear();
  referred_.clear();
  prefix_.clear();
  // A document of 50 MB must not keep its buffer for the rest of the run.
  if (raw_.capacity() > 2 * limits::chunk_target_raw_bytes) {
    std::string().swap(raw_);
  } else {
    raw_.clear();
  }
  records_ = 0;
  chunk.size = stored.size();
  chunk.sha256 = sha256(stored);
  spool_chunk(spool_, chunk, stored);
  chunks_.push_back(std::move(chunk));
}

std::vector<ChunkInfo> ChunkWriter::finish(bool may_be_none) {
  if (records_ > 0 || (chunks_.empty() && !may_be_none)) flush();
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

void read_chunk(const ChunkInfo& chunk, std::string_view stored, Decompressor& decompressor, const LoadReference& load,
                const std::function<void(const Record&)>& visit) {
  try {
    const Digest found = sha256(stored);
    if (stored.size() != chunk.size || found != chunk.sha256)
      throw FormatError(fmt::format("{} bytes with digest {}, manifest says {} bytes with {}", stored.size(),
                                    found.hex(), chunk.size, chunk.sha256.hex()));
    std::string_view frame = stored;
    const std::string_view references = take_skippable_frame(frame);
    const std::string prefix = frame.size() == stored.size() ? std::string() : prefix_of(references, load);
    const std::string raw = decompressor.decompress(frame, chunk.raw_size, prefix);
    RecordReader reader(raw);
    std::uint64_t records = 0;
    while (const auto record = reader.next()) {
      ++records;
      visit(*record);
    }
    if (records != chunk.records)
      throw FormatError(fmt::format("{} records, manifest says {}", records, chunk.records));
  } catch (Error& error) {
    error.add_context(chunk.name);
    throw;
  }
}

void visit_spooled(const Manifest& manifest, const std::filesystem::path& spool, const LoadReference& load,
                   const std::function<void(const Record&)>& visit) {
  Decompressor decompressor;
  for (const VolumeContents& contents : manifest.volumes) {
    for (const ChunkInfo& chunk : contents.chunks)
      read_chunk(chunk, read_file(spooled_chunk(spool, chunk), limits::max_chunk_raw_bytes), decompressor, load,
                 visit);
  }
}

}  // namespace ferry::format
