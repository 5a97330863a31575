// SPDX-License-Identifier: Apache-2.0
// A point: the directory that is one update point, with what a person decides (point.toml) and what the
// programs know (catalog, trust files, keys, log). DESIGN section 8.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/file.h"
#include "common/guid.h"
#include "common/json.h"
#include "format/catalog/catalog.h"
#include "format/catalog/decisions.h"
#include "format/catalog/prune.h"
#include "format/catalog/selection.h"
#include "format/content_store.h"
#include "format/schedule.h"

namespace ferry::format {

// An update server that is a source.
struct UpstreamConfig {
  std::string url;                           // http or https, host and port; what follows them is left out
  std::filesystem::path ca;                  // PEM, absolute; empty: the authorities of the system
  std::optional<std::string> proxy;          // empty text: none; nothing: as the environment says
  std::string account_name;                  // how this point is called there; empty: by its own name
  std::optional<Guid> account;               // and its id there; nothing: the point's own
  std::vector<std::string> products;         // beside those that the feeds choose
  std::vector<std::string> classifications;  // the same
  bool has_content = false;                  // files come from the server itself, not from their publishers
  bool approvals = false;                    // also take over what was approved there
  std::uint64_t answer_seconds = 600;        // so long one answer may take in all
  std::uint64_t retries = 5;                 // after faults that may pass
  std::uint64_t full_list_days = 0;          // so often all is asked for, not only what is new; 0: never
  std::uint64_t max_removals = 5;            // percent of its updates that a full list may remove
};

struct SourceConfig {
  std::string name;
  std::string kind;            // "scup", "updates", "wsus-package", "wsus-server"
  std::filesystem::path path;  // absolute; empty for a server
  UpstreamConfig upstream;     // of a server
};

struct SiteConfig {
  std::string name;
  std::string feed;
  std::uint64_t cover_drops = 4;      // a delta starts so many drops back while no receipt says better
  std::uint64_t next_drop_days = 31;  // what a bundle promises: the next one comes within so many days
  std::uint64_t valid_days = 93;      // and a site without a newer one after so many is stale
  std::uint64_t transit_days = 0;     // so long a bundle may be under way before a receipt says that it was lost
  std::string receipt_key;  // key_fingerprint() of the only key that signs its receipts; empty: the first seen
  std::filesystem::path drop_folder;  // where `run` puts its bundles; empty: in a folder of the schedule's
};

// What a disconnected point makes of times. No date can keep newer data out for good: every refusal has an
// override, and staleness is only shown.
struct TimePolicy {
  bool trusts_clock = true;              // false: dates after the site's clock are warnings, not refusals
  std::uint64_t max_age_days = 0;        // refuse older bundles; 0: bundles of any age are taken
  bool judges_certificates_now = false;  // expired certificates count from now on, not from the signing on
};

// What a site demands of a bundle beyond its signatures, and how much of it is believed without asking.
struct ImportPolicy {
  std::uint64_t max_removals = 5;  // percent of the updates that the feed holds; 100 never stops
  UpstreamApprovals approvals = UpstreamApprovals::suggest;
  // Certificates of those who must sign a staged bundle before it is merged, absolute paths; none: no staging is
  // needed.
  std::vector<std::filesystem::path> gatekeepers;
  std::uint64_t gatekeeper_threshold = 1;
};

// What opening the keys of an exporting point takes, and what it adds to signatures. Paths are absolute.
struct SigningConfig {
  std::filesystem::path pkcs11_module;                  // shared library of the token
  std::filesystem::path passphrase_file;                // first line: opens encrypted keys and tokens
  std::vector<std::filesystem::path> revocation_lists;  // CRLs to embed
};

// How `serve` is reached, unless its command line says otherwise.
struct ServeConfig {
  std::string listen = "127.0.0.1:8530";  // an Endpoint
  std::filesystem::path tls_certificate;  // absolute, like the key; empty: no TLS
  std::filesystem::path tls_key;
  std::vector<std::string> allow;  // a ClientList
};

// point.toml. Order matters for sources: the first one is believed most.
struct PointConfig {
  std::string name;
  std::vector<SourceConfig> sources;
  std::vector<FeedDefinition> feeds;
  std::vector<SiteConfig> sites;
  TimePolicy time;
  ImportPolicy import;
  RetainPolicy retain;
  SigningConfig signing;
  ScheduleConfig schedule;
  ServeConfig serve;

  [[nodiscard]] const FeedDefinition& feed(std::string_view name) const;  // throws NotFoundError
  [[nodiscard]] const SiteConfig& site(std::string_view name) const;      // throws NotFoundError
  [[nodiscard]] const SourceConfig& source(std::string_view name) const;  // throws NotFoundError
};

// Throws UsageError with line, key, value and what is expected. Unknown keys are errors: a misspelt key that
// is ignored would be a feed that silently carries the wrong thing.
[[nodiscard]] PointConfig parse_config(std::string_view toml, const std::filesystem::path& directory);

class Point {
 public:
  // Makes the directory with an empty catalog and a commented point.toml.
  static Point create(const std::filesystem::path& directory, std::string_view name, std::string_view config_text);
  // Throws NotFoundError when there is no point.
  explicit Point(std::filesystem::path directory);

  // What --point says, else FERRY_POINT, else /var/lib/ferry.
  [[nodiscard]] static std::filesystem::path choose_directory(const std::string& option);

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] std::filesystem::path catalog_path() const { return directory_ / "catalog.db"; }
  [[nodiscard]] ContentStore content() const { return ContentStore(directory_ / "content"); }
  [[nodiscard]] std::filesystem::path trust_directory() const { return directory_ / "trust"; }
  [[nodiscard]] std::filesystem::path followed_trust_directory() const { return trust_directory() / "followed"; }
  [[nodiscard]] std::filesystem::path key_directory() const { return directory_ / "keys"; }
  [[nodiscard]] std::filesystem::path config_path() const { return directory_ / "point.toml"; }

  [[nodiscard]] PointConfig config() const;
  [[nodiscard]] Catalog open_catalog(Database::Mode mode) const;
  // For everything that writes. Also clears what a run that died left in the spool, and begins the run in the log.
  [[nodiscard]] FileLock lock() const;
  // A private directory on the file system of the catalog, gone with the object. REQUIRES: the lock.
  [[nodiscard]] TempDir spool(std::string_view purpose) const;
  // Where a source's documents are kept until the run that fetches them ends. REQUIRES: the lock.
  [[nodiscard]] std::filesystem::path fetched_path(std::string_view source) const;

  // Appends one line to log/audit.jsonl: time, run, event and the fields given (format/run.h). It tells
  // of what was done already, so a fault of the log is a warning to print, never a failure of the work.
  [[nodiscard]] std::optional<std::string> audit(const Clock& clock, std::string_view event, const Json& fields) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace ferry::format
