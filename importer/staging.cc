// SPDX-License-Identifier: Apache-2.0
#include "importer/staging.h"

#include <chrono>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/catalog/content.h"
#include "format/catalog/journal.h"
#include "format/chunk.h"

namespace ferry::importer {
namespace {

namespace fs = std::filesystem;

// Documents are stored one by one, which costs about 2.6 times the bytes of the chunks (BENCH 2.4), once in
// the write-ahead log and once in the catalog; the index adds about as much as the chunks again.
constexpr std::uint64_t catalog_growth_per_chunk_byte = 7;

constexpr std::chrono::hours kept_for{30 * 24};

}  // namespace

// What goes where while a volume is read.
class Staging::Taker final : public format::MemberTaker {
 public:
  Taker(Staging& staging, const std::function<void(std::uint64_t)>& progress)
      : staging_(staging), progress_(progress) {}

  void chunk(const format::ChunkInfo& chunk, std::string_view stored) override {
    format::spool_chunk(staging_.directory_, chunk, stored);
  }
  bool has(const format::FilePart& part) override { return !staging_.dry_run_ && staging_.holds(part); }
  Sink* begin(const format::FilePart& part) override {
    if (staging_.dry_run_) return nullptr;
    if (part.is_whole()) {
      whole_.emplace(staging_.store_.receive(part.file));
      return &*whole_;
    }
    part_.emplace(staging_.parts_file(part.file), part.offset);
    return &*part_;
  }
  void end(const format::FilePart& /*part*/) override {
    if (whole_) staging_.adopt(whole_->publish_unflushed());
    if (part_) part_->close();
    whole_.reset();
    part_.reset();
  }
  void read(std::uint64_t bytes) override { progress_(bytes); }

 private:
  Staging& staging_;
  const std::function<void(std::uint64_t)>& progress_;
  std::optional<format::IncomingContent> whole_;
  std::optional<PlainFile> part_;
};

Staging::Staging(const format::Point& point, format::Catalog& catalog, const format::VerifiedManifest& manifest,
                 bool dry_run)
    : point_(point),
      catalog_(catalog),
      manifest_(manifest),
      store_(point.content()),
      dry_run_(dry_run),
      directory_(point.directory() / "spool" / ((dry_run ? "look-" : "bundle-") + manifest.digest().hex())) {
  if (dry_run) discard();  // of another look that was cut off
  make_directories(directory_);
  fs::permissions(directory_, fs::perms::owner_all);
}

Staging::~Staging() {
  for (std::size_t i = 1; i <= manifest_->volumes.size() && !dry_run_; ++i) {
    if (has_volume(i)) return;
  }
  discard();
}

fs::path Staging::marker(std::size_t index) const { return directory_ / fmt::format("volume-{:04}", index); }

bool Staging::has_volume(std::size_t index) const { return file_exists(marker(index)); }

fs::path Staging::parts_file(const Digest& file) const {
  const fs::path path = store_.path_of(file);
  return path.parent_path() / ("." + path.filename().native() + ".parts");
}

void Staging::discard() noexcept {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void Staging::require_space() const {
  std::uint64_t chunk_bytes = 0;
  std::uint64_t file_bytes = 0;
  for (std::size_t i = 0; i < manifest_->volumes.size(); ++i) {
    const format::VolumeContents& contents = manifest_->volumes[i];
    for (const format::ChunkInfo& chunk : contents.chunks)
      chunk_bytes += chunk.size * (catalog_growth_per_chunk_byte + (has_volume(i + 1) ? 0U : 1U));
    for (const format::FilePart& part : contents.files) {
      if (!dry_run_ && !has_volume(i + 1) && !store_.holds(part.file, part.file_size)) file_bytes += part.size;
    }
  }
  const std::string what = "importing bundle " + quote(manifest_->bundle_name);
  // One file system may have to take both.
  ferry::require_space(point_.directory(), chunk_bytes + file_bytes, what);
  if (file_bytes > 0) ferry::require_space(store_.directory(), file_bytes, what);
}

bool Staging::holds(const format::FilePart& part) {
  if (!store_.holds(part.file, part.file_size)) return false;
  if (format::find_content(catalog_, part.file)) return true;
  if (adopted_.contains(part.file)) return true;
  // A run that was cut off put it there: only its bytes can tell whether they reached the disk.
  const auto found = store_.read(part.file);
  if (!found || found->sha256 != part.file) return false;
  adopt(*found);
  return true;
}

void Staging::adopt(const format::ContentFile& file) { adopted_.emplace(file.sha256, file); }

void Staging::stage(format::VolumeReader& volume, std::size_t index,
                    const std::function<void(std::uint64_t)>& progress) {
  if (has_volume(index)) return;
  Taker taker(*this, progress);
  volume.check(manifest_, index, taker);
  if (dry_run_) return;
  // The mark counts after a power cut, so what it stands for must be there then.
  sync_filesystem(directory_);
  if (!manifest_->volumes[index - 1].files.empty()) sync_filesystem(store_.directory());
  write_file(marker(index), "");
  fault_point("import: volume staged");
}

format::ContentFile Staging::join_parts(const format::FilePart& last) {
  const fs::path parts = parts_file(last.file);
  const format::ContentFile file = format::hash_content(parts);
  std::error_code error;
  if (file.sha256 != last.file || file.size != last.file_size) {
    // Each part had its digest when it was read, so this disk changed one since, or the publisher lies.
    fs::remove(parts, error);
    discard();
    throw FormatError(
        fmt::format("file {} has digest {} and {} bytes after its parts were put together; expected {} "
                    "bytes: run the import again with all volumes, and if that does not help ask the "
                    "publisher for the bundle again",
                    last.file.hex(), file.sha256.hex(), file.size, last.file_size));
  }
  fs::rename(parts, store_.path_of(last.file), error);
  if (error) throw io_error("rename", parts.native(), error.value());
  fault_point("import: parts joined");
  return file;
}

void Staging::require_all() const {
  for (std::size_t i = 1; i <= manifest_->volumes.size(); ++i) {
    if (!has_volume(i))
      throw FormatError(
          fmt::format("the private copy of bundle {} lacks volume {}; stage the bundle again from its medium",
                      quote(manifest_->bundle_name), i));
  }
}

std::vector<format::ContentFile> Staging::finish() {
  if (dry_run_ || manifest_->files == 0) return {};
  for (const format::VolumeContents& contents : manifest_->volumes) {
    for (const format::FilePart& part : contents.files) {
      if (!part.is_last() || holds(part)) continue;
      // A volume was read in an earlier run and its file is gone since.
      if (part.is_whole() || !file_exists(parts_file(part.file))) {
        discard();
        throw FormatError(
            fmt::format("file {} was staged and is gone; run the import again with all volumes", part.file.hex()));
      }
      adopt(join_parts(part));
    }
  }
  sync_filesystem(store_.directory());
  std::vector<format::ContentFile> files;
  for (const auto& [digest, file] : adopted_) files.push_back(file);
  return files;
}

void clear_old_stagings(const format::Point& point, format::Catalog& catalog) {
  constexpr std::string_view prefix = "bundle-";
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(point.directory() / "spool", error)) {
    const std::string name = entry.path().filename().native();
    if (!name.starts_with(prefix)) continue;
    const auto manifest = Digest::from_hex(std::string_view(name).substr(prefix.size()));
    if (!manifest || format::is_recorded(catalog, *manifest) || is_older_than(entry.path(), kept_for))
      fs::remove_all(entry.path(), error);
  }
}

}  // namespace ferry::importer
