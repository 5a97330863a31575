// SPDX-License-Identifier: Apache-2.0
#include "format/schedule_units.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view letters_and_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t max_name_bytes = 64;

void require_name(std::string_view what, const std::string& name, std::string_view signs) {
  const std::string allowed = std::string(letters_and_digits) + std::string(signs);
  if (!name.empty() && name.size() <= max_name_bytes && name.find_first_not_of(allowed) == std::string::npos &&
      letters_and_digits.find(name.front()) != std::string_view::npos)
    return;
  throw UsageError(fmt::format("{} {}: expected up to {} letters, digits and characters of {}, a letter or digit first",
                               what, quote(name), max_name_bytes, quote(signs)));
}

const std::string& checked(const fs::path& path) {
  const std::string& text = path.native();
  const bool is_plain = std::none_of(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\'; });
  if (!path.is_absolute() || !is_plain || !is_utf8(text) || text.back() == ' ')
    throw UsageError(
        fmt::format("{} cannot stand in a unit of systemd: expected an absolute path in UTF-8 without control "
                    "characters, backslashes and a space at its end; rename it",
                    quote(text)));
  return text;
}

std::string doubled(std::string_view text, std::string_view signs) {
  std::string result;
  for (const char c : text) {
    if (signs.find(c) != std::string_view::npos) result += c;
    result += c;
  }
  return result;
}

// A word of a list or a command line. In both, % begins a specifier.
std::string word(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : doubled(text, "%")) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

bool is_below(const fs::path& path, const fs::path& directory) {
  const fs::path normal = path.lexically_normal();
  return std::mismatch(directory.begin(), directory.end(), normal.begin(), normal.end()).first == directory.end();
}

using Replacements = std::map<std::string, std::string, std::less<>>;

std::string fill(std::string_view text, const Replacements& values) {
  constexpr std::string_view name_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = text[at] == '@' ? text.find_first_not_of(name_characters, at + 1) : std::string_view::npos;
    if (end == std::string_view::npos || text[end] != '@' || end == at + 1) {
      result += text[at];
      continue;
    }
    const auto value = values.find(text.substr(at + 1, end - at - 1));
    if (value == values.end()) throw std::logic_error("a unit's template has a place for which there is no value");
    result += value->second;
    at = end;
  }
  return result;
}

}  // namespace

std::vector<Unit> fill_units(const std::vector<UnitTemplate>& templates, const UnitValues& values) {
  require_name("name of units", values.name, "-_.");
  require_name("account", values.user, "-_.");
  // systemd expands no variable in the program's own path, so there is no way to write a dollar there.
  if (values.program.native().find('$') != std::string::npos)
    throw UsageError(fmt::format("{} cannot be started by systemd, which takes the $ for a variable; move the program",
                                 quote(values.program.native())));
  std::vector<fs::path> paths{values.point};
  paths.insert(paths.end(), values.folders.begin(), values.folders.end());
  const auto any_below = [&paths](std::initializer_list<std::string_view> directories) {
    return std::any_of(directories.begin(), directories.end(), [&paths](std::string_view directory) {
      return std::any_of(paths.begin(), paths.end(),
                         [directory](const fs::path& path) { return is_below(path, directory); });
    });
  };
  std::string writable;
  std::string mounts;
  for (const fs::path& path : paths) {
    // A folder that is missing is the program's to report; systemd would only say that it cannot start it.
    writable += (writable.empty() ? word(checked(path)) : " " + word("-" + checked(path)));
    mounts += (mounts.empty() ? "" : " ") + word(checked(path));
  }
  const Replacements replacements{
      {"UNIT", values.name},
      {"USER", values.user},
      {"PROGRAM", word(checked(values.program))},
      {"POINT", word(doubled(checked(values.point), "$"))},
      {"CALENDAR", values.calendar},
      {"WRITABLE", writable},
      {"MOUNTS", mounts},
      {"DROP_FOLDER", values.drop_folder.empty() ? "" : doubled(checked(values.drop_folder), "%")},
      {"PROTECT_HOME", any_below({"/home", "/root", "/run/user"}) ? "read-only" : "yes"},
      {"PRIVATE_TMP", any_below({"/tmp", "/var/tmp"}) ? "no" : "yes"},
  };
  std::vector<Unit> units;
  for (const UnitTemplate& unit : templates)
    units.push_back({values.name + std::string(unit.suffix), fill(unit.text, replacements)});
  return units;
}

}  // namespace ferry::format
