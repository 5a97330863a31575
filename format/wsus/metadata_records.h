// SPDX-License-Identifier: Apache-2.0
// metadata.txt of a wsusutil package in cabinet form: the documents, one record after the other.
//
//   <update id>,<revision>,<length>,<document>CR LF
//
// Revision and length are 8 hexadecimal digits; the length counts the UTF-16 code units of the document, whatever the
// file is encoded in. Documents hold line ends of their own, so nothing but the length tells where one ends.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/stream.h"
#include "format/update.h"

namespace ferry::format::wsus {

// Visits the documents as UTF-8, in order; one is held at a time. `text` is in any encoding that Utf8Source knows.
// Throws FormatError (exit 1) with the number of the record for anything that is not as above, for a text that ends
// within a record, and for documents beyond limits.h; what was visited by then was sound.
void read_metadata_records(Source& text, const std::function<void(const RevisionId&, std::string_view)>& visit);

// The record of one document. REQUIRES: is_utf8(document).
void write_metadata_record(Sink& text, const RevisionId& id, std::string_view document);

}  // namespace ferry::format::wsus
