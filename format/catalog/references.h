// SPDX-License-Identifier: Apache-2.0
// Documents that both ends hold, and against which others are compressed. FORMAT.md, "Chunk".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "format/catalog/documents.h"
#include "format/catalog/feeds.h"

namespace ferry::format {

// Finds, among documents that are members of a feed at all generations from `base` to the one before its newest, those
// that resemble a given one: its former revision, or else its neighbours in the order of titles. Takes a few index
// look-ups, however large the catalog is. REQUIRES: base > 0.
class ReferenceFinder {
 public:
  ReferenceFinder(Catalog& catalog, const Feed& feed, std::uint64_t base);
  [[nodiscard]] std::vector<RevisionId> find(RevisionRow revision);

 private:
  void add_former(RevisionRow revision, std::vector<RevisionId>& found);
  void add_neighbour(RevisionRow revision, bool is_after, std::vector<RevisionId>& found);

  Database& database_;
  std::int64_t feed_;
  std::uint64_t base_;
  std::uint64_t last_;  // the last generation that must hold them
};

// Gives the documents that the chunks of a bundle refer to, as this point holds them: those of the generation before
// the bundle's target, or of the point's own where that is earlier. The function throws FormatError for any other, for
// a bundle that is no delta, and where the feed is not known here; and as Documents::load(). It must not outlive the
// catalog.
[[nodiscard]] std::function<std::string(const RevisionId&)> load_references(Catalog& catalog, const Manifest& manifest);

}  // namespace ferry::format
