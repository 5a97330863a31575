// SPDX-License-Identifier: Apache-2.0
// What a timer does at a site: looks at the drop folder and at nothing else, takes the bundles that are new there, and
// remembers what it made of each.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/cli.h"
#include "format/catalog/drops.h"
#include "importer/import_report.h"

namespace ferry::importer {

// A bundle in the drop folder, or a file that is no volume, and what became of it in this run or an earlier one.
struct DropEntry {
  // applied; already: applied before, or by hand; undone: an import that was taken back is not repeated; other-site;
  // waiting: not whole yet; refused.
  std::string result;
  ExitCode code = ExitCode::done;  // of an import of it alone
  std::string error;
  std::string bundle;        // name; empty while no signature holds
  bool is_news = false;      // not what the last run found
  bool is_removed = false;   // from the folder, after it was applied
  std::optional<Json> json;  // as `import --json` lists it, where it was tried in this run
  std::vector<format::DropFile> files;
};

struct DropReport {
  std::filesystem::path folder;
  std::vector<DropEntry> entries;
  Json repaired = Json::array();

  // 11 where a signature or trust file is newly refused, else the code of the first new refusal; 0 where something was
  // applied; else 2. What an earlier run refused, waits, or is for another site is no failure of this one.
  [[nodiscard]] ExitCode code() const;
  [[nodiscard]] std::size_t count(std::string_view result) const;
};

struct DropOptions {
  bool forget = false;  // look at everything again, also at imports that were taken back
  std::string again;    // the command that refusals name to go on
};

// Throws UsageError where point.toml names none.
[[nodiscard]] std::filesystem::path drop_folder_of(const format::PointConfig& config);

// Bundles that were refused are looked at again when their files change, when signatures or parity files come beside
// them, or when what they were refused for may have changed: feeds, trust files, point.toml. One that is damaged and
// was written to within the last quarter of an hour counts as arriving. Throws UsageError where point.toml names no
// folder, NotFoundError where it is not there, and what concerns no bundle. REQUIRES: the point's lock.
[[nodiscard]] DropReport run_drop_folder(const Console& console, const format::Point& point, const DropOptions& options,
                                         const Clock& clock);

}  // namespace ferry::importer
