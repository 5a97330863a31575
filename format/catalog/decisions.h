// SPDX-License-Identifier: Apache-2.0
// What people of this point decided about updates, and what that makes of the approvals that came with feeds.
//
// The words are those of WSUS: an approval is for a target group and may have a deadline; a decline is for the update
// as a whole and takes its approvals away; a hidden update only leaves the list; a note stays with the update.
// No merge touches any of it, and what was decided here wins over what a feed says.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "format/catalog/catalog.h"
#include "format/update.h"

namespace ferry::format {

// What approvals that came with followed feeds, or from a source, are worth here, as point.toml says.
enum class UpstreamApprovals {
  suggest,  // shown, until somebody takes them over
  apply,    // count as approvals, unless the update is declined here
  ignore,   // not even shown
};

inline constexpr std::string_view all_computers = "all computers";  // the target group where none is named

// Who decided, and when.
struct Verdict {
  std::string by;
  Time at;
};
struct Approval {
  std::string group{all_computers};
  std::optional<Time> deadline;
  Verdict verdict;
};
struct Note {
  std::string text;
  Verdict verdict;
};

// What became of an update that something was decided about.
enum class Attention { none, superseded, expired, removed };
[[nodiscard]] std::string_view name_of(Attention attention);  // "" for none

enum class DecisionStanding { undecided, suggested, approved, declined };
[[nodiscard]] std::string_view name_of(DecisionStanding standing);

// All that was decided here about one update, and which feeds' publishers approved it.
struct Decision {
  UpdateId update;
  std::vector<Approval> approvals;  // by group
  std::optional<Verdict> declined;
  std::optional<Verdict> hidden;
  std::optional<Note> note;
  std::vector<std::string> upstream;  // names of feeds and sources; empty where they are ignored

  [[nodiscard]] bool is_local() const { return !approvals.empty() || declined || hidden || note; }
  [[nodiscard]] DecisionStanding standing(UpstreamApprovals landing) const;
};

// Each change needs a transaction around it.
// In place of an earlier approval for the same group, and of a decline.
void approve_update(Catalog& catalog, const UpdateId& update, const Approval& approval);
void decline_update(Catalog& catalog, const UpdateId& update, const Verdict& verdict);
void hide_update(Catalog& catalog, const UpdateId& update, const Verdict& verdict);
// An empty text takes the note away.
void note_update(Catalog& catalog, const UpdateId& update, const Note& note);
// False where there was nothing to take back: no hidden update; no decline and no approval, or none for the group.
bool unhide_update(Catalog& catalog, const UpdateId& update);
bool undecide_update(Catalog& catalog, const UpdateId& update, const std::optional<std::string>& group);

// Of one update; an empty one where nothing was decided.
[[nodiscard]] Decision decision_on(Catalog& catalog, const UpdateId& update, UpstreamApprovals landing);
// Of all updates that anything was decided about, or that are held and that a followed feed brought approvals for.
[[nodiscard]] std::map<UpdateId, Decision> all_decisions(Catalog& catalog, UpstreamApprovals landing);

// Approved here, or where they are applied by the publisher of a followed feed, and not declined here. Ascending.
[[nodiscard]] std::vector<UpdateId> effective_approvals(Catalog& catalog, UpstreamApprovals upstream);

// An approval is worth a look when its update is superseded, expired or no longer held; a decline, a hidden update and
// a note only when it is no longer held, since the other two are what one declines for.
[[nodiscard]] Attention attention_of(Catalog& catalog, const Decision& decision);
// The updates with a local decision that is worth a look. Ascending. Its cost goes by the number of decisions.
[[nodiscard]] std::map<UpdateId, Attention> decisions_to_look_at(Catalog& catalog);

// Throw UsageError for a text that is too long, not UTF-8, or not fit for a line of a terminal; for a group also when
// it is empty.
void require_note(const std::string& text);
void require_group(const std::string& name);

}  // namespace ferry::format
