// SPDX-License-Identifier: Apache-2.0
// The status of a point in the text format of Prometheus, for the textfile collector of node_exporter.
#pragma once

#include <string>
#include <string_view>

#include "format/point_status.h"

namespace ferry::format {

// Every metric has HELP and TYPE and begins with "ferry_"; times are in seconds since 1970, sizes in bytes.
[[nodiscard]] std::string prometheus_text(const PointStatus& status);

// The value of a label: harmless characters, with backslash, quote and newline escaped as the format asks.
[[nodiscard]] std::string label_value(std::string_view text);

}  // namespace ferry::format
