// SPDX-License-Identifier: Apache-2.0
#include "format/schedule.h"

#include <fmt/format.h>

#include "common/text.h"

namespace ferry::format {
namespace {

// "Mon..Fri *-*-1,15 03:00:00 Europe/Berlin" and longer ones fit.
constexpr std::size_t max_calendar_bytes = 200;
constexpr std::string_view calendar_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 *-:,./~_+";

}  // namespace

std::optional<std::string> calendar_problem(std::string_view text) {
  if (trimmed(text).empty()) return "it is empty; write one such as \"Mon *-*-* 03:00\"";
  if (text.size() > max_calendar_bytes) return fmt::format("it has more than {} characters", max_calendar_bytes);
  const std::size_t wrong = text.find_first_not_of(calendar_characters);
  if (wrong == std::string_view::npos) return {};
  return fmt::format("{} has no place in a calendar expression; see systemd.time(7), such as \"Mon *-*-* 03:00\"",
                     quote(text.substr(wrong, 1)));
}

}  // namespace ferry::format
