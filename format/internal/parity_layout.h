// SPDX-License-Identifier: Apache-2.0
// Where everything of a parity set lies: blocks in data and parity files, metadata sectors. FORMAT.md, "Parity".
#pragma once

#include <optional>

#include "format/parity.h"

namespace ferry::format::parity {

inline constexpr std::uint64_t sector_bytes = 2048;
inline constexpr std::size_t header_bytes = 92;
inline constexpr std::size_t payload_bytes = 1952;  // then the sector's checksum, 4 bytes
inline constexpr std::uint64_t checks_per_sector = payload_bytes / sizeof(std::uint32_t);
inline constexpr std::uint64_t sizes_per_sector = payload_bytes / sizeof(std::uint64_t);

// 128 GiB of sectors, 4 TiB of blocks of whole volumes. A reader keeps a bit for each: 8 MiB.
inline constexpr std::uint64_t max_blocks = 1ULL << 26U;
inline constexpr std::uint32_t max_files = 9999;
inline constexpr std::uint32_t max_copies = 64;
inline constexpr std::uint64_t max_data_file_bytes = (1ULL << 53U) - 1;

inline constexpr std::uint32_t percent_block_bytes = 2048;  // a sector of discs
inline constexpr std::uint32_t volumes_block_bytes = 64 * 1024;

// The part of the code that one parity file holds.
struct Part {
  std::uint64_t first_stripe = 0;
  std::uint64_t stripes = 0;
  std::uint32_t first_shard = 0;  // 0 for the first parity shard
  std::uint32_t shards = 0;
  [[nodiscard]] std::uint64_t blocks() const noexcept { return stripes * shards; }
};

// What stands in the front of every metadata sector.
struct SectorHeader {
  ParityShape shape;  // without the sizes, but with as many of them
  Digest set_id;
  std::uint32_t file = 0;    // 0 for the first parity file
  std::uint32_t sector = 0;  // of the file's metadata
};

// The sector is good by itself: magic, checksum, version and ranges. Nothing where it is no metadata sector. Throws
// FormatError: 19 for a later version, 15 for fields that no writer makes.
[[nodiscard]] std::optional<SectorHeader> decode_header(std::string_view sector);

// Throws FormatError unless numbers and sizes fit each other.
void check_shape(const ParityShape& shape);

// Blocks of one data file inside a run of blocks.
struct DataPiece {
  std::size_t file = 0;
  std::uint64_t block = 0;  // of the file
  std::uint64_t count = 0;
  std::uint64_t place = 0;  // of the first one in the run
};

class Layout {
 public:
  // REQUIRES: check_shape() passes, or would if the sizes were not still zeros; all about parity files is right then.
  Layout(ParityShape shape, const Digest& set_id);

  [[nodiscard]] const ParityShape& shape() const noexcept { return shape_; }
  [[nodiscard]] const Digest& set_id() const noexcept { return set_id_; }
  [[nodiscard]] std::uint64_t shards() const noexcept { return shape_.data_shards + shape_.parity_shards; }
  [[nodiscard]] std::uint64_t block_bytes() const noexcept { return shape_.block_bytes; }

  // Data blocks are numbered shard by shard: block t of shard s is s * stripes + t.
  [[nodiscard]] std::uint64_t file_blocks(std::size_t file) const noexcept;
  [[nodiscard]] std::uint64_t first_block(std::size_t file) const noexcept { return first_blocks_[file]; }
  // Bytes of a file in `count` blocks from `block` on; the last block of a file may be short.
  [[nodiscard]] std::uint64_t bytes_in(std::size_t file, std::uint64_t block, std::uint64_t count) const noexcept;
  // Visits what files there are in data blocks [first, first + count); blocks of none are zeros.
  void visit_data(std::uint64_t first, std::uint64_t count, const std::function<void(const DataPiece&)>& visit) const;

  [[nodiscard]] Part part(std::size_t parity_file) const noexcept;
  [[nodiscard]] std::uint64_t size_sectors() const noexcept;
  [[nodiscard]] std::uint64_t metadata_sectors(std::size_t parity_file) const noexcept;
  [[nodiscard]] std::uint64_t file_bytes(std::size_t parity_file) const noexcept;
  [[nodiscard]] std::uint64_t sector_offset(std::size_t parity_file, std::uint64_t copy,
                                            std::uint64_t sector) const noexcept;
  // Visits blocks [first, first + count) of a parity file as (offset, place of the first in the run, count).
  void visit_parity(std::size_t parity_file, std::uint64_t first, std::uint64_t count,
                    const std::function<void(std::uint64_t, std::uint64_t, std::uint64_t)>& visit) const;

  // A whole metadata sector; the payload may be shorter than its room.
  [[nodiscard]] std::string sector(std::size_t parity_file, std::uint64_t number, std::string_view payload) const;
  // True when the 2048 bytes are that sector of this set, whatever its payload.
  [[nodiscard]] bool is_sector(std::string_view bytes, std::size_t parity_file, std::uint64_t number) const;

 private:
  [[nodiscard]] std::string header(std::size_t parity_file, std::uint64_t number) const;

  ParityShape shape_;
  Digest set_id_;
  std::vector<std::uint64_t> first_blocks_;
};

[[nodiscard]] std::uint64_t read_u64(std::string_view bytes, std::size_t at) noexcept;
[[nodiscard]] std::uint32_t read_u32(std::string_view bytes, std::size_t at) noexcept;
void append_u64(std::string& bytes, std::uint64_t value);
void append_u32(std::string& bytes, std::uint32_t value);

}  // namespace ferry::format::parity
