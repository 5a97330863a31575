// SPDX-License-Identifier: Apache-2.0
//
// A synthetic catalog of update documents that behaves like the real ones: a month is the catalog
// as it stands after so many months of new updates, new revisions, expirations and withdrawals.
// Everything about an update follows from the options and its number, so the same options give
// the same bytes on every machine, in any order, and no document is kept in memory.
//
// In every month each prerequisite, category and bundled revision names an update of that month.
// Supersedence may point at an update that has been withdrawn, as it may in reality.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ferry::tests {

struct CatalogOptions {
  static constexpr std::uint64_t min_revisions = 50;
  static constexpr std::uint64_t max_revisions = 10'000'000;
  static constexpr std::uint64_t min_max_document = 65'536;
  static constexpr std::uint32_t max_month = 1'200;

  std::uint64_t seed = 1;
  // Documents in month 0, exactly.
  std::uint64_t revisions = 1'000;
  // Documents that change in a month, in millionths of `revisions`. 20,000 is 2 %.
  std::uint32_t delta_millionths = 20'000;
  // No document is larger, in bytes. Above 1 MiB a few documents of up to 47 MB appear.
  std::uint64_t max_document = 1'048'576;
};

enum class DocumentType { category, detectoid, bundle, hidden_bundle, leaf, driver };

struct DocumentName {
  std::string path;  // relative: "ab/<guid>-r<revision>.xml"
  std::string id;    // the UpdateID, lower case
  std::uint32_t revision = 0;
  DocumentType type = DocumentType::category;
  bool expired = false;
};

// Const methods may be called from several threads at once.
class CatalogGenerator {
 public:
  using Filter = std::function<bool(const DocumentName& name)>;
  // `bytes` is valid during the call only.
  using Visitor = std::function<void(const DocumentName& name, std::string_view bytes)>;

  // Throws std::invalid_argument when an option is out of its range.
  explicit CatalogGenerator(const CatalogOptions& options);

  // Calls `visitor` once for every document of `month`, in a fixed order: categories and
  // detectoids first, bundled updates before their bundle; so nothing refers to what comes later.
  // Equal name means equal bytes, in all months. Throws std::invalid_argument when `month` is out
  // of its range.
  void visit(std::uint32_t month, const Visitor& visitor) const;

  // The same, for the documents that `wanted` accepts. The others are named but never built.
  void visit(std::uint32_t month, const Filter& wanted, const Visitor& visitor) const;

 private:
  CatalogOptions options_;
};

}  // namespace ferry::tests
