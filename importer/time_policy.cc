// SPDX-License-Identifier: Apache-2.0
#include "importer/time_policy.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"

namespace ferry::importer {
namespace {

constexpr std::int64_t day = 86'400;
// Time zones, and clocks that nobody set for a while.
constexpr std::int64_t slack = day;
// So far may one bundle move the newest date where the clock cannot object: a year between two bundles is
// real, and a thief who dates his into the far future must not make every later one look too old.
constexpr std::int64_t max_step = 400 * day;

}  // namespace

bool KnownTimes::clock_is_behind() const { return clock.seconds < newest.seconds - slack; }

KnownTimes known_times(format::Catalog& catalog, const format::TrustFile& trust,
                       const std::optional<format::Feed>& feed, Time clock) {
  KnownTimes known{clock, trust.created, {}};
  if (const auto newest = format::newest_import(catalog, trust.epoch, {}))
    known.newest = std::max(known.newest, *newest);
  if (feed) known.feed_newest = format::newest_import(catalog, trust.epoch, feed->id);
  return known;
}

std::vector<std::string> check_dates(const format::Manifest& manifest, const KnownTimes& known,
                                     const format::TimePolicy& policy, bool accept) {
  std::vector<std::string> warnings;
  const std::string name = quote(manifest.bundle_name);
  const auto refuse = [&](const std::string& what) {
    if (!accept) throw StateError(what + "; to take it all the same, use --accept-dates", ExitCode::stale);
    warnings.push_back(what);
  };
  if (known.clock_is_behind())
    warnings.push_back(
        fmt::format("the clock of this machine says {}, but something signed at {} was accepted here "
                    "already; set the clock",
                    known.clock.text(), known.newest.text()));
  const Time now = known.now();
  const Time created = manifest.created;
  if (created.seconds > now.seconds + slack) {
    if (policy.trusts_clock && !known.clock_is_behind()) {
      refuse(fmt::format("bundle {} was made at {}, here it is {}: one of the two clocks is wrong", name,
                         created.text(), now.text()));
    } else if (created.seconds > known.newest.seconds + max_step) {
      refuse(fmt::format("bundle {} was made at {}, more than {} days after the newest thing accepted here ({})", name,
                         created.text(), max_step / day, known.newest.text()));
    } else {
      warnings.push_back(
          fmt::format("bundle {} was made at {}, after what the clock of this machine says", name, created.text()));
    }
  }
  // One of files alone leads nowhere, so it is in nobody's order.
  if (manifest.kind != format::BundleKind::content && known.feed_newest &&
      created.seconds < known.feed_newest->seconds - slack)
    refuse(
        fmt::format("bundle {} was made at {}, before the last one accepted of its feed ({}): the publisher's clock "
                    "was set back, or a stolen key was used",
                    name, created.text(), known.feed_newest->text()));
  if (policy.max_age_days > 0 && created.seconds + static_cast<std::int64_t>(policy.max_age_days) * day < now.seconds)
    refuse(fmt::format("bundle {} was made at {}, more than {} before {}: point.toml refuses so old ones", name,
                       created.text(), counted(policy.max_age_days, "day", "days"), now.text()));
  if (manifest.valid_until < now)
    warnings.push_back(fmt::format("bundle {} was valid until {}: a newer one should be on its way", name,
                                   manifest.valid_until.text()));
  return warnings;
}

std::vector<format::Freshness> feed_freshness(format::Catalog& catalog, Time now) {
  std::vector<format::Freshness> list;
  for (const format::Feed& feed : format::list_feeds(catalog)) {
    const auto last = format::last_import(catalog, feed.id);
    if (!last) continue;
    format::Freshness freshness;
    freshness.last = *last;
    freshness.age_seconds = std::max<std::int64_t>(0, now.seconds - last->created.seconds);
    // Imports of before the format had these dates promised nothing.
    const bool has_promise = last->valid_until.seconds > 0;
    freshness.is_overdue = has_promise && last->next_expected < now;
    freshness.is_stale = has_promise && last->valid_until < now;
    list.push_back(std::move(freshness));
  }
  return list;
}

}  // namespace ferry::importer
