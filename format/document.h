// SPDX-License-Identifier: Apache-2.0
// From the bytes of one update document to the model (WSUS-FORMATS sections b and e).
#pragma once

#include <string_view>

#include "format/update.h"

namespace ferry::format {

// Reads an `upd:Update` document or an SDP (`SoftwareDistributionPackage`, alone or cut from a V1 catalog);
// the root element decides. The bytes are hostile: anything that is not well-formed, lacks its identity,
// or is beyond limits.h throws FormatError (exit 1) that says where and what was expected.
// Elements and attributes that the model does not know are left alone.
[[nodiscard]] Update parse_document(std::string_view bytes);

}  // namespace ferry::format
