// SPDX-License-Identifier: Apache-2.0
// Staged chunks → catalog.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "common/clock.h"
#include "format/catalog/feeds.h"
#include "format/verification.h"

namespace ferry::importer {

// Applies every record of the bundle, whose chunks lie in `staged`, and compares the resulting state digest
// with the one that the manifest promises. REQUIRES: a transaction around it, and that the admission checks
// passed; the caller commits. Throws FormatError (15) for a chunk or document that is not what it should be.
format::Generation merge_bundle(format::Catalog& catalog, const format::VerifiedManifest& manifest,
                                const format::Feed& feed, const std::filesystem::path& staged, Time now,
                                const std::function<void(std::uint64_t)>& progress);

}  // namespace ferry::importer
