// SPDX-License-Identifier: Apache-2.0
// A set of data files with its parity files, for tests: made from random bytes, damaged in many ways, compared.
#pragma once

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "format/parity.h"
#include "tests/generator/random.h"
#include "tests/support/test_support.h"

namespace ferry::tests {

namespace fs = std::filesystem;

[[nodiscard]] inline std::string random_bytes(Random& random, std::uint64_t size) {
  std::string bytes;
  bytes.reserve(size + 8);
  while (bytes.size() < size) {
    const std::uint64_t word = random.next();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  bytes.resize(size);
  return bytes;
}

// As write(), but not flushed to the disk, which would take most of the time of these tests.
inline void put(const fs::path& file, std::string_view bytes) {
  make_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

// Changes bytes of a file in place.
inline void overwrite(const fs::path& file, std::uint64_t offset, std::string_view bytes) {
  std::string all = read(file);
  all.replace(offset, bytes.size(), bytes);
  put(file, all);
}

class ParityFiles {
 public:
  ParityFiles(format::ParityMode mode, const std::vector<std::uint64_t>& sizes, std::uint64_t seed,
              std::uint64_t max_file_bytes = 0)
      : random_(hash_of(seed, 0x9a71)) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      data.push_back(scratch_ / "in" / fmt::format("v{:04}", i + 1));
      originals.push_back(random_bytes(random_, sizes[i]));
      put(data.back(), originals.back());
    }
    plan = format::plan_parity(mode, sizes, max_file_bytes);
    for (AtomicFile& file : format::write_parity(plan, set_id(), data, scratch_ / "in", "set")) {
      file.publish();
      parity.push_back(file.target());
    }
  }

  [[nodiscard]] static Digest set_id() { return sha256("the set"); }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] fs::path directory() const { return scratch_ / "in"; }

  // Every sector of all files with this chance, in thousandths, becomes zeros.
  void lose_sectors(std::uint32_t per_mille) {
    constexpr std::size_t sector = 2048;
    for (const fs::path& file : all()) {
      std::string bytes = read(file);
      for (std::size_t at = 0; at < bytes.size(); at += sector) {
        if (random_.below(1000) >= per_mille) continue;
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), std::min(sector, bytes.size() - at), '\0');
      }
      put(file, bytes);
    }
  }

  [[nodiscard]] std::vector<fs::path> all() const {
    std::vector<fs::path> files = data;
    files.insert(files.end(), parity.begin(), parity.end());
    return files;
  }

  // The parity files that still exist.
  [[nodiscard]] format::ParitySet open() const {
    std::vector<fs::path> there;
    std::ranges::copy_if(parity, std::back_inserter(there), [](const fs::path& path) { return file_exists(path); });
    return format::open_parity(there, set_id());
  }

  [[nodiscard]] format::Assessment assess() const { return format::assess(open(), data); }

  // Repairs into a new directory; empty when every file is then byte for byte what it was, else what is not.
  [[nodiscard]] std::string repair() {
    const fs::path out = scratch_ / fmt::format("out{}", ++repairs_);
    make_directories(out);
    const format::ParitySet set = open();
    const format::Assessment found = format::assess(set, data);
    const format::Repair result = format::repair(set, data, found, out);
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (!result.files[i] && !file_exists(data[i])) return fmt::format("file {} was not made again", i);
      // Bytes behind the proper end of an intact file are nobody's concern.
      const std::string bytes = read(result.files[i].value_or(data[i]));
      if (bytes.substr(0, originals[i].size()) != originals[i]) return fmt::format("file {} has other bytes", i);
      if (result.files[i] && bytes.size() != originals[i].size()) return fmt::format("file {} has another size", i);
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(out)) {
      if (entry.path().filename().native().starts_with('.')) return "a partial file was left behind";
    }
    return {};
  }

  std::vector<fs::path> data;
  std::vector<std::string> originals;
  std::vector<fs::path> parity;
  format::ParityPlan plan;

 private:
  Scratch scratch_;
  Random random_;
  unsigned repairs_ = 0;
};

[[nodiscard]] inline std::vector<format::ByteRange> damaged(const format::Assessment& found, std::size_t file) {
  std::vector<format::ByteRange> ranges;
  found.visit_damaged(file, [&](format::ByteRange range) { ranges.push_back(range); });
  return ranges;
}

[[nodiscard]] inline std::vector<format::ByteRange> beyond_repair(const format::Assessment& found, std::size_t file) {
  std::vector<format::ByteRange> ranges;
  found.visit_beyond_repair(file, [&](format::ByteRange range) { ranges.push_back(range); });
  return ranges;
}

}  // namespace ferry::tests
