// SPDX-License-Identifier: Apache-2.0
// Drives parity alone, on any files: for faults that only a process as a whole can be given, and to measure.
//
//   parity-tool write percent|volumes STRENGTH DIRECTORY NAME FILE...
//   parity-tool assess PARITY-FILE... -- FILE...
//   parity-tool repair DIRECTORY PARITY-FILE... -- FILE...
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/error.h"
#include "format/parity.h"

namespace {

namespace fs = std::filesystem;
using namespace ferry;

using Words = std::vector<std::string>;

int write(const Words& words) {
  const std::vector<fs::path> data(words.begin() + 4, words.end());
  std::vector<std::uint64_t> sizes;
  for (const fs::path& path : data) sizes.push_back(fs::file_size(path));
  const auto kind = words[0] == "percent" ? format::ParityKind::percent : format::ParityKind::volumes;
  const format::ParityPlan plan = format::plan_parity({kind, static_cast<unsigned>(std::stoul(words[1]))}, sizes);
  for (AtomicFile& file : format::write_parity(plan, sha256(words[3]), data, words[2], words[3])) file.publish();
  fmt::print("{} shards of data, {} of parity, {} stripes, {} copies, overhead {:.4f}\n", plan.shape.data_shards,
             plan.shape.parity_shards, plan.shape.stripes, plan.shape.copies, plan.overhead());
  return 0;
}

// Each range of bytes as "damaged FILE OFFSET LENGTH" or "lost FILE OFFSET LENGTH"; 0 when all can be repaired.
int report(const format::Assessment& found, const std::vector<fs::path>& data) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto say = [&](const char* what) {
      return [&data, what, i](format::ByteRange range) {
        fmt::print("{} {} {} {}\n", what, data[i].filename().native(), range.offset, range.length);
      };
    };
    found.visit_damaged(i, say("damaged"));
    found.visit_beyond_repair(i, say("lost"));
  }
  fmt::print("{} data blocks and {} parity blocks lost, {} unchecked\n", found.lost_data_blocks(),
             found.lost_parity_blocks(), found.unchecked_blocks());
  return found.is_repairable() ? 0 : 1;
}

int read(const Words& words, const fs::path& directory) {
  const auto middle = std::find(words.begin(), words.end(), "--");
  const std::vector<fs::path> data(std::min(middle + 1, words.end()), words.end());
  const format::ParitySet set = format::open_parity(std::vector<fs::path>(words.begin(), middle));
  format::Assessment found = format::assess(set, data);
  if (directory.empty()) return report(found, data);
  const format::Repair result = format::repair(set, data, std::move(found), directory);
  for (const auto& path : result.files) {
    if (path) fmt::print("repaired {}\n", path->filename().native());
  }
  return result.after.is_repairable() ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    Words words(arguments + std::min(count, 1), arguments + count);
    const std::string command = words.empty() ? "" : words.front();
    if (!words.empty()) words.erase(words.begin());
    if (command == "write" && words.size() >= 4) return write(words);
    if (command == "assess" && words.size() >= 2) return read(words, {});
    if (command == "repair" && words.size() >= 3) return read({words.begin() + 1, words.end()}, words.front());
    std::fprintf(stderr, "usage: parity-tool write|assess|repair …; see parity_tool.cc\n");
    return 64;
  } catch (const Error& error) {
    std::fprintf(stderr, "parity-tool: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
