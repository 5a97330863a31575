// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/text.h"
#include "exporter/commands.h"
#include "exporter/export_job.h"
#include "format/catalog/prune.h"
#include "format/history_report.h"
#include "format/prune_command.h"

namespace ferry::exporter {
namespace {

// Deltas that a prune makes impossible: those that are asked for, and those that the next export would make.
std::vector<std::string> consequences(format::Catalog& catalog, const format::PointConfig& config,
                                      const format::PrunedFeed& pruned) {
  std::vector<std::string> lines;
  if (pruned.feed.imported) return lines;
  lines.push_back(fmt::format("export --since below {}: a site that stands there needs a full bundle", pruned.oldest));
  const std::uint64_t for_all = series_base(catalog, "", pruned.feed, format::SiteConfig().cover_drops);
  if (for_all > 0 && for_all < pruned.oldest)
    lines.push_back(
        fmt::format("a delta for all sites, which starts at generation {}: the next bundle is a full one", for_all));
  for (const format::SiteConfig& site : config.sites) {
    if (site.feed != pruned.feed.name) continue;
    const std::uint64_t base = series_base(catalog, site.name, pruned.feed, site.cover_drops);
    if (base > 0 && base < pruned.oldest)
      lines.push_back(fmt::format("a delta for site {}, which starts at generation {}: its next bundle is a full one",
                                  quote(site.name), base));
  }
  return lines;
}

}  // namespace

void add_history_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<format::GenerationsOptions>();
  CLI::App& command =
      program.command("diff", "Show what changed between two generations of a feed",
                      "ferry-export diff --feed all --from 4 --to 7", [&console, &point_option, options] {
                        const format::Point point(format::Point::choose_directory(point_option));
                        format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
                        return format::diff_generations(console, catalog, *options, false);
                      });
  format::add_generations_options(command, *options);
  format::add_prune_command(program, point_option, consequences);
}

}  // namespace ferry::exporter
