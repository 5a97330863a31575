// SPDX-License-Identifier: Apache-2.0
// Payload and EULA files of a point, each once, named by SHA-256: content/ab/<64 hexadecimal digits>. A file
// under its name is complete and durable; what the catalog knows of it: format/catalog/content.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "common/copy.h"
#include "common/file.h"
#include "common/hash.h"

namespace ferry::format {

struct ContentFile {
  Digest sha256;
  std::string sha1;  // 20 bytes; WSUS names its files by it
  std::uint64_t size = 0;
};

// A file on its way into the store: written under a hidden name beside its place, shown only when its bytes
// have the digest. Destroyed before publish(), it leaves nothing, unless keep() was called.
class IncomingContent final : public Sink {
 public:
  void write(std::string_view bytes) override;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  // Shows the file; both throw FormatError (15) when the bytes do not have the digest, IoError. They give what the
  // catalog is to know.
  ContentFile publish();
  ContentFile publish_unflushed();  // may be lost or empty after a power cut, until sync_filesystem()

 private:
  friend class ContentStore;
  IncomingContent(const std::filesystem::path& target, const Digest& expected);

  FileDigests require_digest();

  AtomicFile file_;
  FileHash hash_;
  Digest expected_;
  std::uint64_t size_ = 0;
};

// Both digests and the size of any file, read to the end. Throws NotFoundError, IoError.
[[nodiscard]] ContentFile hash_content(const std::filesystem::path& path,
                                       const std::function<void(std::uint64_t)>& progress = {});

class ContentStore {
 public:
  // Makes nothing; the directory may be missing.
  explicit ContentStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] std::filesystem::path path_of(const Digest& sha256) const;
  // Is there a file of this size under the name? Its bytes are not looked at.
  [[nodiscard]] bool holds(const Digest& sha256, std::uint64_t size) const;

  [[nodiscard]] IncomingContent receive(const Digest& expected) const;

  struct Taken {
    ContentFile file;
    CopyKind kind = CopyKind::copy;
    bool was_there = false;
    bool is_wanted = true;
  };
  // Takes in a file of a folder: its bytes get a second name here (reflink, link or copy), are read to the end,
  // whatever they are called, and stay if `is_wanted` says so. `progress` is told the bytes. Throws IoError; then
  // nothing is left here.
  [[nodiscard]] Taken take(const std::filesystem::path& file, bool may_link,
                           const std::function<bool(const ContentFile&)>& is_wanted,
                           const std::function<void(std::uint64_t)>& progress) const;

  // The same for a file on the store's file system that nobody else writes: it is not copied but moved to its place.
  // What is not wanted, and after an exception the file, stays where it is.
  [[nodiscard]] Taken adopt(const std::filesystem::path& file, const std::function<bool(const ContentFile&)>& is_wanted,
                            const std::function<void(std::uint64_t)>& progress) const;

  // Both digests of what stands there now, read to the end; nothing when there is no such file.
  [[nodiscard]] std::optional<ContentFile> read(const Digest& sha256,
                                                const std::function<void(std::uint64_t)>& progress = {}) const;
  void remove(const Digest& sha256) const;

  // Every file under a content name, and what else lies here (left by runs that died). REQUIRES: the lock.
  void visit(const std::function<void(const Digest&, std::uint64_t size)>& file,
             const std::function<void(const std::filesystem::path&)>& other) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace ferry::format
