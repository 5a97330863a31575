// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "common/erasure.h"
#include "common/text.h"
#include "format/internal/parity_stripes.h"

namespace ferry::format {
namespace {

using parity::Layout;
using parity::Part;

class Writer {
 public:
  Writer(const Layout& layout, const std::vector<std::filesystem::path>& data_files, std::vector<AtomicFile>& files)
      : layout_(layout),
        data_(data_files),
        files_(files),
        buffer_(layout),
        code_(layout.shape().data_shards, layout.shape().parity_shards) {}

  // All files whose parts cover the stripes of part `part` (all of them in volume mode).
  void write_part(const std::vector<std::size_t>& files) {
    const Part part = layout_.part(files.front());
    checks_.clear();
    sector_ = layout_.size_sectors();
    for (const std::size_t file : files) write_sizes(file);
    for (std::uint64_t done = 0; done < part.stripes;) {
      const std::uint64_t count = std::min(buffer_.capacity(), part.stripes - done);
      read_data(part.first_stripe + done, count);
      encode(count);
      for (const std::size_t file : files) write_parity(file, done, count);
      add_checks(count);
      write_checks(files, checks_.size() / parity::payload_bytes * parity::payload_bytes);
      done += count;
    }
    write_checks(files, checks_.size());
  }

 private:
  void read_data(std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t shard = 0; shard < layout_.shape().data_shards; ++shard) {
      std::ranges::fill(buffer_.run(shard, 0, count), '\0');
      layout_.visit_data(shard * layout_.shape().stripes + first, count, [&](const parity::DataPiece& piece) {
        const std::uint64_t bytes = layout_.bytes_in(piece.file, piece.block, piece.count);
        const std::span<char> out = buffer_.run(shard, piece.place, piece.count).first(bytes);
        const FileSource& source = data_.open(piece.file);
        if (source.size() != layout_.shape().data_sizes[piece.file] ||
            source.read_at(piece.block * layout_.block_bytes(), out) != bytes)
          throw IoError(
              fmt::format("{} has not the {} bytes that parity was planned for; run again when its writer "
                          "is done",
                          quote(source.path().native()), layout_.shape().data_sizes[piece.file]));
      });
    }
  }

  void encode(std::uint64_t count) {
    std::vector<const char*> data(layout_.shape().data_shards);
    std::vector<char*> rows(layout_.shape().parity_shards);
    for (std::uint64_t place = 0; place < count; ++place) {
      for (std::size_t i = 0; i < data.size(); ++i) data[i] = buffer_.block(i, place);
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = buffer_.block(data.size() + i, place);
      code_.encode(layout_.block_bytes(), data, rows);
    }
  }

  void write_parity(std::size_t file, std::uint64_t done, std::uint64_t count) {
    const Part part = layout_.part(file);
    for (std::uint64_t row = 0; row < part.shards; ++row) {
      const std::uint64_t shard = layout_.shape().data_shards + part.first_shard + row;
      layout_.visit_parity(file, row * part.stripes + done, count,
                           [&](std::uint64_t offset, std::uint64_t place, std::uint64_t length) {
                             const std::span<char> run = buffer_.run(shard, place, length);
                             files_[file].write_at(offset, {run.data(), run.size()});
                           });
    }
  }

  void add_checks(std::uint64_t count) {
    for (std::uint64_t place = 0; place < count; ++place) {
      for (std::uint64_t shard = 0; shard < layout_.shards(); ++shard)
        parity::append_u32(checks_, crc32c({buffer_.block(shard, place), layout_.block_bytes()}));
    }
  }

  // Writes the first `bytes` of what has gathered as sectors, in every copy.
  void write_checks(const std::vector<std::size_t>& files, std::size_t bytes) {
    if (bytes == 0) return;
    for (const std::size_t file : files) write_sectors(file, sector_, std::string_view(checks_).substr(0, bytes));
    sector_ += (bytes + parity::payload_bytes - 1) / parity::payload_bytes;
    checks_.erase(0, bytes);
  }

  void write_sizes(std::size_t file) {
    std::string payloads;
    for (std::size_t i = 0; i < layout_.shape().data_sizes.size(); ++i)
      parity::append_u64(payloads, layout_.shape().data_sizes[i]);
    write_sectors(file, 0, payloads);
  }

  void write_sectors(std::size_t file, std::uint64_t first, std::string_view payloads) {
    std::string sectors;
    for (std::uint64_t number = first; !payloads.empty(); ++number) {
      const std::string_view payload = payloads.substr(0, parity::payload_bytes);
      sectors += layout_.sector(file, number, payload);
      payloads.remove_prefix(payload.size());
    }
    for (std::uint64_t copy = 0; copy < layout_.shape().copies; ++copy)
      files_[file].write_at(layout_.sector_offset(file, copy, first), sectors);
  }

  const Layout& layout_;
  parity::FileShelf data_;
  std::vector<AtomicFile>& files_;
  parity::StripeBuffer buffer_;
  ErasureCode code_;
  std::string checks_;        // not yet written
  std::uint64_t sector_ = 0;  // where they go
};

}  // namespace

std::vector<AtomicFile> write_parity(const ParityPlan& plan, const Digest& set_id,
                                     const std::vector<std::filesystem::path>& data_files,
                                     const std::filesystem::path& directory, std::string_view bundle_name) {
  if (data_files.size() != plan.shape.data_sizes.size())
    throw UsageError(
        fmt::format("parity was planned for {} files, not {}", plan.shape.data_sizes.size(), data_files.size()));
  require_space(directory, plan.parity_bytes(), "writing parity");
  const Layout layout(plan.shape, set_id);
  // In volume mode all files are written side by side, in percent mode one after the other.
  const std::size_t together = plan.shape.mode.kind == ParityKind::volumes ? plan.file_bytes.size() : 1;
  std::vector<AtomicFile> files;
  Writer writer(layout, data_files, files);
  while (files.size() < plan.file_bytes.size()) {
    std::vector<std::size_t> group;
    for (std::size_t i = 0; i < together; ++i) {
      group.push_back(files.size());
      files.emplace_back(directory / parity_file_name(bundle_name, files.size() + 1, plan.file_bytes.size()));
    }
    writer.write_part(group);
    for (const std::size_t i : group) files[i].seal();
  }
  return files;
}

}  // namespace ferry::format
