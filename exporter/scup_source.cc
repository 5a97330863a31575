// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <fmt/format.h>

#include "common/archive.h"
#include "common/error.h"
#include "common/file.h"
#include "common/json.h"
#include "common/text.h"
#include "exporter/source.h"
#include "format/limits.h"
#include "format/scup_v1.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;

// A V1 catalog is one document that must be held whole to be cut; the largest public one has 40 MB.
constexpr std::uint64_t max_v1_bytes = 512ULL * 1024 * 1024;

// 60 bytes a package.
constexpr std::uint64_t max_list_bytes = 64ULL * 1024 * 1024;

bool has_extension(const std::string& name, std::string_view extension) {
  return equal_ignoring_case(fs::path(name).extension().native(), extension);
}

class ScupSource final : public UpdateSource {
 public:
  explicit ScupSource(fs::path path) : path_(std::move(path)) {}

  void read(const Visitor& visitor) override {
    std::error_code error;
    found_any_ = false;
    packages_.clear();
    listed_.clear();
    if (fs::is_directory(path_, error)) {
      read_folder(visitor);
    } else if (has_extension(path_.native(), ".xml")) {
      read_v1(path_.filename().native(), read_file(path_, max_v1_bytes), visitor);
    } else {
      read_archive(visitor);
    }
    if (!found_any_)
      throw NotFoundError(
          fmt::format("there is no SCUP catalog in {}: expected .sdp files, or a .xml file with a "
                      "SystemsManagementCatalog",
                      quote(path_.native())));
    compare_with_list(visitor);
  }

 private:
  void read_folder(const Visitor& visitor) {
    for (const fs::path& file : files_below(path_)) {
      const std::string name = file.native();
      if (!is_wanted(name)) continue;
      take(name, visitor, [&](std::uint64_t max_bytes) { return read_file(path_ / file, max_bytes); });
    }
  }

  void read_archive(const Visitor& visitor) {
    ArchiveReader archive(path_);
    while (const auto member = archive.next()) {
      if (!member->is_file || !is_wanted(member->name)) continue;
      take(member->name, visitor, [&archive](std::uint64_t max_bytes) { return archive.read(max_bytes); });
    }
  }

  static bool is_wanted(const std::string& name) {
    return has_extension(name, ".sdp") || has_extension(name, ".xml") || is_list(name);
  }

  // The V2 catalog's own list of its packages, with their times.
  static bool is_list(const std::string& name) {
    return equal_ignoring_case(fs::path(name).filename().native(), "update_manifest.json");
  }

  // `load` gives the bytes of one file, at most so many.
  template <typename Load>
  void take(const std::string& name, const Visitor& visitor, const Load& load) {
    if (is_list(name)) {
      read_list(load(max_list_bytes), visitor);
      return;
    }
    if (!has_extension(name, ".sdp")) {
      const std::string bytes = load(max_v1_bytes);
      if (format::looks_like_v1_catalog(bytes)) read_v1(name, bytes, visitor);
      return;
    }
    found_any_ = true;
    std::string bytes;
    try {
      bytes = load(format::limits::max_document_bytes);
    } catch (const FormatError& error) {  // too long or damaged; the next member may be sound
      visitor.failed(name, error.what());
      return;
    }
    packages_.insert(to_lower(fs::path(name).stem().native()));
    visitor.document(name, bytes);
  }

  void read_list(const std::string& bytes, const Visitor& visitor) {
    const Json list = Json::parse(bytes, nullptr, false);
    if (!list.is_object()) {
      visitor.warning("update_manifest.json is no list of packages; it was not used");
      return;
    }
    for (const auto& entry : list.items()) listed_.insert(to_lower(entry.key()));
  }

  // A copy that was cut short looks like a catalog from which packages were removed; the list tells.
  void compare_with_list(const Visitor& visitor) const {
    std::size_t missing = 0;
    std::string example;
    for (const std::string& id : listed_) {
      if (packages_.count(id) > 0) continue;
      if (missing++ == 0) example = id;
    }
    if (missing > 0)
      visitor.warning(
          fmt::format("update_manifest.json lists {} that the catalog does not hold, such as {}: is it "
                      "complete?",
                      counted(missing, "package", "packages"), quote(example)));
  }

  void read_v1(const std::string& name, const std::string& bytes, const Visitor& visitor) {
    found_any_ = true;
    std::size_t count = 0;
    try {
      format::split_v1_catalog(bytes, [&](std::string_view package_id, std::string_view document) {
        ++count;
        // The id is text of the catalog: bounded before it becomes a key.
        const std::string key =
            package_id.empty() || package_id.size() > 64 ? fmt::format("package {}", count) : std::string(package_id);
        visitor.document(name + "#" + key, document);
      });
    } catch (Error& error) {
      error.add_context(quote(name));
      throw;
    }
  }

  fs::path path_;
  bool found_any_ = false;
  std::set<std::string> packages_;  // names of .sdp files, without extension
  std::set<std::string> listed_;    // ids in update_manifest.json
};

}  // namespace

std::unique_ptr<UpdateSource> make_scup_source(const fs::path& path) { return std::make_unique<ScupSource>(path); }

}  // namespace ferry::exporter
