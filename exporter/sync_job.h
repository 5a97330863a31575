// SPDX-License-Identifier: Apache-2.0
// One synchronization run: read the sources, store what is new, compare, move the feeds on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "exporter/refresh.h"
#include "exporter/source.h"
#include "format/catalog/ignored.h"
#include "format/catalog/offers.h"
#include "format/point.h"

namespace ferry::exporter {

struct SyncFailure {
  std::string path;  // within the source; empty when the source itself could not be read
  std::string error;
};

struct SourceReport {
  std::string name;
  format::OfferChanges changes;
  std::vector<SyncFailure> failed;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;  // what it said of itself
  std::uint64_t bytes = 0;         // of the documents read
  std::chrono::steady_clock::duration took{};

  [[nodiscard]] bool is_read() const;  // single documents apart
};

struct SyncReport {
  std::vector<SourceReport> sources;
  std::vector<FeedRefresh> feeds;
  std::vector<std::string> feed_warnings;
  std::vector<format::UnchosenCategory> unchosen;        // by any feed, and not ignored
  std::vector<format::UnchosenCategory> new_categories;  // those of them first seen in this run

  [[nodiscard]] bool has_failures() const;
  [[nodiscard]] bool read_nothing() const;  // not one source could be read
  [[nodiscard]] bool has_changes() const;
};

struct SyncOptions {
  std::vector<std::string> sources;  // names; empty = all of point.toml
  bool strict = false;               // any failure undoes the whole run
  FullList full_list;
};

// One transaction: after an exception, or a failure with `strict`, the catalog is as it was. A document
// that cannot be read is reported and keeps what was known under its path. `progress` is told the bytes of
// each document read.
[[nodiscard]] SyncReport run_sync(const format::Point& point, const format::PointConfig& config,
                                  const SyncOptions& options, const Clock& clock,
                                  const std::function<void(std::uint64_t)>& progress);

}  // namespace ferry::exporter
