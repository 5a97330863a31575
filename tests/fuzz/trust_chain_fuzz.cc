// SPDX-License-Identifier: Apache-2.0
// A step of the chain of trust files. Nobody can forge the root key's signature here, so that the only version
// that may follow is the one that it signed.
#include "format/trust_chain.h"

#include "common/error.h"
#include "tests/fuzz/fixed_trust.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  std::string_view input = fuzz::view(data, size);
  if (input.size() < 3) return 0;
  std::size_t length = 0;
  for (const unsigned shift : {0U, 8U, 16U}) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(input.front())) << shift;
    input.remove_prefix(1);
  }
  if (length > input.size()) return 0;
  const std::string bytes(input.substr(0, length));
  const std::string signature(input.substr(length));
  static const format::TrustChain start({std::string(fuzz::fixed_trust), {}});
  format::TrustChain chain = start;
  try {
    chain.append({bytes, {signature}});
    fuzz::require(bytes == fuzz::fixed_next_trust, "only what the root key signed follows");
    fuzz::require(chain.current().version == 2 && chain.files().size() == 2, "the next version is in force");
  } catch (const Error& error) {
    fuzz::require(error.code() == ExitCode::trust, "a bad step is refused with exit code 11");
    fuzz::require(chain.current().version == 1 && chain.files().size() == 1, "nothing has changed");
  }
  return 0;
}
