// SPDX-License-Identifier: Apache-2.0
#include "common/http_conditions.h"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

#include "common/text.h"

namespace ferry {
namespace {

constexpr std::array<std::string_view, 7> http_days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> http_months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t http_date_size = 29;

std::string_view without_weakness(std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; }

// A list such as `"a", W/"b"`, or "*". Tags made here hold no comma.
bool names_tag(std::string_view list, std::string_view tag) {
  for (const std::string_view one : split(list, ',')) {
    const std::string_view named = trimmed(one);
    if (named == "*" || without_weakness(named) == tag) return true;
  }
  return false;
}

}  // namespace

std::string http_date(Time time) {
  const std::time_t seconds = time.seconds;
  std::tm parts{};
  static_cast<void>(gmtime_r(&seconds, &parts));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", http_days[static_cast<std::size_t>(parts.tm_wday)],
                     parts.tm_mday, http_months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<Time> parse_http_date(std::string_view text) {
  if (text.size() != http_date_size) return {};
  const auto* const month = std::find(http_months.begin(), http_months.end(), text.substr(8, 3));
  if (month == http_months.end()) return {};
  const auto time = Time::parse(fmt::format("{}-{:02}-{}T{}Z", text.substr(12, 4), month - http_months.begin() + 1,
                                            text.substr(5, 2), text.substr(17, 8)));
  if (!time || http_date(*time) != text) return {};
  return time;
}

bool has_same_file(const HttpHeaderLookup& header, const HttpValidators& file) {
  // A tag says more than a date: where both are sent, it decides alone.
  if (const auto tags = header("If-None-Match")) return !file.tag.empty() && names_tag(*tags, file.tag);
  const auto since = parse_http_date(header("If-Modified-Since").value_or(""));
  return since && file.modified && *file.modified <= *since;
}

bool may_send_range(const HttpHeaderLookup& header, const HttpValidators& file) {
  const auto condition = header("If-Range");
  if (!condition) return true;
  if (condition->starts_with('"')) return *condition == file.tag;
  const auto date = parse_http_date(*condition);
  return date && file.modified && *date == *file.modified;
}

}  // namespace ferry
