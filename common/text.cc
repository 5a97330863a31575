// SPDX-License-Identifier: Apache-2.0
#include "common/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include <fmt/format.h>

#include "common/error.h"

namespace ferry {
namespace {

// Decodes one code point at `text[at]` and moves `at` behind it; -1 for an ill-formed byte (moves by 1).
std::int32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) {
    ++at;
    return lead;
  }
  std::size_t length = 0;
  std::int32_t value = 0;
  std::int32_t minimum = 0;
  if ((lead & 0xE0U) == 0xC0U) {
    length = 2, value = lead & 0x1F, minimum = 0x80;
  } else if ((lead & 0xF0U) == 0xE0U) {
    length = 3, value = lead & 0x0F, minimum = 0x800;
  } else if ((lead & 0xF8U) == 0xF0U) {
    length = 4, value = lead & 0x07, minimum = 0x10000;
  }
  if (length == 0 || at + length > text.size()) {
    ++at;
    return -1;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) {
      ++at;
      return -1;
    }
    value = (value << 6) | (byte(at + i) & 0x3F);
  }
  if (value < minimum || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    ++at;
    return -1;
  }
  at += length;
  return value;
}

// Controls, invisible direction marks and line separators: what could forge a line or turn it around.
bool is_unsafe_on_terminal(std::int32_t point) noexcept {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x061C || (point >= 0x200B && point <= 0x200F) ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
         point == 0xFFFE || point == 0xFFFF || (point >= 0xE0000 && point <= 0xE007F);
}

bool is_wide(std::int32_t point) noexcept {
  return (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
         (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
         (point >= 0xFE30 && point <= 0xFE6F) || (point >= 0xFF00 && point <= 0xFF60) ||
         (point >= 0xFFE0 && point <= 0xFFE6) || (point >= 0x1F300 && point <= 0x1FAFF) ||
         (point >= 0x20000 && point <= 0x3FFFD);
}

char ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size();) {
    if (next_code_point(bytes, at) < 0) return false;
  }
  return true;
}

std::string for_terminal(std::string_view text, std::size_t max_bytes) {
  std::string safe;
  for (std::size_t at = 0; at < text.size();) {
    if (at >= max_bytes) {
      safe += "…";
      break;
    }
    const std::size_t start = at;
    const std::int32_t point = next_code_point(text, at);
    if (point < 0) {
      safe += fmt::format("\\x{{{:02x}}}", static_cast<unsigned char>(text[start]));
    } else if (is_unsafe_on_terminal(point)) {
      safe += fmt::format("\\u{{{:x}}}", point);
    } else {
      safe.append(text.substr(start, at - start));
    }
  }
  return safe;
}

std::string lines_for_terminal(std::string_view text) {
  std::string safe;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    safe += for_terminal(text.substr(start, end - start), text.size());
    if (end < text.size()) safe += '\n';
    start = end + 1;
  }
  return safe;
}

std::string json_for_terminal(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t start = at;
    const std::int32_t point = next_code_point(json, at);
    // Below 0x20 only white space between values is left; a JSON writer escapes the rest itself.
    if (point < 0x7F || !is_unsafe_on_terminal(point)) {
      safe.append(json.substr(start, at - start));
    } else if (point <= 0xFFFF) {
      safe += fmt::format("\\u{:04x}", point);
    } else {
      const std::int32_t rest = point - 0x10000;
      safe += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
    }
  }
  return safe;
}

std::string quote(std::string_view text) { return "'" + for_terminal(text) + "'"; }

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ascii_lower(c);
  return lower;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (ascii_lower(left[i]) != ascii_lower(right[i])) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = text.find(separator, start)) != std::string_view::npos;) {
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

std::uint64_t parse_size(std::string_view text, std::string_view what) {
  struct Unit {
    std::string_view name;
    double factor;
  };
  static constexpr std::array<Unit, 15> units{{{"", 1},
                                               {"b", 1},
                                               {"k", 1024.0},
                                               {"m", 1048576.0},
                                               {"g", 1073741824.0},
                                               {"t", 1099511627776.0},
                                               {"kib", 1024.0},
                                               {"mib", 1048576.0},
                                               {"gib", 1073741824.0},
                                               {"tib", 1099511627776.0},
                                               {"kb", 1e3},
                                               {"mb", 1e6},
                                               {"gb", 1e9},
                                               {"tb", 1e12},
                                               {"bytes", 1}}};
  const std::string_view all = trimmed(text);
  const auto digits = std::min(all.find_first_not_of("0123456789."), all.size());
  const std::string number(all.substr(0, digits));
  const std::string unit = to_lower(trimmed(all.substr(digits)));
  for (const Unit& known : units) {
    if (known.name != unit || number.empty()) continue;
    if (const auto whole = parse_u64(number)) {
      const auto factor = static_cast<std::uint64_t>(known.factor);
      if (*whole <= std::numeric_limits<std::uint64_t>::max() / factor) return *whole * factor;
      break;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error == std::errc{} && end == number.data() + number.size() && value * known.factor < 9e18)
      return static_cast<std::uint64_t>(std::floor(value * known.factor));
    break;
  }
  throw UsageError(
      fmt::format("{}: {} is not a size; write bytes or a number with a unit, such as "
                  "4480MiB or 4.7GB",
                  what, quote(text)));
}

std::string format_size(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 6> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string format_count(std::uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string format_age(std::int64_t seconds) {
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (seconds < minute) return fmt::format("{} s", seconds);
  if (seconds < hour) return fmt::format("{} min", seconds / minute);
  if (seconds < day) return fmt::format("{} h", seconds / hour);
  return counted(static_cast<std::uint64_t>(seconds / day), "day", "days");
}

std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", format_count(count), count == 1 ? singular : plural);
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::int32_t point = next_code_point(text, at);
    if (point >= 0x300 && point <= 0x36F) continue;  // combining marks take no column
    columns += is_wide(point) ? 2U : 1U;
  }
  return columns;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  std::string cut;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const std::size_t width = is_wide(next_code_point(text, at)) ? 2 : 1;
    if (used + width + 1 > columns) break;
    used += width;
    cut.append(text.substr(start, at - start));
  }
  return cut + "…";
}

}  // namespace ferry
