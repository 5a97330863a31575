// SPDX-License-Identifier: Apache-2.0
#include "format/content_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block_bytes = 1024 * 1024;

}  // namespace

IncomingContent::IncomingContent(const fs::path& target, const Digest& expected) : file_(target), expected_(expected) {}

void IncomingContent::write(std::string_view bytes) {
  file_.write(bytes);
  hash_.update(bytes);
  size_ += bytes.size();
}

FileDigests IncomingContent::require_digest() {
  FileDigests digests = hash_.finish();
  if (digests.sha256 != expected_)
    throw FormatError(fmt::format("content has digest {}; expected {}", digests.sha256.hex(), expected_.hex()));
  return digests;
}

ContentFile IncomingContent::publish() {
  const FileDigests digests = require_digest();
  file_.publish();
  fault_point("content: published");
  return {digests.sha256, digests.sha1, size_};
}

ContentFile IncomingContent::publish_unflushed() {
  const FileDigests digests = require_digest();
  file_.publish_unflushed();
  fault_point("content: published");
  return {digests.sha256, digests.sha1, size_};
}

ContentFile hash_content(const fs::path& path, const std::function<void(std::uint64_t)>& progress) {
  FileSource source(path);
  FileHash hash;
  std::string block(block_bytes, '\0');
  ContentFile file;
  for (std::size_t got = source.read(block); got > 0; got = source.read(block)) {
    hash.update(std::string_view(block).substr(0, got));
    file.size += got;
    if (progress) progress(got);
  }
  FileDigests digests = hash.finish();
  file.sha256 = digests.sha256;
  file.sha1 = std::move(digests.sha1);
  return file;
}

fs::path ContentStore::path_of(const Digest& sha256) const {
  const std::string name = sha256.hex();
  return directory_ / name.substr(0, 2) / name;
}

bool ContentStore::holds(const Digest& sha256, std::uint64_t size) const {
  std::error_code error;
  const fs::path path = path_of(sha256);
  return fs::is_regular_file(path, error) && fs::file_size(path, error) == size && !error;
}

IncomingContent ContentStore::receive(const Digest& expected) const {
  const fs::path path = path_of(expected);
  make_directories(path.parent_path());
  return IncomingContent(path, expected);
}

ContentStore::Taken ContentStore::take(const fs::path& file, bool may_link,
                                       const std::function<bool(const ContentFile&)>& is_wanted,
                                       const std::function<void(std::uint64_t)>& progress) const {
  make_directories(directory_);
  // Where it belongs shows only after its bytes were read, and they are read where nobody else writes.
  const fs::path incoming = directory_ / fmt::format(".incoming-{}", ::getpid());
  ::unlink(incoming.c_str());
  const CopyKind kind = duplicate_file(file, incoming, may_link);
  try {
    Taken taken = adopt(incoming, is_wanted, progress);
    taken.kind = kind;
    if (!taken.is_wanted) ::unlink(incoming.c_str());
    return taken;
  } catch (...) {
    ::unlink(incoming.c_str());
    throw;
  }
}

ContentStore::Taken ContentStore::adopt(const fs::path& file, const std::function<bool(const ContentFile&)>& is_wanted,
                                        const std::function<void(std::uint64_t)>& progress) const {
  Taken taken;
  taken.file = hash_content(file, progress);
  const fs::path target = path_of(taken.file.sha256);
  taken.was_there = holds(taken.file.sha256, taken.file.size);
  taken.is_wanted = is_wanted(taken.file);
  if (!taken.is_wanted) return taken;
  if (taken.was_there) {
    ::unlink(file.c_str());
    return taken;
  }
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.is_open() || ::fsync(fd.get()) != 0) throw io_error("flush", file.native(), errno);
  make_directories(target.parent_path());
  if (::rename(file.c_str(), target.c_str()) != 0) throw io_error("rename to", target.native(), errno);
  sync_directory(target.parent_path());
  fault_point("content: taken");
  return taken;
}

std::optional<ContentFile> ContentStore::read(const Digest& sha256,
                                              const std::function<void(std::uint64_t)>& progress) const {
  try {
    return hash_content(path_of(sha256), progress);
  } catch (const NotFoundError&) {
    return {};
  }
}

void ContentStore::remove(const Digest& sha256) const {
  std::error_code error;
  fs::remove(path_of(sha256), error);
  if (error) throw io_error("remove", path_of(sha256).native(), error.value());
}

void ContentStore::visit(const std::function<void(const Digest&, std::uint64_t)>& file,
                         const std::function<void(const fs::path&)>& other) const {
  std::error_code error;
  for (const fs::directory_entry& folder : fs::directory_iterator(directory_, error)) {
    if (!folder.is_directory(error)) {
      other(folder.path());
      continue;
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(folder.path(), error)) {
      const auto digest = Digest::from_hex(entry.path().filename().native());
      if (digest && entry.path() == path_of(*digest) && entry.is_regular_file(error)) {
        file(*digest, entry.file_size(error));
      } else {
        other(entry.path());
      }
    }
  }
}

}  // namespace ferry::format
