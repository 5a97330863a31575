// SPDX-License-Identifier: Apache-2.0
// A change report as one HTML file: no script, nothing loaded from anywhere, fit to print.
#pragma once

#include <string>
#include <string_view>

#include "format/change_report.h"

namespace ferry::format {

// The text as it may stand between tags and in quoted attributes, controls and direction marks shown as \u{…}.
[[nodiscard]] std::string html(std::string_view text);

// The same report gives the same bytes.
[[nodiscard]] std::string change_page(const ChangeReport& report);

// <bundle name>.html
[[nodiscard]] std::string change_page_name(std::string_view bundle_name);

}  // namespace ferry::format
