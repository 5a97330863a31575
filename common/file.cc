// SPDX-License-Identifier: Apache-2.0
#include "common/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <cstdlib>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"

namespace ferry {

namespace fs = std::filesystem;

namespace {

// Small writes are gathered, so that a tar header does not cost a system call.
constexpr std::size_t write_buffer_bytes = 256 * 1024;

void write_fully(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0) {
      if (errno == EINTR) continue;
      throw io_error("write", path.native(), errno);
    }
    if (done == 0) throw io_error("write", path.native(), ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

void close_fd(FileDescriptor& fd, const fs::path& path) {
  if (::close(fd.release()) != 0) throw io_error("close", path.native(), errno);
}

void sync_fd(int fd, const fs::path& path) {
  // No second try: after a failed fsync Linux may have dropped the dirty pages, so a retry can "succeed".
  if (::fsync(fd) != 0) throw io_error("flush", path.native(), errno);
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() noexcept {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

void FileDescriptor::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

FileSource::FileSource(fs::path path) : path_(std::move(path)) {
  // O_NONBLOCK: opening a FIFO somebody put in our way must not hang.
  fd_ = FileDescriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd_.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR)
      throw NotFoundError(fmt::format("there is no file {}", quote(path_.native())));
    throw io_error("open", path_.native(), errno);
  }
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) throw io_error("examine", path_.native(), errno);
  if (!S_ISREG(status.st_mode))
    throw IoError(fmt::format("{} is not a regular file; name a file, no folder and no device", quote(path_.native())));
  size_ = static_cast<std::uint64_t>(status.st_size);
}

std::size_t FileSource::read(std::span<char> buffer) {
  for (;;) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw io_error("read", path_.native(), errno);
  }
}

void FileSource::seek(std::uint64_t offset) {
  if (::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) throw io_error("seek in", path_.native(), errno);
}

std::size_t FileSource::read_at(std::uint64_t offset, std::span<char> buffer) const {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t got =
        ::pread(fd_.get(), buffer.data() + filled, buffer.size() - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw io_error("read", path_.native(), errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  FileSource source(path);
  std::string bytes;
  if (source.size() > max_bytes)
    throw FormatError(fmt::format("{} has {} bytes; at most {} are read: is it the right file?", quote(path.native()),
                                  source.size(), max_bytes),
                      ExitCode::failed);
  bytes.resize(source.size() + 1);  // one more, to notice a file that grows
  std::size_t filled = 0;
  for (std::size_t got = 1; got != 0 && filled < bytes.size(); filled += got)
    got = source.read(std::span<char>(bytes).subspan(filled));
  if (filled > source.size())
    throw IoError(fmt::format("{} grew while it was read; run again when its writer is done", quote(path.native())));
  bytes.resize(filled);
  return bytes;
}

AtomicFile::AtomicFile(fs::path target, unsigned mode) : target_(std::move(target)) {
  partial_ = partial_of(target_);
  // Whatever stands there is a left-over of a run that died; O_EXCL after it refuses a planted link.
  ::unlink(partial_.c_str());
  fd_ = FileDescriptor(::open(partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd_.is_open()) {
    const int error = errno;
    const fs::path name = std::exchange(partial_, {});
    throw io_error("create", name.native(), error);
  }
}

fs::path AtomicFile::partial_of(const fs::path& target) {
  return target.parent_path() / ("." + target.filename().native() + ".partial");
}

AtomicFile AtomicFile::adopt(fs::path target) {
  fs::path partial = partial_of(target);
  const FileDescriptor fd(::open(partial.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.is_open()) throw io_error("open", partial.native(), errno);
  sync_fd(fd.get(), target);
  return AtomicFile(std::move(target), std::move(partial));
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      partial_(std::exchange(other.partial_, {})),
      fd_(std::move(other.fd_)),
      buffer_(std::move(other.buffer_)),
      size_(other.size_),
      is_kept_(other.is_kept_) {}

AtomicFile::~AtomicFile() {
  fd_.reset();
  if (!partial_.empty() && !is_kept_) ::unlink(partial_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  size_ += bytes.size();
  if (buffer_.size() + bytes.size() <= write_buffer_bytes) {
    buffer_.append(bytes);
    return;
  }
  flush_buffer();
  write_fully(fd_.get(), bytes, target_);
}

void AtomicFile::write_at(std::uint64_t offset, std::string_view bytes) {
  size_ = std::max(size_, offset + bytes.size());
  while (!bytes.empty()) {
    const ssize_t done = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) throw io_error("write", target_.native(), done == 0 ? ENOSPC : errno);
    bytes.remove_prefix(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
}

void AtomicFile::flush_buffer() {
  write_fully(fd_.get(), buffer_, target_);
  buffer_.clear();
}

void AtomicFile::seal() {
  flush_buffer();
  sync_fd(fd_.get(), target_);
  // Who reads it back shall read the medium and not our memory.
  static_cast<void>(::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED));
  close_fd(fd_, target_);
}

void AtomicFile::publish() {
  if (fd_.is_open()) seal();
  take_name();
  sync_directory(target_.parent_path());
}

void AtomicFile::publish_unflushed() {
  flush_buffer();
  close_fd(fd_, target_);
  take_name();
}

void AtomicFile::take_name() {
  if (::rename(partial_.c_str(), target_.c_str()) != 0) throw io_error("rename to", target_.native(), errno);
  partial_.clear();
}

PlainFile::PlainFile(fs::path path, std::uint64_t offset) : path_(std::move(path)) {
  make_directories(path_.parent_path());
  fd_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd_.is_open()) throw io_error("create", path_.native(), errno);
  if (::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) throw io_error("seek in", path_.native(), errno);
}

PlainFile::PlainFile(fs::path path) : path_(std::move(path)) {
  fd_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd_.is_open()) throw io_error("create", path_.native(), errno);
}

void PlainFile::write(std::string_view bytes) { write_fully(fd_.get(), bytes, path_); }

void PlainFile::close() { close_fd(fd_, path_); }

void write_file(const fs::path& target, std::string_view bytes, unsigned mode) {
  AtomicFile file(target, mode);
  file.write(bytes);
  file.publish();
}

void sync_directory(const fs::path& directory) {
  const fs::path name = directory.empty() ? fs::path(".") : directory;
  const FileDescriptor fd(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) throw io_error("open", name.native(), errno);
  // Some FUSE file systems cannot flush a directory; that they say so is no failure of the write.
  if (::fsync(fd.get()) != 0 && errno != EINVAL && errno != ENOTSUP) throw io_error("flush", name.native(), errno);
}

void sync_filesystem(const fs::path& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) throw io_error("open", directory.native(), errno);
  if (::syncfs(fd.get()) != 0) throw io_error("flush the file system of", directory.native(), errno);
}

bool file_exists(const std::filesystem::path& path) noexcept {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::optional<FileState> file_state(const fs::path& path) noexcept {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
  return FileState{static_cast<std::uint64_t>(status.st_size),
                   std::int64_t{status.st_mtim.tv_sec} * nanoseconds_per_second + status.st_mtim.tv_nsec};
}

bool is_older_than(const fs::path& path, std::chrono::seconds age) noexcept {
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  return !error && fs::file_time_type::clock::now() - written > age;
}

void make_directories(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) throw io_error("create directory", directory.native(), error.value());
}

TempDir::TempDir(const fs::path& parent, std::string_view prefix) {
  std::string name = (parent / (std::string(prefix) + "XXXXXX")).native();
  if (::mkdtemp(name.data()) == nullptr) throw io_error("create directory", name, errno);
  path_ = name;
}

TempDir::~TempDir() {
  try {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  } catch (const std::exception&) {
    // Out of memory. A directory that stays is removed at the next start.
  }
}

FileLock::FileLock(const fs::path& path, std::string_view what)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)) {
  if (!fd_.is_open()) throw io_error("open", path.native(), errno);
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    std::string holder(64, '\0');
    const ssize_t got = ::pread(fd_.get(), holder.data(), holder.size(), 0);
    holder.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    throw Error(fmt::format("{} is in use by another run ({}); wait until it ends, then run again", what,
                            holder.empty() ? "unknown process" : for_terminal(trimmed(holder))),
                ExitCode::locked);
  }
  const std::string holder = fmt::format("process {}\n", ::getpid());
  // The note only helps a reader of the error above; the lock itself is the kernel's.
  if (::ftruncate(fd_.get(), 0) != 0 ||
      ::pwrite(fd_.get(), holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size()))
    throw io_error("write", path.native(), errno);
}

std::uint64_t free_space(const fs::path& directory) {
  struct statvfs status {};
  if (::statvfs(directory.c_str(), &status) != 0) throw io_error("examine", directory.native(), errno);
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

void require_space(const fs::path& directory, std::uint64_t needed, std::string_view what) {
  const std::uint64_t available = free_space(directory);
  if (available >= needed) return;
  throw IoError(fmt::format("{}: {} are needed in {}, {} are free; free some space there and run the same "
                            "command again",
                            what, format_size(needed), quote(directory.native()), format_size(available)),
                ExitCode::no_space);
}

}  // namespace ferry
