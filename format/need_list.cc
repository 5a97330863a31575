// SPDX-License-Identifier: Apache-2.0
#include "format/need_list.h"

#include <limits>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "format/limits.h"
#include "format/manifest.h"

namespace ferry::format {
namespace {

[[noreturn]] void wrong(std::size_t line, std::string_view expected) {
  throw UsageError(fmt::format("line {} of the list is not right; expected {}", line, expected));
}

NeededFile parse_file(std::string_view line, std::size_t number) {
  const auto fields = split(line, ' ');
  NeededFile file;
  constexpr std::string_view expected = "a SHA-1, a SHA-256 or '-', a size and a name";
  if (fields.size() < 3) wrong(number, expected);
  const auto sha1 = from_hex(fields[0]);
  const std::uint64_t size = parse_u64(fields[2]).value_or(std::numeric_limits<std::uint64_t>::max());
  constexpr std::size_t sha1_bytes = 20;
  if (!sha1 || sha1->size() != sha1_bytes || size > limits::max_generation) wrong(number, expected);
  file.sha1 = *sha1;
  file.size = size;
  if (fields[1] != "-") {
    file.sha256 = Digest::from_hex(fields[1]);
    if (!file.sha256) wrong(number, "a SHA-256 in hexadecimal or '-'");
  }
  const std::size_t before_name = fields[0].size() + fields[1].size() + fields[2].size() + 3;
  if (line.size() > before_name) file.name = line.substr(before_name);
  return file;
}

}  // namespace

std::string encode(const NeedList& list) {
  std::string text =
      fmt::format("ferry-need 1 {} {} {} {}\n", list.site, list.feed, list.lineage.text(), list.generation);
  for (const NeededFile& file : list.files)
    text += fmt::format("{} {} {} {}\n", to_hex(file.sha1), file.sha256 ? file.sha256->hex() : "-", file.size,
                        for_terminal(file.name));
  return text;
}

NeedList parse_need_list(std::string_view text) {
  NeedList list;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);  // of an editor on the way
    if (number > 1) {
      if (!line.empty()) list.files.push_back(parse_file(line, number));
      continue;
    }
    const auto fields = split(line, ' ');
    const auto lineage = fields.size() == 6 ? Guid::parse(fields[4]) : std::nullopt;
    const auto generation = fields.size() == 6 ? parse_u64(fields[5]) : std::nullopt;
    if (!lineage || !generation || fields[0] != "ferry-need" || fields[1] != "1" || name_problem(fields[2]) ||
        name_problem(fields[3]))
      wrong(1, "'ferry-need 1 SITE FEED LINEAGE GENERATION', as 'ferry-import need' writes it");
    list.site = fields[2];
    list.feed = fields[3];
    list.lineage = *lineage;
    list.generation = *generation;
  }
  if (number == 0) wrong(1, "'ferry-need 1 …'; the file is empty");
  return list;
}

}  // namespace ferry::format
