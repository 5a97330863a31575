// SPDX-License-Identifier: Apache-2.0
// What was exported and imported, the sites, and the trust files of a point.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "format/catalog/catalog.h"
#include "format/manifest.h"
#include "format/trust_chain.h"

namespace ferry::format {

struct ExportEntry {
  std::int64_t id = 0;  // filled by readers: a later export has a larger one
  std::string site;     // empty: for every site of the feed
  std::int64_t feed = 0;
  std::string name;
  std::string kind;
  std::uint64_t base = 0;
  std::uint64_t target = 0;
  Time made;
  std::uint64_t bytes = 0;
  std::uint64_t volumes = 0;
  Digest manifest;
  std::uint64_t trust_version = 1;   // the newest trust file that went along
  std::uint64_t sequence = 0;        // in the feed's chain
  std::uint64_t document_bytes = 0;  // as published; 0 where the log is older than this column
  std::uint64_t file_bytes = 0;      // of the payload
};
// Gives the row's id, by which later bundles of the series are later.
std::int64_t log_export(Catalog& catalog, const ExportEntry& entry);
// Of one site and feed, newest first; those that brought files alone left out.
[[nodiscard]] std::vector<ExportEntry> exports_to(Catalog& catalog, std::string_view site, std::int64_t feed,
                                                  std::size_t limit);

// Of one feed, whatever the site and kind, newest first.
[[nodiscard]] std::vector<ExportEntry> exports_of(Catalog& catalog, std::int64_t feed, std::size_t limit);

// The one with this manifest, if it was made for the site.
[[nodiscard]] std::optional<ExportEntry> find_export(Catalog& catalog, std::string_view site, const Digest& manifest);

// The manifest of the bundle with this number in the feed's chain; nothing where this point knows of none.
[[nodiscard]] std::optional<Digest> issued_manifest(Catalog& catalog, std::int64_t feed, std::uint64_t sequence);

struct ImportEntry {
  std::int64_t id = 0;  // filled by readers
  std::int64_t feed = 0;
  std::string feed_name;  // filled by list_imports()
  std::string name;
  std::string kind;
  std::uint64_t previous = 0;  // generation before
  std::uint64_t target = 0;
  Time created;  // of the bundle
  Time imported;
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::string signers;
  Digest manifest;
  std::uint64_t epoch = 0;
  Time next_expected;  // as the bundle says
  Time valid_until;
  std::optional<Time> undone;
  std::uint64_t sequence = 0;       // in the feed's chain
  std::uint64_t trust_version = 0;  // the newest trust file that it was verified with; 0: not known
};
// Gives the row's id.
std::int64_t log_import(Catalog& catalog, const ImportEntry& entry);
// Was a bundle with this manifest ever recorded, as exported or as imported?
[[nodiscard]] bool is_recorded(Catalog& catalog, const Digest& manifest);
// Was it imported, and the import taken back since?
[[nodiscard]] bool is_undone(Catalog& catalog, const Digest& manifest);
[[nodiscard]] std::vector<ImportEntry> list_imports(Catalog& catalog, std::size_t limit);

// Of one feed, undone ones too, oldest first.
[[nodiscard]] std::vector<ImportEntry> imports_of(Catalog& catalog, std::int64_t feed);

// The last one of a feed that was not undone.
[[nodiscard]] std::optional<ImportEntry> last_import(Catalog& catalog, std::int64_t feed);

// The latest creation time of the bundles accepted under an epoch, of one feed or of all.
[[nodiscard]] std::optional<Time> newest_import(Catalog& catalog, std::uint64_t epoch,
                                                std::optional<std::int64_t> feed);

// The trust files of an importing point, the one that came by hand first.
[[nodiscard]] std::vector<SignedTrust> trust_files(Catalog& catalog);
void install_trust(Catalog& catalog, std::uint64_t version, const SignedTrust& trust, Time now);

}  // namespace ferry::format
