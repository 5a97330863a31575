// SPDX-License-Identifier: Apache-2.0
// metadata.txt of a wsusutil package: records that were read are read again from what the writer makes of them.
#include "format/wsus/metadata_records.h"

#include <string>

#include "common/error.h"
#include "common/text.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  MemorySource source(fuzz::view(data, size));
  StringSink written;
  std::size_t count = 0;
  try {
    format::wsus::read_metadata_records(source, [&](const format::RevisionId& id, std::string_view document) {
      fuzz::require(is_utf8(document), "a document is UTF-8");
      format::wsus::write_metadata_record(written, id, document);
      ++count;
    });
  } catch (const Error& error) {
    fuzz::require(error.code() == ExitCode::failed, "what is no record ends with 1");
  }
  const std::string text = written.take();
  MemorySource again(text);
  StringSink twice;
  format::wsus::read_metadata_records(again, [&](const format::RevisionId& id, std::string_view document) {
    format::wsus::write_metadata_record(twice, id, document);
    --count;
  });
  fuzz::require(count == 0 && twice.take() == text, "what was written is read again");
  return 0;
}
