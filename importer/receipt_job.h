// SPDX-License-Identifier: Apache-2.0
// What this site holds, as a receipt to carry back.
#pragma once

#include "common/clock.h"
#include "format/point.h"
#include "format/receipt.h"

namespace ferry::importer {

// Counts the receipt, so each has its own serial. A relay tells of the sites below it, too. REQUIRES: the point's lock.
// Throws NotFoundError when this point was not made by `ferry-import init`.
[[nodiscard]] format::Receipt make_receipt(const format::Point& point, format::Catalog& catalog, Time clock);

}  // namespace ferry::importer
