// SPDX-License-Identifier: Apache-2.0
#include "format/chunk.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/limits.h"

namespace ferry::format {

ChunkWriter::ChunkWriter(std::filesystem::path spool, int level) : spool_(std::move(spool)), compressor_(level) {}

void ChunkWriter::put(const RevisionId& id, Dialect dialect, std::string_view document) {
  make_room(document.size() + max_record_line_bytes + 1);
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

void ChunkWriter::make_room(std::uint64_t bytes) {
  if (!raw_.empty() && raw_.size() + bytes > limits::chunk_target_raw_bytes) flush();
}

void ChunkWriter::flush() {
  ChunkInfo chunk;
  chunk.name = chunk_name(chunks_.size() + 1);
  chunk.raw_size = raw_.size();
  chunk.records = records_;
  const std::string stored = compressor_.compress(raw_);
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

void read_chunk(const ChunkInfo& chunk, std::string_view stored, Decompressor& decompressor,
                const std::function<void(const Record&)>& visit) {
  try {
    const Digest found = sha256(stored);
    if (stored.size() != chunk.size || found != chunk.sha256)
      throw FormatError(fmt::format("{} bytes with digest {}, manifest says {} bytes with {}", stored.size(),
                                    found.hex(), chunk.size, chunk.sha256.hex()));
    const std::string raw = decompressor.decompress(stored, chunk.raw_size);
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

void visit_spooled(const Manifest& manifest, const std::filesystem::path& spool,
                   const std::function<void(const Record&)>& visit) {
  Decompressor decompressor;
  for (const VolumeContents& contents : manifest.volumes) {
    for (const ChunkInfo& chunk : contents.chunks)
      read_chunk(chunk, read_file(spooled_chunk(spool, chunk), limits::max_chunk_raw_bytes), decompressor, visit);
  }
}

}  // namespace ferry::format
