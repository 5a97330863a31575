// SPDX-License-Identifier: Apache-2.0
// A synchronization with everything that people, scripts and the log are told of it; for `sync` and `run`.
#pragma once

#include "common/cli.h"
#include "exporter/sync_job.h"

namespace ferry::exporter {

struct SyncOutcome {
  Json json;  // as `sync --json` prints it
  ExitCode code = ExitCode::done;
};

// Runs it, writes the audit line and says what came of it. Throws UsageError where point.toml names no source, and what
// run_sync() throws. REQUIRES: the point's lock.
[[nodiscard]] SyncOutcome sync_and_say(const Console& console, const format::Point& point,
                                       const format::PointConfig& config, const SyncOptions& options,
                                       const Clock& clock);

}  // namespace ferry::exporter
