// SPDX-License-Identifier: Apache-2.0
#include "exporter/media_plan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/trust_chain.h"

namespace ferry::exporter {
namespace {

// One with a chain of certificates and a revocation list; ours have half of it.
constexpr std::size_t assumed_signature_bytes = 4096;
// Behind the first file that finds no room, so many smaller ones are tried.
constexpr std::size_t tries_behind = 200;
constexpr std::size_t files_named = 5;

class Fitting {
 public:
  Fitting(const format::Manifest& manifest, format::BundleParts parts, std::size_t count)
      : manifest_(manifest), parts_(std::move(parts)), count_(count) {
    if (!parts_.trust.empty()) signatures_ = format::TrustChain::walk(parts_.trust).current().exporter.keys().size();
    parts_.files.clear();
  }

  // Volumes with the first `prefix` of the files and those chosen besides.
  std::size_t volumes(const std::vector<RankedFile>& ranked, std::size_t prefix, const std::vector<std::size_t>& more) {
    parts_.files.clear();
    for (std::size_t i = 0; i < prefix; ++i) parts_.files.push_back(ranked[i].file);
    for (const std::size_t i : more) parts_.files.push_back(ranked[i].file);
    return format::plan_volumes(manifest_, parts_, signatures_, assumed_signature_bytes).size();
  }
  bool fits(const std::vector<RankedFile>& ranked, std::size_t prefix, const std::vector<std::size_t>& more = {}) {
    return volumes(ranked, prefix, more) <= count_;
  }
  [[nodiscard]] std::uint64_t capacity() const { return parts_.max_volume_bytes * count_; }

 private:
  const format::Manifest& manifest_;
  format::BundleParts parts_;
  std::size_t count_;
  std::size_t signatures_ = 1;
};

Json files_json(const std::vector<RankedFile>& files) {
  Json list = Json::array();
  for (const RankedFile& ranked : files)
    list.push_back(Json{{"sha256", ranked.file.sha256.hex()},
                        {"size", ranked.file.size},
                        {"title", ranked.why.title},
                        {"security", ranked.why.importance.is_security},
                        {"severity", ranked.why.importance.severity},
                        {"created", ranked.why.importance.created}});
  return list;
}

}  // namespace

std::vector<RankedFile> rank_files(format::Catalog& catalog, const format::Feed& feed,
                                   const std::vector<format::ContentFile>& files) {
  const auto importance = format::file_importance(catalog, feed);
  std::vector<RankedFile> ranked;
  for (const format::ContentFile& file : files) {
    const auto found = importance.find(file.sha256);
    ranked.push_back({file, found == importance.end() ? format::FileImportance() : found->second});
  }
  std::sort(ranked.begin(), ranked.end(), [](const RankedFile& left, const RankedFile& right) {
    if (left.why.importance != right.why.importance) return left.why.importance > right.why.importance;
    return left.file.sha256 < right.file.sha256;
  });
  return ranked;
}

MediaPlan split_by_manifest(const std::vector<RankedFile>& ranked, const format::Manifest& manifest) {
  std::set<Digest> carried;
  for (const format::VolumeContents& contents : manifest.volumes) {
    for (const format::FilePart& part : contents.files) carried.insert(part.file);
  }
  MediaPlan plan;
  plan.volumes = manifest.volumes.size();
  for (const RankedFile& file : ranked) {
    const bool is_sent = carried.contains(file.file.sha256);
    (is_sent ? plan.sent : plan.waiting).push_back(file);
    (is_sent ? plan.sent_bytes : plan.waiting_bytes) += file.file.size;
  }
  return plan;
}

MediaPlan fit_on_media(const format::Manifest& manifest, format::BundleParts parts,
                       const std::vector<RankedFile>& ranked, std::size_t count) {
  Fitting fitting(manifest, std::move(parts), count);
  if (const std::size_t needed = fitting.volumes(ranked, 0, {}); needed > count)
    throw UsageError(fmt::format("--count {}: the documents alone need {}; expected at least as many, or larger media",
                                 count, counted(needed, "medium", "media")));
  std::size_t low = 0;
  std::size_t high = ranked.size();
  while (low < high) {
    const std::size_t middle = low + (high - low + 1) / 2;
    if (fitting.fits(ranked, middle)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < low; ++i) bytes += ranked[i].file.size;
  std::vector<std::size_t> more;
  std::size_t tries = 0;
  for (std::size_t i = low; i < ranked.size() && tries < tries_behind; ++i) {
    const std::uint64_t size = ranked[i].file.size;
    if (size > fitting.capacity() || bytes > fitting.capacity() - size) continue;
    ++tries;
    more.push_back(i);
    if (fitting.fits(ranked, low, more)) {
      bytes += size;
    } else {
      more.pop_back();
    }
  }
  MediaPlan plan;
  plan.volumes = fitting.volumes(ranked, low, more);
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const bool is_sent = i < low || std::binary_search(more.begin(), more.end(), i);
    (is_sent ? plan.sent : plan.waiting).push_back(ranked[i]);
    (is_sent ? plan.sent_bytes : plan.waiting_bytes) += ranked[i].file.size;
  }
  return plan;
}

Json to_json(const MediaPlan& plan) {
  return Json{{"volumes", plan.volumes},
              {"files", plan.sent.size()},
              {"file_bytes", plan.sent_bytes},
              {"waiting_files", plan.waiting.size()},
              {"waiting_bytes", plan.waiting_bytes},
              {"sent", files_json(plan.sent)},
              {"waiting", files_json(plan.waiting)}};
}

std::vector<std::string> describe_first(const std::vector<RankedFile>& files) {
  std::vector<std::string> lines;
  for (const RankedFile& ranked : files) {
    if (lines.size() == files_named) {
      lines.push_back(fmt::format("  … and {} more", format_count(files.size() - files_named)));
      break;
    }
    lines.push_back(
        fmt::format("  {}  {}", format_size(ranked.file.size),
                    ranked.why.title.empty() ? ranked.file.sha256.hex() : for_terminal(ranked.why.title, 90)));
  }
  return lines;
}

}  // namespace ferry::exporter
