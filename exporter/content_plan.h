// SPDX-License-Identifier: Apache-2.0
// Which payload files go into the next bundle of a series.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/catalog/content.h"
#include "format/content_store.h"

namespace ferry::exporter {

// Which of the files that the feed carries: those that the sites of the series need not have yet, all, or none.
enum class FileChoice { lacking, all, none };
[[nodiscard]] FileChoice parse_file_choice(std::string_view text);  // "new", "all", "none"; throws UsageError

struct ContentPlan {
  std::vector<format::ContentFile> files;   // to carry
  std::uint64_t bytes = 0;                  // of these
  std::vector<Digest> promised;             // what sites have once they took the bundle
  std::vector<format::WantedFile> missing;  // the feed carries them, and they are not here
  std::uint64_t missing_bytes = 0;
};

// For sites that stand at `base` of the feed or later. A file that the catalog knows and the store has lost
// counts as missing. Reads no file.
[[nodiscard]] ContentPlan plan_content(format::Catalog& catalog, const format::ContentStore& store,
                                       const format::Feed& feed, const format::ContentPolicy& policy,
                                       std::string_view site, std::uint64_t base, FileChoice choice);

// Files that no bundle of the series has brought, for sites that hold the feed's generation already.
[[nodiscard]] ContentPlan plan_late_content(format::Catalog& catalog, const format::ContentStore& store,
                                            const format::Feed& feed, const format::ContentPolicy& policy,
                                            std::string_view site);

// What a site asks for with a list made by 'ferry-import need': of its files those that the feed carries and
// that are here. `unknown` counts lines of files that the feed does not carry. Throws UsageError for what is no such
// list, or one for another feed.
struct NeedPlan {
  ContentPlan content;
  std::uint64_t unknown = 0;
};
[[nodiscard]] NeedPlan plan_need(format::Catalog& catalog, const format::ContentStore& store, const format::Feed& feed,
                                 const format::ContentPolicy& policy, std::string_view site, std::string_view list);

}  // namespace ferry::exporter
