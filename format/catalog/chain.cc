// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/chain.h"

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/zstd_frame.h"
#include "format/catalog/columns.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

constexpr int manifest_level = 9;

std::uint64_t sequence_column(const Query& row, int column) { return static_cast<std::uint64_t>(row.integer(column)); }

// True where nothing else was known of the sequence.
bool note_link(Catalog& catalog, const Feed& feed, const KnownLink& link) {
  Database& database = catalog.database();
  const bool fits =
      database.integer("SELECT NOT EXISTS (SELECT 1 FROM chain_link WHERE feed = ? AND sequence = ? AND manifest <> ?)",
                       feed.id, link.sequence, Blob{link.manifest.bytes()}) != 0;
  database.execute(
      "INSERT INTO chain_link (feed, sequence, manifest, name) VALUES (?, ?, ?, ?) "
      "ON CONFLICT DO UPDATE SET name = excluded.name WHERE name = ''",
      feed.id, link.sequence, Blob{link.manifest.bytes()}, link.name);
  return fits;
}

}  // namespace

ChainHead issued_head(Catalog& catalog, const Feed& feed) {
  Query row = catalog.database().query("SELECT sequence, head FROM feed WHERE id = ?", feed.id);
  if (!row.next()) return {};
  return {sequence_column(row, 0), digest_column(row, 1)};
}

ChainHead taken_head(Catalog& catalog, const Feed& feed) {
  Query row = catalog.database().query(
      "SELECT sequence, manifest FROM import_log WHERE feed = ? AND sequence > 0 ORDER BY sequence DESC, id DESC LIMIT "
      "1",
      feed.id);
  if (!row.next()) return {};
  return {sequence_column(row, 0), digest_column(row, 1)};
}

void set_issued_head(Catalog& catalog, std::int64_t feed, const ChainHead& head) {
  catalog.database().execute("UPDATE feed SET sequence = ?, head = ? WHERE id = ?", head.sequence,
                             Blob{head.manifest.bytes()}, feed);
}

std::string chain_fingerprint(const Digest& manifest) {
  constexpr std::size_t spoken_bytes = 8;
  return to_proquints(manifest.bytes().substr(0, spoken_bytes));
}

std::vector<KnownLink> note_links(Catalog& catalog, const Feed& feed, const Manifest& manifest, const Digest& digest) {
  std::vector<KnownLink> links;
  for (const EarlierBundle& earlier : manifest.earlier)
    links.push_back({earlier.sequence, earlier.manifest, earlier.name});
  if (manifest.chain.sequence > 1) links.push_back({manifest.chain.sequence - 1, manifest.chain.previous, ""});
  links.push_back({manifest.chain.sequence, digest, manifest.bundle_name});
  std::vector<KnownLink> contradictions;
  for (const KnownLink& link : links) {
    if (!note_link(catalog, feed, link)) contradictions.push_back(link);
  }
  return contradictions;
}

std::vector<KnownLink> known_links(Catalog& catalog, const Feed& feed) {
  std::vector<KnownLink> links;
  Query rows = catalog.database().query(
      "SELECT sequence, manifest, name FROM chain_link WHERE feed = ? ORDER BY sequence, manifest", feed.id);
  while (rows.next()) links.push_back({sequence_column(rows, 0), digest_column(rows, 1), rows.text(2)});
  return links;
}

void keep_manifest(Catalog& catalog, const KeptManifest& kept) {
  const std::string body = Compressor(manifest_level).compress(kept.bytes);
  catalog.database().execute("INSERT INTO import_manifest (import, size, body) VALUES (?, ?, ?)", kept.import,
                             std::uint64_t{kept.bytes.size()}, Blob{body});
  for (std::size_t i = 0; i < kept.signatures.size(); ++i)
    catalog.database().execute("INSERT INTO import_signature (import, number, bytes) VALUES (?, ?, ?)", kept.import,
                               std::uint64_t{i + 1}, Blob{kept.signatures[i]});
}

std::optional<KeptManifest> kept_manifest(Catalog& catalog, std::int64_t import) {
  KeptManifest kept;
  kept.import = import;
  {
    Query row = catalog.database().query("SELECT size, body FROM import_manifest WHERE import = ?", import);
    if (!row.next()) return {};
    const auto size = static_cast<std::uint64_t>(row.integer(0));
    try {
      if (size > limits::max_manifest_bytes) throw FormatError("it is too large");
      kept.bytes = Decompressor().decompress(row.bytes(1), size);
    } catch (const FormatError& error) {
      throw IoError(
          fmt::format("the kept manifest of import {} cannot be read: {}; {}", import, error.what(), restore_hint));
    }
  }
  Query rows = catalog.database().query("SELECT bytes FROM import_signature WHERE import = ? ORDER BY number", import);
  while (rows.next()) kept.signatures.push_back(rows.text(0));
  return kept;
}

}  // namespace ferry::format
