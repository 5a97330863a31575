// SPDX-License-Identifier: Apache-2.0
// Blobs of the catalog as what they are. The schema checks their lengths, so a wrong one is damage.
#pragma once

#include <fmt/format.h>

#include "common/error.h"
#include "common/hash.h"
#include "common/sqlite.h"
#include "format/update.h"

namespace ferry::format {

// Both throw IoError that says to restore the catalog from a backup.
[[nodiscard]] inline UpdateId update_id_column(const Query& row, int column) {
  const auto id = Guid::from_bytes(row.bytes(column));
  if (!id) throw IoError(fmt::format("catalog holds an id that is not 16 bytes; {}", restore_hint));
  return *id;
}

[[nodiscard]] inline Digest digest_column(const Query& row, int column) {
  const auto digest = Digest::from_bytes(row.bytes(column));
  if (!digest) throw IoError(fmt::format("catalog holds a digest that is not 32 bytes; {}", restore_hint));
  return *digest;
}

// An update id and, in the column after it, a revision number.
[[nodiscard]] inline RevisionId identity_column(const Query& row, int column) {
  return {update_id_column(row, column), static_cast<std::uint32_t>(row.integer(column + 1))};
}

}  // namespace ferry::format
