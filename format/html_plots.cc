// SPDX-License-Identifier: Apache-2.0
#include "format/html_plots.h"
#include "format/html_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "common/text.h"
#include "common/xml.h"

namespace ferry::format {
namespace {

constexpr double plot_width = 360;
constexpr double plot_height = 150;
constexpr double plot_left = 4;
constexpr double plot_right = plot_width - 4;
constexpr double plot_top = 22;
constexpr double plot_bottom = plot_height - 22;

std::string begin_svg(std::string_view title, std::string_view description, double tall) {
  return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\"><title>{}</title><desc>{}</desc>", plot_width,
                     tall, html_text(title), html_text(description));
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", x, y, anchor, html_text(text));
}

std::string rule(double y) {
  return fmt::format("<path class=\"rule\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", plot_left, y, plot_right);
}

// The first and the last label under the axis, each where its point is.
std::string axis_labels(const std::vector<PlotPoint>& points) {
  std::string text = text_at(plot_left, plot_height - 6, "start", points.front().label);
  if (points.size() > 1) text += text_at(plot_right, plot_height - 6, "end", points.back().label);
  return text;
}

// Where a value lies between the least and the greatest that the plot shows.
double height_of(std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (most == least) return (plot_top + plot_bottom) / 2;
  const double share = static_cast<double>(value - least) / static_cast<double>(most - least);
  return plot_bottom - share * (plot_bottom - plot_top);
}

// The least and greatest of the points.
std::pair<std::uint64_t, std::uint64_t> range_of(const std::vector<PlotPoint>& points) {
  const auto [least, most] =
      std::minmax_element(points.begin(), points.end(),
                          [](const PlotPoint& one, const PlotPoint& other) { return one.value < other.value; });
  return {least->value, most->value};
}

}  // namespace

std::string line_plot(std::string_view title, std::string_view description, const std::vector<PlotPoint>& points,
                      const PlotUnit& unit) {
  if (points.empty()) return "";
  const auto [least, most] = range_of(points);
  std::string svg = begin_svg(title, description, plot_height) + rule(plot_bottom);
  const double step = points.size() > 1 ? (plot_right - plot_left - 8) / static_cast<double>(points.size() - 1) : 0;
  std::string path;
  double x = plot_left + 4;
  double y = 0;
  for (const PlotPoint& point : points) {
    y = height_of(point.value, least, most);
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\"><title>{}</title></circle>", x, y,
                       html_text(point.label + ": " + unit(point.value)));
    x += step;
  }
  svg += fmt::format("<path class=\"line\" d=\"{}\"/>", path);
  // The scale is the least and the greatest value, so these two are said; a gridline would say no more.
  svg += text_at(plot_left, 12, "start", most == least ? unit(most) : fmt::format("{} to {}", unit(least), unit(most)));
  if (points.size() > 1) svg += text_at(plot_right, 12, "end", "now " + unit(points.back().value));
  return svg + axis_labels(points) + "</svg>";
}

std::string bar_plot(std::string_view title, std::string_view description, const std::vector<PlotPoint>& points,
                     const PlotUnit& unit) {
  if (points.empty()) return "";
  const std::uint64_t most = std::max<std::uint64_t>(1, range_of(points).second);
  std::string svg = begin_svg(title, description, plot_height) + rule(plot_bottom);
  const double pitch = std::min(28.0, (plot_right - plot_left) / static_cast<double>(points.size()));
  double x = plot_left;
  for (const PlotPoint& point : points) {
    const double y = height_of(point.value, 0, most);
    svg += fmt::format(
        "<rect class=\"bar\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"><title>{}"
        "</title></rect>",
        x, std::min(y, plot_bottom - 1), std::max(1.0, pitch - 3), std::max(1.0, plot_bottom - y),
        html_text(point.label + ": " + unit(point.value)));
    x += pitch;
  }
  svg += text_at(plot_left, 12, "start", "largest " + unit(most));
  if (points.size() > 1) svg += text_at(plot_right, 12, "end", "last " + unit(points.back().value));
  return svg + axis_labels(points) + "</svg>";
}

std::string lag_plot(std::string_view title, std::string_view description, const std::vector<LagRow>& rows) {
  if (rows.empty()) return "";
  constexpr double row_height = 26;
  constexpr double name_width = 110;
  double longest = 1;
  for (const LagRow& row : rows) longest = std::max({longest, row.days, std::min(row.valid_days, row.days * 4)});
  for (const LagRow& row : rows) longest = std::max(longest, row.next_days);
  const auto place = [longest](double days) { return name_width + days / longest * (plot_right - name_width - 54); };
  std::string svg = begin_svg(title, description, 10 + row_height * static_cast<double>(rows.size()));
  double y = 6;
  for (const LagRow& row : rows) {
    svg += text_at(name_width - 8, y + 13, "end", fit(row.name, 17));
    svg += fmt::format(
        "<rect class=\"bar {}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"14\"><title>{}"
        "</title></rect>",
        html_text(row.state), name_width, y + 2, std::max(1.0, place(row.days) - name_width),
        html_text(fmt::format("{}: {:.1f} days, {}", row.name, row.days, row.state)));
    for (const double mark : {row.next_days, row.valid_days}) {
      if (mark > 0 && mark <= longest)
        svg += fmt::format("<path class=\"mark\" d=\"M{:.1f} {:.1f}v20\"/>", place(mark), y - 1);
    }
    svg += text_at(plot_right, y + 13, "end", fmt::format("{:.0f} d", row.days));
    y += row_height;
  }
  return svg + "</svg>";
}

}  // namespace ferry::format
