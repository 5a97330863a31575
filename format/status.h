// SPDX-License-Identifier: Apache-2.0
// What both programs say of the feeds at a point, the same in both.
#pragma once

#include "common/cli.h"
#include "format/catalog/catalog.h"

namespace ferry::format {

// [{"name","generation","state","updates","revisions",…}], own feeds and followed ones.
[[nodiscard]] Json feeds_json(Catalog& catalog);
// The same as a table.
void say_feeds(const Console& console, Catalog& catalog);

}  // namespace ferry::format
