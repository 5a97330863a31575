// SPDX-License-Identifier: Apache-2.0
// A receipt as both programs print it.
#pragma once

#include "common/json.h"
#include "format/receipt.h"

namespace ferry::format {

[[nodiscard]] Json to_json(const Receipt& receipt);
[[nodiscard]] Json to_json(const ReceiptChild& child);

}  // namespace ferry::format
