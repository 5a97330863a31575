// SPDX-License-Identifier: Apache-2.0
// The status of a point as one page: no script, no network, nothing beside the file.
#pragma once

#include <cstdint>
#include <string>

#include "format/point_status.h"

namespace ferry::format {

// With `refresh_seconds`, a browser loads the page anew so often; 0: never.
[[nodiscard]] std::string html_report(const PointStatus& status, std::uint64_t refresh_seconds);

}  // namespace ferry::format
