// SPDX-License-Identifier: Apache-2.0
// A chunk whose manifest entry fits its stored bytes: what is behind a valid signature and still wrong.
// Input: raw size (3 bytes, little-endian), record count (1 byte), stored bytes.
#include "format/chunk.h"

#include <algorithm>

#include "common/error.h"
#include "tests/fuzz/fuzz.h"

namespace {

// Some documents are there.
std::string reference(const ferry::format::RevisionId& id) {
  if (id.number % 4 == 3) throw ferry::FormatError("not in the base");
  std::string document;
  for (std::uint32_t i = 0; i < id.number % 1024; ++i) document += static_cast<char>('a' + (i * id.number) % 26);
  return document;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  constexpr std::size_t header_bytes = 4;
  if (size < header_bytes) return 0;
  static Decompressor decompressor;
  const std::string_view stored = fuzz::view(data, size).substr(header_bytes);
  format::ChunkInfo chunk;
  chunk.name = format::chunk_name(1);
  chunk.size = stored.size();
  // Up to 2 MiB: enough for several blocks, little enough to stay fast.
  chunk.raw_size = (data[0] | (std::uint64_t{data[1]} << 8U) | (std::uint64_t{data[2]} << 16U)) & 0x1FFFFFU;
  chunk.records = data[3];
  chunk.sha256 = sha256(stored);
  try {
    std::uint64_t records = 0;
    format::read_chunk(chunk, stored, decompressor, reference, [&records](const format::Record&) { ++records; });
    fuzz::require(records == chunk.records, "a chunk that is read has the records that were promised");
  } catch (const Error& error) {
    fuzz::require(error.code() == ExitCode::damaged, "a bad chunk is refused with exit code 15");
  }
  return 0;
}
