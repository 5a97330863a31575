// SPDX-License-Identifier: Apache-2.0
// Reads a package that `wsusutil export`, or Ferry, wrote, in either form; its bytes tell which, whatever its name.
//
// The cabinet form (WSUS-FORMATS a.2) is read as Microsoft's open-source writer makes it. The gzip form (a.5) has no
// published schema: see format/wsus/package_index.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "format/wsus/package.h"

namespace ferry::format::wsus {

struct PackageSummary {
  PackageHeader header;
  bool is_cabinet = false;
  std::uint64_t documents = 0;       // that could be taken out
  std::uint64_t document_bytes = 0;  // as UTF-8
  std::uint64_t unreadable = 0;      // told to failed()
  std::uint64_t listed = 0;          // entries of the index
  std::uint64_t files = 0;           // with a URL
  // Entries of the index without a document, with an example: the package is not whole.
  std::uint64_t missing = 0;
  RevisionId first_missing;
};

struct PackageVisitor {
  // `id` is what stands beside the document; nothing where that says none. The document itself is not looked at.
  std::function<void(const std::optional<RevisionId>& id, std::string_view document)> document;
  std::function<void(const std::optional<RevisionId>& id, const std::string& error)> failed;
  std::function<void(const PackageFile& file)> file;  // untrusted, with a URL
};

class PackageReader {
 public:
  // Throws NotFoundError, IoError, and FormatError (exit 1) for a file that is neither form.
  explicit PackageReader(std::filesystem::path path);

  // Reads it from the first byte to the last. Throws FormatError (exit 1) when it is damaged, cut short, or unpacks to
  // more than a package does; whoever wants nothing taken over of such a one reads it twice, the first time to see.
  PackageSummary read(const PackageVisitor& visitor) const;

 private:
  PackageSummary read_cabinet(const PackageVisitor& visitor) const;
  PackageSummary read_gzip(const PackageVisitor& visitor) const;

  std::filesystem::path path_;
  bool is_cabinet_ = false;
};

}  // namespace ferry::format::wsus
