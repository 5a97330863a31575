// SPDX-License-Identifier: Apache-2.0
// What the sources of an exporting point offer, and how that changed in one run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/catalog/catalog.h"
#include "format/catalog/documents.h"

namespace ferry::format {

// Ids of the updates of one source, by what a run did to them. Each update is in exactly one list.
struct OfferChanges {
  std::vector<UpdateId> added;
  std::vector<UpdateId> changed;  // another document or set of revisions
  std::vector<UpdateId> expired;  // its newest revision is Expired now and was not before
  std::vector<UpdateId> removed;
  std::uint64_t unchanged = 0;
  std::vector<UpdateId> shadowed;  // offered too by a source that is believed more

  [[nodiscard]] bool any() const { return !added.empty() || !changed.empty() || !expired.empty() || !removed.empty(); }
};

// What one run over a source told.
enum class Coverage {
  everything,  // all that the source offers now: what was not told is gone
  changes,     // what changed since the last run: all else is offered still
};

// One run over one source: says what it offers now, then compares. Needs a transaction around it.
class OfferRun {
 public:
  // Creates or updates the source's row. The lower the rank, the more the source is believed.
  OfferRun(Catalog& catalog, std::string_view source, std::string_view kind, std::uint64_t rank);

  // What the source offered under this path in the last run, with the digests of those documents.
  struct Known {
    RevisionRow revision = 0;
    UpdateId update;
    Digest digest;
  };
  [[nodiscard]] std::vector<Known> known_at(std::string_view path);
  // The revision of an update that this source offered in the last run with exactly this document.
  [[nodiscard]] std::optional<RevisionRow> known_document(const UpdateId& update, const Digest& digest);

  // The source offers this revision now, in the file `path`. Throws FormatError (exit 1) when it has already
  // offered another document of the same identity in this run: a feed carries one.
  void offer(const UpdateId& update, RevisionRow revision, std::string_view path);
  // A revision of the update already offered in this run under another path, if any.
  [[nodiscard]] std::optional<RevisionRow> offered(const UpdateId& update);
  // The file could not be read this time: what it held before counts as offered still, unless another file
  // brings it in this run.
  void keep(std::string_view path) { kept_.emplace_back(path); }

  // Makes this run's offers the source's, and says what changed.
  OfferChanges finish(Time now, Coverage coverage = Coverage::everything);

 private:
  void take_kept();
  void take_other_revisions();
  [[nodiscard]] OfferChanges compare(Coverage coverage);

  Database& database_;
  std::int64_t source_ = 0;
  std::uint64_t rank_;
  std::vector<std::string> kept_;
};

// Drops sources that are not among `names` and what they offered; gives their names and changes.
std::vector<std::pair<std::string, OfferChanges>> drop_other_sources(Catalog& catalog,
                                                                     const std::vector<std::string>& names);

struct SourceRow {
  std::string name;
  std::string kind;
  std::string synced;  // time of the last run, empty before the first
  std::uint64_t updates = 0;
};
[[nodiscard]] std::vector<SourceRow> list_sources(Catalog& catalog);

}  // namespace ferry::format
