// SPDX-License-Identifier: Apache-2.0
// From a feed and what a site holds to a bundle on the medium.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "exporter/content_plan.h"
#include "exporter/media_plan.h"
#include "format/bundle.h"
#include "format/catalog/feeds.h"
#include "format/chunk.h"
#include "format/point.h"

namespace ferry::exporter {

// Who gets what: generation `base` to the feed's current one.
struct ExportPlan {
  std::string site;  // empty: for every site that follows the feed
  format::Feed feed;
  format::BundleKind kind = format::BundleKind::full;
  std::uint64_t base = 0;  // of a delta; 0 otherwise
  format::ContentPolicy policy;
  std::vector<format::UpdateId> approvals;  // that travel; none with files alone
  ContentPlan content;
  std::uint64_t unknown_files = 0;           // of a site's list: the feed does not carry them
  bool has_news = true;                      // false: the last bundle of this series reached the current generation
  std::optional<std::uint64_t> pruned_base;  // where a delta would have started, but that generation was pruned
  bool stands_alone = false;  // documents of a delta refer to none of the base
  std::uint64_t next_drop_days = 0;
  std::uint64_t valid_days = 0;
};

struct ExportRequest {
  std::string site;
  std::string feed;  // only when `site` is empty
  bool full = false;
  bool stands_alone = false;  // documents of a delta can be read without those that the site holds
  std::optional<std::uint64_t> since;
  std::optional<FileChoice> files;  // by default all in a full bundle, else those that sites lack
  std::optional<std::string> need;  // text of a site's list: nothing but these files
};

// The epoch of each version of the trust file, version 1 first; empty before `trust init`.
using TrustEpochs = std::vector<std::uint64_t>;
[[nodiscard]] TrustEpochs trust_epochs(const format::Point& point);

// Chooses the base: 0 for a full bundle, the given one, what a receipt acknowledged, or the target of the
// bundle `cover-drops` ago, so that one less lost bundles cost nothing. A trust file that the last bundle of
// the series did not carry is news too, and a bundle that did not arrive by a later receipt, and a new epoch asks for a
// full bundle. Where only payload files are new, the bundle carries these alone. A base that was pruned makes it a full
// bundle, unless it was given. Feeds must have been refreshed. Throws NotFoundError, UsageError for a generation that
// the feed never had.
[[nodiscard]] ExportPlan plan_export(format::Catalog& catalog, const format::ContentStore& store,
                                     const format::PointConfig& config, const ExportRequest& request,
                                     const TrustEpochs& epochs);

// What the next bundle of a site would be, without a look at payload files: it costs no more than a few rows. Throws as
// above.
[[nodiscard]] ExportPlan plan_documents_only(format::Catalog& catalog, const format::PointConfig& config,
                                             const format::SiteConfig& site, const TrustEpochs& epochs);

// Where a delta of this series starts; 0 where it is the first one. An empty site is the series for all.
[[nodiscard]] std::uint64_t series_base(format::Catalog& catalog, const std::string& site, const format::Feed& feed,
                                        std::uint64_t cover_drops);

// The manifest of the plan without volumes, and its chunks in the spool.
struct PackedDelta {
  format::Manifest manifest;
  std::vector<format::ChunkInfo> chunks;
};
// Reads documents from the catalog, front to back, and compresses them. `progress` is told the bytes.
[[nodiscard]] PackedDelta pack_delta(format::Catalog& catalog, const ExportPlan& plan,
                                     const std::filesystem::path& spool, Time created,
                                     const std::function<void(std::uint64_t)>& progress);

struct ExportResult {
  ExportPlan plan;
  format::Manifest manifest;
  format::WrittenBundle written;
  MediaPlan media;                              // where the volumes are counted
  std::optional<std::filesystem::path> report;  // beside the volumes
};

// Told the bytes: of documents packed; of volumes written, and again read back.
struct ExportProgress {
  std::function<void(std::uint64_t)> packed;
  std::function<void(std::uint64_t)> written;
};

struct VolumeOptions {
  std::uint64_t max_bytes = 0;               // of a volume or parity file; 0 = no limit
  std::optional<format::ParityMode> parity;  // none: no parity files
  std::size_t count = 0;    // of volumes, of which there are never more; what does not fit waits. 0 = no limit
  bool has_report = false;  // a change report beside the volumes
};
// "5%", or "2": so many whole files. Throws UsageError.
[[nodiscard]] format::ParityMode parse_parity(const std::string& text);

// Packs, signs, writes and verifies one bundle, then records it: what the catalog says was exported is on
// the medium. After an exception nothing is recorded but the bundle's number in the feed's chain, and no file stays.
[[nodiscard]] ExportResult run_export(const format::Point& point, format::Catalog& catalog, const ExportPlan& plan,
                                      const std::filesystem::path& directory, const VolumeOptions& volumes,
                                      const Clock& clock, const ExportProgress& progress);

// "4480MiB", bytes, or a medium: fat32 cd dvd dvd-dl bd25 bd50. Throws UsageError.
[[nodiscard]] std::uint64_t parse_volume_size(const std::string& text);
struct Medium {
  std::string_view name;
  std::uint64_t bytes;
};
[[nodiscard]] const std::vector<Medium>& media();

}  // namespace ferry::exporter
