// SPDX-License-Identifier: Apache-2.0
// How a point stands: one tree of plain facts, filled by each program, from which text, JSON, Prometheus text and a
// page are printed. What it says was read from the catalog's counts, the trust files and the end of the audit log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/cli.h"
#include "common/clock.h"
#include "format/audit_log.h"
#include "format/catalog/catalog.h"
#include "format/catalog/feeds.h"
#include "format/catalog/ignored.h"
#include "format/catalog/chain.h"
#include "format/catalog/journal.h"
#include "format/catalog/selection.h"
#include "format/content_commands.h"
#include "format/trust.h"

namespace ferry::format {

// How a site or a followed feed stands to what its bundles promised; the later, the worse.
enum class Standing { current, behind, overdue, stale, never };
[[nodiscard]] std::string_view name_of(Standing standing);

// What a followed feed's last bundle promised.
struct Freshness {
  ImportEntry last;
  std::int64_t age_seconds = 0;  // since it was made
  bool is_overdue = false;       // its successor should have come
  bool is_stale = false;         // it is valid no longer

  [[nodiscard]] Standing standing() const;
};

// A feed of this point, or one that it follows.
struct FeedStatus {
  Feed feed;
  std::optional<Generation> current;  // nothing at generation 0
  std::vector<Generation> history;    // the last ones, oldest first
  std::vector<ExportEntry> exports;   // the last ones, oldest first; of an own feed
  std::optional<Freshness> freshness;
  ChainHead chain;
};

// What a site's own receipt says of it.
struct ReceiptFacts {
  Time made;
  std::uint64_t files_missing = 0;
  std::uint64_t bytes_missing = 0;
  bool went_backwards = false;  // it holds less than an earlier receipt said
};

// A site that follows a feed of this point, or one below such a site.
struct SiteStatus {
  std::string name;
  std::string feed;
  std::uint64_t generation = 0;           // of the feed
  std::optional<std::uint64_t> exported;  // where the last bundle led
  std::optional<Time> exported_at;
  std::optional<std::uint64_t> acknowledged;  // what it is known to hold
  std::optional<Time> acknowledged_at;
  // When that was made: the bundle that brought it, else the generation. So a site that says every day that it stands
  // where it stood a year ago is a year old. Of a child, whose bundles are unknown here: when it said so.
  std::optional<Time> held_since;
  // Generations that it lacks: from what it acknowledged, else from what was exported; nothing when it never had any.
  std::optional<std::uint64_t> behind;
  // Since what it acknowledged was made, else since the last export.
  std::optional<std::int64_t> age_seconds;
  // Of the next bundle, volumes without parity; 0 when there is nothing to send. An estimate that packs nothing: the
  // documents' bytes times what the feed's last bundles made of theirs, and an upper bound of the payload's.
  std::uint64_t next_bytes = 0;
  std::uint64_t next_document_bytes = 0;
  std::uint64_t next_drop_days = 0;  // what its bundles promise
  std::uint64_t valid_days = 0;
  Standing standing = Standing::never;
  std::optional<ReceiptFacts> receipt;
  std::vector<SiteStatus> children;  // sites that it supplies itself, by its own account
};

struct SourceStatus {
  std::string name;
  std::string kind;
  std::uint64_t updates = 0;
  std::string synced;             // empty before the first time
  std::optional<SourceRun> last;  // by the log
};

// A key of a trust file.
struct KeyStatus {
  std::string role;     // "exporter", "root"
  std::string subject;  // untrusted; empty for a pinned key
  Digest key;
  std::optional<Time> not_after;  // nothing for a pinned key, and for one without an end
  bool is_revoked = false;
};
struct TrustStatus {
  TrustFile file;
  std::int64_t age_seconds = 0;
  std::vector<KeyStatus> keys;
  Json json;  // as trust_json() gives it
};

// Something that a person has to look at.
struct Finding {
  enum class Severity { notice, warning, error };
  Severity severity = Severity::warning;
  std::string text;  // harmless on a terminal
};
[[nodiscard]] std::string_view name_of(Finding::Severity severity);

struct PointStatus {
  std::string program;
  std::string tool;  // with its version
  std::string point;
  std::string site;  // of a disconnected point; else empty
  std::filesystem::path directory;
  Time now;
  bool clock_is_behind = false;
  std::optional<Time> newest_signed;  // that was accepted here
  std::vector<SourceStatus> sources;
  std::vector<FeedStatus> feeds;
  std::vector<FeedContent> content;
  std::vector<SiteStatus> sites;
  std::vector<UnchosenCategory> unchosen;
  std::vector<IgnoredCategory> ignored;
  std::size_t attention = 0;            // decisions whose update changed since
  Json drop_folder;                     // of a disconnected point: what its last `run` left there; else null
  std::vector<std::string> drop_lines;  // the same for people
  std::vector<ImportEntry> imports;     // the last ones, newest first
  std::optional<TrustStatus> trust;
  LogSummary log;

  [[nodiscard]] bool is_exporter() const { return site.empty(); }
  // The worst ones first.
  [[nodiscard]] std::vector<Finding> findings() const;
};

// What both programs fill in alike: names, feeds, content, the log.
[[nodiscard]] PointStatus common_status(const Point& point, Catalog& catalog, std::string_view program,
                                        std::string_view version, Time now);
[[nodiscard]] std::vector<FeedStatus> feed_states(Catalog& catalog);
[[nodiscard]] TrustStatus trust_status(std::string_view bytes, Time now);

// Sets `behind`, `age_seconds` and `standing` from what else is known of the site.
void judge(SiteStatus& site, Time now);

// Bytes of volumes for so many bytes of documents and files, by what earlier bundles of the feed, in any order, made of
// theirs. 0 for nothing.
[[nodiscard]] std::uint64_t estimate_bundle(const std::vector<ExportEntry>& earlier, std::uint64_t document_bytes,
                                            std::uint64_t file_bytes);

// [{"name","generation","state","updates","revisions",…}], own feeds and followed ones.
[[nodiscard]] Json to_json(const std::vector<FeedStatus>& feeds);
[[nodiscard]] Json to_json(const std::vector<SiteStatus>& sites);
// All of it, version 1.
[[nodiscard]] Json to_json(const PointStatus& status);

// Tables for people.
void say_feeds(const Console& console, const std::vector<FeedStatus>& feeds);
void say_sites(const Console& console, const std::vector<SiteStatus>& sites);
void say_status(const Console& console, const PointStatus& status);

}  // namespace ferry::format
