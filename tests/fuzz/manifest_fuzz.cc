// SPDX-License-Identifier: Apache-2.0
// A manifest that parses is exactly what it encodes to: no byte of it went unread.
#include "format/manifest.h"

#include "common/error.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  const std::string_view bytes = fuzz::view(data, size);
  try {
    const format::Manifest manifest = format::parse_manifest(bytes);
    fuzz::require(format::encode(manifest) == bytes, "encode(parse_manifest(bytes)) == bytes");
  } catch (const Error&) {
  }
  return 0;
}
