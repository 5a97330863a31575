// SPDX-License-Identifier: Apache-2.0
// Runs one fuzz target over corpus folders without libFuzzer: every file, and the file cut at a few places.
// Prints one TAP line a file. A finding ends the process, so the plan at the end is then missing.
#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Each length gets a buffer of its own, so that AddressSanitizer sees a read behind the end.
void run_cut(const std::vector<char>& bytes, std::size_t length) {
  const std::vector<std::uint8_t> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
  LLVMFuzzerTestOneInput(part.data(), part.size());
}

void replay(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  run_cut(bytes, bytes.size());
  const std::array<std::size_t, 6> cuts{
      0, 1, bytes.size() / 4, bytes.size() / 2, bytes.size() / 4 * 3, bytes.size() - 1};
  for (const std::size_t cut : cuts) {
    if (cut < bytes.size()) run_cut(bytes, cut);
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    int number = 0;
    for (const std::string& folder : std::vector<std::string>(words + std::min(count, 1), words + count)) {
      for (const fs::path& file : files_of(folder)) {
        std::printf("# %s\n", file.c_str());
        std::fflush(stdout);
        replay(file);
        std::printf("ok %d - %s/%s\n", ++number, fs::path(folder).filename().c_str(), file.filename().c_str());
      }
    }
    if (number == 0) {
      std::printf("not ok 1 - there is no corpus file\n1..1\n");
      return 1;
    }
    std::printf("1..%d\n", number);
    return 0;
  } catch (const std::exception& error) {
    std::printf("Bail out! %s\n", error.what());
    return 1;
  }
}
