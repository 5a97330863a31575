// SPDX-License-Identifier: Apache-2.0
// A trust file is refused with exit code 11 or is exactly what it encodes to.
#include "format/trust.h"

#include "common/error.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  const std::string_view bytes = fuzz::view(data, size);
  try {
    const format::TrustFile trust = format::parse_trust(bytes);
    fuzz::require(format::encode(trust) == bytes, "encode(parse_trust(bytes)) == bytes");
    fuzz::require(trust.exporter.threshold > 0, "nobody is trusted without a signature");
  } catch (const Error& error) {
    fuzz::require(error.code() == ExitCode::trust, "a bad trust file is refused with exit code 11");
  }
  return 0;
}
