// SPDX-License-Identifier: Apache-2.0
#include "importer/import_job.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/catalog/chain.h"
#include "format/catalog/content.h"
#include "format/catalog/journal.h"
#include "format/chunk.h"
#include "format/limits.h"
#include "importer/merge.h"
#include "importer/removal_budget.h"
#include "importer/staging.h"
#include "importer/time_policy.h"

namespace ferry::importer {
namespace {

// Reads the volumes that are at hand. Where others are missing, what was read stays for the next run.
std::vector<format::ContentFile> stage(Staging& staging, format::FoundBundle& bundle,
                                       const format::VerifiedManifest& manifest, bool from_spool,
                                       const ImportCallbacks& callbacks) {
  if (from_spool) {
    staging.require_all();
    return staging.finish();
  }
  const format::VolumeSet set = format::identify_volumes(bundle, manifest);
  const auto is_staged = [&staging](std::size_t index) { return staging.has_volume(index); };
  staging.require_space();
  for (std::size_t i = 0; i < set.volumes.size(); ++i) {
    if (set.volumes[i] != nullptr) staging.stage(*set.volumes[i], i + 1, callbacks.staged);
  }
  format::require_complete(set, manifest, is_staged);
  return staging.finish();
}

std::string signer_names(const format::VerifiedManifest& manifest) {
  std::string names;
  for (const VerifiedSignature& signature : manifest.signatures())
    names += (names.empty() ? "" : "; ") + signature.signer;
  return names;
}

// The operator's word on dates goes for those of certificates too: a clock, or a date accepted by mistake, must not
// be able to shut a site off.
std::optional<Time> certificate_time(format::Catalog& catalog, const format::TrustFile& trust,
                                     const ImportRequest& request, Time clock) {
  if (!request.time.judges_certificates_now || request.overrides.dates) return {};
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

// A bundle of files alone that brings none which is lacking here is applied already.
void require_lacking(format::Catalog& catalog, const format::Manifest& manifest) {
  for (const format::VolumeContents& contents : manifest.volumes) {
    for (const format::FilePart& part : contents.files) {
      if (!format::find_content(catalog, part.file)) return;
    }
  }
  throw StateError(fmt::format("bundle {} was already applied: all of its files are here", quote(manifest.bundle_name)),
                   ExitCode::already_applied);
}

// What the site's policy says of a bundle whose signatures hold. FORMAT.md, "Verification procedure", steps 7 to 10.
struct Admission {
  std::optional<format::Feed> followed;
  Position position;
  std::vector<std::string> warnings;
};
Admission apply_policy(format::Catalog& catalog, const format::Manifest& manifest, const std::string& site,
                       const format::TrustFile& trust, const ImportRequest& request, Time clock) {
  check_recipient(manifest, site, trust);
  Admission admission;
  admission.followed = find_followed_feed(catalog, manifest);
  const auto& feed = admission.followed;
  admission.position =
      feed ? Position{feed->generation, feed->state, feed->epoch} : Position{0, format::empty_state(), 0};
  if (feed) {
    if (const auto known = format::generation(catalog, feed->id, manifest.target.generation))
      admission.position.at_target = known->state;
  }
  check_position(manifest, admission.position, request.overrides);
  if (manifest.kind == format::BundleKind::content) require_lacking(catalog, manifest);
  admission.warnings =
      check_dates(manifest, known_times(catalog, trust, feed, clock), request.time, request.overrides.dates);
  return admission;
}

// A bundle that may enter. FORMAT.md, "Verification procedure", steps 2 to 10.
struct Admitted {
  format::VerifiedManifest manifest;
  format::TrustChain trust;  // with what the bundle brings
  Admission admission;
};
Admitted admit(format::Catalog& catalog, const format::FoundBundle& bundle, const ImportRequest& request, Time clock,
               const ImportCallbacks& callbacks) {
  const SiteIdentity identity = load_identity(catalog);
  format::TrustChain trust = identity.trust;
  trust.follow(bundle.front().trust);
  format::VerifiedManifest manifest =
      format::verify_bundle(bundle, trust.current(), certificate_time(catalog, trust.current(), request, clock));
  callbacks.verified(manifest.get());
  try {
    Admission admission = apply_policy(catalog, manifest.get(), identity.site, trust.current(), request, clock);
    return {std::move(manifest), std::move(trust), std::move(admission)};
  } catch (StateError& error) {
    if (!request.keeps_nothing()) install_trust_alone(catalog, trust, clock, error);
    throw;
  }
}

// The feed to merge into: the one followed, that one taken back to its start, or a new one.
format::Feed open_feed(format::Catalog& catalog, const Admitted& admitted) {
  const format::Manifest& manifest = admitted.manifest.get();
  format::Feed feed = admitted.admission.followed ? *admitted.admission.followed
                                                  : format::create_feed(catalog, manifest.feed, manifest.lineage, true,
                                                                        manifest.publisher_name);
  if (restarts(manifest, admitted.admission.position)) return format::restart_feed(catalog, feed, manifest.epoch);
  if (manifest.epoch > feed.epoch) feed = format::enter_epoch(catalog, feed, manifest.epoch);
  return feed;
}

// Those that count, so that junk beside a bundle does not fill the catalog.
std::vector<std::string> good_signatures(const format::FoundBundle& bundle, const format::TrustFile& trust) {
  std::vector<std::string> good;
  for (std::string& signature : format::all_signatures(bundle)) {
    const auto counted = format::count_signatures(bundle.front().manifest.bytes, {&signature, 1}, trust.exporter);
    if (!counted.counted.empty() && good.size() < format::limits::max_signatures) good.push_back(std::move(signature));
  }
  return good;
}

// Two stories of one publisher: told to everybody who may know why, and no reason to keep a signed bundle out.
std::string contradiction(const format::KnownLink& link, const std::string& bundle) {
  return fmt::format(
      "bundle {} says that number {} of its feed has manifest {}, and another one was told here before: its "
      "publisher was restored from a backup, or somebody else has its keys; ask it, and see 'history "
      "--verify'",
      quote(bundle), link.sequence, link.manifest.hex());
}

void log_bundle(format::Catalog& catalog, const Admitted& admitted, const format::FoundBundle& bundle,
                const format::Feed& feed, ImportedBundle& imported, Time now) {
  const format::VerifiedManifest& manifest = admitted.manifest;
  format::ImportEntry entry;
  entry.feed = feed.id;
  entry.name = manifest->bundle_name;
  entry.kind = format::name_of(manifest->kind);
  entry.previous = imported.previous;
  entry.target = imported.generation.number;
  entry.created = manifest->created;
  entry.imported = now;
  entry.added = imported.generation.added;
  entry.removed = imported.generation.removed;
  entry.signers = signer_names(manifest);
  entry.manifest = manifest.digest();
  entry.epoch = manifest->epoch;
  entry.next_expected = manifest->next_expected;
  entry.valid_until = manifest->valid_until;
  entry.sequence = manifest->chain.sequence;
  entry.trust_version = admitted.trust.current().version;
  const std::int64_t id = format::log_import(catalog, entry);
  format::keep_manifest(catalog,
                        {id, bundle.front().manifest.bytes, good_signatures(bundle, admitted.trust.current())});
  for (const format::KnownLink& link : format::note_links(catalog, feed, manifest.get(), manifest.digest()))
    imported.warnings.push_back(contradiction(link, manifest->bundle_name));
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
  Staging staging(point, catalog, manifest, request.dry_run);
  const std::vector<format::ContentFile> files = stage(staging, bundle, manifest, request.from_spool, callbacks);
  if (request.admit) request.admit(manifest, admitted.trust.current());

  ImportedBundle imported;
  imported.manifest = manifest.get();
  imported.previous = admitted.admission.position.generation;
  imported.warnings = admitted.admission.warnings;
  const Time now = clock.now();
  Transaction transaction(catalog.database());
  imported.new_trust_files = install_chain(catalog, admitted.trust, now);
  RemovalBudget budget(catalog, admitted.admission.followed, restarts(manifest.get(), admitted.admission.position));
  const format::Feed feed = open_feed(catalog, admitted);
  for (const format::ContentFile& file : files) format::add_content(catalog, file, now);
  try {
    imported.generation = merge_bundle(catalog, manifest, feed, staging.chunks(), now, callbacks.merged);
  } catch (const FormatError&) {
    staging.discard();  // what is wrong with it will be wrong the next time
    throw;
  }
  if (manifest->kind != format::BundleKind::content)
    imported.changes = format::latest_changes(catalog, feed.id, imported.generation.number);
  budget.add_forgotten(imported.changes);
  if (const auto problem =
          budget.exceeded(imported.changes, request.max_removals, manifest->bundle_name, request.again)) {
    if (!request.keeps_nothing()) {
      transaction.rollback();
      StateError error(*problem, ExitCode::too_many_removals);
      install_trust_alone(catalog, admitted.trust, now, error);
      throw error;
    }
    imported.warnings.push_back(*problem);
  }
  if (request.wants_report) imported.report = format::report_changes(catalog, manifest.get(), feed, imported.changes);
  if (request.stages_only) request.staged(bundle, manifest, staging.chunks(), imported);
  if (request.keeps_nothing()) return imported;  // the transaction goes unfinished, and with it everything above

  log_bundle(catalog, admitted, bundle, feed, imported, now);
  fault_point("import: before commit");
  transaction.commit();
  fault_point("import: committed");
  catalog.database().checkpoint();
  fault_point("import: checkpointed");
  staging.discard();
  return imported;
}

}  // namespace ferry::importer
