// SPDX-License-Identifier: Apache-2.0
// Units of systemd from the templates in packaging/systemd/, filled in for one point.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ferry::format {

// A template and what its unit is: ".service", ".timer", ".path". It says @NAME@ where a value goes.
struct UnitTemplate {
  std::string_view suffix;
  std::string_view text;
};

struct UnitValues {
  std::string name;               // of all units, without the suffix
  std::string user;               // account
  std::filesystem::path program;  // paths are absolute
  std::filesystem::path point;
  std::string calendar;                        // checked by calendar_problem()
  std::vector<std::filesystem::path> folders;  // where the program writes besides the point; they may be missing
  std::filesystem::path drop_folder;           // to watch; empty where a template watches nothing
};

struct Unit {
  std::string file_name;
  std::string text;
};

// Whatever a path holds, it is the path in the unit and nothing else: spaces, quotes, % and $ are written as systemd
// reads them. Throws UsageError for one that systemd could not read back (control characters, backslashes, spaces at an
// end, bytes that are not UTF-8), and for names of units and accounts that are none.
[[nodiscard]] std::vector<Unit> fill_units(const std::vector<UnitTemplate>& templates, const UnitValues& values);

}  // namespace ferry::format
