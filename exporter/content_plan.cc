// SPDX-License-Identifier: Apache-2.0
#include "exporter/content_plan.h"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/need_list.h"

namespace ferry::exporter {
namespace {

using IsCarried = std::function<bool(const format::WantedFile&, const Digest&)>;

ContentPlan plan(format::Catalog& catalog, const format::ContentStore& store, const format::Feed& feed,
                 const format::ContentPolicy& policy, const IsCarried& is_carried) {
  ContentPlan plan;
  std::set<Digest> seen;
  format::visit_wanted(catalog, feed, policy, [&](const format::WantedFile& file) {
    if (!file.held || !store.holds(file.held->sha256, file.held->size)) {
      plan.missing_bytes += file.size;
      plan.missing.push_back(file);
      return;
    }
    const Digest& digest = file.held->sha256;
    if (!seen.insert(digest).second) return;  // named in two ways
    plan.promised.push_back(digest);
    if (!is_carried(file, digest)) return;
    plan.bytes += file.held->size;
    plan.files.push_back(*file.held);
  });
  return plan;
}

bool contains(const std::vector<Digest>& sorted, const Digest& digest) {
  return std::binary_search(sorted.begin(), sorted.end(), digest);
}

}  // namespace

FileChoice parse_file_choice(std::string_view text) {
  if (text == "new") return FileChoice::lacking;
  if (text == "all") return FileChoice::all;
  if (text == "none") return FileChoice::none;
  throw UsageError(fmt::format("--files {}: expected new, all or none", quote(text)));
}

ContentPlan plan_content(format::Catalog& catalog, const format::ContentStore& store, const format::Feed& feed,
                         const format::ContentPolicy& policy, std::string_view site, std::uint64_t base,
                         FileChoice choice) {
  const std::vector<Digest> there = format::files_at_sites(catalog, site, feed, base);
  ContentPlan content = plan(catalog, store, feed, policy, [&](const format::WantedFile&, const Digest& digest) {
    return choice == FileChoice::all || (choice == FileChoice::lacking && !contains(there, digest));
  });
  if (choice == FileChoice::none)
    std::erase_if(content.promised, [&there](const Digest& digest) { return !contains(there, digest); });
  return content;
}

ContentPlan plan_late_content(format::Catalog& catalog, const format::ContentStore& store, const format::Feed& feed,
                              const format::ContentPolicy& policy, std::string_view site) {
  const std::vector<Digest> sent = format::files_ever_promised(catalog, site, feed);
  return plan(catalog, store, feed, policy,
              [&sent](const format::WantedFile&, const Digest& digest) { return !contains(sent, digest); });
}

NeedPlan plan_need(format::Catalog& catalog, const format::ContentStore& store, const format::Feed& feed,
                   const format::ContentPolicy& policy, std::string_view site, std::string_view list) {
  const format::NeedList need = format::parse_need_list(list);
  if (need.lineage != feed.lineage)
    throw UsageError(fmt::format("the list is for feed {} ({}); expected feed {} ({})", quote(need.feed),
                                 need.lineage.text(), quote(feed.name), feed.lineage.text()));
  if (need.site != site)
    throw UsageError(fmt::format("the list is of site {}; expected one of site {}", quote(need.site), quote(site)));
  using Key = std::pair<std::string, std::uint64_t>;  // what WSUS names a file by, and its size
  std::set<Key> asked;
  for (const format::NeededFile& file : need.files) asked.emplace(file.sha1, file.size);
  std::set<Key> unknown = asked;
  const auto is_asked = [&](const format::WantedFile& file) {
    unknown.erase({file.sha1, file.size});
    return asked.contains({file.sha1, file.size});
  };
  NeedPlan result;
  ContentPlan& content = result.content;
  content =
      plan(catalog, store, feed, policy, [&](const format::WantedFile& file, const Digest&) { return is_asked(file); });
  std::erase_if(content.missing, [&](const format::WantedFile& file) { return !is_asked(file); });
  content.missing_bytes = 0;
  for (const format::WantedFile& file : content.missing) content.missing_bytes += file.size;
  result.unknown = unknown.size();
  return result;
}

}  // namespace ferry::exporter
