// SPDX-License-Identifier: Apache-2.0
// Records have one spelling: those that were read encode to the bytes that were consumed.
#include "format/record.h"

#include <string>

#include "common/error.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  const std::string_view bytes = fuzz::view(data, size);
  std::string again;
  try {
    format::RecordReader reader(bytes);
    while (const auto record = reader.next()) {
      if (record->kind == format::Record::Kind::put) {
        format::append_put(again, record->id, record->dialect, record->document);
      } else if (record->kind == format::Record::Kind::approve) {
        format::append_approve(again, record->id.update);
      } else {
        format::append_drop(again, record->id, record->reason);
      }
    }
    fuzz::require(again.size() == bytes.size(), "records that were all read cover the chunk");
  } catch (const Error& error) {
    fuzz::require(error.code() == ExitCode::damaged, "a bad record is refused with exit code 15");
  }
  fuzz::require(bytes.starts_with(again), "a record encodes to the bytes that it was read from");
  return 0;
}
