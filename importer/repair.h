// SPDX-License-Identifier: Apache-2.0
// Volumes that are damaged or missing, made whole from the parity files beside them. The repaired bytes are believed no
// more than any other: they go through every check of an import.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "format/bundle.h"

namespace ferry::importer {

// One bundle that has parity files.
struct BundleDamage {
  struct File {
    std::filesystem::path path;  // as it was found, or would be called
    bool is_missing = false;
    bool is_repairable = true;
    std::string ranges;              // "offset 4096, 2048 bytes; …", the first few
    std::filesystem::path repaired;  // a whole copy, where one was made
  };
  std::string name;         // of the bundle, by the names of its files
  std::vector<File> files;  // the damaged and missing ones
  std::uint64_t lost_blocks = 0;
  std::uint64_t block_bytes = 0;

  [[nodiscard]] bool is_repairable() const;
  // What to tell people: what is damaged, and what to do.
  [[nodiscard]] std::string text() const;
};

// As format::find_bundles(), but for places that hold parity files and no volume: the one that was lost may have been
// the only one.
[[nodiscard]] format::FoundBundles find_bundles_or_parity(const std::vector<std::filesystem::path>& places);

// Reads everything that parity files in these places belong to; bundles without damage, and those without parity files,
// are left out. `read` is told the bytes. Throws NotFoundError, IoError.
[[nodiscard]] std::vector<BundleDamage> assess_damage(const std::vector<std::filesystem::path>& places,
                                                      const std::function<void(std::uint64_t)>& read);

// The same, and writes whole copies into `directory`. Originals stay as they are.
[[nodiscard]] std::vector<BundleDamage> repair_damage(const std::vector<std::filesystem::path>& places,
                                                      const std::filesystem::path& directory,
                                                      const std::function<void(std::uint64_t)>& read);

// The places with the repaired copies in them instead of the damaged files; signature files that lie beside them are
// copied to where the repaired ones are.
[[nodiscard]] std::vector<std::filesystem::path> repaired_places(const std::vector<std::filesystem::path>& places,
                                                                 const std::vector<BundleDamage>& repaired);

}  // namespace ferry::importer
