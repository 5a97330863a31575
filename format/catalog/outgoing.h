// SPDX-License-Identifier: Apache-2.0
// What goes out of a point into files for other programs: wsusutil packages and SCUP catalogs.
//
// All functions look at the feeds of a Serving of this catalog, which must be there, and need a Snapshot around them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "format/catalog/documents.h"
#include "format/catalog/serving.h"

namespace ferry::format {

struct OutgoingRevision {
  RevisionRow row = 0;
  RevisionId id;
  std::uint64_t document_bytes = 0;
  bool is_category = false;  // or a detectoid
};
// The update documents, in the order of wsusutil's packages: detectoids, classifications, other categories, updates;
// what is needed or bundled stands before what needs or bundles it.
[[nodiscard]] std::vector<OutgoingRevision> outgoing_updates(Catalog& catalog, Serving& serving);

// The SDP documents, by id: the newest of each.
struct OutgoingPackage {
  RevisionRow row = 0;
  RevisionId id;
  std::uint64_t document_bytes = 0;
  std::string title;  // untrusted
  std::string time;   // when this document came to be: "2015-12-21T11:48:00"
};
[[nodiscard]] std::vector<OutgoingPackage> outgoing_packages(Catalog& catalog);

// SHA-1 of the payload files of a revision, each once.
[[nodiscard]] std::vector<std::string> payload_of(Catalog& catalog, RevisionRow revision);
// The products, or the classifications, that a revision is in.
[[nodiscard]] std::vector<UpdateId> categories_of(Catalog& catalog, RevisionRow revision, CategoryType type);
// Payload files of which a place is known, each once.
void visit_located_files(
    Catalog& catalog,
    const std::function<void(const std::string& sha1, const std::string& url, const std::string& name)>& visit);
// Files that are differences against installed ones ("express installation files", .psf).
[[nodiscard]] std::uint64_t count_express_files(Catalog& catalog);

}  // namespace ferry::format
