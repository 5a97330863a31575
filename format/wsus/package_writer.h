// SPDX-License-Identifier: Apache-2.0
// Writes a package for `wsusutil import`, in either form.
//
// The cabinet form follows Microsoft's open-source writer (WSUS-FORMATS a.2 to a.4). The gzip form's schema is inferred
// (a.5). Neither was ever given to a real wsusutil by this project.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "format/catalog/outgoing.h"
#include "format/wsus/package.h"

namespace ferry::format::wsus {

enum class PackageForm { cabinet, gzip };
// By its name, as wsusutil goes by it: .cab or .xml.gz. Throws UsageError for any other.
[[nodiscard]] PackageForm package_form(const std::filesystem::path& file);

struct PackageContents {
  PackageHeader header;
  std::vector<OutgoingRevision> revisions;  // in the order in which they are written
};

struct WrittenPackage {
  std::uint64_t documents = 0;
  std::uint64_t document_bytes = 0;
  std::uint64_t files = 0;  // listed with their place
  std::uint64_t bytes = 0;  // of the package
  // Documents in another encoding than UTF-8, which could only travel changed.
  std::vector<RevisionId> left_out;
};

// Writes the package beside its name and gives it that name when it is complete and durable; replaces a file there.
// `progress` is told the bytes of documents. Throws UsageError, before anything is written, when a cabinet could not
// hold them; IoError (17: no space). Then nothing is left. REQUIRES: a Serving of the catalog, and a Snapshot.
[[nodiscard]] WrittenPackage write_package(Catalog& catalog, const PackageContents& contents,
                                           const std::filesystem::path& file,
                                           const std::function<void(std::uint64_t)>& progress);

}  // namespace ferry::format::wsus
