// SPDX-License-Identifier: Apache-2.0
// JSON, of which nlohmann-json does all the work.
#pragma once

#include <nlohmann/json.hpp>

namespace ferry {

// Objects keep the order in which they were filled, so that output reads as documented.
using Json = nlohmann::ordered_json;

}  // namespace ferry
