// SPDX-License-Identifier: Apache-2.0
// What a point remembers of a source that tells only what changed since it was last asked.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "format/catalog/catalog.h"
#include "format/update.h"

namespace ferry::format {

// An approval as a source tells it; it has no weight of its own before a person or point.toml gives it one.
struct SourceApproval {
  UpdateId update;
  std::string group;
  std::string deadline;  // ISO 8601; empty: none
  std::string by;
};

// Of one source. Changes need a transaction around them. REQUIRES: an OfferRun made the source's row.
class SourceMemory {
 public:
  SourceMemory(Catalog& catalog, std::string_view source);

  // Where a list of that name ended; nothing before the first.
  [[nodiscard]] std::optional<std::string> anchor(std::string_view name);
  void set_anchor(std::string_view name, std::string_view anchor);
  // The categories that the source was asked for up to its anchors.
  [[nodiscard]] std::set<UpdateId> filters();
  void set_filters(const std::set<UpdateId>& categories);
  // Anchors and filters, not what is offered.
  void forget();

  // Did an earlier run see the source offer this revision?
  [[nodiscard]] bool offers(const RevisionId& id);
  // Updates that earlier runs saw offered, and how many of them this run did not so far.
  struct Gone {
    std::uint64_t offered = 0;
    std::uint64_t gone = 0;
  };
  [[nodiscard]] Gone gone();
  // Ids of categories whose documents the source offers: in earlier runs or, so far, in this one.
  [[nodiscard]] std::set<UpdateId> categories(bool classifications);

  // All approvals that the source tells now, in place of those before.
  void set_approvals(const std::vector<SourceApproval>& approvals);

 private:
  Database& database_;
  std::int64_t source_;
};

// All of it, also the approvals, before the source's row goes.
void forget_source(Catalog& catalog, std::string_view source);

}  // namespace ferry::format
