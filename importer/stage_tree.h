// SPDX-License-Identifier: Apache-2.0
// A verified bundle laid out as plain files, for a site's own scanners and for people, before anything is merged:
//   DIR/<bundle name>/manifest.xml
//                     documents/<update-id>_<revision>.xml
//                     content/<file name, or its SHA-256>
//                     report.html
//                     release.NN.p7s   added by gatekeepers (gatekeeper.h)
// What is merged later comes from the private copy in the spool; the tree must be the same bytes still.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "format/bundle.h"
#include "format/catalog/catalog.h"
#include "format/change_report.h"
#include "format/content_store.h"
#include "format/point.h"

namespace ferry::importer {

inline constexpr std::string_view staged_manifest = "manifest.xml";

// What the spool remembers of a tree.
struct StagedBundle {
  std::filesystem::path spool;                 // spool/bundle-<digest of the manifest>
  std::filesystem::path tree;                  // absolute, where it was laid out
  Digest report;                               // of report.html
  std::map<std::string, std::string> content;  // SHA-256 in hexadecimal → name in content/
};

// Lays the bundle out under `directory`, which is made, and keeps its front and its signatures in the spool, so that it
// can be verified again without the medium. A tree appears whole or not at all. Throws UsageError where one of the name
// stands already; IoError. REQUIRES: the point's lock, all volumes staged, and the files known to the catalog.
StagedBundle stage_tree(const format::Point& point, format::Catalog& catalog, const format::FoundBundle& bundle,
                        const format::VerifiedManifest& manifest, const std::filesystem::path& spool,
                        const format::ChangeReport& report, const std::filesystem::path& directory);

// The bundle of a tree, or of the name of a staged bundle. Throws NotFoundError.
[[nodiscard]] StagedBundle find_staged(const format::Point& point, const std::string& name_or_directory);
// Where its front is kept: what find_bundles() takes.
[[nodiscard]] std::filesystem::path staged_front(const StagedBundle& staged);

// Every file must be there with the bytes that were verified, and no other but releases; `catalog` has the documents
// that those of a delta are written against. Throws FormatError (15) that
// names the first which differs.
void check_tree(format::Catalog& catalog, const StagedBundle& staged, const format::VerifiedManifest& manifest,
                const std::string& manifest_bytes);

}  // namespace ferry::importer
