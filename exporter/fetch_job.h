// SPDX-License-Identifier: Apache-2.0
// Downloads the payload files that the point's own feeds want and its content store lacks. A file enters the store
// only with the size and the digests that its document says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "exporter/http.h"
#include "format/catalog/content.h"
#include "format/point.h"

namespace ferry::exporter {

struct FetchOptions {
  std::string feed;  // empty: all own feeds
  HttpOptions http;
  unsigned parallel = 4;
  unsigned retries = 3;  // of each file, after faults that may pass
};

struct FetchFailure {
  format::WantedFile file;
  std::string error;  // fit for terminals
};

// What is missing, each file once.
struct FetchPlan {
  std::vector<format::WantedFile> files;        // to download
  std::vector<format::WantedFile> without_url;  // no document says where they are
  std::vector<FetchFailure> refused;            // at places that are not asked
  std::uint64_t bytes = 0;                      // to download, without what partial files hold

  [[nodiscard]] bool empty() const { return files.empty() && without_url.empty() && refused.empty(); }
};
// Throws NotFoundError when there is no such feed.
[[nodiscard]] FetchPlan plan_fetch(const format::Point& point, format::Catalog& catalog, const FetchOptions& options);

struct FetchReport {
  std::uint64_t fetched = 0;
  std::uint64_t bytes = 0;  // size of those
  std::vector<FetchFailure> failed;
};
// `progress` is told the bytes that came. A file that could not be completed stays as content/.fetch-SHA1.partial for
// the next run; partial files that no feed wants any more are removed. Throws IoError, exit code 17 where the space
// does not suffice; what came in until then stays. REQUIRES: the lock.
[[nodiscard]] FetchReport run_fetch(const format::Point& point, format::Catalog& catalog, const FetchPlan& plan,
                                    const FetchOptions& options, const Clock& clock,
                                    const std::function<void(std::uint64_t)>& progress);

}  // namespace ferry::exporter
