// SPDX-License-Identifier: Apache-2.0
// The XML of a wsusutil package: package.xml of the cabinet form, and the one document of the gzip form, which
// has the updates' documents inside.
//
// Nobody published the schema of the gzip form. It is read tolerantly: letter case of names does not matter, what is
// not known is left alone, and a document may stand in <Metadata> as markup, as text, or as base64 of a cabinet or of
// gzip.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/stream.h"
#include "format/wsus/package.h"

namespace ferry::format::wsus {

struct PackageIndexVisitor {
  std::function<void(const PackageHeader&)> header;  // once, before all others
  std::function<void(const PackageFile&)> file;
  // The end of each Update with what its attributes say, if they say it whole, and its document, if it is inside.
  std::function<void(const std::optional<RevisionId>&, const std::optional<std::string>& document)> update;
  // A document that is inside and could not be taken out of its wrapping; the others still come.
  std::function<void(const std::optional<RevisionId>&, const std::string& error)> failed;
};

// Throws FormatError (exit 1) when it is not well-formed, is cut short, or is no such document; what was visited by
// then was there.
void read_package_index(Source& xml, const PackageIndexVisitor& visitor);

// What a Metadata element's text holds. Throws FormatError.
[[nodiscard]] std::string unwrap_metadata(std::string_view text);

}  // namespace ferry::format::wsus
