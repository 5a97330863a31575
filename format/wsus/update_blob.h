// SPDX-License-Identifier: Apache-2.0
// The two forms in which an update's document travels between servers: as text in the message, and as a cabinet with one
// member that is the document in UTF-16LE. The document's characters are never changed: what was UTF-8 comes back as
// the same bytes.
#pragma once

#include <string>
#include <string_view>

#include "format/wsus/messages.h"

namespace ferry::format::wsus {

// A document of more bytes than this in UTF-16 travels as a cabinet.
inline constexpr std::size_t max_text_blob_bytes = 5120;
[[nodiscard]] bool travels_as_cabinet(std::string_view document);

// The document in a cabinet: stored, MSZIP or LZX. Throws FormatError (exit 1) when it is no cabinet with one member, or
// the member is larger than a document may be, has half a character at its end, or is no well-formed UTF-16.
[[nodiscard]] std::string document_from_cabinet(std::string_view cabinet);

// The document of an answer to GetUpdateData. Throws FormatError (exit 1) also where it has neither form or both.
[[nodiscard]] std::string document_of(const UpdateData& update);

}  // namespace ferry::format::wsus
