// SPDX-License-Identifier: Apache-2.0
#include "exporter/export_run.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "exporter/export_report.h"
#include "exporter/export_spool.h"

namespace ferry::exporter {
namespace {

VolumeOptions volume_options(const format::ScheduleConfig& schedule) {
  VolumeOptions volumes;
  volumes.has_report = true;
  try {
    if (!schedule.volume_size.empty()) volumes.max_bytes = parse_volume_size(schedule.volume_size);
    if (!schedule.parity.empty()) volumes.parity = parse_parity(schedule.parity);
  } catch (UsageError& error) {
    error.add_context("[schedule] of point.toml");
    throw;
  }
  return volumes;
}

// Exports for one site, and clears its folder.
class SiteRun {
 public:
  SiteRun(const Console& console, const format::Point& point, format::Catalog& catalog,
          const format::PointConfig& config, const VolumeOptions& volumes, const Clock& clock)
      : console_(console),
        point_(point),
        catalog_(catalog),
        config_(config),
        volumes_(volumes),
        epochs_(trust_epochs(point)),
        clock_(clock) {}

  SiteDrop operator()(const format::SiteConfig& site) {
    SiteDrop drop;
    drop.site = site.name;
    drop.folder = drop_folder_of(config_, site);
    try {
      require_drop_folder(config_, site);
      export_to(drop);
      clear(drop);
    } catch (const Error& error) {
      drop.error = error.what();
      drop.code = error.code();
      console_.warn(fmt::format("site {}: {}", quote(site.name), drop.error));
      console_.note(point_.audit(
          clock_, "export", Json{{"site", site.name}, {"error", drop.error}, {"code", static_cast<int>(drop.code)}}));
    }
    return drop;
  }

 private:
  void export_to(SiteDrop& drop) {
    ExportRequest request;
    request.site = drop.site;
    const ExportPlan plan = plan_export(catalog_, point_.content(), config_, request, epochs_);
    say_missing(console_, plan, false);
    ExportOutcome outcome = export_and_say(console_, point_, catalog_, plan, drop.folder, volumes_, clock_);
    drop.bundle = std::move(outcome.json);
    drop.code = outcome.code;
  }

  void clear(SiteDrop& drop) {
    drop.removed = remove_old_bundles(catalog_, drop.folder, drop.site, config_.schedule.keep);
    for (const RemovedBundle& bundle : drop.removed) {
      console_.say(
          fmt::format("  removed {}, {}", for_terminal(bundle.name), counted(bundle.files.size(), "file", "files")));
      console_.note(point_.audit(clock_, "drop-remove",
                                 Json{{"site", drop.site}, {"name", bundle.name}, {"files", bundle.files.size()}}));
    }
    if (!drop.removed.empty() && drop.code == ExitCode::nothing_to_do) drop.code = ExitCode::done;
  }

  const Console& console_;
  const format::Point& point_;
  format::Catalog& catalog_;
  const format::PointConfig& config_;
  const VolumeOptions& volumes_;
  TrustEpochs epochs_;
  const Clock& clock_;
};

// A relay has no source to read: what it imported since may be new for its feeds.
ExitCode refresh_relay(const Console& console, format::Catalog& catalog, const format::PointConfig& config) {
  Transaction transaction(catalog.database());
  const bool is_news = !refresh_and_say(console, catalog, config, false).empty();
  transaction.commit();
  return is_news ? ExitCode::done : ExitCode::nothing_to_do;
}

}  // namespace

ExitCode ScheduledExport::code() const {
  const auto any = [this](auto&& holds) {
    return holds(sync.code) ||
           std::any_of(sites.begin(), sites.end(), [&holds](const SiteDrop& drop) { return holds(drop.code); });
  };
  const auto is = [](ExitCode wanted) { return [wanted](ExitCode code) { return code == wanted; }; };
  if (any([](ExitCode code) {
        return code != ExitCode::done && code != ExitCode::nothing_to_do && code != ExitCode::incomplete;
      }))
    return ExitCode::failed;
  const bool has_refused = std::any_of(receipts.begin(), receipts.end(), [](const ReceiptOutcome& receipt) {
    return receipt.code != ExitCode::done && receipt.code != ExitCode::already_applied;
  });
  if (has_refused || any(is(ExitCode::incomplete))) return ExitCode::incomplete;
  const bool has_taken = std::any_of(receipts.begin(), receipts.end(),
                                     [](const ReceiptOutcome& receipt) { return receipt.code == ExitCode::done; });
  return has_taken || any(is(ExitCode::done)) ? ExitCode::done : ExitCode::nothing_to_do;
}

ScheduledExport run_scheduled_export(const Console& console, const format::Point& point, const Clock& clock) {
  const format::PointConfig config = point.config();
  static_cast<void>(drop_folders(config));
  const VolumeOptions volumes = volume_options(config.schedule);
  ScheduledExport run;
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  if (config.sources.empty() && catalog.setting("site")) {
    run.sync.code = refresh_relay(console, catalog, config);
  } else {
    run.sync = sync_and_say(console, point, config, {}, clock);
  }
  if (!config.schedule.receipts.empty())
    run.receipts = take_inbox(console, point, catalog, config, config.schedule.receipts, clock);
  clear_old_exports(point, catalog);
  SiteRun export_for(console, point, catalog, config, volumes, clock);
  for (const format::SiteConfig& site : config.sites) run.sites.push_back(export_for(site));
  catalog.database().checkpoint();
  return run;
}

}  // namespace ferry::exporter
