// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/decisions.h"

namespace ferry::format {

std::string_view name_of(Decision::Action action) {
  return action == Decision::Action::approve ? "approve" : "decline";
}

void decide_update(Catalog& catalog, const Decision& decision) {
  catalog.database().execute(
      "INSERT INTO decision (update_id, action, note, decided_by, decided_at) VALUES (?, ?, ?, ?, ?) "
      "ON CONFLICT (update_id) DO UPDATE SET action = excluded.action, note = excluded.note, "
      "decided_by = excluded.decided_by, decided_at = excluded.decided_at",
      Blob{decision.update.bytes()}, name_of(decision.action), decision.note, decision.by, decision.at.text());
}

}  // namespace ferry::format
