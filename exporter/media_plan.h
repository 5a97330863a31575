// SPDX-License-Identifier: Apache-2.0
// What travels when only so many media do: all documents, then the files of the most important updates; what does not
// fit waits for a later bundle.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/json.h"
#include "format/bundle.h"
#include "format/catalog/content.h"

namespace ferry::exporter {

// A file on its way, and the update that it is sent for.
struct RankedFile {
  format::ContentFile file;
  format::FileImportance why;
};
// The most important first; among equals by digest.
[[nodiscard]] std::vector<RankedFile> rank_files(format::Catalog& catalog, const format::Feed& feed,
                                                 const std::vector<format::ContentFile>& files);
// Those of them that the manifest carries, and those that wait; in the same order.
struct MediaPlan {
  std::vector<RankedFile> sent;
  std::vector<RankedFile> waiting;
  std::uint64_t sent_bytes = 0;
  std::uint64_t waiting_bytes = 0;
  std::size_t volumes = 0;
};
[[nodiscard]] MediaPlan split_by_manifest(const std::vector<RankedFile>& ranked, const format::Manifest& manifest);

// Chooses of `ranked` what fits on `count` volumes of parts.max_volume_bytes together with parts.chunks: as many of the
// first as possible, then smaller ones behind them while there is room. parts.files does not count. Throws UsageError,
// with the number that is needed, when documents alone do not fit.
[[nodiscard]] MediaPlan fit_on_media(const format::Manifest& manifest, format::BundleParts parts,
                                     const std::vector<RankedFile>& ranked, std::size_t count);

// Counts, sizes and every file.
[[nodiscard]] Json to_json(const MediaPlan& plan);
// "  CVE fix for …  12 MiB", the first few of them, and how many more.
[[nodiscard]] std::vector<std::string> describe_first(const std::vector<RankedFile>& files);

}  // namespace ferry::exporter
