// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/sync_anchor.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/text.h"
#include "format/state.h"

namespace ferry::format::wsus {
namespace {

constexpr std::string_view anchor_prefix = "f1/";
constexpr std::size_t mark_digits = 12;
constexpr std::size_t longest_anchor = 16UL * 1024;

std::string lineage_mark(const Feed& feed) { return to_hex(feed.lineage.bytes()).substr(0, mark_digits); }
std::string state_mark(const Digest& state) { return state.hex().substr(0, mark_digits); }

struct AnchorPart {
  std::string_view lineage;
  std::uint64_t generation = 0;
  std::string_view state;
};

bool is_mark(std::string_view text) {
  return text.size() == mark_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::vector<AnchorPart>> parse_parts(std::string_view anchor) {
  std::vector<AnchorPart> parts;
  if (anchor.size() > longest_anchor || !anchor.starts_with(anchor_prefix)) return {};
  anchor.remove_prefix(anchor_prefix.size());
  if (anchor.empty()) return parts;  // of a point that had no feed
  for (const std::string_view text : split(anchor, '.')) {
    const auto fields = split(text, '-');
    if (fields.size() != 3 || !is_mark(fields[0]) || !is_mark(fields[2])) return {};
    const auto number = parse_u64(fields[1]);
    if (!number) return {};
    parts.push_back({fields[0], *number, fields[2]});
  }
  return parts;
}

// "9438,2026-10-04 16:33:26.750" or the time alone: a downstream server that had a WSUS, or Microsoft's server, before.
bool is_of_windows(std::string_view anchor) {
  if (const auto comma = anchor.find(','); comma != std::string_view::npos) {
    if (!parse_u64(anchor.substr(0, comma))) return false;
    anchor.remove_prefix(comma + 1);
  }
  constexpr std::string_view shape = "0000-00-00 00:00:00";
  if (anchor.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool is_digit = anchor[i] >= '0' && anchor[i] <= '9';
    if (shape[i] == '0' ? !is_digit : anchor[i] != shape[i]) return false;
  }
  return true;
}

bool had_state(Catalog& catalog, const Feed& feed, const AnchorPart& part) {
  if (part.generation == feed.generation) return state_mark(feed.state) == part.state;
  if (part.generation == 0) return state_mark(empty_state()) == part.state;
  if (part.generation > feed.generation) return false;
  const auto known = generation(catalog, feed.id, part.generation);
  return known && state_mark(known->state) == part.state;
}

}  // namespace

std::string sync_anchor(const std::vector<ServedFeed>& feeds) {
  std::string anchor(anchor_prefix);
  for (const ServedFeed& served : feeds) {
    if (anchor.size() > anchor_prefix.size()) anchor += '.';
    anchor += fmt::format("{}-{}-{}", lineage_mark(served.feed), served.feed.generation, state_mark(served.feed.state));
  }
  return anchor;
}

std::optional<AnchorTrouble> apply_anchor(Catalog& catalog, std::string_view anchor, std::vector<ServedFeed>& feeds) {
  const auto parts = parse_parts(anchor);
  if (!parts) return is_of_windows(anchor) ? AnchorTrouble::foreign : AnchorTrouble::malformed;
  std::vector<ServedFeed> moved = feeds;
  std::size_t known = 0;
  for (ServedFeed& served : moved) {
    const std::string mark = lineage_mark(served.feed);
    const auto part =
        std::find_if(parts->begin(), parts->end(), [&mark](const AnchorPart& one) { return one.lineage == mark; });
    if (part == parts->end()) continue;
    if (!had_state(catalog, served.feed, *part)) return AnchorTrouble::foreign;
    served.base = part->generation;
    ++known;
  }
  if (known == 0 && !parts->empty()) return AnchorTrouble::foreign;
  feeds = std::move(moved);
  return {};
}

}  // namespace ferry::format::wsus
