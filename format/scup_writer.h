// SPDX-License-Identifier: Apache-2.0
// Writes the SDP documents of a point as a catalog for Configuration Manager (WSUS-FORMATS e), from which
// a SCUP source of Ferry takes the same documents, byte for byte.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "format/catalog/outgoing.h"

namespace ferry::format {

// v1: one document with all packages. v2: a file for each package and a list of them with their times.
enum class ScupForm { v1, v2 };

struct WrittenScup {
  std::uint64_t packages = 0;
  std::uint64_t document_bytes = 0;
  std::vector<RevisionId> left_out;  // v1: those that are not UTF-8
};

// Writes to OUT.cab, OUT.zip, for v1 also OUT.xml, else into the new folder OUT. It gets its name when it is complete;
// an older file is replaced. `progress` is told the bytes of documents. Throws UsageError where something else stands
// at the name or a cabinet could not hold it; IoError. Then nothing is left.
[[nodiscard]] WrittenScup write_scup_catalog(Catalog& catalog, const std::vector<OutgoingPackage>& packages,
                                             const std::filesystem::path& out, ScupForm form,
                                             const std::function<void(std::uint64_t)>& progress);

}  // namespace ferry::format
