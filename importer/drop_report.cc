// SPDX-License-Identifier: Apache-2.0
#include "importer/drop_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/text.h"

namespace ferry::importer {

std::vector<DropEntry> remembered_drops(format::Catalog& catalog) {
  std::vector<DropEntry> entries;
  for (format::DropFile& file : format::list_drop_files(catalog)) {
    const auto same = std::find_if(entries.begin(), entries.end(), [&file](const DropEntry& entry) {
      return file.manifest && entry.files.front().manifest == file.manifest;
    });
    if (same != entries.end()) {
      same->files.push_back(std::move(file));
      continue;
    }
    DropEntry& entry = entries.emplace_back();
    entry.result = file.result;
    entry.code = static_cast<ExitCode>(file.code);
    entry.error = file.error;
    entry.bundle = file.bundle;
    entry.files.push_back(std::move(file));
  }
  return entries;
}

Json drops_json(const std::vector<DropEntry>& entries) {
  Json list = Json::array();
  for (const DropEntry& entry : entries) {
    Json files = Json::array();
    for (const format::DropFile& file : entry.files) files.push_back(file.name);
    list.push_back(Json{{"bundle", entry.bundle.empty() ? Json(nullptr) : Json(entry.bundle)},
                        {"files", files},
                        {"result", entry.result},
                        {"code", static_cast<int>(entry.code)},
                        {"error", entry.error.empty() ? Json(nullptr) : Json(entry.error)},
                        {"examined", entry.files.front().examined.text()}});
  }
  return list;
}

std::vector<std::string> drop_lines(const std::vector<DropEntry>& entries) {
  std::vector<std::string> lines;
  for (const DropEntry& entry : entries) {
    if (entry.result != "applied")
      lines.push_back(fmt::format("  {:<10} {}: {}", entry.result, quote(entry.files.front().name), entry.error));
  }
  return lines;
}

}  // namespace ferry::importer
