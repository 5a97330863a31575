// SPDX-License-Identifier: Apache-2.0
// What an export has packed and signed, kept in the point's spool until the bundle is on the medium, so that a run that
// was cut off (a medium pulled out, a full disk, a power cut) goes on with the same bundle and the volumes already
// written.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "exporter/export_job.h"

namespace ferry::exporter {

class ExportSpool {
 public:
  // The place of this very bundle: same site, feed, base, target, files, sizes and trust. REQUIRES: the point's lock.
  ExportSpool(const format::Point& point, const ExportPlan& plan, const VolumeOptions& volumes,
              const format::TrustChain& trust);
  ExportSpool(const ExportSpool&) = delete;
  ExportSpool& operator=(const ExportSpool&) = delete;
  ~ExportSpool();  // leaves what was kept, nothing else

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return directory_; }
  // The bundle that an earlier run prepared here, not more than a day ago. Nothing when there is none, or it is
  // damaged.
  [[nodiscard]] std::optional<format::PreparedBundle> load(const format::TrustChain& trust, Time now);
  void keep(const format::PreparedBundle& prepared);
  void discard() noexcept;  // the bundle is on the medium

 private:
  std::filesystem::path directory_;
  bool is_kept_ = false;
};

// Removes what is left of exports that are recorded, and of those that nobody came back to within a day. REQUIRES: the
// lock.
void clear_old_exports(const format::Point& point, format::Catalog& catalog);

}  // namespace ferry::exporter
