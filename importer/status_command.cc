// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/journal.h"
#include "format/report_command.h"
#include "format/serve_command.h"
#include "format/version.h"
#include "importer/commands.h"
#include "importer/drop_report.h"
#include "importer/time_policy.h"

namespace ferry::importer {
namespace {

constexpr std::size_t imports_kept = 20;

// What the dates of its bundles and trust files say, by the later of its clock and what was signed.
void add_times(format::Catalog& catalog, format::PointStatus& status) {
  const KnownTimes known = known_times(catalog, status.trust->file, {}, status.now);
  status.clock_is_behind = known.clock_is_behind();
  status.newest_signed = known.newest;
  for (format::Freshness& freshness : feed_freshness(catalog, known.now())) {
    for (format::FeedStatus& feed : status.feeds) {
      if (feed.feed.id != freshness.last.feed) continue;
      freshness.last.feed_name = feed.feed.name;
      feed.freshness = freshness;
    }
  }
}

format::PointStatus point_state(const format::Point& point, Time now) {
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const Snapshot snapshot(catalog.database());
  format::PointStatus status =
      format::common_status(point, catalog, "ferry-import", "ferry-import " FERRY_VERSION, now);
  status.site = catalog.setting("site").value_or("");
  status.imports = format::list_imports(catalog, imports_kept);
  const std::vector<DropEntry> drops = remembered_drops(catalog);
  status.drop_folder = drops_json(drops);
  status.drop_lines = drop_lines(drops);
  const auto trust_files = format::trust_files(catalog);
  if (trust_files.empty()) return status;
  status.trust = format::trust_status(trust_files.back().bytes, now);
  add_times(catalog, status);
  return status;
}

}  // namespace

void add_status_commands(Program& program, const std::string& point_option) {
  const auto read = [&point_option] {
    return point_state(format::Point(format::Point::choose_directory(point_option)), SystemClock().now());
  };
  format::add_status_command(program, "Show what this site holds, at a glance", read);
  format::add_serve_command(program, point_option, read);
}

}  // namespace ferry::importer
