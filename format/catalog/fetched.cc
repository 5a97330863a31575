// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/fetched.h"

#include <fmt/format.h>

#include "common/error.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

constexpr int fetched_compression_level = 3;
// "FYFE": ours, with these tables.
constexpr std::int64_t fetched_application_id = 0x46594645;

constexpr std::string_view fetched_schema =
    "CREATE TABLE fetched (update_id BLOB NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL,"
    " PRIMARY KEY (update_id, number));"
    "CREATE TABLE location (sha1 BLOB PRIMARY KEY, url TEXT NOT NULL) WITHOUT ROWID;";

}  // namespace

Database FetchedDocuments::open(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    try {
      Database known(path, Database::Mode::read_write);
      if (known.integer("PRAGMA application_id") == fetched_application_id) return known;
    } catch (const IoError&) {
      // Below it is made anew.
    }
    remove(path);
  }
  Database made(path, Database::Mode::create);
  made.run_script(fetched_schema);
  // Last: a file that a kill left without its tables is not taken for one that has them.
  made.run_script(fmt::format("PRAGMA application_id={}", fetched_application_id));
  return made;
}

FetchedDocuments::FetchedDocuments(const std::filesystem::path& path)
    : database_(open(path)), compressor_(fetched_compression_level) {}

bool FetchedDocuments::holds(const RevisionId& id) {
  return database_.integer("SELECT EXISTS (SELECT 1 FROM fetched WHERE update_id = ? AND number = ?)",
                           Blob{id.update.bytes()}, id.number) != 0;
}

std::string FetchedDocuments::load(const RevisionId& id) {
  Query row = database_.query("SELECT size, body FROM fetched WHERE update_id = ? AND number = ?",
                              Blob{id.update.bytes()}, id.number);
  if (!row.next()) throw IoError("document " + id.update.text() + " is no longer in " + database_.path().native());
  return decompressor_.decompress(row.bytes(1), static_cast<std::uint64_t>(row.integer(0)));
}

void FetchedDocuments::add(const std::vector<Document>& documents, const std::vector<Location>& locations) {
  Transaction transaction(database_);
  for (const auto& [id, bytes] : documents)
    database_.execute("INSERT OR REPLACE INTO fetched (update_id, number, size, body) VALUES (?, ?, ?, ?)",
                      Blob{id.update.bytes()}, id.number, std::uint64_t{bytes.size()},
                      Blob{compressor_.compress(bytes)});
  for (const auto& [sha1, url] : locations)
    database_.execute("INSERT OR REPLACE INTO location (sha1, url) VALUES (?, ?)", Blob{sha1}, url);
  transaction.commit();
}

void FetchedDocuments::visit_locations(
    const std::function<void(const std::string& sha1, const std::string& url)>& visit) {
  Query rows = database_.query("SELECT sha1, url FROM location ORDER BY sha1");
  while (rows.next()) visit(std::string(rows.bytes(0)), rows.text(1));
}

void FetchedDocuments::remove(const std::filesystem::path& path) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.native() + suffix, ignored);
}

}  // namespace ferry::format
