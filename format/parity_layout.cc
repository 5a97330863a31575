// SPDX-License-Identifier: Apache-2.0
#include "format/internal/parity_layout.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/erasure.h"

namespace ferry::format::parity {
namespace {

constexpr std::string_view magic = "FerryPar";
constexpr std::uint32_t version = 1;
constexpr std::size_t checksum_offset = header_bytes + payload_bytes;
static_assert(checksum_offset + sizeof(std::uint32_t) == sector_bytes);

std::uint64_t ceil_div(std::uint64_t value, std::uint64_t by) noexcept {
  return value / by + (value % by != 0 ? 1 : 0);
}

void require(bool holds, std::string_view what) {
  if (!holds) throw FormatError(fmt::format("parity metadata: {}", what));
}

// What can be said without the sizes. Every number is bounded here, so that later arithmetic cannot overflow.
void check_numbers(const ParityShape& shape, std::uint64_t data_files) {
  const bool is_percent = shape.mode.kind == ParityKind::percent;
  require(is_percent || shape.mode.kind == ParityKind::volumes, "unknown mode");
  require(shape.mode.strength >= 1 && shape.mode.strength <= (is_percent ? 20U : 8U), "strength out of range");
  require(shape.data_shards >= 1 && shape.parity_shards >= 1 && shape.data_shards <= ErasureCode::max_blocks &&
              shape.parity_shards <= ErasureCode::max_blocks - shape.data_shards,
          "number of shards out of range");
  require(shape.block_bytes == (is_percent ? percent_block_bytes : volumes_block_bytes),
          "block size is not that of the mode");
  require(data_files >= 1 && data_files <= max_files, "number of data files out of range");
  require(shape.copies >= 2 && shape.copies <= max_copies, "number of copies out of range");
  require(shape.stripes <= max_blocks / (shape.data_shards + shape.parity_shards), "number of stripes out of range");
  if (is_percent) {
    const auto largest = std::clamp<std::uint64_t>(shape.stripes, 1, max_files);
    require(shape.parity_files >= 1 && shape.parity_files <= largest, "number of parity files out of range");
  } else {
    require(shape.parity_files == shape.parity_shards && shape.mode.strength == shape.parity_shards,
            "number of parity files is not that of parity shards");
    require(data_files == shape.data_shards, "number of data files is not that of data shards");
  }
}

}  // namespace

std::uint64_t read_u64(std::string_view bytes, std::size_t at) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

std::uint32_t read_u32(std::string_view bytes, std::size_t at) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

void append_u64(std::string& bytes, std::uint64_t value) {
  for (unsigned i = 0; i < 64; i += 8) bytes += static_cast<char>(value >> i & 0xFFU);
}

void append_u32(std::string& bytes, std::uint32_t value) {
  for (unsigned i = 0; i < 32; i += 8) bytes += static_cast<char>(value >> i & 0xFFU);
}

std::optional<SectorHeader> decode_header(std::string_view sector) {
  if (sector.size() != sector_bytes || !sector.starts_with(magic)) return {};
  if (read_u32(sector, checksum_offset) != crc32c(sector.substr(0, checksum_offset))) return {};
  if (const std::uint32_t found = read_u32(sector, 8); found != version)
    throw FormatError(
        fmt::format("parity has version {}, this program knows {}; use a newer ferry-import", found, version),
        ExitCode::too_new);
  SectorHeader header;
  header.shape.mode.kind = static_cast<ParityKind>(read_u32(sector, 12));
  header.set_id = *Digest::from_bytes(sector.substr(16, Digest::size));
  header.shape.data_shards = read_u32(sector, 48);
  header.shape.parity_shards = read_u32(sector, 52);
  header.shape.block_bytes = read_u32(sector, 56);
  const std::uint32_t data_files = read_u32(sector, 60);
  header.shape.stripes = read_u64(sector, 64);
  header.shape.parity_files = read_u32(sector, 72);
  header.shape.copies = read_u32(sector, 76);
  header.shape.mode.strength = read_u32(sector, 80);
  header.file = read_u32(sector, 84);
  header.sector = read_u32(sector, 88);
  check_numbers(header.shape, data_files);
  require(header.file < header.shape.parity_files, "number of the parity file out of range");
  header.shape.data_sizes.resize(data_files);
  return header;
}

void check_shape(const ParityShape& shape) {
  check_numbers(shape, shape.data_sizes.size());
  std::uint64_t blocks = 0;
  std::uint64_t longest = 0;
  for (const std::uint64_t size : shape.data_sizes) {
    require(size <= max_data_file_bytes, "size of a data file out of range");
    const std::uint64_t of_file = ceil_div(size, shape.block_bytes);
    blocks += of_file;
    longest = std::max(longest, of_file);
  }
  if (shape.mode.kind == ParityKind::volumes) {
    require(longest == shape.stripes, "stripes do not fit the longest data file");
  } else {
    // As many shards as are needed and no empty one, but one where there is nothing.
    require(shape.stripes == 0 ? blocks == 0 && shape.data_shards == 1
                               : ceil_div(blocks, shape.stripes) == shape.data_shards,
            "stripes and data shards do not fit the data files");
  }
}

Layout::Layout(ParityShape shape, const Digest& set_id) : shape_(std::move(shape)), set_id_(set_id) {
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < shape_.data_sizes.size(); ++i) {
    first_blocks_.push_back(next);
    next += shape_.mode.kind == ParityKind::volumes ? shape_.stripes : file_blocks(i);
  }
}

std::uint64_t Layout::file_blocks(std::size_t file) const noexcept {
  return ceil_div(shape_.data_sizes[file], shape_.block_bytes);
}

std::uint64_t Layout::bytes_in(std::size_t file, std::uint64_t block, std::uint64_t count) const noexcept {
  return std::min(count * block_bytes(), shape_.data_sizes[file] - block * block_bytes());
}

void Layout::visit_data(std::uint64_t first, std::uint64_t count,
                        const std::function<void(const DataPiece&)>& visit) const {
  const std::uint64_t end = first + count;
  // The last file that begins at or before `first`; empty files share their place with the next one.
  auto file = static_cast<std::size_t>(std::upper_bound(first_blocks_.begin(), first_blocks_.end(), first) -
                                       first_blocks_.begin() - 1);
  for (; file < first_blocks_.size() && first_blocks_[file] < end; ++file) {
    const std::uint64_t from = std::max(first, first_blocks_[file]);
    const std::uint64_t to = std::min(end, first_blocks_[file] + file_blocks(file));
    if (from < to) visit({file, from - first_blocks_[file], to - from, from - first});
  }
}

Part Layout::part(std::size_t parity_file) const noexcept {
  if (shape_.mode.kind == ParityKind::volumes) return {0, shape_.stripes, static_cast<std::uint32_t>(parity_file), 1};
  const std::uint64_t first = parity_file * shape_.stripes / shape_.parity_files;
  const std::uint64_t end = (parity_file + 1) * shape_.stripes / shape_.parity_files;
  return {first, end - first, 0, shape_.parity_shards};
}

std::uint64_t Layout::size_sectors() const noexcept { return ceil_div(shape_.data_sizes.size(), sizes_per_sector); }

std::uint64_t Layout::metadata_sectors(std::size_t parity_file) const noexcept {
  return size_sectors() + ceil_div(part(parity_file).stripes * shards(), checks_per_sector);
}

std::uint64_t Layout::file_bytes(std::size_t parity_file) const noexcept {
  return part(parity_file).blocks() * block_bytes() + shape_.copies * metadata_sectors(parity_file) * sector_bytes;
}

std::uint64_t Layout::sector_offset(std::size_t parity_file, std::uint64_t copy, std::uint64_t sector) const noexcept {
  const std::uint64_t blocks_before = copy * part(parity_file).blocks() / (shape_.copies - 1);
  return blocks_before * block_bytes() + (copy * metadata_sectors(parity_file) + sector) * sector_bytes;
}

void Layout::visit_parity(std::size_t parity_file, std::uint64_t first, std::uint64_t count,
                          const std::function<void(std::uint64_t, std::uint64_t, std::uint64_t)>& visit) const {
  const std::uint64_t blocks = part(parity_file).blocks();
  const std::uint64_t intervals = shape_.copies - 1;
  for (std::uint64_t place = 0; place < count;) {
    const std::uint64_t block = first + place;
    // Copy j stands before block j * blocks / intervals, rounded down.
    const std::uint64_t copies_before = ((block + 1) * intervals - 1) / blocks + 1;
    const std::uint64_t next_copy = copies_before * blocks / intervals;
    const std::uint64_t length = std::min(count - place, next_copy - block);
    visit(block * block_bytes() + copies_before * metadata_sectors(parity_file) * sector_bytes, place, length);
    place += length;
  }
}

std::string Layout::header(std::size_t parity_file, std::uint64_t number) const {
  std::string bytes(magic);
  append_u32(bytes, version);
  append_u32(bytes, static_cast<std::uint32_t>(shape_.mode.kind));
  bytes += set_id_.bytes();
  append_u32(bytes, shape_.data_shards);
  append_u32(bytes, shape_.parity_shards);
  append_u32(bytes, shape_.block_bytes);
  append_u32(bytes, static_cast<std::uint32_t>(shape_.data_sizes.size()));
  append_u64(bytes, shape_.stripes);
  append_u32(bytes, shape_.parity_files);
  append_u32(bytes, shape_.copies);
  append_u32(bytes, shape_.mode.strength);
  append_u32(bytes, static_cast<std::uint32_t>(parity_file));
  append_u32(bytes, static_cast<std::uint32_t>(number));
  return bytes;
}

std::string Layout::sector(std::size_t parity_file, std::uint64_t number, std::string_view payload) const {
  std::string bytes = header(parity_file, number);
  bytes += payload;
  bytes.resize(checksum_offset, '\0');
  append_u32(bytes, crc32c(bytes));
  return bytes;
}

bool Layout::is_sector(std::string_view bytes, std::size_t parity_file, std::uint64_t number) const {
  return bytes.size() == sector_bytes && bytes.starts_with(header(parity_file, number)) &&
         read_u32(bytes, checksum_offset) == crc32c(bytes.substr(0, checksum_offset));
}

}  // namespace ferry::format::parity
