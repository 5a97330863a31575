// SPDX-License-Identifier: Apache-2.0
#include "exporter/export_steps.h"

#include <fmt/format.h>

#include "common/text.h"
#include "exporter/refresh.h"
#include "exporter/trust_store.h"
#include "format/content_commands.h"

namespace ferry::exporter {

// A changed point.toml takes effect with the next bundle, not only with the next sync.
void refresh_for_export(const Console& console, format::Catalog& catalog, const format::PointConfig& config,
                        bool strict) {
  for (const FeedRefresh& feed : refresh_feeds(catalog, config, SystemClock().now(), "point.toml changed", strict)) {
    for (const std::string& line : warnings(catalog, feed)) console.warn(line);
    if (feed.has_new_generation)
      console.say(fmt::format("feed {}: generation {}, {} added, {} removed", quote(feed.feed.name),
                              feed.feed.generation, format_count(feed.added), format_count(feed.removed)));
    if (strict && !feed.selection.unresolved.empty())
      throw Error(
          fmt::format("feed {} needs updates that no source offers; nothing was exported, since --strict was "
                      "given",
                      quote(feed.feed.name)));
  }
}

// What the feed carries and is not here: a site that relied on it would wait in vain.
void say_missing(const Console& console, const ExportPlan& plan, bool strict) {
  const std::vector<format::WantedFile>& missing = plan.content.missing;
  if (missing.empty()) return;
  const std::string total =
      fmt::format("feed {}: {} of payload, {}, are not here", quote(plan.feed.name),
                  counted(missing.size(), "file", "files"), format_size(plan.content.missing_bytes));
  if (strict)
    throw Error(
        fmt::format("{}, the first is {}; nothing was exported, since --strict was given; 'fetch' "
                    "downloads them, or 'content add' takes them in",
                    total, format::describe(missing.front())));
  console.warn(total + "; the bundle goes without them; 'fetch' downloads them, or 'content add' takes them in:");
  for (const std::string& line : format::describe_first(missing)) console.warn(line);
}

std::string receiver(const ExportPlan& plan) {
  return plan.site.empty() ? "every site of feed " + quote(plan.feed.name) : "site " + quote(plan.site);
}

void warn_of_prune(const Console& console, const ExportPlan& plan) {
  if (plan.pruned_base)
    console.warn(
        fmt::format("{}: generation {} of feed {}, where the delta would start, was pruned; this is a full "
                    "bundle instead",
                    receiver(plan), *plan.pruned_base, quote(plan.feed.name)));
}

TrustEpochs trust_epochs(const format::Point& point) {
  TrustEpochs epochs;
  try {
    const format::TrustChain chain = load_chain(point);
    for (const format::SignedTrust& trust : chain.files()) epochs.push_back(format::parse_trust(trust.bytes).epoch);
  } catch (const NotFoundError&) {
    // Before `trust init` there is nothing to follow; an export will say what is missing.
  }
  return epochs;
}

}  // namespace ferry::exporter
