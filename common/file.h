// SPDX-License-Identifier: Apache-2.0
// Files: bounded reading, durable and atomic writing, locks. All sizes are 64-bit.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/stream.h"

namespace ferry {

// Owns a file descriptor. Move only.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  int release() noexcept;
  void reset() noexcept;

 private:
  int fd_ = -1;
};

// A regular file open for reading, front to back. Anything but a regular file is refused.
class FileSource final : public Source {
 public:
  // Throws NotFoundError when there is no such file, IoError otherwise.
  explicit FileSource(std::filesystem::path path);
  [[nodiscard]] std::size_t read(std::span<char> buffer) override;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }  // when it was opened
  void seek(std::uint64_t offset);
  // Fills at most buffer.size() bytes from `offset` on and says how many, fewer only at the end; read() goes on where
  // it was. Throws IoError; nothing in the buffer is then of use.
  [[nodiscard]] std::size_t read_at(std::uint64_t offset, std::span<char> buffer) const;

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
  std::uint64_t size_ = 0;
};

// The whole file; throws FormatError (exit 1) when it is longer than `max_bytes`.
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

// Writes a file so that its final name only ever shows complete, durable bytes.
//
// Life: construct (".NAME.partial" beside the target is created anew) → write … → seal (flushed to the
// disk, closed) → publish (renamed, directory flushed). Destroyed before publish(), it removes the
// partial file. After any exception the object can only be destroyed.
class AtomicFile final : public Sink {
 public:
  // `mode` as in open(2). Throws IoError.
  explicit AtomicFile(std::filesystem::path target, unsigned mode = 0644);
  // Takes over what keep() left for this target, flushed again. REQUIRES: it is there and its bytes were looked at.
  [[nodiscard]] static AtomicFile adopt(std::filesystem::path target);
  [[nodiscard]] static std::filesystem::path partial_of(const std::filesystem::path& target);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile() override;

  void write(std::string_view bytes) override;
  // Writes to a place; what is never written reads as zeros. A file gets either write() or write_at().
  void write_at(std::uint64_t offset, std::string_view bytes);
  void seal();                               // throws IoError; a failed flush is final, the bytes must be written again
  void keep() noexcept { is_kept_ = true; }  // destroyed before publish(), it leaves the sealed partial file
  void publish();                            // seals first where that was not done; replaces an older file of the name
  void publish_unflushed();  // only renamed: may be lost or empty after a power cut, until sync_filesystem()

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const std::filesystem::path& target() const noexcept { return target_; }
  [[nodiscard]] const std::filesystem::path& partial() const noexcept { return partial_; }

 private:
  AtomicFile(std::filesystem::path target, std::filesystem::path partial)
      : target_(std::move(target)), partial_(std::move(partial)), is_kept_(true) {}
  void flush_buffer();
  void take_name();

  std::filesystem::path target_;
  std::filesystem::path partial_;  // empty once published or moved from
  FileDescriptor fd_;
  std::string buffer_;
  std::uint64_t size_ = 0;
  bool is_kept_ = false;
};

// A file that nobody relies on after a crash: written straight, not flushed.
class PlainFile final : public Sink {
 public:
  // A new one; fails where a file stands.
  explicit PlainFile(std::filesystem::path path);
  // From this offset of a file on, which is made, with its directory, where it is missing: it comes in parts.
  PlainFile(std::filesystem::path path, std::uint64_t offset);
  void write(std::string_view bytes) override;
  void close();  // throws IoError, unlike the destructor

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
};

// AtomicFile with all bytes at hand.
void write_file(const std::filesystem::path& target, std::string_view bytes, unsigned mode = 0644);

// Flushes everything in the file system of `directory`. Throws IoError.
void sync_filesystem(const std::filesystem::path& directory);

// Makes a rename or a new name in `directory` survive a power cut.
void sync_directory(const std::filesystem::path& directory);

// False also where nobody may look.
[[nodiscard]] bool file_exists(const std::filesystem::path& path) noexcept;
// Was it last written longer ago? False also where that cannot be told.
[[nodiscard]] bool is_older_than(const std::filesystem::path& path, std::chrono::seconds age) noexcept;
// What changes when a file is written to. Follows links; nothing where the file is not there.
struct FileState {
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // nanoseconds since 1970
  bool operator==(const FileState&) const = default;
};
[[nodiscard]] std::optional<FileState> file_state(const std::filesystem::path& path) noexcept;

// Creates the directory and its missing parents; throws IoError.
void make_directories(const std::filesystem::path& directory);

// A directory of our own, mode 0700, removed with all it holds when the object goes.
class TempDir {
 public:
  // Creates PARENT/PREFIXxxxxxx.
  TempDir(const std::filesystem::path& parent, std::string_view prefix);
  TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TempDir& operator=(TempDir&&) = delete;
  ~TempDir();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

// One writer at a time: an exclusive flock(2) that goes with the process, however it ends.
class FileLock {
 public:
  // Throws Error with exit code 18 that names the process holding it.
  FileLock(const std::filesystem::path& path, std::string_view what);

 private:
  FileDescriptor fd_;
};

// Bytes that an unprivileged process may still write in the file system of `directory`.
[[nodiscard]] std::uint64_t free_space(const std::filesystem::path& directory);

// Throws IoError with exit code 17 unless `needed` bytes are free there; `what` says what they are for.
void require_space(const std::filesystem::path& directory, std::uint64_t needed, std::string_view what);

}  // namespace ferry
