// SPDX-License-Identifier: Apache-2.0
#include "common/copy.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "common/error.h"
#include "common/file.h"

namespace ferry {
namespace {

constexpr std::size_t block_bytes = 1024 * 1024;

bool share_blocks(const std::filesystem::path& from, const std::filesystem::path& to) {
  const FileDescriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  const FileDescriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (source.is_open() && target.is_open() && ::ioctl(target.get(), FICLONE, source.get()) == 0) return true;
  if (target.is_open()) ::unlink(to.c_str());
  return false;
}

}  // namespace

std::string_view name_of(CopyKind kind) {
  switch (kind) {
    case CopyKind::reflink:
      return "reflink";
    case CopyKind::link:
      return "link";
    case CopyKind::copy:
      return "copy";
  }
  return "unknown";
}

CopyKind duplicate_file(const std::filesystem::path& from, const std::filesystem::path& to, bool may_link) {
  if (share_blocks(from, to)) return CopyKind::reflink;
  if (may_link && ::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0) == 0) return CopyKind::link;
  FileSource source(from);
  PlainFile target(to);
  try {
    std::string block(block_bytes, '\0');
    for (std::size_t got = source.read(block); got > 0; got = source.read(block))
      target.write(std::string_view(block).substr(0, got));
    target.close();
  } catch (...) {
    ::unlink(to.c_str());
    throw;
  }
  return CopyKind::copy;
}

}  // namespace ferry
