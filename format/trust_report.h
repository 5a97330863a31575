// SPDX-License-Identifier: Apache-2.0
// What both programs show of a trust file, the same in both.
#pragma once

#include <string_view>

#include "common/cli.h"

namespace ferry::format {

// All of them throw TrustError when the bytes are no trust file.
[[nodiscard]] Json trust_json(std::string_view bytes);
void say_trust(const Console& console, std::string_view bytes);
// The fingerprint alone, as digits and as words, to compare by voice.
void say_fingerprint(const Console& console, std::string_view bytes);

}  // namespace ferry::format
