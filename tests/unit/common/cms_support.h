// SPDX-License-Identifier: Apache-2.0
// Most tests of signatures vary the trusted certificates alone.
#pragma once

#include "common/cms.h"

namespace ferry::tests {

inline VerifiedSignature verify_with(std::string_view signature, std::string_view signed_bytes,
                                     const std::vector<Certificate>& trusted) {
  SignaturePolicy policy;
  policy.trusted = trusted;
  return cms_verify(signature, signed_bytes, policy);
}

}  // namespace ferry::tests
