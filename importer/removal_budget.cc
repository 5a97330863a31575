// SPDX-License-Identifier: Apache-2.0
#include "importer/removal_budget.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/text.h"

namespace ferry::importer {
namespace {

// A handful of updates is looked over in the report; asking for each would teach people to say yes.
constexpr std::uint64_t never_stopped_below = 10;

constexpr std::size_t titles_named = 3;

}  // namespace

RemovalBudget::RemovalBudget(format::Catalog& catalog, const std::optional<format::Feed>& followed, bool restarts)
    : catalog_(catalog), restarts_(restarts && followed) {
  if (!followed) return;
  feed_ = followed->name;
  feed_id_ = followed->id;
  if (const auto current = format::generation(catalog, followed->id, followed->generation)) held_ = current->updates;
  if (restarts_) format::note_members(catalog, followed->id);
}

void RemovalBudget::add_forgotten(std::vector<format::UpdateChange>& changes) {
  if (!restarts_) return;
  for (format::UpdateChange& change : format::noted_that_left(catalog_, feed_id_)) changes.push_back(std::move(change));
}

std::optional<std::string> RemovalBudget::exceeded(const std::vector<format::UpdateChange>& changes,
                                                   std::uint64_t max_percent, const std::string& bundle,
                                                   const std::string& again) const {
  std::string titles;
  std::uint64_t removed = 0;
  for (const format::UpdateChange& change : changes) {
    if (change.kind != format::UpdateChange::Kind::removed) continue;
    if (++removed <= titles_named)
      titles += fmt::format("{}{} ({})", titles.empty() ? "" : ", ", quote(change.title), change.update.text());
  }
  if (removed < never_stopped_below || removed * 100 <= max_percent * held_) return {};
  if (removed > titles_named) titles += fmt::format(" and {} more", format_count(removed - titles_named));
  const std::uint64_t percent =
      std::min<std::uint64_t>(100, (removed * 100 + held_ - 1) / std::max<std::uint64_t>(1, held_));
  return fmt::format(
      "bundle {} removes {} of the {} that feed {} holds here, more than {} percent: {}; ask its publisher whether "
      "that "
      "is meant, and if it is: {} --max-removals {}",
      quote(bundle), format_count(removed), counted(held_, "update", "updates"), quote(feed_), max_percent, titles,
      again, percent);
}

}  // namespace ferry::importer
