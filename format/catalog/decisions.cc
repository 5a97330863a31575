// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/decisions.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/catalog/columns.h"
#include "format/catalog/documents.h"

namespace ferry::format {
namespace {

constexpr std::size_t max_note_bytes = 2000;
constexpr std::size_t max_group_bytes = 100;

constexpr std::string_view approve = "approve";
constexpr std::string_view decline = "decline";
constexpr std::string_view hide = "hide";
constexpr std::string_view note = "note";

// In place of an earlier one of its kind and group.
void record(Catalog& catalog, const UpdateId& update, std::string_view action, const std::string& target,
            const std::optional<Time>& deadline, const std::string& text, const Verdict& verdict) {
  catalog.database().execute(
      "INSERT OR REPLACE INTO decision (update_id, action, target, deadline, note, decided_by, decided_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      Blob{update.bytes()}, action, target, deadline ? std::optional(deadline->text()) : std::nullopt, text, verdict.by,
      verdict.at.text());
}

bool forget(Catalog& catalog, const UpdateId& update, std::string_view action) {
  catalog.database().execute("DELETE FROM decision WHERE update_id = ? AND action = ?", Blob{update.bytes()}, action);
  return catalog.database().changes() > 0;
}

// A row of: action, target, deadline, note, decided_by, decided_at.
void take_row(Decision& decision, const Query& row, int column) {
  const std::string_view action = row.bytes(column);
  const Verdict verdict{row.text(column + 4), Time::parse(row.bytes(column + 5)).value_or(Time{})};
  if (action == approve) {
    const auto deadline = row.optional_text(column + 2);
    decision.approvals.push_back({row.text(column + 1), deadline ? Time::parse(*deadline) : std::nullopt, verdict});
  } else if (action == decline) {
    decision.declined = verdict;
  } else if (action == hide) {
    decision.hidden = verdict;
  } else {
    decision.note = Note{row.text(column + 3), verdict};
  }
}

void require_text(std::string_view what, const std::string& text, std::size_t max_bytes) {
  if (text.size() > max_bytes)
    throw UsageError(fmt::format("{} has {} bytes; expected at most {}", what, text.size(), max_bytes));
  if (for_terminal(text, max_bytes) != text)
    throw UsageError(
        fmt::format("{} {}: expected printable text in UTF-8, without control characters", what, quote(text)));
}

}  // namespace

std::string_view name_of(Attention attention) {
  switch (attention) {
    case Attention::superseded:
      return "superseded";
    case Attention::expired:
      return "expired";
    case Attention::removed:
      return "removed";
    case Attention::none:
      break;
  }
  return "";
}

std::string_view name_of(DecisionStanding standing) {
  switch (standing) {
    case DecisionStanding::approved:
      return "approved";
    case DecisionStanding::declined:
      return "declined";
    case DecisionStanding::suggested:
      return "suggested";
    case DecisionStanding::undecided:
      break;
  }
  return "undecided";
}

DecisionStanding Decision::standing(UpstreamApprovals landing) const {
  if (declined) return DecisionStanding::declined;
  if (!approvals.empty()) return DecisionStanding::approved;
  if (upstream.empty() || landing == UpstreamApprovals::ignore) return DecisionStanding::undecided;
  return landing == UpstreamApprovals::apply ? DecisionStanding::approved : DecisionStanding::suggested;
}

void approve_update(Catalog& catalog, const UpdateId& update, const Approval& approval) {
  forget(catalog, update, decline);
  record(catalog, update, approve, approval.group, approval.deadline, "", approval.verdict);
}

void decline_update(Catalog& catalog, const UpdateId& update, const Verdict& verdict) {
  forget(catalog, update, approve);
  record(catalog, update, decline, "", {}, "", verdict);
}

void hide_update(Catalog& catalog, const UpdateId& update, const Verdict& verdict) {
  record(catalog, update, hide, "", {}, "", verdict);
}

void note_update(Catalog& catalog, const UpdateId& update, const Note& text) {
  if (text.text.empty()) {
    forget(catalog, update, note);
  } else {
    record(catalog, update, note, "", {}, text.text, text.verdict);
  }
}

bool unhide_update(Catalog& catalog, const UpdateId& update) { return forget(catalog, update, hide); }

bool undecide_update(Catalog& catalog, const UpdateId& update, const std::optional<std::string>& group) {
  catalog.database().execute(
      "DELETE FROM decision WHERE update_id = ?1 AND (action = 'approve' AND (?2 IS NULL OR target = ?2) "
      "OR action = 'decline' AND ?2 IS NULL)",
      Blob{update.bytes()}, group);
  return catalog.database().changes() > 0;
}

Decision decision_on(Catalog& catalog, const UpdateId& update, UpstreamApprovals landing) {
  Decision decision;
  decision.update = update;
  {
    Query rows = catalog.database().query(
        "SELECT action, target, deadline, note, decided_by, decided_at FROM decision WHERE update_id = ? "
        "ORDER BY action, target",
        Blob{update.bytes()});
    while (rows.next()) take_row(decision, rows, 0);
  }
  if (landing == UpstreamApprovals::ignore) return decision;
  Query rows = catalog.database().query(
      "SELECT a.name FROM upstream_approval a WHERE a.update_id = ?1 "
      "AND EXISTS (SELECT 1 FROM held h WHERE h.update_id = ?1) ORDER BY a.name",
      Blob{update.bytes()});
  while (rows.next()) decision.upstream.push_back(rows.text(0));
  return decision;
}

std::map<UpdateId, Decision> all_decisions(Catalog& catalog, UpstreamApprovals landing) {
  std::map<UpdateId, Decision> decisions;
  const auto of = [&decisions](const Query& row) -> Decision& {
    const UpdateId id = update_id_column(row, 0);
    Decision& decision = decisions[id];
    decision.update = id;
    return decision;
  };
  {
    Query rows = catalog.database().query(
        "SELECT update_id, action, target, deadline, note, decided_by, decided_at FROM decision "
        "ORDER BY update_id, action, target");
    while (rows.next()) take_row(of(rows), rows, 1);
  }
  if (landing == UpstreamApprovals::ignore) return decisions;
  Query rows = catalog.database().query(
      "SELECT a.update_id, a.name FROM upstream_approval a WHERE a.update_id IN (SELECT update_id FROM held) "
      "ORDER BY a.update_id, a.name");
  while (rows.next()) of(rows).upstream.push_back(rows.text(1));
  return decisions;
}

std::vector<UpdateId> effective_approvals(Catalog& catalog, UpstreamApprovals upstream) {
  std::vector<UpdateId> updates;
  Query rows = catalog.database().query(
      "SELECT update_id FROM decision WHERE action = 'approve' UNION "
      "SELECT a.update_id FROM upstream_approval a WHERE ?1 AND NOT EXISTS (SELECT 1 FROM decision d "
      "WHERE d.update_id = a.update_id AND d.action = 'decline') ORDER BY update_id",
      upstream == UpstreamApprovals::apply);
  while (rows.next()) updates.push_back(update_id_column(rows, 0));
  return updates;
}

Attention attention_of(Catalog& catalog, const Decision& decision) {
  if (!decision.is_local()) return Attention::none;
  Query newest = catalog.database().query(
      "SELECT r.state FROM held h JOIN revision r ON r.id = h.revision WHERE h.update_id = ? "
      "ORDER BY r.number DESC LIMIT 1",
      Blob{decision.update.bytes()});
  if (!newest.next()) return Attention::removed;
  if (decision.approvals.empty()) return Attention::none;
  if (static_cast<PublicationState>(newest.integer(0)) == PublicationState::expired) return Attention::expired;
  return superseded_by(catalog, decision.update).empty() ? Attention::none : Attention::superseded;
}

std::map<UpdateId, Attention> decisions_to_look_at(Catalog& catalog) {
  std::map<UpdateId, Attention> found;
  for (const auto& [id, decision] : all_decisions(catalog, UpstreamApprovals::ignore)) {
    const Attention attention = attention_of(catalog, decision);
    if (attention != Attention::none) found.emplace(id, attention);
  }
  return found;
}

void require_note(const std::string& text) { require_text("the note", text, max_note_bytes); }

void require_group(const std::string& name) {
  if (trimmed(name).empty() || trimmed(name) != name)
    throw UsageError(fmt::format("group {}: expected a name without spaces around it", quote(name)));
  require_text("the group", name, max_group_bytes);
}

}  // namespace ferry::format
