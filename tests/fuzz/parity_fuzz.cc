// SPDX-License-Identifier: Apache-2.0
// A parity file as an importer meets it, beside data of which the first file is good, the second damaged and the rest
// missing. Checksums of metadata are put right first, or nothing behind them would ever be reached.
#include "format/parity.h"

#include <cstring>
#include <string>

#include <fmt/format.h>

#include <sys/mman.h>
#include <unistd.h>

#include "common/erasure.h"
#include "tests/fuzz/fixed_parity.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;
using namespace ferry;

constexpr std::size_t sector = 2048;
constexpr std::size_t checksum_at = sector - 4;

// A file in memory, made anew for every run.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : fd_(memfd_create(name, MFD_CLOEXEC)) {}
  fs::path set(std::string_view bytes) const {
    fuzz::require(fd_ >= 0 && ftruncate(fd_, 0) == 0, "a file in memory can be made");
    fuzz::require(bytes.empty() || pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
                  "a file in memory can be written");
    return "/proc/self/fd/" + std::to_string(fd_);
  }

 private:
  int fd_;
};

std::string with_checksums(std::string bytes) {
  for (std::size_t at = 0; at + sector <= bytes.size(); at += sector) {
    if (bytes.compare(at, 8, "FerryPar") != 0) continue;
    const std::uint32_t crc = crc32c(std::string_view(bytes).substr(at, checksum_at));
    for (unsigned i = 0; i < 4; ++i) bytes[at + checksum_at + i] = static_cast<char>(crc >> 8U * i & 0xFFU);
  }
  return bytes;
}

const fs::path& directory() {
  static const TempDir made(file_exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path(), "ferry-fuzz-");
  return made.path();
}

void try_repair(const format::ParitySet& set, const std::vector<fs::path>& data, const format::Assessment& found) {
  // Files are flushed; more of them, or larger ones, are the same again.
  std::uint64_t total = 0;
  for (const std::uint64_t size : set.shape().data_sizes) total += size;
  if (data.size() > 4 || total > (1U << 20U)) return;
  const format::Repair result = format::repair(set, data, found, directory());
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!result.files[i]) continue;
    fuzz::require(found.is_damaged(i) && found.is_repairable(i), "only damaged files are repaired");
    fuzz::require(fs::file_size(*result.files[i]) == set.shape().data_sizes[i], "a repaired file has its size");
    fs::remove(*result.files[i]);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile parity("parity");
  static const MemoryFile first("first");
  static const MemoryFile second("second");
  try {
    const format::ParitySet set =
        format::open_parity({parity.set(with_checksums(std::string(fuzz::view(data, size))))});
    std::vector<fs::path> files{first.set(fuzz::parity_data[0]), second.set(fuzz::parity_data[1].substr(0, 99))};
    const std::size_t count = set.shape().data_sizes.size();
    while (files.size() < count) files.emplace_back(fmt::format("/nowhere/{}", files.size()));
    files.resize(count);
    const format::Assessment found = format::assess(set, files);
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t end = 0;
      found.visit_damaged(i, [&](format::ByteRange range) {
        fuzz::require(range.length > 0 && range.offset >= end, "ranges ascend");
        end = range.offset + range.length;
      });
      fuzz::require(end <= set.shape().data_sizes[i], "ranges lie in the file");
    }
    try_repair(set, files, found);
  } catch (const Error& error) {
    fuzz::require(error.code() == ExitCode::damaged || error.code() == ExitCode::too_new,
                  "a bad parity file is refused with exit code 15 or 19");
  }
  return 0;
}
