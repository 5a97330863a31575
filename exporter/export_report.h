// SPDX-License-Identifier: Apache-2.0
// Exports with everything that people, scripts and the log are told of them; for `preview`, `export` and `run`.
#pragma once

#include <filesystem>
#include <string>

#include "common/cli.h"
#include "exporter/export_job.h"
#include "exporter/refresh.h"

namespace ferry::exporter {

// A changed point.toml takes effect with the next bundle, not only with the next sync. Throws Error when a feed lacks
// updates and `strict` is set. Gives the feeds with new generations. REQUIRES: a transaction.
std::vector<FeedRefresh> refresh_and_say(const Console& console, format::Catalog& catalog,
                                         const format::PointConfig& config, bool strict);

// What the feed carries and is not here: a site that relied on it would wait in vain. Throws Error with `strict`.
void say_missing(const Console& console, const ExportPlan& plan, bool strict);

// "site 'plant-1'"
[[nodiscard]] std::string receiver(const ExportPlan& plan);

// A full bundle stands in for a delta whose base was pruned.
void warn_of_prune(const Console& console, const ExportPlan& plan);

struct ExportOutcome {
  Json json;  // the bundle, as `export --json` lists it; null where there was nothing new
  ExitCode code = ExitCode::done;
};
// Makes the bundle, if there is news, writes the audit line and says what came of it. Throws as run_export().
[[nodiscard]] ExportOutcome export_and_say(const Console& console, const format::Point& point, format::Catalog& catalog,
                                           const ExportPlan& plan, const std::filesystem::path& directory,
                                           const VolumeOptions& volumes, const Clock& clock);

}  // namespace ferry::exporter
