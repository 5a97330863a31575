// SPDX-License-Identifier: Apache-2.0
// What commands that write bundles say of what is on the medium now.
#pragma once

#include <string>

#include "common/cli.h"
#include "format/bundle.h"

namespace ferry::exporter {

// {"bytes","volumes","resumed_volumes","parity","parity_bytes","signatures_missing"}
[[nodiscard]] Json written_json(const format::WrittenBundle& written);

// The files, their size, and that the medium may go; false, and who has to do what, while signatures are missing.
bool say_written(const Console& console, const format::WrittenBundle& written, const std::string& directory);

}  // namespace ferry::exporter
