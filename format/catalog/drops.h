// SPDX-License-Identifier: Apache-2.0
// What the scheduled import remembers of the volumes in its drop folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/hash.h"
#include "format/catalog/catalog.h"

namespace ferry::format {

struct DropFile {
  std::string name;  // of the file
  std::uint64_t size = 0;
  std::int64_t modified = 0;       // nanoseconds since 1970
  std::optional<Digest> manifest;  // of the bundle; nothing where the file is no volume
  std::string bundle;              // its name; empty while no signature holds
  std::string result;
  int code = 0;  // exit code of an import of it alone
  std::string error;
  Digest context;  // of what the result depends on besides the file
  Time examined;
};

// In the order of the names.
[[nodiscard]] std::vector<DropFile> list_drop_files(Catalog& catalog);
// These and no others. Needs a transaction around it.
void replace_drop_files(Catalog& catalog, const std::vector<DropFile>& files);

}  // namespace ferry::format
