// SPDX-License-Identifier: Apache-2.0
// What a bundle changes, in the words of the people who decide on it: by product, classification and severity, with
// articles, CVEs and sizes, and what leaves and why. The facts; change_summary.h tells them, change_page.h prints them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "format/catalog/feeds.h"
#include "format/chunk.h"
#include "format/manifest.h"
#include "format/record.h"
#include "format/update.h"

namespace ferry::format {

// All text in a report is safe to print: it went through for_terminal(), and is bounded.
struct ChangeCounts {
  std::uint64_t added = 0;
  std::uint64_t changed = 0;
  std::uint64_t expired = 0;
  std::uint64_t removed = 0;
  std::uint64_t document_bytes = 0;
  std::uint64_t payload_bytes = 0;  // of the files that the updates name, whether they travel or not

  [[nodiscard]] std::uint64_t total() const { return added + changed + expired + removed; }
  void count(UpdateChange::Kind kind);
};

struct ChangeGroup {
  std::string name;
  ChangeCounts counts;
};
// Most updates first. An update of two products stands under both.
struct ChangeGroups {
  std::vector<ChangeGroup> groups;
  std::uint64_t unlisted = 0;  // groups beyond the first 1,000
};

// Texts of one kind, ascending, and how many more there are.
struct BoundedTexts {
  std::vector<std::string> texts;
  std::uint64_t unlisted = 0;

  // The first `shown` of them; where more exist, `more` follows with their number in place of {}.
  [[nodiscard]] std::string joined(std::size_t shown, std::string_view separator, std::string_view more) const;
};

struct ReportedChange {
  UpdateChange::Kind kind = UpdateChange::Kind::added;
  RevisionId id;
  std::string title;
  std::string severity;
  std::string created;
  std::vector<std::string> products;
  std::vector<std::string> classifications;
  BoundedTexts kb_articles;
  BoundedTexts cves;
  std::uint64_t document_bytes = 0;
  std::uint64_t payload_bytes = 0;  // with that of the updates bundled in it
  bool is_security = false;
};

struct ReportedRemoval {
  RevisionId id;
  std::string title;  // empty where only the id is known
  std::optional<DropReason> reason;
};

struct ChangeReport {
  Manifest manifest;             // without its volumes; texts in it are the publisher's
  bool knows_catalog = false;    // else it was told from the bundle's own documents alone
  ChangeCounts counts;           // of updates that people deal with
  std::uint64_t parts = 0;       // updates that belong to a bundled one and to no category of their own
  std::uint64_t supporting = 0;  // categories and detectoids
  ChangeGroups products;
  ChangeGroups classifications;
  ChangeGroups severities;
  BoundedTexts kb_articles;
  BoundedTexts cves;
  std::vector<ReportedChange> changes;  // what comes, the most important first
  std::uint64_t unlisted_changes = 0;
  std::vector<ReportedRemoval> removals;  // by id
  std::uint64_t unlisted_removals = 0;
  std::map<std::string, std::uint64_t> reasons;  // why updates leave → how many
};

// "its source no longer offers it", and what an absent reason says.
[[nodiscard]] std::string_view explain(std::optional<DropReason> reason);

// What a catalog knows and a bundle does not say. Either may be empty.
struct ChangeKnowledge {
  std::function<std::optional<NamedCategory>(const UpdateId&)> category;
  std::function<std::optional<std::string>(const RevisionId&)> document;  // of a revision that leaves
};

inline constexpr std::size_t max_reported_changes = 5000;

// Gathers a report. Holds about a hundred bytes an update, and full facts of the most important ones only.
class ChangeReporter {
 public:
  explicit ChangeReporter(ChangeKnowledge knowledge = {}, std::size_t max_listed = max_reported_changes);
  ~ChangeReporter();
  ChangeReporter(const ChangeReporter&) = delete;
  ChangeReporter& operator=(const ChangeReporter&) = delete;

  // The records of a bundle, in its order. Throws FormatError for a document that is none.
  void record(const Record& record);
  // One change of a catalog, with the document that came, or the one that left.
  void change(UpdateChange::Kind kind, const RevisionId& id, std::string_view document,
              std::optional<DropReason> reason = {});
  // Once.
  [[nodiscard]] ChangeReport finish(const Manifest& manifest);

 private:
  class Gathering;
  std::unique_ptr<Gathering> gathering_;
};

// The report of a bundle whose chunks lie in `spool`. Throws as read_chunk().
[[nodiscard]] ChangeReport report_chunks(const Manifest& manifest, const std::filesystem::path& spool,
                                         const LoadReference& load, ChangeKnowledge knowledge = {});
// What the catalog at hand knows. It must outlive the result.
[[nodiscard]] ChangeKnowledge knowledge_of(Catalog& catalog);
// The report of changes that a catalog has seen: those of `feed` up to its current generation.
[[nodiscard]] ChangeReport report_changes(Catalog& catalog, const Manifest& manifest, const Feed& feed,
                                          const std::vector<UpdateChange>& changes);

}  // namespace ferry::format
