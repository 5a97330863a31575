// SPDX-License-Identifier: Apache-2.0
// One bundle from the medium into the catalog: verify → admit → stage → merge → commit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "format/bundle.h"
#include "format/catalog/feeds.h"
#include "format/change_report.h"
#include "format/point.h"
#include "importer/admission.h"

namespace ferry::importer {

// What the site trusts and is, read from its catalog.
struct SiteIdentity {
  std::string site;
  format::TrustChain trust;
};
// Throws NotFoundError when this point was not made by `ferry-import init`.
[[nodiscard]] SiteIdentity load_identity(format::Catalog& catalog);

struct ImportedBundle {
  format::Manifest manifest;
  std::uint64_t previous = 0;     // generation before
  format::Generation generation;  // made by this bundle
  std::vector<format::UpdateChange> changes;
  std::optional<format::ChangeReport> report;  // where it was asked for
  std::vector<std::string> warnings;           // about its dates, and in a dry run about what it removes
  std::size_t new_trust_files = 0;             // installed together with it
};

struct ImportRequest {
  bool dry_run = false;
  Overrides overrides;
  format::TimePolicy time;
  std::uint64_t max_removals = 100;  // percent of the updates held; more are refused. 100: never
  std::string again;                 // the command that the refusal names to go on
  bool wants_report = false;
  // Everything but the commit; the private copy stays for a later run, and the catalog as it is.
  bool stages_only = false;
  // The private copy of an earlier run is all there is: the bundle's volume has a front and nothing behind.
  bool from_spool = false;
  // All of the bundle is here and verified, and nothing is merged; what it throws refuses the bundle.
  std::function<void(const format::VerifiedManifest&, const format::TrustFile&)> admit;
  // Of a run that stages only: the merge went well and is about to be taken back.
  std::function<void(const format::FoundBundle&, const format::VerifiedManifest&, const std::filesystem::path& chunks,
                     const ImportedBundle&)>
      staged;

  [[nodiscard]] bool keeps_nothing() const { return dry_run || stages_only; }
};

struct ImportCallbacks {
  std::function<void(const format::Manifest&)> verified;  // signatures hold; what follows may still refuse it
  std::function<void(std::uint64_t)> staged;              // bytes copied from the medium and verified
  std::function<void(std::uint64_t)> merged;              // raw bytes merged
};

// Runs every check on one bundle and, unless it is a dry run, commits it together with the trust files that
// it brings. The medium is read once, front to back: chunks are copied to the point's spool while they are
// verified, and only the copies are used. One transaction; after an exception the catalog is as it was, with
// one exception: the trust files of a bundle whose signatures hold but which is refused for its dates (12), its
// recipient (13), its place in the feed (10, 13, 14) or what it removes (20) are installed all the same, since they may
// revoke a key. The exit code is in the error. REQUIRES: the point's lock.
[[nodiscard]] ImportedBundle import_bundle(const format::Point& point, format::Catalog& catalog,
                                           format::FoundBundle& bundle, const ImportRequest& request,
                                           const Clock& clock, const ImportCallbacks& callbacks);

// Installs what follows on the installed trust files. REQUIRES: a transaction, and that `chain` began with the
// site's own. Gives the number of new ones.
std::size_t install_chain(format::Catalog& catalog, const format::TrustChain& chain, Time now);

}  // namespace ferry::importer
