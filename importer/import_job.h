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
#include "format/point.h"

namespace ferry::importer {

// What the site trusts and is, read once from its catalog.
struct SiteIdentity {
  std::string site;
  std::vector<std::string> trust_chain;
  [[nodiscard]] format::TrustFile current_trust() const;
};
// Throws NotFoundError when this point was not made by `ferry-import init`.
[[nodiscard]] SiteIdentity load_identity(format::Catalog& catalog);

struct ImportedBundle {
  format::Manifest manifest;
  std::uint64_t previous = 0;     // generation before
  format::Generation generation;  // made by this bundle
  std::vector<format::UpdateChange> changes;
};

struct ImportCallbacks {
  std::function<void(const format::Manifest&)> verified;  // signatures hold; what follows may still refuse it
  std::function<void(std::uint64_t)> staged;              // bytes copied from the medium and verified
  std::function<void(std::uint64_t)> merged;              // raw bytes merged
};

// Runs every check on one bundle and, unless `dry_run`, commits it. The medium is read once, front to back:
// chunks are copied to the point's spool while they are verified, and only the copies are used. One
// transaction; after an exception the catalog is as it was. The exit code is in the error.
// REQUIRES: the point's lock.
[[nodiscard]] ImportedBundle import_bundle(const format::Point& point, format::Catalog& catalog,
                                           const SiteIdentity& identity, format::FoundBundle& bundle, bool dry_run,
                                           const Clock& clock, const ImportCallbacks& callbacks);

}  // namespace ferry::importer
