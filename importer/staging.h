// SPDX-License-Identifier: Apache-2.0
// The private copy of a bundle: chunks in spool/bundle-<digest of its manifest>, payload files in the content store.
//
// Volumes are read from the medium once, front to back, in whatever order they come and from however many media; what
// was read and verified stays through interruptions and is not read again. Only the copies are used afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <vector>

#include "format/bundle.h"
#include "format/catalog/catalog.h"
#include "format/content_store.h"
#include "format/point.h"

namespace ferry::importer {

class Staging {
 public:
  // Goes on with what an earlier run left of this bundle. A dry run keeps chunks only, and nothing afterwards.
  // REQUIRES: the point's lock, and that all of them outlive the object.
  Staging(const format::Point& point, format::Catalog& catalog, const format::VerifiedManifest& manifest, bool dry_run);
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  // Leaves the complete volumes for the next run; where there are none, nothing.
  ~Staging();

  [[nodiscard]] bool has_volume(std::size_t index) const;  // 1 for the first
  // Space that is still needed for chunks and the catalog, and for files. Throws IoError (17).
  void require_space() const;
  // Reads one volume. Throws as VolumeReader::check(); what was complete before stays.
  void stage(format::VolumeReader& volume, std::size_t index, const std::function<void(std::uint64_t)>& progress);
  // Throws FormatError (15) unless every volume was read by an earlier run.
  void require_all() const;
  // When all volumes are here: puts parts of files together, flushes everything to the disk, and gives the files
  // that the catalog is to know. Throws FormatError (15), IoError.
  [[nodiscard]] std::vector<format::ContentFile> finish();
  [[nodiscard]] const std::filesystem::path& chunks() const noexcept { return directory_; }
  // The bundle is merged, or nobody will want it any more.
  void discard() noexcept;

 private:
  class Taker;
  [[nodiscard]] std::filesystem::path marker(std::size_t index) const;
  [[nodiscard]] bool holds(const format::FilePart& part);
  [[nodiscard]] std::filesystem::path parts_file(const Digest& file) const;
  void adopt(const format::ContentFile& file);
  format::ContentFile join_parts(const format::FilePart& last);

  const format::Point& point_;
  format::Catalog& catalog_;
  const format::VerifiedManifest& manifest_;
  format::ContentStore store_;
  bool dry_run_;
  std::filesystem::path directory_;
  std::map<Digest, format::ContentFile> adopted_;  // in the store and not yet in the catalog, read again
};

// Removes what is left of bundles that were merged, and after 30 days of those that were never complete. REQUIRES: the
// lock.
void clear_old_stagings(const format::Point& point, format::Catalog& catalog);

}  // namespace ferry::importer
