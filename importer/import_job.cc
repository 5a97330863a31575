// SPDX-License-Identifier: Apache-2.0
#include "importer/import_job.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/catalog/journal.h"
#include "format/chunk.h"
#include "importer/admission.h"
#include "importer/merge.h"

namespace ferry::importer {
namespace {

// Documents are stored one by one, which costs about 2.6 times the bytes of the chunks (BENCH 2.4), once in
// the write-ahead log and once in the catalog; the index adds about as much as the chunks again.
constexpr std::uint64_t catalog_growth_per_chunk_byte = 7;

std::uint64_t chunk_bytes(const format::Manifest& manifest) {
  std::uint64_t bytes = 0;
  for (const auto& volume : manifest.volumes) {
    for (const format::ChunkInfo& chunk : volume) bytes += chunk.size;
  }
  return bytes;
}

void stage(const std::vector<format::VolumeReader*>& volumes, const format::VerifiedManifest& manifest,
           const std::filesystem::path& spool, const ImportCallbacks& callbacks) {
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    volumes[i]->check(manifest, i + 1, [&](const format::ChunkInfo& chunk, std::string_view stored) {
      PlainFile copy(format::spooled_chunk(spool, chunk));
      copy.write(stored);
      copy.close();
      callbacks.staged(stored.size());
    });
    fault_point("import: volume staged");
  }
}

std::string signer_names(const format::VerifiedManifest& manifest) {
  std::string names;
  for (const VerifiedSignature& signature : manifest.signatures())
    names += (names.empty() ? "" : "; ") + signature.signer;
  return names;
}

}  // namespace

format::TrustFile SiteIdentity::current_trust() const { return format::parse_trust(trust_chain.back()); }

SiteIdentity load_identity(format::Catalog& catalog) {
  SiteIdentity identity;
  identity.site = catalog.setting("site").value_or("");
  identity.trust_chain = format::trust_chain(catalog);
  if (identity.site.empty() || identity.trust_chain.empty())
    throw NotFoundError(
        "this point has no trust file and no site name; make it with: ferry-import init --trust FILE "
        "--site NAME");
  return identity;
}

ImportedBundle import_bundle(const format::Point& point, format::Catalog& catalog, const SiteIdentity& identity,
                             format::FoundBundle& bundle, bool dry_run, const Clock& clock,
                             const ImportCallbacks& callbacks) {
  const format::VerifiedManifest manifest = format::verify_manifest(bundle.front().manifest, identity.current_trust());
  callbacks.verified(manifest.get());
  check_trust_files(bundle.front(), identity.trust_chain);
  check_recipient(manifest.get(), identity.site);
  const auto followed = find_followed_feed(catalog, manifest.get());
  const Position position =
      followed ? Position{followed->generation, followed->state} : Position{0, format::empty_state()};
  check_position(manifest.get(), position);
  const std::vector<format::VolumeReader*> volumes = format::complete_set(bundle, manifest);

  const std::uint64_t bytes = chunk_bytes(manifest.get());
  require_space(point.directory(), bytes + bytes * catalog_growth_per_chunk_byte,
                "importing bundle " + quote(manifest->bundle_name));
  const TempDir spool = point.spool("import");
  stage(volumes, manifest, spool.path(), callbacks);

  ImportedBundle imported;
  imported.manifest = manifest.get();
  imported.previous = position.generation;
  const Time now = clock.now();
  Transaction transaction(catalog.database());
  const format::Feed feed =
      followed ? *followed
               : format::create_feed(catalog, manifest->feed, manifest->lineage, true, manifest->publisher_name);
  imported.generation = merge_bundle(catalog, manifest, feed, spool.path(), now, callbacks.merged);
  imported.changes = format::latest_changes(catalog, feed.id, imported.generation.number);
  if (dry_run) return imported;  // the transaction goes unfinished, and with it everything above

  format::ImportEntry entry;
  entry.feed = feed.id;
  entry.name = manifest->bundle_name;
  entry.kind = format::name_of(manifest->kind);
  entry.previous = position.generation;
  entry.target = manifest->target.generation;
  entry.created = manifest->created;
  entry.imported = now;
  entry.added = imported.generation.added;
  entry.removed = imported.generation.removed;
  entry.signers = signer_names(manifest);
  entry.manifest = manifest.digest();
  format::log_import(catalog, entry);
  fault_point("import: before commit");
  transaction.commit();
  fault_point("import: committed");
  catalog.database().checkpoint();
  fault_point("import: checkpointed");
  return imported;
}

}  // namespace ferry::importer
