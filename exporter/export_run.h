// SPDX-License-Identifier: Apache-2.0
// What a timer does on the connected side: all sources, then what each site lacks, into its drop folder.
#pragma once

#include <string>
#include <vector>

#include "exporter/drop_folder.h"
#include "exporter/receipt_report.h"
#include "exporter/sync_report.h"

namespace ferry::exporter {

struct SiteDrop {
  std::string site;
  std::filesystem::path folder;
  Json bundle;  // null where there was nothing new, or no bundle came about
  std::vector<RemovedBundle> removed;
  std::string error;
  ExitCode code = ExitCode::done;
};

struct ScheduledExport {
  SyncOutcome sync;
  std::vector<ReceiptOutcome> receipts;  // that were new in the folder of [schedule] receipts
  std::vector<SiteDrop> sites;

  // 1 when the sync or a site failed, else 4 when something is incomplete or a receipt was refused, 2 when there was
  // nothing to do.
  [[nodiscard]] ExitCode code() const;
};

// A site that fails does not keep the others from their bundles, and an incomplete sync none of them; every step is
// told and has its line in the audit log. Throws UsageError for a point.toml that says too little, before anything is
// done, and what concerns the whole point. REQUIRES: the point's lock.
[[nodiscard]] ScheduledExport run_scheduled_export(const Console& console, const format::Point& point,
                                                   const Clock& clock);

}  // namespace ferry::exporter
