// SPDX-License-Identifier: Apache-2.0
// The plan of a parity set: how many shards, stripes, files and copies.
#include "format/parity.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "common/erasure.h"
#include "common/text.h"
#include "format/internal/parity_layout.h"

namespace ferry::format {

namespace {

using parity::Layout;

// What is promised: not once in a million losses of this kind something stays lost.
constexpr double accepted_failure = 1e-6;

// Metadata withstands this loss even where the data is to withstand less; it is cheap.
constexpr double least_sector_loss = 0.10;

// A reader holds 256 KiB of every shard: 52 MiB. All 255 shards that are possible would save 1 % more.
constexpr unsigned max_percent_shards = 208;

// That of `count` blocks more than `allowed` are lost, when each is lost with this probability.
double loss_beyond(unsigned count, unsigned allowed, double probability) {
  double sum = 0;
  for (unsigned lost = allowed + 1; lost <= count; ++lost)
    sum += std::exp(std::lgamma(count + 1.0) - std::lgamma(lost + 1.0) - std::lgamma(count - lost + 1.0) +
                    lost * std::log(probability) + (count - lost) * std::log1p(-probability));
  return sum;
}

// The least parity so that all stripes can be repaired; 0 where there is none.
unsigned least_parity(unsigned data, std::uint64_t stripes, double probability) {
  const auto suffices = [&](unsigned parity) {
    return static_cast<double>(stripes) * loss_beyond(data + parity, parity, probability) < accepted_failure;
  };
  unsigned low = 1;
  unsigned high = max_percent_shards - data;
  if (!suffices(high)) return 0;
  while (low < high) {
    const unsigned middle = (low + high) / 2;
    if (suffices(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

void choose_percent_code(ParityShape& shape, std::uint64_t blocks) {
  const double probability = shape.mode.strength / 100.0;
  std::uint64_t least = 0;
  const auto most = std::min<std::uint64_t>(blocks, max_percent_shards - 1);
  for (unsigned data = 1; data <= most; ++data) {
    const std::uint64_t stripes = (blocks + data - 1) / data;
    if ((blocks + stripes - 1) / stripes != data) continue;  // a shard would stay empty
    const unsigned parity = least_parity(data, stripes, probability);
    if (parity == 0 || (least > 0 && stripes * parity >= least)) continue;
    least = stripes * parity;
    shape.data_shards = data;
    shape.parity_shards = parity;
    shape.stripes = stripes;
  }
}

std::uint64_t all_metadata(const Layout& layout) {
  std::uint64_t sectors = 0;
  for (std::size_t i = 0; i < layout.shape().parity_files; ++i) sectors += layout.metadata_sectors(i);
  return sectors;
}

std::uint32_t copies_needed(const Layout& layout) {
  const ParityMode mode = layout.shape().mode;
  const double probability =
      std::max(least_sector_loss, mode.kind == ParityKind::percent ? mode.strength / 100.0 : 0.0);
  const auto sectors = static_cast<double>(all_metadata(layout));
  std::uint32_t copies = 2;
  while (sectors * std::pow(probability, copies) >= accepted_failure) ++copies;
  return copies;
}

// The least number of files so that none is longer than the limit; more than there can be where none suffices.
std::uint64_t files_needed(ParityShape shape, std::uint64_t max_file_bytes) {
  std::uint64_t low = 1;
  std::uint64_t high = std::clamp<std::uint64_t>(shape.stripes, 1, parity::max_files) + 1;
  while (low < high) {
    shape.parity_files = static_cast<std::uint32_t>((low + high) / 2);
    const Layout layout(shape, {});
    // The last part is never shorter than another.
    if (layout.file_bytes(shape.parity_files - 1) <= max_file_bytes) {
      high = shape.parity_files;
    } else {
      low = shape.parity_files + 1;
    }
  }
  return low;
}

// More files need more metadata, and this perhaps more copies; numbers only grow here, so it ends.
void settle_files(ParityShape& shape, std::uint64_t max_file_bytes) {
  for (;;) {
    shape.copies = std::max(shape.copies, copies_needed(Layout(shape, {})));
    if (max_file_bytes == 0) return;
    const std::uint64_t files = files_needed(shape, max_file_bytes);
    if (files > std::clamp<std::uint64_t>(shape.stripes, 1, parity::max_files))
      throw UsageError(fmt::format("parity does not fit into files of {} bytes; use larger volumes", max_file_bytes));
    if (files <= shape.parity_files) return;
    shape.parity_files = static_cast<std::uint32_t>(files);
  }
}

}  // namespace

std::uint64_t ParityPlan::parity_bytes() const noexcept {
  return std::accumulate(file_bytes.begin(), file_bytes.end(), std::uint64_t{0});
}

double ParityPlan::overhead() const noexcept {
  const auto data = std::accumulate(shape.data_sizes.begin(), shape.data_sizes.end(), std::uint64_t{0});
  return data == 0 ? 0 : static_cast<double>(parity_bytes()) / static_cast<double>(data);
}

ParityPlan plan_parity(ParityMode mode, std::vector<std::uint64_t> data_sizes, std::uint64_t max_file_bytes) {
  const bool is_percent = mode.kind == ParityKind::percent;
  if (mode.strength < 1 || mode.strength > (is_percent ? 20U : 8U))
    throw UsageError(fmt::format("parity of {} {} is not possible; take 1 to 20 percent or 1 to 8 volumes",
                                 mode.strength, is_percent ? "percent" : "volumes"));
  if (data_sizes.empty() || data_sizes.size() > parity::max_files)
    throw UsageError(
        fmt::format("parity of {} files is not possible; it needs 1 to {}", data_sizes.size(), parity::max_files));
  ParityShape shape;
  shape.mode = mode;
  shape.block_bytes = is_percent ? parity::percent_block_bytes : parity::volumes_block_bytes;
  std::uint64_t blocks = 0;
  std::uint64_t longest = 0;
  for (const std::uint64_t size : data_sizes) {
    const std::uint64_t of_file =
        std::min(size, parity::max_data_file_bytes) / shape.block_bytes + (size % shape.block_bytes != 0 ? 1 : 0);
    blocks += of_file;
    longest = std::max(longest, of_file);
  }
  if (is_percent) {
    if (blocks == 0) shape.parity_shards = mode.strength;
    if (blocks <= parity::max_blocks) choose_percent_code(shape, blocks);
  } else {
    if (data_sizes.size() > ErasureCode::max_blocks - mode.strength)
      throw UsageError(
          fmt::format("parity for {} lost volumes is possible for at most {} volumes, not {}; use larger "
                      "volumes or parity in percent",
                      mode.strength, ErasureCode::max_blocks - mode.strength, data_sizes.size()));
    shape.data_shards = static_cast<std::uint32_t>(data_sizes.size());
    shape.parity_shards = shape.parity_files = mode.strength;
    shape.stripes = longest;
  }
  if (blocks > parity::max_blocks || shape.stripes > parity::max_blocks / (shape.data_shards + shape.parity_shards))
    throw UsageError(fmt::format("{} with its parity is more than the {} that parity is made for; leave parity out",
                                 format_size(blocks * shape.block_bytes),
                                 format_size(parity::max_blocks * shape.block_bytes)));
  shape.data_sizes = std::move(data_sizes);
  settle_files(shape, is_percent ? max_file_bytes : 0);
  parity::check_shape(shape);

  ParityPlan plan;
  const Layout layout(shape, {});
  for (std::size_t i = 0; i < shape.parity_files; ++i) plan.file_bytes.push_back(layout.file_bytes(i));
  plan.shape = std::move(shape);
  if (!is_percent && max_file_bytes > 0 && plan.file_bytes.front() > max_file_bytes)
    throw UsageError(
        fmt::format("a parity file would have {} bytes, at most {} fit; volumes may have at most {} bytes beside it",
                    plan.file_bytes.front(), max_file_bytes,
                    largest_data_file(mode.strength, plan.shape.data_sizes.size(), max_file_bytes)));
  return plan;
}

std::uint64_t largest_data_file(unsigned strength, std::size_t files, std::uint64_t max_file_bytes) {
  constexpr std::uint64_t block = parity::volumes_block_bytes;
  const auto fits = [&](std::uint64_t blocks) {
    const std::vector<std::uint64_t> sizes(files, blocks * block);
    return plan_parity({ParityKind::volumes, strength}, sizes).file_bytes.front() <= max_file_bytes;
  };
  if (!fits(0)) return 0;
  // So many blocks cannot fit, or cannot be.
  std::uint64_t low = 0;
  std::uint64_t high = std::min(max_file_bytes / block, parity::max_blocks / (files + strength)) + 1;
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low * block;
}

std::string parity_file_name(std::string_view bundle_name, std::size_t index, std::size_t count) {
  return fmt::format("{}_p{:02}of{:02}{}", bundle_name, index, count, parity_extension);
}

}  // namespace ferry::format
