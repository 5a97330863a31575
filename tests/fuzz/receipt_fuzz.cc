// SPDX-License-Identifier: Apache-2.0
// A receipt that parses is exactly what it encodes to; the file around it and what people type read without harm. The
// first byte says which of the three the rest is.
#include "format/receipt.h"

#include "common/error.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::view(data + 1, size - 1);
  try {
    if (data[0] == 'f') {
      const format::VerifiedReceipt receipt = format::verify_receipt(bytes);
      fuzz::require(bytes.starts_with(format::encode(receipt.get())), "what was signed is what is read");
    } else if (data[0] == 't') {
      for (const format::SpokenReceipt& spoken : format::parse_spoken(bytes))
        fuzz::require(spoken.state_prefix.size() == 8, "a typed receipt has eight bytes of state");
    } else {
      const format::Receipt receipt = format::parse_receipt(bytes);
      fuzz::require(format::encode(receipt) == bytes, "encode(parse_receipt(bytes)) == bytes");
    }
  } catch (const Error&) {
  }
  return 0;
}
