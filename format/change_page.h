// SPDX-License-Identifier: Apache-2.0
// A change report as one HTML file: no script, nothing loaded from anywhere, fit to print.
#pragma once

#include <string>
#include <string_view>

#include "format/change_report.h"

namespace ferry::format {

// The same report gives the same bytes.
[[nodiscard]] std::string change_page(const ChangeReport& report);

}  // namespace ferry::format
