// SPDX-License-Identifier: Apache-2.0
// The CMS verifier over fixed content. Nobody can forge a signature here, so what verifies names the one
// trusted key.
#include "common/cms.h"

#include "common/error.h"
#include "format/trust.h"
#include "tests/fuzz/fixed_trust.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  static const SignaturePolicy policy = [] {
    SignaturePolicy made;
    made.trusted = format::parse_trust(fuzz::fixed_trust).exporter.certificates;
    return made;
  }();
  try {
    const VerifiedSignature signature = cms_verify(fuzz::view(data, size), fuzz::signed_content, policy);
    fuzz::require(signature.key_id == policy.trusted.front().key_id(), "only the trusted key signs");
  } catch (const Error& error) {
    fuzz::require(error.code() == ExitCode::trust, "a bad signature is refused with exit code 11");
  }
  return 0;
}
