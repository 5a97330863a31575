// SPDX-License-Identifier: Apache-2.0
// Stripes in memory, and the files that they come from.
#pragma once

#include "format/internal/parity_layout.h"

namespace ferry::format::parity {

// A reader and a writer hold so much of a set at a time: 256 KiB of each of 208 shards.
inline constexpr std::uint64_t window_bytes = 52ULL * 1024 * 1024;
inline constexpr std::uint64_t max_run_bytes = 1024ULL * 1024;  // more of a shard makes nothing faster

// Files that are opened when they are needed; of thousands only some are open at once.
class FileShelf {
 public:
  explicit FileShelf(std::vector<std::filesystem::path> paths) : paths_(std::move(paths)), open_(paths_.size()) {}

  [[nodiscard]] const std::filesystem::path& path(std::size_t file) const { return paths_[file]; }
  // Throws NotFoundError, IoError.
  [[nodiscard]] const FileSource& open(std::size_t file);
  [[nodiscard]] bool can_open(std::size_t file);

  // Fills `out` from `offset` on, where that fails unit by unit; `lost` gets the number of each unit that could not be
  // read whole. Never throws for what the medium does.
  void read(std::size_t file, std::uint64_t offset, std::span<char> out, std::uint64_t unit,
            const std::function<void(std::uint64_t)>& lost);

 private:
  std::vector<std::filesystem::path> paths_;
  std::vector<std::optional<FileSource>> open_;
  std::size_t open_count_ = 0;
};

// Room for one run of stripes.
class StripeBuffer {
 public:
  explicit StripeBuffer(const Layout& layout);

  [[nodiscard]] std::uint64_t capacity() const noexcept { return capacity_; }  // in stripes
  // Blocks of one shard lie one after the other.
  [[nodiscard]] char* block(std::uint64_t shard, std::uint64_t place) noexcept {
    return start_ + (shard * capacity_ + place) * block_bytes_;
  }
  [[nodiscard]] std::span<char> run(std::uint64_t shard, std::uint64_t place, std::uint64_t count) noexcept {
    return {block(shard, place), count * block_bytes_};
  }

 private:
  std::uint64_t block_bytes_;
  std::uint64_t capacity_;
  std::vector<char> bytes_;
  char* start_;  // in bytes_, aligned
};

// Parity files that were found to belong together. format/parity.h, "ParitySet".
class OpenSet {
 public:
  OpenSet(Layout of, std::vector<std::filesystem::path> paths) : layout(std::move(of)), files(std::move(paths)) {}
  Layout layout;
  std::vector<std::filesystem::path> files;  // empty: missing
};

// Reads stripes and finds out which of their blocks are lost.
class StripeReader {
 public:
  // The set must outlive the reader.
  StripeReader(const OpenSet& set, const std::vector<std::filesystem::path>& data_files);

  [[nodiscard]] StripeBuffer& buffer() noexcept { return buffer_; }
  [[nodiscard]] FileShelf& data() noexcept { return data_; }

  // Visits all stripes as runs (first, count) that load() can take, in order.
  void visit_runs(const std::function<void(std::uint64_t, std::uint64_t)>& visit) const;

  // Reads the stripes of a run in the shards wanted. Blocks that belong to no file are zeros and never lost.
  void load(std::uint64_t first, std::uint64_t count, const std::vector<bool>& wanted);

  // Of the run loaded last, in the shards that were wanted.
  [[nodiscard]] bool is_lost(std::uint64_t shard, std::uint64_t place) const { return lost_[index(shard, place)]; }
  // Compares a block in the buffer with its checksum; true where that is lost.
  [[nodiscard]] bool fits_check(std::uint64_t shard, std::uint64_t place);
  [[nodiscard]] std::uint64_t unchecked() const noexcept { return unchecked_; }    // readable blocks without checksum
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }  // or tried to

 private:
  [[nodiscard]] std::size_t index(std::uint64_t shard, std::uint64_t place) const noexcept {
    return shard * buffer_.capacity() + place;
  }
  void load_checks(std::uint64_t first, std::uint64_t count);
  void load_sectors(std::uint64_t from, std::uint64_t to);
  void load_data(std::uint64_t shard, std::uint64_t first, std::uint64_t count);
  void load_parity(std::uint64_t shard, std::uint64_t first, std::uint64_t count);
  void choose_files(std::uint64_t first);
  [[nodiscard]] std::optional<std::uint32_t> check_of(std::uint64_t shard, std::uint64_t place) const;

  const OpenSet& set_;
  const Layout& layout_;
  FileShelf data_;
  FileShelf parity_;
  StripeBuffer buffer_;
  std::vector<std::size_t> run_files_;  // parity files that hold part of the run
  std::vector<bool> lost_;
  std::vector<bool> is_real_;                        // belongs to a file
  std::vector<std::optional<std::string>> sectors_;  // payloads of the checksum sectors of the run
  std::uint64_t first_check_ = 0;                    // of the first one of these, in its file
  std::uint64_t run_check_ = 0;                      // of the run's first block, in its file
  std::uint64_t unchecked_ = 0;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace ferry::format::parity
