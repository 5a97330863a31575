// SPDX-License-Identifier: Apache-2.0
// What one update document says, whichever dialect it is written in. Words as in MS-WSUSSS.
//
// The document stays the truth, byte for byte; this is the index made from it. All strings are UTF-8 as the
// publisher wrote them and therefore untrusted.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/guid.h"
#include "common/hash.h"

namespace ferry::format {

using UpdateId = Guid;

struct RevisionId {
  UpdateId update;
  std::uint32_t number = 0;
  auto operator<=>(const RevisionId&) const = default;
};

// Numbers are stored in catalogs; never renumber.
enum class Dialect : std::uint8_t { upd = 1, sdp = 2 };
enum class UpdateType : std::uint8_t { software = 1, driver = 2, category = 3, detectoid = 4 };
enum class CategoryType : std::uint8_t {
  none = 0,  // a category without CategoryType: roots and sub-categories of real servers
  company = 1,
  product_family = 2,
  product = 3,
  classification = 4,
};
enum class PublicationState : std::uint8_t { published = 1, expired = 2 };
enum class Relation : std::uint8_t { prerequisite = 1, bundled = 2, supersedes = 3 };

struct LocalizedText {
  std::string language;  // short name: "en", "pt-br", "all"
  std::string title;
  std::string description;
};

// One conjunct of the prerequisites: any of these updates satisfies it. Ids carry no revision.
struct PrerequisiteClause {
  std::vector<UpdateId> any_of;
  bool is_category = false;  // AtLeastOne IsCategory="true": states membership, not order
};

// A bundle needs one of each group, in exactly these revisions.
struct BundleGroup {
  std::vector<RevisionId> any_of;
};

struct FileFact {
  std::string name;  // at install time; not a path, not trusted as one
  std::uint64_t size = 0;
  std::string sha1;              // 20 bytes
  std::optional<Digest> sha256;  // SDP documents do not say it
  std::string url;               // SDP: OriginUri; update documents do not say it
  std::string language;          // EULA files only
  bool is_eula = false;
};

struct DriverFact {
  std::string hardware_id;
  std::string device_class;
  std::string provider;
  std::string manufacturer;
  std::string model;
  std::string version;
  std::string date;
};

// A category that an SDP names by text. Ids are made from the names (UUID version 5), so that the same
// vendor or product has the same id at every point; classifications have the real ids of the field.
struct NamedCategory {
  UpdateId id;
  CategoryType type = CategoryType::none;
  std::string name;
  std::optional<UpdateId> parent;
};

struct Update {
  Dialect dialect = Dialect::upd;
  RevisionId id;  // number 0 in an SDP: the point gives it one
  UpdateType type = UpdateType::software;
  CategoryType category_type = CategoryType::none;
  PublicationState state = PublicationState::published;
  bool explicitly_deployable = false;
  std::string created;           // CreationDate as written
  std::string default_language;  // "en" where the document does not say
  std::string handler;
  std::string severity;  // MsrcSeverity, an open enumeration
  std::string eula_id;
  std::string more_info_url;
  std::string support_url;
  std::vector<std::string> kb_articles;
  std::vector<std::string> bulletins;
  std::vector<std::string> cves;
  std::vector<std::string> languages;  // of the binaries; empty = neutral
  std::vector<LocalizedText> texts;
  std::vector<PrerequisiteClause> prerequisites;
  std::vector<BundleGroup> bundled;
  std::vector<UpdateId> supersedes;
  std::vector<FileFact> files;
  std::vector<DriverFact> drivers;
  std::vector<NamedCategory> named_categories;  // SDP: company, product, classification

  // Title in the default language, else English, else the first, else the id.
  [[nodiscard]] std::string title() const;
  // What the update belongs to: the ids of all IsCategory clauses, or of the named categories.
  [[nodiscard]] std::vector<UpdateId> categories() const;
};

[[nodiscard]] std::string_view name_of(Dialect dialect);         // "upd", "sdp"
[[nodiscard]] std::string_view name_of(UpdateType type);         // "software", …
[[nodiscard]] std::string_view name_of(CategoryType type);       // "product", …; "category" for none
[[nodiscard]] std::string_view name_of(PublicationState state);  // "published", "expired"
[[nodiscard]] std::optional<Dialect> dialect_named(std::string_view name);

// The classifications every WSUS knows (WSUS-FORMATS b.9): title → id and back.
[[nodiscard]] std::optional<UpdateId> known_classification(std::string_view title);
[[nodiscard]] std::optional<std::string_view> known_classification_title(const UpdateId& id);

}  // namespace ferry::format
