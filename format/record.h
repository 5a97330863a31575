// SPDX-License-Identifier: Apache-2.0
// The records of a chunk. FORMAT.md, "Record":
//   put <update-id> <revision> <dialect> <length>\n<document bytes>\n
//   drop <update-id> <revision> <reason>\n
//   approve <update-id>\n
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "format/update.h"

namespace ferry::format {

// Why a member left. Numbers are stored in catalogs; never renumber.
enum class DropReason : std::uint8_t {
  replaced = 1,    // another revision of the update is a member now
  removed = 2,     // its source offers it no longer
  deselected = 3,  // the feed's criteria no longer choose it
};
[[nodiscard]] std::string_view name_of(DropReason reason);

struct Record {
  enum class Kind { put, drop, approve };
  Kind kind = Kind::put;
  RevisionId id;                            // of an approval, number 0
  Dialect dialect = Dialect::upd;           // of a put
  std::string_view document;                // of a put; a view into the chunk
  DropReason reason = DropReason::removed;  // of a drop
};

void append_put(std::string& chunk, const RevisionId& id, Dialect dialect, std::string_view document);
void append_drop(std::string& chunk, const RevisionId& id, DropReason reason);
void append_approve(std::string& chunk, const UpdateId& update);
// Bytes that append_put() adds at most, beyond the document.
inline constexpr std::size_t max_record_line_bytes = 80;

// Walks the records of one raw chunk, which must outlive it. Throws FormatError with the offset.
class RecordReader {
 public:
  explicit RecordReader(std::string_view chunk) : chunk_(chunk) {}
  [[nodiscard]] std::optional<Record> next();

 private:
  [[noreturn]] void fail(std::string_view what) const;

  std::string_view chunk_;
  std::size_t at_ = 0;
};

}  // namespace ferry::format
