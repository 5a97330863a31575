// SPDX-License-Identifier: Apache-2.0
// What `export` and `preview` do and say alike before anything is packed.
#pragma once

#include <string>

#include "common/cli.h"
#include "exporter/export_job.h"

namespace ferry::exporter {

// Evaluates the feeds by what point.toml says now, with warnings and news. `strict`: throws Error for a feed that lacks
// updates. REQUIRES: a transaction.
void refresh_for_export(const Console& console, format::Catalog& catalog, const format::PointConfig& config,
                        bool strict);

// Warns of files that the feed carries and that are not here; `strict`: throws Error.
void say_missing(const Console& console, const ExportPlan& plan, bool strict);

// "site 'plant-1'", or every site of a feed.
[[nodiscard]] std::string receiver(const ExportPlan& plan);

void warn_of_prune(const Console& console, const ExportPlan& plan);

// Empty before `trust init`.
[[nodiscard]] TrustEpochs trust_epochs(const format::Point& point);

}  // namespace ferry::exporter
