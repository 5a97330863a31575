// SPDX-License-Identifier: Apache-2.0
#include "exporter/refresh.h"

#include <fmt/format.h>

#include "common/text.h"
#include "format/catalog/feed_policy.h"

namespace ferry::exporter {
namespace {

// Enough to see what is missing; all of them stand in the audit log's count.
constexpr std::size_t max_named_references = 10;

// What the feed says beside its documents.
struct Policy {
  format::ContentPolicy content;
  std::vector<format::UpdateId> approvals;
};

Policy policy_of(format::Catalog& catalog, const format::Feed& feed, const format::FeedDefinition& definition,
                 format::UpstreamApprovals upstream) {
  Policy policy;
  policy.content = {definition.content, format::canonical_languages(definition.languages), upstream};
  if (definition.carries_approvals()) policy.approvals = format::approvals_to_carry(catalog, feed, upstream);
  return policy;
}

bool is_news(format::Catalog& catalog, const format::Feed& feed, const Policy& policy) {
  const format::ContentPolicy known = format::feed_policy(catalog, feed);
  return known.kind != policy.content.kind || known.languages != policy.content.languages ||
         format::feed_approvals(catalog, feed) != policy.approvals;
}

FeedRefresh refresh_feed(format::Catalog& catalog, const format::FeedDefinition& definition, Time now,
                         format::UpstreamApprovals upstream, std::string_view cause, bool always) {
  FeedRefresh refresh;
  const auto known = format::find_feed(catalog, definition.name, false);
  refresh.feed =
      known ? *known : format::create_feed(catalog, definition.name, Guid::random(), false, catalog.point_name());
  const std::string text = definition.text();
  const bool is_due = always || refresh.feed.definition != text || refresh.feed.evaluated != catalog.held_version();
  format::GenerationWriter writer(catalog, refresh.feed, refresh.feed.generation + 1);
  if (is_due) {
    refresh.selection = format::select_members(catalog, definition);
    writer.become_selected();
    refresh.added = writer.added();
    refresh.removed = writer.removed();
    format::mark_evaluated(catalog, refresh.feed.id, text);
  }
  const Policy policy = policy_of(catalog, refresh.feed, definition, upstream);
  refresh.has_new_policy = is_news(catalog, refresh.feed, policy);
  // A feed that never had a member has nothing that could travel.
  refresh.has_new_generation =
      refresh.added + refresh.removed > 0 || (refresh.has_new_policy && refresh.feed.generation > 0);
  if (refresh.has_new_generation) static_cast<void>(writer.finish(now, cause));
  refresh.feed = *format::find_lineage(catalog, refresh.feed.lineage);
  if (refresh.has_new_policy || refresh.has_new_generation)
    format::set_feed_policy(catalog, refresh.feed, refresh.feed.generation, policy.content, policy.approvals);
  return refresh;
}

}  // namespace

std::vector<FeedRefresh> refresh_feeds(format::Catalog& catalog, const format::PointConfig& config, Time now,
                                       std::string_view cause, bool always) {
  std::vector<FeedRefresh> refreshed;
  for (const format::FeedDefinition& definition : config.feeds)
    refreshed.push_back(refresh_feed(catalog, definition, now, config.import.approvals, cause, always));
  return refreshed;
}

std::string describe(const FeedRefresh& refresh) {
  return fmt::format("feed {}: generation {}, {} added, {} removed{}", quote(refresh.feed.name),
                     refresh.feed.generation, format_count(refresh.added), format_count(refresh.removed),
                     refresh.has_new_policy ? "; payload files, languages or approvals are chosen anew" : "");
}

Json feed_event(const FeedRefresh& refresh) {
  return Json{{"feed", refresh.feed.name},
              {"generation", refresh.feed.generation},
              {"is_new", refresh.has_new_generation},
              {"added", refresh.added},
              {"removed", refresh.removed},
              {"policy_changed", refresh.has_new_policy},
              {"unresolved", refresh.selection.unresolved.size()}};
}

std::vector<std::string> warnings(format::Catalog& catalog, const FeedRefresh& refresh) {
  std::vector<std::string> lines;
  const std::string feed = "feed " + quote(refresh.feed.name);
  for (const std::string& name : refresh.selection.unknown_products)
    lines.push_back(fmt::format("{}: no product is called {}; see: ferry-export list products", feed, quote(name)));
  for (const std::string& name : refresh.selection.unknown_classifications)
    lines.push_back(
        fmt::format("{}: no classification is called {}; see: ferry-export list classifications", feed, quote(name)));
  const auto& unresolved = refresh.selection.unresolved;
  for (std::size_t i = 0; i < unresolved.size() && i < max_named_references; ++i) {
    const format::UnresolvedReference& reference = unresolved[i];
    const bool is_bundled = reference.kind == format::Relation::bundled;
    lines.push_back(fmt::format("{}: {} ({}) {} {}{}, which no source offers", feed, reference.from.update.text(),
                                quote(format::title_of(catalog, reference.from.update).value_or("")),
                                is_bundled ? "bundles" : "needs", reference.target.text(),
                                is_bundled ? fmt::format(" revision {}", reference.number) : ""));
  }
  if (unresolved.size() > max_named_references)
    lines.push_back(fmt::format("{}: {} such references in all", feed, format_count(unresolved.size())));
  return lines;
}

}  // namespace ferry::exporter
