// SPDX-License-Identifier: Apache-2.0
// The catalog of a point: one SQLite file that both programs use. All SQL is in format/catalog/.
//
// A Catalog is used by one thread. Readers may run beside one writer; who writes holds the point's lock.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/guid.h"
#include "common/sqlite.h"
#include "format/catalog/soundness.h"

namespace ferry::format {

class Catalog {
 public:
  // Makes a new, empty catalog; throws UsageError when the file exists.
  [[nodiscard]] static Catalog create(const std::filesystem::path& path, std::string_view point_name);
  // Opens and, for writing, migrates an older one. Throws NotFoundError; Error with exit code 19 for a
  // catalog of a later program version; IoError for a file that is no catalog.
  [[nodiscard]] static Catalog open(const std::filesystem::path& path, Database::Mode mode);

  Catalog(Catalog&&) noexcept = default;
  Catalog& operator=(Catalog&&) = delete;
  ~Catalog();

  [[nodiscard]] Database& database() noexcept { return database_; }

  [[nodiscard]] std::optional<std::string> setting(std::string_view key);
  void set(std::string_view key, std::string_view value);

  [[nodiscard]] std::string point_name();
  [[nodiscard]] Guid point_id();

  // Counts changes of what the point holds; feeds are evaluated again when it moved.
  [[nodiscard]] std::int64_t held_version();
  void bump_held_version();

  // What is wrong with the file's structure and with references between its rows; empty when nothing is. Reads all
  // pages, but looks at no digest.
  [[nodiscard]] std::vector<std::string> check_structure();
  // Throws IoError that says to restore a backup when the index of the catalog, all but the documents' own bytes, has a
  // fault of structure. For what is about to write: what was built on damage would be damage, too. A document's bytes
  // are held against their digest whenever they are read. Reads the index only where the file is not as the last such
  // command left it (soundness.h). Call it before anything is written.
  void require_sound();

  // Findings of SQLite's and our own consistency checks, empty when all is well. Reads everything:
  // structure, references, every document's digest, every feed's state digest.
  [[nodiscard]] std::vector<std::string> check();

 private:
  explicit Catalog(Database database) : soundness_(database.path()), database_(std::move(database)) {}
  void migrate();

  Soundness soundness_;  // goes after the connection
  Database database_;
};

// The version of the schema that this program writes.
[[nodiscard]] int schema_version();

}  // namespace ferry::format
