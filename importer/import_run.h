// SPDX-License-Identifier: Apache-2.0
// All bundles of one call: found, brought into order, tried, and where the medium is damaged repaired and tried again.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/cli.h"
#include "format/bundle.h"
#include "importer/import_job.h"
#include "importer/repair.h"

namespace ferry::importer {

// One bundle of a call, and what became of it.
struct Attempt {
  format::FoundBundle* bundle = nullptr;
  std::uint64_t target = 0;  // where it leads; 0 while its signatures do not hold
  std::optional<format::Manifest> verified;
  std::optional<ImportedBundle> imported;
  std::string error;
  ExitCode code = ExitCode::done;
  bool lacks_volumes = false;                  // others may be on the next medium
  bool has_faults = false;                     // and of those that are there, one cannot be used
  std::chrono::steady_clock::duration took{};  // of the last try
};

class ImportRun {
 public:
  // Does it all. The lowest generation comes first; one that lacks its base is tried again as long as something moves.
  // What a bundle is refused for stands in its attempt. Throws NotFoundError, and what has to do with no bundle.
  // `parity` is where parity files may lie; by default the places. REQUIRES: the point's lock; all of them outlive the
  // object.
  ImportRun(const Console& console, const format::Point& point, format::Catalog& catalog,
            const std::vector<std::filesystem::path>& places, const ImportRequest& request,
            const std::vector<std::filesystem::path>& parity = {});

  [[nodiscard]] const std::vector<Attempt>& attempts() const noexcept { return attempts_; }
  [[nodiscard]] const std::vector<format::UnreadableVolume>& unreadable() const { return found_.back()->unreadable; }
  // Bundles whose volumes were damaged and have parity files.
  [[nodiscard]] const std::vector<BundleDamage>& damage() const noexcept { return damage_; }

  [[nodiscard]] bool is_repaired() const;
  [[nodiscard]] bool lacks_volumes() const;
  // Of the first that was refused; 14 when all were applied already.
  [[nodiscard]] ExitCode code() const;

 private:
  void find(const std::vector<std::filesystem::path>& places);
  void add_attempts(format::FoundBundles& found);
  void try_all();
  [[nodiscard]] bool wants_repair() const;
  void repair(const std::vector<std::filesystem::path>& places);

  const Console& console_;
  const format::Point& point_;
  format::Catalog& catalog_;
  ImportRequest request_;
  std::vector<std::filesystem::path> parity_places_;
  std::vector<std::unique_ptr<format::FoundBundles>> found_;  // of the first and the second try
  std::vector<Attempt> attempts_;
  std::vector<BundleDamage> damage_;
  std::optional<TempDir> repaired_;
};

}  // namespace ferry::importer
