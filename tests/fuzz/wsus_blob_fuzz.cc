// SPDX-License-Identifier: Apache-2.0
// What servers send as XmlUpdateBlobCompressed, and the same bytes as the UTF-16 in it.
#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "format/wsus/update_blob.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  const std::string_view bytes = fuzz::view(data, size);
  if (const auto text = utf8_from_utf16le(bytes)) {
    fuzz::require(is_utf8(*text), "what comes out of UTF-16 is UTF-8");
    fuzz::require(utf16le_from_utf8(*text) == bytes, "no character changes on the way");
    fuzz::require(utf16_size(*text) == bytes.size(), "the size is known beforehand");
  }
  try {
    fuzz::require(is_utf8(format::wsus::document_from_cabinet(bytes)), "a document in a cabinet is UTF-8");
  } catch (const FormatError&) {
  }
  return 0;
}
