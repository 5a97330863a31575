// SPDX-License-Identifier: Apache-2.0
// A WsusContent tree: XX/SHA1HEX.ext, as update servers keep payload and EULA files (WSUS-FORMATS f.1).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "format/catalog/content.h"

namespace ferry::format {

// What lies in a tree, by the names of the files: upper or lower case, whatever the extension. Links are not followed.
struct TreeFile {
  std::filesystem::path path;  // within the tree
  std::uint64_t size = 0;
};
class ContentTree {
 public:
  // Looks; the directory may be missing. Throws IoError.
  explicit ContentTree(std::filesystem::path directory);

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  // By SHA-1 (20 bytes). Of several files for one, the first by name.
  [[nodiscard]] const std::map<std::string, TreeFile>& files() const noexcept { return files_; }
  [[nodiscard]] const std::vector<TreeFile>& strangers() const noexcept { return strangers_; }  // other names

 private:
  std::filesystem::path directory_;
  std::map<std::string, TreeFile> files_;
  std::vector<TreeFile> strangers_;
};

// Files by SHA-1 (20 bytes).
using FilesWanted = std::map<std::string, WantedFile>;

struct TreeWritten {
  std::uint64_t added = 0;
  std::uint64_t bytes = 0;     // of those
  std::uint64_t replaced = 0;  // among them, that had another size
  std::uint64_t there = 0;     // already, with the right size; not read
  std::map<CopyKind, std::uint64_t> kinds;
  std::vector<WantedFile> missing;  // in the store
};
// Completes the tree with the files that the store has, by reflink, link (unless `may_link` says no) or copy. Throws
// IoError (17: no space); what was written by then is whole, and the next run goes on.
[[nodiscard]] TreeWritten write_content_tree(const ContentStore& store, const ContentTree& tree,
                                             const FilesWanted& wanted, bool may_link,
                                             const std::function<void(std::uint64_t)>& progress);

struct TreeFinding {
  TreeFile file;
  std::string problem;
};
struct TreeCheck {
  std::uint64_t sound = 0;
  std::uint64_t bytes = 0;  // read
  std::vector<WantedFile> missing;
  std::vector<TreeFinding> wrong;  // bytes that do not have the digest, or the size, that they are to have
  std::vector<TreeFile> orphaned;  // that no update here names, or without such a name
};
// Reads every file of the tree. `named` are all files that updates name, of which `wanted` must be there.
[[nodiscard]] TreeCheck check_content_tree(const ContentTree& tree, const FilesWanted& wanted, const FilesWanted& named,
                                           const std::function<void(std::uint64_t)>& progress);

}  // namespace ferry::format
