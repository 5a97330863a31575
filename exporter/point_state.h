// SPDX-License-Identifier: Apache-2.0
// How an exporting point stands: format/point_status.h, filled from its catalog, point.toml and trust files.
#pragma once

#include "format/point_status.h"

namespace ferry::exporter {

// Changes nothing and packs nothing. A feed that point.toml describes anew is shown as the last sync left it.
[[nodiscard]] format::PointStatus point_state(const format::Point& point, Time now);
// Its sites alone, in the order of point.toml.
[[nodiscard]] std::vector<format::SiteStatus> site_states(format::Catalog& catalog, const format::Point& point,
                                                          const std::vector<format::FeedStatus>& feeds, Time now);

}  // namespace ferry::exporter
