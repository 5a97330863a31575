// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "format/internal/parity_stripes.h"

namespace ferry::format {

Assessment::Assessment(const ParitySet& set)
    : set_(set),
      missing_(set.shape().data_sizes.size()),
      damaged_(set.shape().data_shards * set.shape().stripes),
      beyond_(set.shape().stripes) {}

void Assessment::note_lost(std::uint64_t shard, std::uint64_t stripe) {
  const std::uint64_t block = shard * set_.shape().stripes + stripe;
  if (!damaged_[block]) ++lost_data_blocks_;
  damaged_[block] = true;
}

void Assessment::note_counts(std::uint64_t lost_parity_blocks, std::uint64_t unchecked_blocks) {
  lost_parity_blocks_ += lost_parity_blocks;
  unchecked_blocks_ += unchecked_blocks;
}

bool Assessment::is_lost(std::uint64_t shard, std::uint64_t stripe) const {
  return damaged_[shard * set_.shape().stripes + stripe];
}

bool Assessment::is_intact() const noexcept {
  return lost_data_blocks_ == 0 && std::ranges::find(missing_, true) == missing_.end();
}

bool Assessment::is_repairable() const noexcept { return std::ranges::find(beyond_, true) == beyond_.end(); }

bool Assessment::is_damaged(std::size_t file) const { return missing_[file] || any(file, false); }

bool Assessment::is_repairable(std::size_t file) const { return !any(file, true); }

bool Assessment::any(std::size_t file, bool beyond_repair) const {
  bool found = false;
  visit(file, beyond_repair, [&found](ByteRange) { found = true; });
  return found;
}

void Assessment::visit_damaged(std::size_t file, const std::function<void(ByteRange)>& take) const {
  visit(file, false, take);
}

void Assessment::visit_beyond_repair(std::size_t file, const std::function<void(ByteRange)>& take) const {
  visit(file, true, take);
}

void Assessment::visit(std::size_t file, bool beyond_repair, const std::function<void(ByteRange)>& take) const {
  const parity::Layout& layout = set_.opened().layout;
  const std::uint64_t first = layout.first_block(file);
  const std::uint64_t blocks = layout.file_blocks(file);
  const auto counts = [&](std::uint64_t block) {
    return damaged_[first + block] && (!beyond_repair || beyond_[(first + block) % set_.shape().stripes]);
  };
  for (std::uint64_t block = 0; block < blocks; ++block) {
    if (!counts(block)) continue;
    const std::uint64_t start = block;
    while (block < blocks && counts(block)) ++block;
    take({start * layout.block_bytes(), layout.bytes_in(file, start, block - start)});
  }
}

}  // namespace ferry::format
