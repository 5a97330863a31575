// SPDX-License-Identifier: Apache-2.0
#include "format/content_tree.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/wsus/content_path.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view hidden_prefix = ".ferry-";

std::uint64_t bytes_to_add(const ContentTree& tree, const FilesWanted& wanted) {
  std::uint64_t bytes = 0;
  for (const auto& [sha1, file] : wanted) {
    const auto there = tree.files().find(sha1);
    if (file.held && (there == tree.files().end() || there->second.size != file.size)) bytes += file.size;
  }
  return bytes;
}

// Its bytes stand under a hidden name until they are all there.
CopyKind place_file(const fs::path& from, const fs::path& to, bool may_link) {
  make_directories(to.parent_path());
  const fs::path hidden = to.parent_path() / (std::string(hidden_prefix) + to.filename().native());
  std::error_code error;
  fs::remove(hidden, error);  // of a run that died
  const CopyKind kind = duplicate_file(from, hidden, may_link);
  fault_point("write content: file copied");
  fs::rename(hidden, to, error);
  if (!error) return kind;
  std::error_code ignored;
  fs::remove(hidden, ignored);
  throw io_error("rename", to.native(), error.value());
}

std::string problem_of(const ContentFile& found, const std::string& sha1, const WantedFile* named) {
  if (found.sha1 != sha1) return fmt::format("its bytes have SHA-1 {}", to_hex(found.sha1));
  if (named == nullptr) return {};
  if (found.size != named->size)
    return fmt::format("it has {} bytes, the update says {}", format_count(found.size), format_count(named->size));
  if (named->sha256 && *named->sha256 != found.sha256)
    return fmt::format("its bytes have SHA-256 {}, the update says {}", found.sha256.hex(), named->sha256->hex());
  return {};
}

}  // namespace

ContentTree::ContentTree(fs::path directory) : directory_(std::move(directory)) {
  std::error_code error;
  if (!fs::exists(directory_, error)) return;
  std::vector<TreeFile> all;
  try {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory_)) {
      if (entry.symlink_status().type() != fs::file_type::regular) continue;
      if (entry.path().filename().native().starts_with(hidden_prefix)) continue;
      all.push_back({entry.path().lexically_relative(directory_), entry.file_size()});
    }
  } catch (const fs::filesystem_error& failure) {
    throw io_error("read directory", failure.path1().native(), failure.code().value());
  }
  std::sort(all.begin(), all.end(),
            [](const TreeFile& left, const TreeFile& right) { return left.path.native() < right.path.native(); });
  for (TreeFile& file : all) {
    const auto sha1 = wsus::sha1_of_content_path(file.path.native());
    if (!sha1 || !files_.emplace(*sha1, file).second) strangers_.push_back(std::move(file));
  }
}

TreeWritten write_content_tree(const ContentStore& store, const ContentTree& tree, const FilesWanted& wanted,
                               bool may_link, const std::function<void(std::uint64_t)>& progress) {
  TreeWritten written;
  make_directories(tree.directory());
  const std::uint64_t needed = bytes_to_add(tree, wanted);
  bool has_room_for_all = false;
  for (const auto& [sha1, file] : wanted) {
    const auto there = tree.files().find(sha1);
    const bool is_there = there != tree.files().end();
    if (is_there && there->second.size == file.size) {
      ++written.there;
      continue;
    }
    if (!file.held || !store.holds(file.held->sha256, file.held->size)) {
      written.missing.push_back(file);
      continue;
    }
    const fs::path target =
        tree.directory() / (is_there ? there->second.path : fs::path(wsus::content_path(sha1, file.name)));
    const CopyKind kind = place_file(store.path_of(file.held->sha256), target, may_link);
    if (kind == CopyKind::copy && !has_room_for_all) {  // the first one says that room is needed
      require_space(tree.directory(), needed > file.size ? needed - file.size : 0,
                    "writing the content tree " + quote(tree.directory().native()));
      has_room_for_all = true;
    }
    ++written.kinds[kind];
    ++written.added;
    written.replaced += is_there ? 1U : 0U;
    written.bytes += file.size;
    progress(file.size);
  }
  if (written.added > 0) sync_filesystem(tree.directory());
  return written;
}

TreeCheck check_content_tree(const ContentTree& tree, const FilesWanted& wanted, const FilesWanted& named,
                             const std::function<void(std::uint64_t)>& progress) {
  TreeCheck check;
  for (const auto& [sha1, file] : wanted) {
    if (tree.files().count(sha1) == 0) check.missing.push_back(file);
  }
  for (const auto& [sha1, file] : tree.files()) {
    const auto update = named.find(sha1);
    const WantedFile* expected = update == named.end() ? nullptr : &update->second;
    std::string problem;
    try {
      problem = problem_of(hash_content(tree.directory() / file.path, progress), sha1, expected);
    } catch (const Error& error) {
      problem = error.what();
    }
    check.bytes += file.size;
    if (!problem.empty()) {
      check.wrong.push_back({file, std::move(problem)});
    } else if (expected == nullptr) {
      check.orphaned.push_back(file);
    } else {
      ++check.sound;
    }
  }
  check.orphaned.insert(check.orphaned.end(), tree.strangers().begin(), tree.strangers().end());
  return check;
}

}  // namespace ferry::format
