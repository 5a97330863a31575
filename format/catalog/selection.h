// SPDX-License-Identifier: Apache-2.0
// Which of the held revisions a feed carries: selection by criteria, and its closure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/catalog/catalog.h"
#include "format/update.h"

namespace ferry::format {

// What a person wrote for a feed. A list of one "*" means all; names and ids may be mixed.
struct FeedDefinition {
  std::string name;
  std::vector<std::string> products;  // products, families or companies; also "Company/Product"
  std::vector<std::string> classifications;
  std::vector<std::string> languages;  // decide which localized files travel, never which documents
  std::string content = "none";        // content policy
  bool approvals = false;              // does what this point approved travel; with content "approved" it always does

  [[nodiscard]] bool carries_approvals() const { return approvals || content == "approved"; }

  // One line that says all of it; another text means another feed content.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool all_products() const;
  [[nodiscard]] bool all_classifications() const;
};

enum class CategoryKind { product, classification };

struct ResolvedCategories {
  std::vector<UpdateId> ids;         // with all that stand below them in the category tree
  std::vector<std::string> unknown;  // wishes that match nothing in the catalog
};
// Names are compared without regard to letter case; an id must be a GUID.
[[nodiscard]] ResolvedCategories resolve_categories(Catalog& catalog, const std::vector<std::string>& wishes,
                                                    CategoryKind kind);

// A reference that a feed needs and that nothing in the catalog satisfies.
struct UnresolvedReference {
  RevisionId from;
  Relation kind = Relation::prerequisite;
  UpdateId target;
  std::uint32_t number = 0;  // of a bundled revision
};

struct SelectionResult {
  std::uint64_t selected = 0;  // revisions that match the criteria themselves
  std::uint64_t closure = 0;   // revisions that came along because those need them
  std::vector<UnresolvedReference> unresolved;
  std::vector<std::string> unknown_products;
  std::vector<std::string> unknown_classifications;
};

// Fills temp.selected (revision) with everything the feed carries. Needs no transaction; the result is valid
// until the next call.
//
// Software and drivers match when one of their categories, or one above it, is a chosen product and one of
// their classifications is chosen; with both lists "*" everything matches, categories and detectoids too.
// To those come, over all levels: bundled updates in their exact revisions, the newest revision of every
// prerequisite, and the categories, which are prerequisites themselves.
[[nodiscard]] SelectionResult select_members(Catalog& catalog, const FeedDefinition& feed);

}  // namespace ferry::format
