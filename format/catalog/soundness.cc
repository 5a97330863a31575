// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/soundness.h"

#include <sys/stat.h>

#include <exception>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/clock.h"
#include "common/file.h"

namespace ferry::format {
namespace {

// Of this machine since it was started: what a power cut took from its disk, nobody knows.
std::string running_boot() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

// Nothing where there is no file, or a log of changes that are not in it: then the file is not all of the catalog.
std::optional<std::string> likeness(const std::filesystem::path& catalog) {
  struct stat file {};
  struct stat log {};
  const std::string log_name = catalog.native() + "-wal";
  if (::stat(catalog.c_str(), &file) != 0) return {};
  if (::stat(log_name.c_str(), &log) == 0 && log.st_size != 0) return {};
  return fmt::format("{} {}.{:09} {}", file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec, running_boot());
}

std::string sound_name(const std::filesystem::path& catalog) { return catalog.native() + "-sound"; }

}  // namespace

Soundness::Soundness(Soundness&& other) noexcept
    : catalog_(std::move(other.catalog_)), read_at_(std::exchange(other.read_at_, 0)) {}

Soundness::~Soundness() {
  if (read_at_ == 0 || std::uncaught_exceptions() != 0) return;
  try {
    const auto now = likeness(catalog_);
    if (!now) return;
    // Not flushed, and not by renaming: what is torn or lost is no likeness of any catalog.
    const std::filesystem::path mark = sound_name(catalog_);
    std::filesystem::remove(mark);
    PlainFile(mark).write(fmt::format("{} {}\n", read_at_, *now));
  } catch (const std::exception&) {
    return;
  }
}

bool Soundness::known_good() {
  std::ifstream file(sound_name(catalog_));
  std::int64_t read_at = 0;
  std::string rest;
  if (!(file >> read_at) || file.get() != ' ' || !std::getline(file, rest)) return false;
  const std::int64_t now = SystemClock().now().seconds;
  if (read_at <= 0 || read_at > now || now - read_at >= soundness_lasts || rest != likeness(catalog_)) return false;
  read_at_ = read_at;
  return true;
}

void Soundness::doubt() noexcept {
  read_at_ = 0;
  std::error_code ignored;
  std::filesystem::remove(sound_name(catalog_), ignored);
}

void Soundness::was_read() { read_at_ = SystemClock().now().seconds; }

}  // namespace ferry::format
