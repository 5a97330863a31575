// SPDX-License-Identifier: Apache-2.0
// Documents and the index made from them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/zstd_frame.h"
#include "format/catalog/catalog.h"
#include "format/catalog/decisions.h"
#include "format/update.h"

namespace ferry::format {

// Key of a row of the table revision; only meaningful within one catalog.
using RevisionRow = std::int64_t;

struct StoredRevision {
  RevisionRow row = 0;
  bool is_new = false;  // its document was indexed by this call
};

// A document read and compressed, which needs no catalog and may be done on any thread.
struct PreparedDocument {
  Digest digest;
  Update update;
  std::string body;  // as the catalog keeps it
};
// Throws FormatError as parse_document(). `compressor` is one of document_compressor().
[[nodiscard]] PreparedDocument prepare_document(std::string_view bytes, const Digest& digest, Compressor& compressor);
[[nodiscard]] Compressor document_compressor();

// Stores documents and reads them back. Keeps compression memory between calls. Writing needs a transaction.
class Documents {
 public:
  explicit Documents(Catalog& catalog);

  // Stores the bytes once and indexes them under `update.id`, whose number must be set. `now` dates
  // categories that are seen for the first time.
  StoredRevision store(const Update& update, const Digest& digest, std::string_view bytes, Time now);
  StoredRevision store(const PreparedDocument& prepared, std::uint64_t size, Time now);

  // The exact bytes; throws IoError when they no longer have their digest.
  [[nodiscard]] std::string load(RevisionRow revision);

  // The row of this identity with these bytes, when it was ever stored.
  [[nodiscard]] std::optional<RevisionRow> find(const RevisionId& id, const Digest& digest);
  // The highest number ever given to an update and the digest of its document.
  struct Newest {
    RevisionRow row = 0;
    std::uint32_t number = 0;
    Digest digest;
  };
  [[nodiscard]] std::optional<Newest> newest(const UpdateId& update);

 private:
  StoredRevision store(const Update& update, const Digest& digest, std::uint64_t size,
                       const std::function<std::string()>& make_body, Time now);
  void index(RevisionRow row, const Update& update, Time now);
  void store_categories(const Update& update, Time now);

  Database& database_;
  Compressor compressor_;
  Decompressor decompressor_;
};

// One row of a list.
struct ListedUpdate {
  RevisionRow row = 0;
  RevisionId id;
  Dialect dialect = Dialect::upd;
  UpdateType type = UpdateType::software;
  CategoryType category_type = CategoryType::none;
  PublicationState state = PublicationState::published;
  bool is_superseded = false;  // by another update that is held here
  std::string title;
  std::string severity;
  std::string created;
  std::uint64_t document_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t supersedes = 0;  // how many updates it supersedes
  DecisionStanding standing = DecisionStanding::undecided;
  bool is_upstream = false;  // what it stands at is the word of a followed feed's publisher
  bool is_hidden = false;
  std::vector<std::string> companies;
  std::vector<std::string> products;
  std::vector<std::string> classifications;

  [[nodiscard]] std::string classification() const { return classifications.empty() ? "" : classifications.front(); }
};

struct ListFilter {
  std::string feed;                         // only members of this feed; empty = everything held
  std::optional<std::uint64_t> generation;  // those it had then; needs `feed`
  bool prefer_followed = false;             // which of two feeds of that name has the generation
  std::string product;                      // name or id, of the product, its family or company
  std::string classification;               // name or id
  std::string text;                         // in the title, letter case ignored
  std::optional<UpdateType> type;
  std::optional<PublicationState> state;
  bool all_revisions = false;  // not only the newest of each update
  UpstreamApprovals landing = UpstreamApprovals::suggest;
  std::optional<DecisionStanding> standing;  // of software and drivers; nobody decides about categories
  bool shows_hidden = false;                 // hidden ones too
  bool only_hidden = false;
};

// Visits what is held, ordered by title and id. Throws NotFoundError for a feed and generation that are not known
// (require_generation()). REQUIRES: no other list is running.
void list_updates(Catalog& catalog, const ListFilter& filter, const std::function<void(const ListedUpdate&)>& visit);

struct CategoryCount {
  UpdateId id;
  CategoryType type = CategoryType::none;
  std::string name;
  std::string parent;  // name of its parent, if known
  Time first_seen;
  std::uint64_t updates = 0;  // held ones directly in it
};
[[nodiscard]] std::vector<CategoryCount> list_categories(Catalog& catalog, std::optional<CategoryType> type);

// The held revisions of an update, newest first; those ever stored when `held_only` is false.
[[nodiscard]] std::vector<RevisionRow> revisions_of(Catalog& catalog, const UpdateId& update, bool held_only);
// Ids of the held updates that supersede this one.
[[nodiscard]] std::vector<UpdateId> superseded_by(Catalog& catalog, const UpdateId& update);
[[nodiscard]] RevisionId identity(Catalog& catalog, RevisionRow row);
[[nodiscard]] Digest document_digest(Catalog& catalog, RevisionRow row);
// Title of the newest stored revision of an update; nothing when it is not known here.
[[nodiscard]] std::optional<std::string> title_of(Catalog& catalog, const UpdateId& update);
[[nodiscard]] std::optional<NamedCategory> find_category(Catalog& catalog, const UpdateId& category);
[[nodiscard]] std::optional<std::string> category_name(Catalog& catalog, const UpdateId& category);

}  // namespace ferry::format
