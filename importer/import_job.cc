// SPDX-License-Identifier: Apache-2.0
#include "importer/import_job.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/catalog/journal.h"
#include "format/chunk.h"
#include "importer/merge.h"
#include "importer/time_policy.h"

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

// A bundle that may enter, and what was learnt on the way.
struct Admitted {
  format::VerifiedManifest manifest;
  format::TrustChain trust;  // with what the bundle brings
  std::optional<format::Feed> followed;
  Position position;
  std::vector<std::string> warnings;
};

std::optional<Time> certificate_time(format::Catalog& catalog, const format::TrustFile& trust,
                                     const format::TimePolicy& policy, Time clock) {
  if (!policy.judges_certificates_now) return {};
  return known_times(catalog, trust, {}, clock).now();
}

// A revocation must not wait for the bundle that fits: what was signed by the root keys counts from now on.
void install_trust_alone(format::Catalog& catalog, const format::TrustChain& trust, Time now, StateError& error) {
  Transaction transaction(catalog.database());
  if (install_chain(catalog, trust, now) == 0) return;
  transaction.commit();
  catalog.database().checkpoint();
  error.add_context(fmt::format("trust file {} was installed; the bundle was not", trust.current().version));
}

// FORMAT.md, "Verification procedure", steps 2 to 7.
Admitted admit(format::Catalog& catalog, const format::FoundBundle& bundle, const ImportRequest& request, Time clock,
               const ImportCallbacks& callbacks) {
  const SiteIdentity identity = load_identity(catalog);
  format::TrustChain trust = identity.trust;
  trust.follow(bundle.front().trust);
  format::VerifiedManifest manifest = format::verify_bundle(
      bundle, trust.current(), certificate_time(catalog, trust.current(), request.time, clock));
  callbacks.verified(manifest.get());
  check_recipient(manifest.get(), identity.site, trust.current());
  auto followed = find_followed_feed(catalog, manifest.get());
  const Position position = followed ? Position{followed->generation, followed->state, followed->epoch}
                                     : Position{0, format::empty_state(), 0};
  try {
    check_position(manifest.get(), position, request.overrides);
  } catch (StateError& error) {
    const bool is_of_this_feed = error.code() == ExitCode::already_applied || error.code() == ExitCode::base_missing;
    if (is_of_this_feed && !request.dry_run) install_trust_alone(catalog, trust, clock, error);
    throw;
  }
  std::vector<std::string> warnings =
      check_dates(manifest.get(), known_times(catalog, trust.current(), followed, clock), request.time,
                  request.overrides.dates);
  return {std::move(manifest), std::move(trust), std::move(followed), position, std::move(warnings)};
}

// The feed to merge into: the one followed, that one taken back to its start, or a new one.
format::Feed open_feed(format::Catalog& catalog, const Admitted& admitted) {
  const format::Manifest& manifest = admitted.manifest.get();
  format::Feed feed = admitted.followed ? *admitted.followed
                                        : format::create_feed(catalog, manifest.feed, manifest.lineage, true,
                                                              manifest.publisher_name);
  if (restarts(manifest, admitted.position)) return format::restart_feed(catalog, feed, manifest.epoch);
  if (manifest.epoch > feed.epoch) feed = format::enter_epoch(catalog, feed, manifest.epoch);
  return feed;
}

void log_bundle(format::Catalog& catalog, const format::VerifiedManifest& manifest, const format::Feed& feed,
                const ImportedBundle& imported, Time now) {
  format::ImportEntry entry;
  entry.feed = feed.id;
  entry.name = manifest->bundle_name;
  entry.kind = format::name_of(manifest->kind);
  entry.previous = imported.previous;
  entry.target = manifest->target.generation;
  entry.created = manifest->created;
  entry.imported = now;
  entry.added = imported.generation.added;
  entry.removed = imported.generation.removed;
  entry.signers = signer_names(manifest);
  entry.manifest = manifest.digest();
  entry.epoch = manifest->epoch;
  entry.next_expected = manifest->next_expected;
  entry.valid_until = manifest->valid_until;
  format::log_import(catalog, entry);
}

}  // namespace

SiteIdentity load_identity(format::Catalog& catalog) {
  const std::string site = catalog.setting("site").value_or("");
  const std::vector<format::SignedTrust> files = format::trust_files(catalog);
  if (site.empty() || files.empty())
    throw NotFoundError(
        "this point has no trust file and no site name; make it with: ferry-import init --trust FILE "
        "--site NAME");
  return {site, format::TrustChain::walk(files)};
}

std::size_t install_chain(format::Catalog& catalog, const format::TrustChain& chain, Time now) {
  const std::size_t installed = format::trust_files(catalog).size();
  for (std::size_t i = installed; i < chain.files().size(); ++i) {
    format::install_trust(catalog, chain.anchor_version() + i, chain.files()[i], now);
    fault_point("import: trust file installed");
  }
  return chain.files().size() - installed;
}

ImportedBundle import_bundle(const format::Point& point, format::Catalog& catalog, format::FoundBundle& bundle,
                             const ImportRequest& request, const Clock& clock, const ImportCallbacks& callbacks) {
  const Admitted admitted = admit(catalog, bundle, request, clock.now(), callbacks);
  const format::VerifiedManifest& manifest = admitted.manifest;
  const std::vector<format::VolumeReader*> volumes = format::complete_set(bundle, manifest);

  const std::uint64_t bytes = chunk_bytes(manifest.get());
  require_space(point.directory(), bytes + bytes * catalog_growth_per_chunk_byte,
                "importing bundle " + quote(manifest->bundle_name));
  const TempDir spool = point.spool("import");
  stage(volumes, manifest, spool.path(), callbacks);

  ImportedBundle imported;
  imported.manifest = manifest.get();
  imported.previous = admitted.position.generation;
  imported.warnings = admitted.warnings;
  const Time now = clock.now();
  Transaction transaction(catalog.database());
  imported.new_trust_files = install_chain(catalog, admitted.trust, now);
  const format::Feed feed = open_feed(catalog, admitted);
  imported.generation = merge_bundle(catalog, manifest, feed, spool.path(), now, callbacks.merged);
  imported.changes = format::latest_changes(catalog, feed.id, imported.generation.number);
  if (request.dry_run) return imported;  // the transaction goes unfinished, and with it everything above

  log_bundle(catalog, manifest, feed, imported, now);
  fault_point("import: before commit");
  transaction.commit();
  fault_point("import: committed");
  catalog.database().checkpoint();
  fault_point("import: checkpointed");
  return imported;
}

}  // namespace ferry::importer
