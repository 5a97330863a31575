// SPDX-License-Identifier: Apache-2.0
#include "format/internal/parity_stripes.h"

#include <algorithm>
#include <memory>

#include "common/erasure.h"

namespace ferry::format::parity {
namespace {

constexpr std::size_t max_open_files = 64;
constexpr std::size_t alignment = 64;  // vector instructions are faster so

std::uint64_t stripes_in_memory(const Layout& layout) {
  const std::uint64_t run = std::min(window_bytes / layout.shards(), max_run_bytes);
  return std::clamp<std::uint64_t>(run / layout.block_bytes(), 1, std::max<std::uint64_t>(layout.shape().stripes, 1));
}

}  // namespace

const FileSource& FileShelf::open(std::size_t file) {
  if (!open_[file]) {
    if (open_count_ == max_open_files) {
      for (std::optional<FileSource>& source : open_) source.reset();
      open_count_ = 0;
    }
    open_[file].emplace(paths_[file]);
    ++open_count_;
  }
  return *open_[file];
}

bool FileShelf::can_open(std::size_t file) {
  try {
    static_cast<void>(open(file));
    return true;
  } catch (const Error&) {
    return false;
  }
}

void FileShelf::read(std::size_t file, std::uint64_t offset, std::span<char> out, std::uint64_t unit,
                     const std::function<void(std::uint64_t)>& lost) {
  const auto units = (out.size() + unit - 1) / unit;
  const auto read_units = [&](std::uint64_t from, std::uint64_t to) {
    const std::span<char> part = out.subspan(from * unit, std::min<std::uint64_t>(to * unit, out.size()) - from * unit);
    const std::size_t got = open(file).read_at(offset + from * unit, part);
    if (got == part.size()) return;
    for (std::uint64_t i = from + got / unit; i < to; ++i) lost(i);
  };
  if (!can_open(file)) {
    for (std::uint64_t i = 0; i < units; ++i) lost(i);
    return;
  }
  try {
    read_units(0, units);
    return;
  } catch (const IoError&) {
    // Somewhere in there is a bad sector; what is around it can still be had.
  }
  for (std::uint64_t i = 0; i < units; ++i) {
    try {
      read_units(i, i + 1);
    } catch (const IoError&) {
      lost(i);
    }
  }
}

StripeBuffer::StripeBuffer(const Layout& layout)
    : block_bytes_(layout.block_bytes()),
      capacity_(stripes_in_memory(layout)),
      bytes_(layout.shards() * capacity_ * block_bytes_ + alignment) {
  void* start = bytes_.data();
  std::size_t room = bytes_.size();
  start_ = static_cast<char*>(std::align(alignment, room - alignment, start, room));
}

StripeReader::StripeReader(const OpenSet& set, const std::vector<std::filesystem::path>& data_files)
    : set_(set),
      layout_(set.layout),
      data_(data_files),
      parity_(set.files),
      buffer_(set.layout),
      lost_(set.layout.shards() * buffer_.capacity()),
      is_real_(lost_.size()) {}

void StripeReader::visit_runs(const std::function<void(std::uint64_t, std::uint64_t)>& visit) const {
  // In volume mode every parity file holds part of every stripe.
  const ParityShape& shape = layout_.shape();
  const std::size_t parts = shape.mode.kind == ParityKind::volumes ? 1 : shape.parity_files;
  for (std::size_t i = 0; i < parts; ++i) {
    const Part part = layout_.part(i);
    for (std::uint64_t done = 0; done < part.stripes;) {
      const std::uint64_t count = std::min(buffer_.capacity(), part.stripes - done);
      visit(part.first_stripe + done, count);
      done += count;
    }
  }
}

void StripeReader::choose_files(std::uint64_t first) {
  run_files_.clear();
  for (std::size_t i = 0; i < set_.files.size(); ++i) {
    const Part part = layout_.part(i);
    if (first >= part.first_stripe && first < part.first_stripe + part.stripes) run_files_.push_back(i);
  }
}

void StripeReader::load(std::uint64_t first, std::uint64_t count, const std::vector<bool>& wanted) {
  std::fill(lost_.begin(), lost_.end(), false);
  std::fill(is_real_.begin(), is_real_.end(), false);
  unchecked_ = 0;
  bytes_read_ = 0;
  choose_files(first);
  load_checks(first, count);
  for (std::uint64_t shard = 0; shard < layout_.shards(); ++shard) {
    if (!wanted[shard]) continue;
    if (shard < layout_.shape().data_shards) {
      load_data(shard, first, count);
    } else {
      load_parity(shard, first, count);
    }
    for (std::uint64_t place = 0; place < count; ++place) {
      const std::size_t at = index(shard, place);
      if (!is_real_[at] || lost_[at]) continue;
      if (!check_of(shard, place)) ++unchecked_;
      if (!fits_check(shard, place)) lost_[at] = true;
    }
  }
}

void StripeReader::load_data(std::uint64_t shard, std::uint64_t first, std::uint64_t count) {
  std::ranges::fill(buffer_.run(shard, 0, count), '\0');
  layout_.visit_data(shard * layout_.shape().stripes + first, count, [&](const DataPiece& piece) {
    const std::uint64_t bytes = layout_.bytes_in(piece.file, piece.block, piece.count);
    for (std::uint64_t i = 0; i < piece.count; ++i) is_real_[index(shard, piece.place + i)] = true;
    data_.read(piece.file, piece.block * layout_.block_bytes(),
               buffer_.run(shard, piece.place, piece.count).first(bytes), layout_.block_bytes(),
               [&](std::uint64_t block) { lost_[index(shard, piece.place + block)] = true; });
    bytes_read_ += bytes;
  });
}

void StripeReader::load_parity(std::uint64_t shard, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t row = shard - layout_.shape().data_shards;
  for (const std::size_t file : run_files_) {
    const Part part = layout_.part(file);
    if (row < part.first_shard || row >= part.first_shard + part.shards) continue;
    for (std::uint64_t place = 0; place < count; ++place) is_real_[index(shard, place)] = true;
    const std::uint64_t block = (row - part.first_shard) * part.stripes + (first - part.first_stripe);
    layout_.visit_parity(file, block, count, [&](std::uint64_t offset, std::uint64_t place, std::uint64_t length) {
      parity_.read(file, offset, buffer_.run(shard, place, length), layout_.block_bytes(),
                   [&](std::uint64_t lost) { lost_[index(shard, place + lost)] = true; });
    });
    bytes_read_ += count * layout_.block_bytes();
  }
}

void StripeReader::load_checks(std::uint64_t first, std::uint64_t count) {
  run_check_ = (first - layout_.part(run_files_.front()).first_stripe) * layout_.shards();
  first_check_ = run_check_ / checks_per_sector * checks_per_sector;
  const std::uint64_t last = (run_check_ + count * layout_.shards() - 1) / checks_per_sector;
  load_sectors(run_check_ / checks_per_sector, last + 1);
}

// Checksum sectors [from, to): all at once from one copy, then those that are still missing one by one from the others.
void StripeReader::load_sectors(std::uint64_t from, std::uint64_t to) {
  sectors_.assign(to - from, {});
  std::size_t missing = sectors_.size();
  std::string bytes;
  const auto read = [&](std::size_t file, std::uint64_t copy, std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t first = layout_.size_sectors() + from + begin;
    bytes.assign((end - begin) * sector_bytes, '\0');
    parity_.read(file, layout_.sector_offset(file, copy, first), bytes, sector_bytes, [](std::uint64_t) {});
    for (std::uint64_t i = begin; i < end; ++i) {
      const std::string_view sector = std::string_view(bytes).substr((i - begin) * sector_bytes, sector_bytes);
      if (sectors_[i] || !layout_.is_sector(sector, file, first + i - begin)) continue;
      sectors_[i] = std::string(sector.substr(header_bytes, payload_bytes));
      --missing;
    }
  };
  for (const std::size_t file : run_files_) {
    if (!parity_.can_open(file)) continue;
    for (std::uint64_t copy = 0; copy < layout_.shape().copies && missing > 0; ++copy) {
      if (missing == sectors_.size()) {
        read(file, copy, 0, sectors_.size());
        continue;
      }
      for (std::uint64_t i = 0; i < sectors_.size(); ++i) {
        if (!sectors_[i]) read(file, copy, i, i + 1);
      }
    }
  }
}

std::optional<std::uint32_t> StripeReader::check_of(std::uint64_t shard, std::uint64_t place) const {
  const std::uint64_t check = run_check_ + place * layout_.shards() + shard - first_check_;
  const std::optional<std::string>& sector = sectors_[check / checks_per_sector];
  if (!sector) return {};
  return read_u32(*sector, check % checks_per_sector * sizeof(std::uint32_t));
}

bool StripeReader::fits_check(std::uint64_t shard, std::uint64_t place) {
  const std::optional<std::uint32_t> check = check_of(shard, place);
  return !check || crc32c({buffer_.block(shard, place), layout_.block_bytes()}) == *check;
}

}  // namespace ferry::format::parity
