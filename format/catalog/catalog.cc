// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/catalog.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "common/zstd_frame.h"
#include "format/catalog/feeds.h"
#include "format/catalog/migrations.h"

namespace ferry::format {
namespace {

// "FERY": lets file(1) and a careless open tell a catalog from any other SQLite file.
constexpr int application_id = 0x46455259;

// A list of findings that nobody would read to its end helps nobody.
constexpr std::size_t max_findings = 100;

}  // namespace

int schema_version() { return static_cast<int>(migrations.size()); }

Catalog Catalog::create(const std::filesystem::path& path, std::string_view point_name) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    throw UsageError(
        fmt::format("there is a catalog already: {}; choose another --point, or use this one", quote(path.native())));
  Catalog catalog{Database(path, Database::Mode::create)};
  {
    Transaction transaction(catalog.database_);
    catalog.migrate();
    catalog.set("point-id", Guid::random().text());
    catalog.set("point-name", point_name);
    catalog.set("held-version", "0");
    catalog.database_.run_script(fmt::format("PRAGMA application_id={}", application_id));
    transaction.commit();
  }
  return catalog;
}

Catalog Catalog::open(const std::filesystem::path& path, Database::Mode mode) {
  Catalog catalog{Database(path, mode)};
  if (catalog.database_.integer("PRAGMA application_id") != application_id)
    throw IoError(fmt::format("{} is not a Ferry catalog; name the folder that 'init' made with --point, or {}",
                              quote(path.native()), restore_hint));
  const auto version = catalog.database_.integer("PRAGMA user_version");
  if (version > schema_version())
    throw Error(
        fmt::format(
            "catalog {} was written by a newer Ferry (form {}, this program knows {}): install that one here, too",
            quote(path.native()), version, schema_version()),
        ExitCode::too_new);
  if (version < schema_version()) {
    if (mode == Database::Mode::read_only)
      throw Error(fmt::format(
          "catalog {} was written by an older Ferry (form {}, expected {}): run a command that writes, such as "
          "sync or import, once",
          quote(path.native()), version, schema_version()));
    Transaction transaction(catalog.database_);
    catalog.migrate();
    transaction.commit();
  }
  return catalog;
}

Catalog::~Catalog() {
  if (database_.met_fault()) soundness_.doubt();
}

void Catalog::migrate() {
  for (auto version = database_.integer("PRAGMA user_version"); version < schema_version(); ++version) {
    database_.run_script(migrations.at(static_cast<std::size_t>(version)));
    database_.run_script(fmt::format("PRAGMA user_version={}", version + 1));
    fault_point("catalog: migrated");
  }
}

std::optional<std::string> Catalog::setting(std::string_view key) {
  Query row = database_.query("SELECT value FROM setting WHERE key = ?", key);
  if (!row.next()) return {};
  return row.text(0);
}

void Catalog::set(std::string_view key, std::string_view value) {
  database_.execute(
      "INSERT INTO setting (key, value) VALUES (?, ?) "
      "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      key, value);
}

std::string Catalog::point_name() { return setting("point-name").value_or(""); }

Guid Catalog::point_id() {
  const auto id = Guid::parse(setting("point-id").value_or(""));
  if (!id) throw IoError(fmt::format("catalog has no point id; {}", restore_hint));
  return *id;
}

std::int64_t Catalog::held_version() {
  return static_cast<std::int64_t>(parse_u64(setting("held-version").value_or("0")).value_or(0));
}

void Catalog::bump_held_version() { set("held-version", fmt::format("{}", held_version() + 1)); }

std::vector<std::string> Catalog::check_structure() {
  std::vector<std::string> findings;
  Query structure = database_.query("PRAGMA integrity_check(20)");
  while (structure.next()) {
    if (structure.bytes(0) != "ok") findings.push_back("SQLite: " + structure.text(0));
  }
  Query references = database_.query("PRAGMA foreign_key_check");
  while (references.next() && findings.size() < max_findings)
    findings.push_back(
        fmt::format("row of table {} refers to a missing row of {}", references.text(0), references.text(2)));
  return findings;
}

void Catalog::require_sound() {
  if (soundness_.known_good()) return;
  // Not the documents, which are most of the bytes: of a catalog of 0.96 GB all of it took 0.8 s of processor time (5.4
  // s and half a minute of a busy disk when nothing was cached), without them 0.2 s (0.8 s and four).
  Query findings = database_.query(
      "SELECT s.name, q.quick_check FROM sqlite_schema s JOIN pragma_quick_check(s.name) q "
      "WHERE s.type = 'table' AND s.name <> 'document' AND q.quick_check <> 'ok'");
  if (findings.next())
    throw IoError(fmt::format("catalog {} is damaged ({}: {}); {}", quote(database_.path().native()),
                              for_terminal(findings.bytes(0)), for_terminal(findings.bytes(1)), restore_hint));
  soundness_.was_read();
}

std::vector<std::string> Catalog::check() {
  std::vector<std::string> findings = check_structure();
  const auto add = [&findings](std::string finding) {
    if (findings.size() < max_findings) findings.push_back(std::move(finding));
  };
  Decompressor decompressor;
  Query documents = database_.query("SELECT id, digest, size, body FROM document");
  while (documents.next()) {
    try {
      const std::string body =
          decompressor.decompress(documents.bytes(3), static_cast<std::uint64_t>(documents.integer(2)));
      if (sha256(body).bytes() != documents.bytes(1))
        add(fmt::format("document {}: its bytes do not have its digest", documents.integer(0)));
    } catch (const Error& error) {
      add(fmt::format("document {}: {}", documents.integer(0), error.what()));
    }
  }
  for (const Feed& feed : list_feeds(*this)) {
    if (const Digest computed = recompute_state(*this, feed.id); computed != feed.state)
      add(fmt::format("feed {}: its members have state {}, generation {} says {}", quote(feed.name), computed.hex(),
                      feed.generation, feed.state.hex()));
  }
  return findings;
}

}  // namespace ferry::format
