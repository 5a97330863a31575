// SPDX-License-Identifier: Apache-2.0
// Small plots for a page, as inline SVG that draws with the page's own colours and needs nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ferry::format {

struct PlotPoint {
  std::string label;  // of the place on the axis; untrusted
  std::uint64_t value = 0;
};
using PlotUnit = std::function<std::string(std::uint64_t)>;

// A line over the points in their order. `title` names the plot and `description` says what it shows, for those who do
// not see it; both untrusted. Empty without points.
[[nodiscard]] std::string line_plot(std::string_view title, std::string_view description,
                                    const std::vector<PlotPoint>& points, const PlotUnit& unit);
// The same as bars from zero.
[[nodiscard]] std::string bar_plot(std::string_view title, std::string_view description,
                                   const std::vector<PlotPoint>& points, const PlotUnit& unit);

struct LagRow {
  std::string name;   // untrusted
  std::string state;  // class of the bar and the word behind it
  double days = 0;    // age
  double next_days = 0;
  double valid_days = 0;
};
// A bar for each row, its age in days, with marks where the next bundle was promised and where validity ends.
[[nodiscard]] std::string lag_plot(std::string_view title, std::string_view description,
                                   const std::vector<LagRow>& rows);

}  // namespace ferry::format
