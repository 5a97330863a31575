// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/prune.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/catalog/columns.h"
#include "format/catalog/journal.h"
#include "format/catalog/undo.h"

namespace ferry::format {
namespace {

constexpr std::int64_t day_seconds = 86'400;

// The lowest of the newest so many, and of those that are young enough; a clock that was set back may have made
// the two cross.
std::uint64_t oldest_to_keep(Catalog& catalog, const Feed& feed, const RetainPolicy& policy, Time now) {
  std::uint64_t oldest = feed.generation;
  const auto kept = generations(catalog, feed.id, std::max<std::size_t>(1, policy.generations));
  if (!kept.empty()) oldest = std::min(oldest, kept.back().number);
  if (policy.days == 0) return oldest;
  const Time limit{now.seconds - static_cast<std::int64_t>(policy.days) * day_seconds};
  Query young = catalog.database().query("SELECT min(number) FROM generation WHERE feed = ? AND made >= ?", feed.id,
                                         limit.text());
  if (young.next()) {
    if (const auto number = young.optional_integer(0)) oldest = std::min(oldest, static_cast<std::uint64_t>(*number));
  }
  return oldest;
}

// Imports whose way back leads over a generation that goes. That of the first bundle needs nothing before it.
std::vector<std::string> lost_undos(Catalog& catalog, const Feed& feed, std::uint64_t oldest) {
  std::vector<std::string> names;
  constexpr std::size_t everything = 1'000'000;
  for (const ImportEntry& entry : list_imports(catalog, everything)) {
    if (entry.feed != feed.id || !can_be_undone(entry) || !generation(catalog, feed.id, entry.target)) continue;
    if (entry.target < oldest || (entry.target == oldest && entry.previous > 0 && entry.previous < entry.target &&
                                  generation(catalog, feed.id, entry.previous)))
      names.push_back(entry.name);
  }
  return names;
}

PrunedFeed prune_feed(Catalog& catalog, const Feed& feed, const RetainPolicy& policy, Time now) {
  Database& database = catalog.database();
  PrunedFeed pruned;
  pruned.feed = feed;
  pruned.oldest = oldest_to_keep(catalog, feed, policy, now);
  pruned.undo_is_lost = lost_undos(catalog, feed, pruned.oldest);
  // An interval that ends with a generation is not in it.
  database.execute("DELETE FROM member WHERE feed = ? AND until <= ?", feed.id, pruned.oldest);
  pruned.members = static_cast<std::uint64_t>(database.changes());
  database.execute("DELETE FROM feed_approval WHERE feed = ? AND until <= ?", feed.id, pruned.oldest);
  database.execute("DELETE FROM generation WHERE feed = ? AND number < ?", feed.id, pruned.oldest);
  pruned.generations = static_cast<std::uint64_t>(database.changes());
  if (pruned.generations > 0) catalog.set(pruned_key(feed), fmt::format("{}", pruned.oldest));
  return pruned;
}

// Fills temp.gone (revision, document) with what nothing refers to.
void choose_revisions(Database& database) {
  database.run_script(
      "CREATE TEMP TABLE IF NOT EXISTS kept (revision INTEGER PRIMARY KEY); DELETE FROM temp.kept;"
      "CREATE TEMP TABLE IF NOT EXISTS gone (revision INTEGER PRIMARY KEY, document INTEGER NOT NULL);"
      "DELETE FROM temp.gone;"
      "INSERT OR IGNORE INTO temp.kept SELECT revision FROM member;"
      "INSERT OR IGNORE INTO temp.kept SELECT revision FROM offer;");
  // The number of an SDP is the point's own, one more than the last one that it gave.
  if (database.integer("SELECT EXISTS (SELECT 1 FROM source) OR EXISTS (SELECT 1 FROM feed WHERE imported = 0)") != 0)
    database.execute(
        "INSERT OR IGNORE INTO temp.kept SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY update_id "
        "ORDER BY number DESC, id DESC) AS rank FROM revision WHERE dialect = 2) WHERE rank = 1");
  database.execute(
      "INSERT INTO temp.gone SELECT id, document FROM revision WHERE id NOT IN (SELECT revision FROM temp.kept)");
}

void require_sound_references(Database& database) {
  Query findings = database.query("PRAGMA foreign_key_check");
  if (findings.next())
    throw IoError(
        fmt::format("after the prune a row of table {} would refer to a missing row of {}; nothing was "
                    "changed, run 'check'",
                    quote(findings.bytes(0)), quote(findings.bytes(2))));
}

}  // namespace

bool PruneResult::any() const {
  return documents > 0 || revisions > 0 || std::any_of(feeds.begin(), feeds.end(), [](const PrunedFeed& feed) {
           return feed.generations > 0 || feed.members > 0;
         });
}

UncheckedReferences::UncheckedReferences(Database& database) : database_(database) {
  database_.run_script("PRAGMA foreign_keys=OFF");
}

UncheckedReferences::~UncheckedReferences() {
  try {
    database_.run_script("PRAGMA foreign_keys=ON");
  } catch (const std::exception&) {
    // The next connection has it on again; this one is about to report a worse fault.
  }
}

PruneResult prune(Catalog& catalog, const RetainPolicy& policy, Time now) {
  Database& database = catalog.database();
  PruneResult result;
  for (const Feed& feed : list_feeds(catalog)) result.feeds.push_back(prune_feed(catalog, feed, policy, now));
  fault_point("prune: generations removed");
  choose_revisions(database);
  for (const char* statement : {"DELETE FROM relation WHERE revision IN (SELECT revision FROM temp.gone)",
                                "DELETE FROM revision_category WHERE revision IN (SELECT revision FROM temp.gone)",
                                "DELETE FROM revision_language WHERE revision IN (SELECT revision FROM temp.gone)",
                                "DELETE FROM file WHERE revision IN (SELECT revision FROM temp.gone)",
                                "DELETE FROM revision WHERE id IN (SELECT revision FROM temp.gone)"})
    database.execute(statement);
  result.revisions = static_cast<std::uint64_t>(database.integer("SELECT count(*) FROM temp.gone"));
  // Two identities may have the same bytes; only documents that the prune orphaned are looked at.
  database.execute("DELETE FROM temp.gone WHERE document IN (SELECT document FROM revision)");
  {
    Query bytes = database.query(
        "SELECT count(*), coalesce(sum(size), 0) FROM document WHERE id IN (SELECT document FROM temp.gone)");
    if (bytes.next()) {
      result.documents = static_cast<std::uint64_t>(bytes.integer(0));
      result.document_bytes = static_cast<std::uint64_t>(bytes.integer(1));
    }
  }
  database.execute("DELETE FROM document WHERE id IN (SELECT document FROM temp.gone)");
  fault_point("prune: documents removed");
  require_sound_references(database);
  return result;
}

std::string pruned_key(const Feed& feed) { return "pruned-below " + feed.lineage.text(); }

std::uint64_t pruned_below(Catalog& catalog, const Feed& feed) {
  return parse_u64(catalog.setting(pruned_key(feed)).value_or("0")).value_or(0);
}

}  // namespace ferry::format
