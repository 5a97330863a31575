// SPDX-License-Identifier: Apache-2.0
// Takes back what the last import did to a followed feed. Documents stay; only membership changes.
#pragma once

#include <optional>

#include "common/clock.h"
#include "format/catalog/feeds.h"
#include "format/catalog/journal.h"

namespace ferry::format {

// Was it not undone yet, and is there something to undo? Files that a bundle brought alone stay.
[[nodiscard]] bool can_be_undone(const ImportEntry& entry);
// The newest import, of one feed or of all, that can be undone.
[[nodiscard]] std::optional<ImportEntry> last_effective_import(Catalog& catalog, std::optional<std::int64_t> feed);

// Opens and closes the intervals of the feed's current generation again, so that it stands where it stood before
// this import, and marks the entry. The restored state is compared with the one that was recorded then. REQUIRES:
// a transaction, and that `entry` came from last_effective_import(). Throws StateError (13) when the history
// before the import is gone: it began a new epoch, it was pruned, or somebody changed the feed since.
Feed undo_import(Catalog& catalog, const ImportEntry& entry, Time now);

}  // namespace ferry::format
