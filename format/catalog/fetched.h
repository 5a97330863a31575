// SPDX-License-Identifier: Apache-2.0
// Documents that a source gave in a run that has not ended: kept beside the catalog, so that the next run goes on where
// this one was killed, while the catalog knows nothing of them yet.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/sqlite.h"
#include "common/zstd_frame.h"
#include "format/update.h"

namespace ferry::format {

class FetchedDocuments {
 public:
  // Makes the file where there is none. One that is damaged or of another make is thrown away: it only saves work.
  explicit FetchedDocuments(const std::filesystem::path& path);

  [[nodiscard]] bool holds(const RevisionId& id);
  // REQUIRES: holds(id). Throws FormatError or IoError when the bytes cannot be had.
  [[nodiscard]] std::string load(const RevisionId& id);
  using Document = std::pair<RevisionId, std::string>;
  using Location = std::pair<std::string, std::string>;  // SHA-1 and URL of a file
  // All of them or, after an exception, none; they last when this returns.
  void add(const std::vector<Document>& documents, const std::vector<Location>& locations);
  void visit_locations(const std::function<void(const std::string& sha1, const std::string& url)>& visit);

  // The file and what SQLite keeps beside it. REQUIRES: nobody has it open.
  static void remove(const std::filesystem::path& path);

 private:
  [[nodiscard]] static Database open(const std::filesystem::path& path);

  Database database_;
  Compressor compressor_;
  Decompressor decompressor_;
};

}  // namespace ferry::format
