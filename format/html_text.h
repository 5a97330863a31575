// SPDX-License-Identifier: Apache-2.0
// Untrusted text in a page, the same in every page that is written here.
#pragma once

#include <string>
#include <string_view>

#include "common/text.h"
#include "common/xml.h"

namespace ferry::format {

// As it may stand between tags and in attributes within double quotes; controls and direction marks shown as \u{…}. Never
// cut, so that ids and paths stay whole.
[[nodiscard]] inline std::string html_text(std::string_view text) {
  return xml_escaped(for_terminal(text, text.size()));
}

}  // namespace ferry::format
