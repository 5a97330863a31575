// SPDX-License-Identifier: Apache-2.0
#include "importer/import_run.h"

#include <algorithm>

#include "common/error.h"

namespace ferry::importer {
namespace {

std::uint64_t target_of(const format::FoundBundle& bundle, format::TrustChain trust) {
  try {
    trust.follow(bundle.front().trust);
    return format::verify_bundle(bundle, trust.current())->target.generation;
  } catch (const Error&) {
    return 0;  // refused soon, with the reason
  }
}

}  // namespace

ImportRun::ImportRun(const Console& console, const format::Point& point, format::Catalog& catalog,
                     const std::vector<std::filesystem::path>& places, const ImportRequest& request,
                     const std::vector<std::filesystem::path>& parity)
    : console_(console),
      point_(point),
      catalog_(catalog),
      request_(request),
      parity_places_(parity.empty() ? places : parity) {
  find(places);
  try_all();
  if (wants_repair()) repair(places);
}

void ImportRun::find(const std::vector<std::filesystem::path>& places) {
  found_.push_back(std::make_unique<format::FoundBundles>(find_bundles_or_parity(places)));
  add_attempts(*found_.back());
}

void ImportRun::add_attempts(format::FoundBundles& found) {
  const SiteIdentity identity = load_identity(catalog_);
  for (format::FoundBundle& bundle : found.bundles) {
    const auto is_done = [&bundle](const Attempt& attempt) {
      return attempt.bundle->front().manifest.bytes == bundle.front().manifest.bytes;
    };
    if (std::any_of(attempts_.begin(), attempts_.end(), is_done)) continue;
    Attempt attempt;
    attempt.bundle = &bundle;
    attempt.target = target_of(bundle, identity.trust);
    attempts_.push_back(std::move(attempt));
  }
  std::stable_sort(attempts_.begin(), attempts_.end(),
                   [](const Attempt& left, const Attempt& right) { return left.target < right.target; });
}

void ImportRun::try_all() {
  std::uint64_t total = 0;
  for (const Attempt& attempt : attempts_) {
    for (const format::VolumeReader& volume : attempt.bundle->volumes) total += volume.size();
  }
  const SystemClock clock;
  Progress staging(console_, "reading and verifying", total, "B");
  Progress merging(console_, "merging", 0, "B");
  ImportCallbacks callbacks;
  callbacks.staged = [&staging](std::uint64_t bytes) { staging.advance(bytes); };
  callbacks.merged = [&merging](std::uint64_t bytes) { merging.advance(bytes); };
  for (bool moved = true; moved;) {
    moved = false;
    for (Attempt& attempt : attempts_) {
      if (attempt.imported || (attempt.code != ExitCode::done && attempt.code != ExitCode::base_missing)) continue;
      callbacks.verified = [&attempt](const format::Manifest& manifest) { attempt.verified = manifest; };
      const auto begun = std::chrono::steady_clock::now();
      try {
        attempt.imported = import_bundle(point_, catalog_, *attempt.bundle, request_, clock, callbacks);
        attempt.code = ExitCode::done;
        moved = true;
      } catch (const Error& error) {
        attempt.error = error.what();
        attempt.code = error.code();
        const auto* missing = dynamic_cast<const format::VolumesMissing*>(&error);
        attempt.lacks_volumes = missing != nullptr;
        attempt.has_faults = missing != nullptr && missing->has_faults();
      }
      attempt.took = std::chrono::steady_clock::now() - begun;
    }
    if (request_.dry_run) break;  // nothing moved really, so nothing new can become applicable
  }
}

// Read errors are damage too, and the volume of a bundle may be the one that could not be read at all.
bool ImportRun::wants_repair() const {
  if (!unreadable().empty() || attempts_.empty()) return true;
  return std::any_of(attempts_.begin(), attempts_.end(), [](const Attempt& attempt) {
    return !attempt.imported && (attempt.code == ExitCode::damaged || attempt.code == ExitCode::failed);
  });
}

void ImportRun::repair(const std::vector<std::filesystem::path>& places) {
  if (format::find_parity(parity_places_).sets.empty()) return;
  repaired_.emplace(point_.spool("repair"));
  {
    Progress progress(console_, "repairing", 0, "B");
    damage_ = repair_damage(places, repaired_->path(), [&progress](std::uint64_t bytes) { progress.advance(bytes); });
  }
  if (!is_repaired()) return;
  std::erase_if(attempts_,
                [](const Attempt& attempt) { return !attempt.imported && attempt.code != ExitCode::already_applied; });
  find(repaired_places(places, damage_));
  try_all();
}

bool ImportRun::is_repaired() const {
  return std::any_of(damage_.begin(), damage_.end(), [](const BundleDamage& damage) {
    return std::any_of(damage.files.begin(), damage.files.end(),
                       [](const auto& file) { return !file.repaired.empty(); });
  });
}

bool ImportRun::lacks_volumes() const {
  return std::any_of(attempts_.begin(), attempts_.end(), [](const Attempt& attempt) { return attempt.lacks_volumes; });
}

ExitCode ImportRun::code() const {
  bool any_applied = false;
  bool any_already = false;
  for (const Attempt& attempt : attempts_) {
    any_applied |= attempt.imported.has_value();
    any_already |= attempt.code == ExitCode::already_applied;
    if (!attempt.imported && attempt.code != ExitCode::already_applied) return attempt.code;
  }
  if (!unreadable().empty()) return unreadable().front().code;
  return any_applied || !any_already ? ExitCode::done : ExitCode::already_applied;
}

}  // namespace ferry::importer
