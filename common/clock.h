// SPDX-License-Identifier: Apache-2.0
// Time in whole seconds UTC, and the one place that reads the system clock.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ferry {

// Seconds since 1970-01-01T00:00:00Z.
struct Time {
  std::int64_t seconds = 0;

  [[nodiscard]] std::string text() const;  // 2026-11-23T11:32:15Z
  // Exactly the form that text() writes, years 1970 to 9999.
  [[nodiscard]] static std::optional<Time> parse(std::string_view text);

  auto operator<=>(const Time&) const = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
};

// The system clock; SOURCE_DATE_EPOCH, where set, stands in for it (reproducible-builds.org convention),
// so that the same catalog gives the same bundle bytes.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
};

}  // namespace ferry
