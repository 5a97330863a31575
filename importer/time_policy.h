// SPDX-License-Identifier: Apache-2.0
// Dates of a bundle against a clock that may be wrong. FORMAT.md, "Time".
//
// Now is the later of the site's clock and the newest date that was ever signed and accepted here. Rollback
// and revocation never depend on it.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "format/catalog/catalog.h"
#include "format/catalog/feeds.h"
#include "format/catalog/journal.h"
#include "format/manifest.h"
#include "format/point.h"
#include "format/point_status.h"
#include "format/trust.h"

namespace ferry::importer {

// What the site knows of time before it looks at the bundle.
struct KnownTimes {
  Time clock;
  Time newest;                      // signed and accepted: trust files, and bundles of this epoch
  std::optional<Time> feed_newest;  // of the feed alone, under this epoch

  [[nodiscard]] Time now() const { return std::max(clock, newest); }
  // The clock says a time that is past for certain; by more than a time zone.
  [[nodiscard]] bool clock_is_behind() const;
};
[[nodiscard]] KnownTimes known_times(format::Catalog& catalog, const format::TrustFile& trust,
                                     const std::optional<format::Feed>& feed, Time clock);

// Throws StateError (12) for a bundle that is older than the policy allows, made in the future, or made
// before the last one of its feed; with `accept`, such faults are warnings too. Gives warnings to show.
[[nodiscard]] std::vector<std::string> check_dates(const format::Manifest& manifest, const KnownTimes& known,
                                                   const format::TimePolicy& policy, bool accept);

// How old each followed feed is, by the promise of its last bundle. Old is told, and never keeps anything out.
[[nodiscard]] std::vector<format::Freshness> feed_freshness(format::Catalog& catalog, Time now);

}  // namespace ferry::importer
