// SPDX-License-Identifier: Apache-2.0
#include "common/clock.h"

#include <chrono>
#include <cstdlib>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"

namespace ferry {
namespace {

// 9999-12-31T23:59:59Z, the last time that the text form can say.
constexpr std::int64_t last_second = 253402300799;

std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::string Time::text() const {
  using namespace std::chrono;
  const sys_seconds point{std::chrono::seconds{seconds}};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const hh_mm_ss clock{point - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::optional<Time> Time::parse(std::string_view text) {
  using namespace std::chrono;
  if (text.size() != 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text[19] != 'Z')
    return {};
  const auto years = digits(text.substr(0, 4));
  const auto months = digits(text.substr(5, 2));
  const auto month_days = digits(text.substr(8, 2));
  const auto hours = digits(text.substr(11, 2));
  const auto minutes = digits(text.substr(14, 2));
  const auto seconds = digits(text.substr(17, 2));
  if (!years || !months || !month_days || !hours || !minutes || !seconds) return {};
  const year_month_day date{year{*years}, month{static_cast<unsigned>(*months)},
                            day{static_cast<unsigned>(*month_days)}};
  if (!date.ok() || *years < 1970 || *hours > 23 || *minutes > 59 || *seconds > 59) return {};
  const auto point = sys_days{date}.time_since_epoch();
  return Time{duration_cast<std::chrono::seconds>(point).count() + *hours * 3600 + *minutes * 60 + *seconds};
}

Time SystemClock::now() const {
  if (const char* fixed = std::getenv("SOURCE_DATE_EPOCH"); fixed != nullptr && *fixed != '\0') {
    const auto seconds = parse_u64(fixed);
    if (!seconds || *seconds > static_cast<std::uint64_t>(last_second))
      throw UsageError(fmt::format("SOURCE_DATE_EPOCH is {}; expected seconds since 1970", quote(fixed)));
    return Time{static_cast<std::int64_t>(*seconds)};
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  if (seconds < 0 || seconds > last_second)
    throw Error("the system clock is outside the years 1970 to 9999; set it and run again");
  return Time{seconds};
}

}  // namespace ferry
