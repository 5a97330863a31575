// SPDX-License-Identifier: Apache-2.0
// What 'sync', 'status' and 'ignore' say of products and classifications that no feed chooses.
#pragma once

#include <vector>

#include "common/json.h"
#include "format/catalog/ignored.h"

namespace ferry::format {

// [{"id","kind","name","updates","first_seen"}]
[[nodiscard]] Json unchosen_json(const std::vector<UnchosenCategory>& categories);
// [{"id","kind","name","by","at"}]
[[nodiscard]] Json ignored_json(const std::vector<IgnoredCategory>& categories);

}  // namespace ferry::format
