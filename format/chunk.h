// SPDX-License-Identifier: Apache-2.0
// Chunks: records gathered into zstd frames of bounded size. FORMAT.md, "Chunk".
//
// A chunk of a delta may be compressed against documents that every accepted base holds, its references.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/work_ahead.h"
#include "common/zstd_frame.h"
#include "format/manifest.h"
#include "format/record.h"

namespace ferry::format {

// Level 9: on update metadata 15 to 25 % smaller than 3 and still faster than any stick (BENCH section 2).
inline constexpr int chunk_compression_level = 9;

// Gives the exact bytes of the document that a revision has in the base. Throws where there is none.
using LoadReference = std::function<std::string(const RevisionId&)>;

// Turns records into chunks, which it keeps as files in a spool directory until the bundle is written,
// since the manifest, which stands before them, needs their digests. Holds one raw chunk that grows, and two that are
// compressed meanwhile.
class ChunkWriter {
 public:
  // `spool` must exist and be ours alone; it must outlive the use of the chunks.
  // With `load`, puts may name references.
  explicit ChunkWriter(std::filesystem::path spool, int level = chunk_compression_level, LoadReference load = {});

  // Of the references, documents that resemble this one, so many are taken as there is room for.
  void put(const RevisionId& id, Dialect dialect, std::string_view document,
           const std::vector<RevisionId>& references = {});
  void drop(const RevisionId& id, DropReason reason);
  void approve(const UpdateId& update);
  // The chunks in order; at least one, which may hold nothing, unless `may_be_none`. The writer is then empty.
  [[nodiscard]] std::vector<ChunkInfo> finish(bool may_be_none = false);

 private:
  void make_room(std::uint64_t bytes);
  void refer(const std::vector<RevisionId>& references);
  void flush();
  void store_oldest();

  // A chunk before it is compressed.
  struct Raw {
    std::string records;
    std::uint64_t count = 0;
    std::vector<RevisionId> references;
    std::string prefix;  // their documents
  };
  struct Stored {
    ChunkInfo info;
    std::string bytes;
  };
  static Stored compressed(const Raw& raw, Compressor& compressor);

  std::filesystem::path spool_;
  int level_;
  LoadReference load_;
  Raw raw_;                        // grows
  std::set<RevisionId> referred_;  // its references, to find them
  std::size_t flushed_ = 0;
  std::vector<std::unique_ptr<Compressor>> compressors_;  // one for each chunk that is under way
  WorkAhead<Stored> ahead_;
  std::vector<ChunkInfo> chunks_;
};

// Where ChunkWriter keeps a chunk, and where an importer stages it.
[[nodiscard]] std::filesystem::path spooled_chunk(const std::filesystem::path& spool, const ChunkInfo& chunk);

// Writes one there, in place of what a run that was cut off left. Not flushed. Throws IoError.
void spool_chunk(const std::filesystem::path& spool, const ChunkInfo& chunk, std::string_view stored);

// A chunk whose stored bytes are those of the manifest, with what it is written against.
struct CheckedChunk {
  ChunkInfo info;
  std::string frame;
  std::string prefix;
};
// Checks stored bytes against the manifest and gathers references. What those say is only as good as `load`: the merged
// state's digest is what tells. Throws FormatError naming the chunk. Without `load` a chunk with references is an
// Error.
[[nodiscard]] CheckedChunk check_chunk(const ChunkInfo& chunk, std::string_view stored, const LoadReference& load);
// Decompresses it. Throws FormatError naming the chunk.
[[nodiscard]] std::string expand_chunk(const CheckedChunk& chunk, Decompressor& decompressor);
// Visits every record of it in order. Throws FormatError naming the chunk; the record count must be what the manifest
// says.
void visit_records(const ChunkInfo& chunk, std::string_view raw, const std::function<void(const Record&)>& visit);
// All three in one.
void read_chunk(const ChunkInfo& chunk, std::string_view stored, Decompressor& decompressor, const LoadReference& load,
                const std::function<void(const Record&)>& visit);

// Every record of a bundle, in order, from chunks that lie in a spool. Throws as read_chunk(), IoError.
void visit_spooled(const Manifest& manifest, const std::filesystem::path& spool, const LoadReference& load,
                   const std::function<void(const Record&)>& visit);

}  // namespace ferry::format
