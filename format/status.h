// SPDX-License-Identifier: Apache-2.0
// What both programs say of the feeds at a point, the same in both.
#pragma once

#include <string_view>

#include "common/cli.h"
#include "format/catalog/catalog.h"

namespace ferry::format {

// [{"name","generation","state","updates","revisions",…}], own feeds and followed ones.
[[nodiscard]] Json feeds_json(Catalog& catalog);
// The same as a table.
void say_feeds(const Console& console, Catalog& catalog);

// The fingerprint of a trust file, as digits and as words, to compare by voice.
void say_fingerprint(const Console& console, std::string_view trust_bytes);

}  // namespace ferry::format
