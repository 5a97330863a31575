// SPDX-License-Identifier: Apache-2.0
// Stands for common/token.cc in the program without shared libraries, which can load no library of a token either.
#include "common/error.h"
#include "common/internal/openssl.h"

namespace ferry::internal {

Key token_key(const std::string&, const std::filesystem::path&, const std::string&) {
  throw UsageError("this carry-along ferry-import cannot use keys in tokens; use an installed ferry-import");
}

}  // namespace ferry::internal
