// SPDX-License-Identifier: Apache-2.0
// [schedule] of point.toml: what a timer starts with `run`, when, and the folders that bundles pass through.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ferry::format {

// Paths are absolute; an empty one was not given.
struct ScheduleConfig {
  std::string calendar;               // calendar expression of systemd; empty: no timer
  std::filesystem::path drop_folder;  // exporter: holds a folder for each site; importer: is watched
  std::filesystem::path receipts;     // exporter: where they come in; importer: where they go out
  std::uint64_t keep = 4;             // bundles that stay in the drop folder of a site
  std::string volume_size;            // as --volume-size and --parity of `export`; empty: not given
  std::string parity;
  bool removes_applied = false;  // the importer removes bundles that it has applied from the drop folder
};

// What is wrong with a calendar expression as far as that can be told without systemd: it is written into a unit, so it
// may hold no more than the letters, digits and signs of such expressions.
[[nodiscard]] std::optional<std::string> calendar_problem(std::string_view text);

}  // namespace ferry::format
