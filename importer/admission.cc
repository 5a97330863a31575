// SPDX-License-Identifier: Apache-2.0
#include "importer/admission.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"

namespace ferry::importer {
namespace {

// Three generations an hour for four months, which is more than any feed makes.
constexpr std::uint64_t max_jump = 10'000;

// The bundle that would bring a site on from where it stands towards the lowest accepted base.
std::string missing_bundle(const format::Manifest& manifest, const Position& position) {
  for (const format::EarlierBundle& bundle : manifest.earlier) {
    const bool leads_on = bundle.target > position.generation && bundle.base <= position.generation;
    if (leads_on && bundle.target >= manifest.base()) return quote(bundle.name);
  }
  // No single step: name the first of a series.
  for (const format::EarlierBundle& bundle : manifest.earlier) {
    if (bundle.target > position.generation && bundle.base <= position.generation)
      return quote(bundle.name) + " and those after it";
  }
  return "a full bundle of feed " + quote(manifest.feed);
}

}  // namespace

void check_recipient(const format::Manifest& manifest, const std::string& site, const format::TrustFile& trust) {
  if (manifest.recipients.empty()) {
    if (trust.broadcast) return;
    throw StateError(fmt::format("bundle {} names no site, and trust file {} allows only bundles that do; fetch the "
                                 "bundle made for this site",
                                 quote(manifest.bundle_name), trust.version),
                     ExitCode::wrong_recipient);
  }
  if (std::find(manifest.recipients.begin(), manifest.recipients.end(), site) != manifest.recipients.end()) return;
  std::string recipients;
  for (const std::string& recipient : manifest.recipients)
    recipients += (recipients.empty() ? "" : ", ") + quote(recipient);
  throw StateError(fmt::format("bundle {} is for site {}, this is site {}; fetch the bundle made for this site",
                               quote(manifest.bundle_name), recipients, quote(site)),
                   ExitCode::wrong_recipient);
}

bool restarts(const format::Manifest& manifest, const Position& position) {
  return manifest.kind == format::BundleKind::full && manifest.epoch > position.epoch;
}

void check_position(const format::Manifest& manifest, const Position& position, const Overrides& overrides) {
  const format::GenerationState& target = manifest.target;
  if (restarts(manifest, position)) return;
  if (manifest.epoch < position.epoch)
    throw StateError(fmt::format("bundle {} was made under epoch {}, feed {} stands at epoch {}: it is from before a "
                                 "recovery, leave it aside",
                                 quote(manifest.bundle_name), manifest.epoch, quote(manifest.feed), position.epoch),
                     ExitCode::already_applied);
  if (manifest.kind == format::BundleKind::content) {
    if (position.generation > 0) return;  // files do no harm before or after their documents
    throw StateError(fmt::format("bundle {} brings payload files alone, and feed {} is not followed here; missing is a "
                                 "full bundle of it",
                                 quote(manifest.bundle_name), quote(manifest.feed)),
                     ExitCode::base_missing);
  }
  if (target.generation <= position.generation) {
    const auto known = target.generation == position.generation ? position.state : position.at_target;
    if (known && target.state != *known)
      throw StateError(fmt::format("feed {} generation {} has state {} in bundle {} and {} here: its publisher was set "
                                   "back or replaced; ask for a full bundle of a later generation or a new epoch",
                                   quote(manifest.feed), target.generation, target.state.hex(),
                                   quote(manifest.bundle_name), known->hex()),
                       ExitCode::wrong_recipient);
    throw StateError(
        fmt::format("bundle {} was already applied: feed {} stands at generation {}, the bundle leads to {}",
                    quote(manifest.bundle_name), quote(manifest.feed), position.generation, target.generation),
        ExitCode::already_applied);
  }
  if (position.generation > 0 && target.generation - position.generation > max_jump && !overrides.jump)
    throw TrustError(
        fmt::format("bundle {} leads from generation {} to {}, a jump of more than {}: so does a thief's who wants to "
                    "lock later bundles out; ask the publisher, then use --accept-jump",
                    quote(manifest.bundle_name), position.generation, target.generation, max_jump));
  if (manifest.kind == format::BundleKind::full) return;
  for (const format::GenerationState& base : manifest.bases) {
    if (base.state == position.state) return;
  }
  if (position.generation < manifest.base())
    throw StateError(
        fmt::format("bundle {} continues from generation {} or later, feed {} stands at {} here; missing is {}: import "
                    "that first",
                    quote(manifest.bundle_name), manifest.base(), quote(manifest.feed), position.generation,
                    missing_bundle(manifest, position)),
        ExitCode::base_missing);
  throw StateError(
      fmt::format("feed {} generation {} has state {} here, bundle {} knows another; missing is a full "
                  "bundle: ask its publisher for one",
                  quote(manifest.feed), position.generation, position.state.hex(), quote(manifest.bundle_name)),
      ExitCode::base_missing);
}

std::optional<format::Feed> find_followed_feed(format::Catalog& catalog, const format::Manifest& manifest) {
  const auto feed = format::find_lineage(catalog, manifest.lineage);
  if (feed && feed->imported) return feed;
  if (feed)
    throw StateError(fmt::format("bundle {} is of feed {}, which this point makes itself; only other points import it",
                                 quote(manifest.bundle_name), quote(feed->name)),
                     ExitCode::wrong_recipient);
  if (const auto other = format::find_feed(catalog, manifest.feed, true))
    throw StateError(
        fmt::format(
            "bundle {} is of another feed {} (its id is {}) than the one followed here ({}): of another publisher, or "
            "of one that began anew; fetch the bundle made for this site",
            quote(manifest.bundle_name), quote(manifest.feed), manifest.lineage.text(), other->lineage.text()),
        ExitCode::wrong_recipient);
  return {};
}

}  // namespace ferry::importer
