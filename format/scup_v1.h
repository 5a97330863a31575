// SPDX-License-Identifier: Apache-2.0
// V1 catalogs: one SystemsManagementCatalog document with a SoftwareDistributionPackage element for each update
// (WSUS-FORMATS e).
//
// A document that was not cut from such a catalog does not come back from one with the same bytes: its byte order mark,
// its root element's name and what stands around that are lost. For those Ferry puts a processing instruction in front
// of the element, <?ferry-document sha256="…" head="…" tail="…"?>, with the document's digest and, in base64, its bytes
// up to the end of its root's start tag and from its end tag on. Others ignore it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/stream.h"

namespace ferry::format {

// Gives each package as a document of its own: where an instruction as above makes bytes of its digest, those; else the
// element's bytes, with the namespace declarations that are in scope around it added to its start tag. With its
// PackageID as written (empty when it has none). Throws FormatError when the catalog is not well-formed or not one.
void split_v1_catalog(std::string_view bytes,
                      const std::function<void(std::string_view package_id, std::string_view document)>& visit);

// Whether the bytes begin like a V1 catalog, as far as their first few kilobytes can tell.
[[nodiscard]] bool looks_like_v1_catalog(std::string_view bytes);

// Writes a catalog from which split_v1_catalog() gives the same documents, byte for byte. Both throw what the sink
// throws.
class V1CatalogWriter {
 public:
  // `out` must outlive the object.
  explicit V1CatalogWriter(Sink& out);
  // Throws FormatError when the document is not well-formed UTF-8 XML; then nothing of it was written.
  void package(std::string_view document);
  void finish();

 private:
  Sink& out_;
};

}  // namespace ferry::format
