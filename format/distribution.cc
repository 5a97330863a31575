// SPDX-License-Identifier: Apache-2.0
#include "format/distribution.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

constexpr std::size_t read_bytes = 1024 * 1024;

// A part does not begin where less than this, or than the rest of the file, is left of a volume.
constexpr std::uint64_t smallest_part_bytes = 16ULL * 1024;

Digest digest_of(FileSource& source, std::uint64_t size) {
  Sha256 hash;
  std::string block(read_bytes, '\0');
  while (size > 0) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(size, block.size()));
    read_exactly(source, std::span<char>(block).first(step), source.path().native());
    hash.update(std::string_view(block).substr(0, step));
    size -= step;
  }
  return hash.finish();
}

class Distribution {
 public:
  Distribution(const BundleParts& parts, std::uint64_t front_bytes)
      : parts_(parts), empty_bytes_(front_bytes + tar_trailer_bytes) {
    open_volume();
  }

  void add(const ChunkInfo& chunk) {
    const std::uint64_t needed = tar_stored_bytes(chunk.size);
    if (!fits(volumes_.size() - 1, needed) && !volumes_.back().chunks.empty()) open_volume();
    if (!fits(volumes_.size() - 1, needed)) too_small(chunk.name, needed);
    volumes_.back().chunks.push_back(chunk);
    used_.back() += needed;
  }

  void add(const ContentFile& file) {
    const std::uint64_t needed = tar_stored_bytes(file.size);
    if (file.size > limits::max_part_bytes || !could_fit(needed)) {
      cut(file);
      return;
    }
    std::size_t at = 0;
    while (at < volumes_.size() && !fits(at, needed)) ++at;
    if (at == volumes_.size()) open_volume();
    volumes_[at].files.push_back({file.sha256, file.size, 0, 0, file.size, file.sha256});
    used_[at] += needed;
  }

  std::vector<VolumeContents> finish() {
    if (volumes_.size() > limits::max_volumes)
      throw UsageError(fmt::format("{} volumes would be needed, at most {} are possible; use a larger --volume-size",
                                   volumes_.size(), limits::max_volumes));
    return std::move(volumes_);
  }

 private:
  [[nodiscard]] bool is_limited() const { return parts_.max_volume_bytes > 0; }
  [[nodiscard]] bool could_fit(std::uint64_t needed) const {
    return !is_limited() || empty_bytes_ + needed <= parts_.max_volume_bytes;
  }
  [[nodiscard]] bool fits(std::size_t volume, std::uint64_t needed) const {
    return !is_limited() || used_[volume] + needed <= parts_.max_volume_bytes;
  }
  void open_volume() {
    volumes_.emplace_back();
    used_.push_back(empty_bytes_);
  }
  [[noreturn]] void too_small(std::string_view what, std::uint64_t needed) const {
    throw UsageError(fmt::format(
        "a volume of {} bytes is too small: {} with manifest and signatures needs {}; use a larger --volume-size",
        parts_.max_volume_bytes, what, empty_bytes_ + needed));
  }

  void cut(const ContentFile& file) {
    FilePart part{file.sha256, file.size, 0, 0, 0, {}};
    while (part.offset < file.size) {
      const std::uint64_t rest = file.size - part.offset;
      part.size = std::min(rest, limits::max_part_bytes);
      if (is_limited()) {
        const std::uint64_t least = tar_stored_bytes(std::min(rest, smallest_part_bytes));
        if (!could_fit(least)) too_small("content " + file.sha256.hex(), least);
        if (!fits(volumes_.size() - 1, least)) open_volume();
        const std::uint64_t room = parts_.max_volume_bytes - used_.back() - tar_block_bytes;
        part.size = std::min(part.size, room / tar_block_bytes * tar_block_bytes);
      }
      ++part.number;
      volumes_.back().files.push_back(part);
      used_.back() += tar_stored_bytes(part.size);
      part.offset += part.size;
    }
  }

  const BundleParts& parts_;
  std::uint64_t empty_bytes_;
  std::vector<VolumeContents> volumes_;
  std::vector<std::uint64_t> used_;
};

}  // namespace

std::vector<VolumeContents> distribute_members(const BundleParts& parts, std::uint64_t front_bytes) {
  Distribution distribution(parts, front_bytes);
  for (const ChunkInfo& chunk : parts.chunks) distribution.add(chunk);
  std::vector<ContentFile> files = parts.files;
  std::sort(files.begin(), files.end(), [](const ContentFile& left, const ContentFile& right) {
    return left.size != right.size ? left.size > right.size : left.sha256 < right.sha256;
  });
  for (const ContentFile& file : files) distribution.add(file);
  return distribution.finish();
}

void fill_digests(std::vector<VolumeContents>& volumes, const ContentStore& store) {
  for (VolumeContents& contents : volumes) {
    for (FilePart& part : contents.files) {
      if (part.is_whole()) continue;
      FileSource source(store.path_of(part.file));
      source.seek(part.offset);
      part.sha256 = digest_of(source, part.size);
    }
  }
}

}  // namespace ferry::format
