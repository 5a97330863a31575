// SPDX-License-Identifier: Apache-2.0
// Feeds as temporal sets: members with the generations from and until which they belong, and the deltas
// and state digests that follow from them. DESIGN "the one idea"; FORMAT.md, "Generations".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "format/catalog/catalog.h"
#include "format/catalog/documents.h"
#include "format/catalog/state_tree.h"
#include "format/manifest.h"
#include "format/record.h"
#include "format/state.h"

namespace ferry::format {

struct Feed {
  std::int64_t id = 0;
  std::string name;
  Guid lineage;
  bool imported = false;  // followed here, made elsewhere
  std::string publisher;  // of an imported feed: the point it comes from
  std::uint64_t generation = 0;
  Digest state;
  std::string definition;      // FeedDefinition::text() of the last evaluation
  std::int64_t evaluated = 0;  // Catalog::held_version() of the last evaluation
  std::uint64_t epoch = 0;     // of the trust file under which the generation was reached
};

struct Generation {
  std::uint64_t number = 0;
  Digest state;
  Time made;
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t updates = 0;    // distinct update ids that are members
  std::uint64_t revisions = 0;  // members
  std::string cause;
};

[[nodiscard]] std::vector<Feed> list_feeds(Catalog& catalog);
[[nodiscard]] std::optional<Feed> find_feed(Catalog& catalog, std::string_view name, bool imported);
[[nodiscard]] std::optional<Feed> find_lineage(Catalog& catalog, const Guid& lineage);
// Starts at generation 0 with the empty state.
Feed create_feed(Catalog& catalog, std::string_view name, const Guid& lineage, bool imported,
                 std::string_view publisher);
// Takes a followed feed back to generation 0 with no members, under a new epoch; documents stay. For a site
// that a thief led to a generation which nobody can follow.
Feed restart_feed(Catalog& catalog, const Feed& feed, std::uint64_t epoch);
// The feed goes on as it is under a new epoch.
Feed enter_epoch(Catalog& catalog, const Feed& feed, std::uint64_t epoch);
void mark_evaluated(Catalog& catalog, std::int64_t feed, std::string_view definition);

// Newest first.
[[nodiscard]] std::vector<Generation> generations(Catalog& catalog, std::int64_t feed, std::size_t limit);
[[nodiscard]] std::optional<Generation> generation(Catalog& catalog, std::int64_t feed, std::uint64_t number);

// The state digest computed anew from all members; what the incremental one must equal.
[[nodiscard]] Digest recompute_state(Catalog& catalog, std::int64_t feed);

// Makes one new generation of a feed. Needs a transaction around it; nothing counts until finish().
class GenerationWriter {
 public:
  // REQUIRES: number > the feed's generation.
  GenerationWriter(Catalog& catalog, Feed feed, std::uint64_t number);

  // Makes a revision a member. A member of the same identity with another document leaves. No-op for a member.
  void add(RevisionRow revision);
  // No-op when no member has the identity.
  void remove(const RevisionId& id, DropReason reason);
  // Makes the members exactly those of temp.selected; REQUIRES that table, as select_members() fills it.
  void become_selected();

  [[nodiscard]] std::uint64_t added() const noexcept { return added_; }
  [[nodiscard]] std::uint64_t removed() const noexcept { return removed_; }

  // Brings the state digest up to date and records the generation.
  Generation finish(Time now, std::string_view cause);

 private:
  void close(RevisionRow revision, DropReason reason);

  Catalog& catalog_;
  Database& database_;
  Feed feed_;
  std::uint64_t number_;
  StateTree tree_;
  std::uint64_t added_ = 0;
  std::uint64_t removed_ = 0;
};

// What happened to one update from one generation to another.
struct UpdateChange {
  enum class Kind { added, changed, expired, removed };
  Kind kind = Kind::changed;
  UpdateId update;
  RevisionRow before = 0;  // newest member revision before; 0 for an added update
  RevisionRow after = 0;   // newest member revision then; 0 for a removed one
  std::string title;       // of the revision then, or of the one that left
};
[[nodiscard]] std::string_view name_of(UpdateChange::Kind kind);
// Ordered by kind and id; what came and went in between, or is back as it was, is no change. REQUIRES: from < to,
// and that the members of both are still known (require_generation()).
[[nodiscard]] std::vector<UpdateChange> changes_between(Catalog& catalog, std::int64_t feed, std::uint64_t from,
                                                        std::uint64_t to);
// What the generation that was just made did. The generation must be the feed's current one.
[[nodiscard]] std::vector<UpdateChange> latest_changes(Catalog& catalog, std::int64_t feed, std::uint64_t number);

// Why the revision was last taken out of the feed; nothing where it is a member or never was one.
[[nodiscard]] std::optional<DropReason> drop_reason(Catalog& catalog, const Feed& feed, RevisionRow revision);

// For a feed that is about to begin anew (restart_feed()): notes which updates its members are, in a temporary table;
// afterwards, those of them that are no members any more, as removed, ordered by id.
void note_members(Catalog& catalog, std::int64_t feed);
[[nodiscard]] std::vector<UpdateChange> noted_that_left(Catalog& catalog, std::int64_t feed);

// The feed of a name whose history is asked for; of one made here and one followed that share it, the one that the
// program is about. Throws NotFoundError.
[[nodiscard]] Feed feed_named(Catalog& catalog, std::string_view name, bool prefer_followed);
// 0, before everything, or a generation that is recorded here. Throws NotFoundError with the range that is known for
// one that was never reached, was passed over (a bundle leads over several) or was pruned.
void require_generation(Catalog& catalog, const Feed& feed, std::uint64_t number);
// The oldest generation whose members are all known; the current one where there is no other.
[[nodiscard]] std::uint64_t oldest_generation(Catalog& catalog, const Feed& feed);

// The way from any generation in [base, target) to target, the feed's current generation.
struct DeltaCounts {
  std::uint64_t puts = 0;
  std::uint64_t drops = 0;
  std::uint64_t document_bytes = 0;
  std::uint64_t file_bytes = 0;  // of the files that the put updates name
};
[[nodiscard]] DeltaCounts count_delta(Catalog& catalog, const Feed& feed, std::uint64_t base);
// In canonical order (FORMAT.md): categories, detectoids, then all others, each by update id and revision.
void visit_puts(Catalog& catalog, const Feed& feed, std::uint64_t base,
                const std::function<void(RevisionRow, const RevisionId&, Dialect)>& visit);
// Tombstones: every identity that was a member at some generation in [base, target) and is none at target.
void visit_drops(Catalog& catalog, const Feed& feed, std::uint64_t base,
                 const std::function<void(const RevisionId&, DropReason)>& visit);
// The generations from `base` to the one before the current, with their states.
[[nodiscard]] std::vector<GenerationState> accepted_bases(Catalog& catalog, const Feed& feed, std::uint64_t base);

}  // namespace ferry::format
