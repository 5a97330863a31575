// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "exporter/source.h"
#include "format/limits.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;

class UpdatesSource final : public UpdateSource {
 public:
  explicit UpdatesSource(fs::path folder) : folder_(std::move(folder)) {}

  void read(const Visitor& visitor) override {
    for (const fs::path& name : files_below(folder_)) {
      if (!equal_ignoring_case(name.extension().native(), ".xml")) continue;
      std::string bytes;
      try {
        bytes = read_file(folder_ / name, format::limits::max_document_bytes);
      } catch (const Error& error) {
        visitor.failed(name.native(), error.what());
        continue;
      }
      visitor.document(name.native(), bytes);
    }
  }

 private:
  fs::path folder_;
};

}  // namespace

std::vector<fs::path> files_below(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw NotFoundError(
        fmt::format("there is no folder {}; mount it, or correct its path in point.toml", quote(folder.native())));
  std::vector<fs::path> files;
  try {
    for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator(); ++entry) {
      if (entry->path().filename().native().starts_with('.')) {
        if (entry->is_directory()) entry.disable_recursion_pending();
        continue;
      }
      if (entry->symlink_status().type() == fs::file_type::regular)
        files.push_back(entry->path().lexically_relative(folder));
    }
  } catch (const fs::filesystem_error& failure) {
    throw io_error("read folder", folder.native(), failure.code().value());
  }
  // By the text of the name, so that a run gives the same numbers on every file system.
  std::sort(files.begin(), files.end(),
            [](const fs::path& left, const fs::path& right) { return left.native() < right.native(); });
  return files;
}

std::unique_ptr<UpdateSource> make_updates_source(const fs::path& path) {
  return std::make_unique<UpdatesSource>(path);
}

std::unique_ptr<UpdateSource> make_source(const format::SourceConfig& config, const SourceContext& context) {
  if (config.kind == "scup") return make_scup_source(config.path);
  if (config.kind == "updates") return make_updates_source(config.path);
  if (config.kind == "wsus-server") return make_wsus_source(config, context);
  if (config.kind == "wsus-package") return make_wsus_package_source(config.path);
  throw UsageError(fmt::format("source {}: kind {} is not known", quote(config.name), quote(config.kind)));
}

}  // namespace ferry::exporter
