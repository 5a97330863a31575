// SPDX-License-Identifier: Apache-2.0
#include "exporter/receipt_job.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/cli.h"
#include "common/error.h"
#include "common/text.h"
#include "format/catalog/chain.h"
#include "format/catalog/journal.h"

namespace ferry::exporter {
namespace {

// Time zones, and clocks that nobody set for a while.
constexpr std::int64_t slack = 86'400;

// So far a site's word moves this point's numbers on, and no farther: a thief's receipt must not use them up.
constexpr std::uint64_t max_ahead = 1000;

const format::SiteConfig& named_site(const format::PointConfig& config, const std::string& name) {
  try {
    return config.site(name);
  } catch (const NotFoundError&) {
    throw StateError(
        fmt::format("the receipt is of site {}, which point.toml does not name; expected one of its [[site]]",
                    quote(name)),
        ExitCode::wrong_recipient);
  }
}

// Gives the key when it is new here.
std::optional<Digest> check_key(format::Catalog& catalog, const format::SiteConfig& site, const Digest& key,
                                bool accepts_new) {
  const std::string words = format::key_fingerprint(key);
  if (!site.receipt_key.empty()) {
    if (equal_ignoring_case(site.receipt_key, words)) return {};
    throw TrustError(fmt::format("the receipt of site {} is signed with the key {}; point.toml names {}",
                                 quote(site.name), words, quote(site.receipt_key)));
  }
  const auto known = format::site_key(catalog, site.name);
  if (known && known->key == key) return {};
  if (known && !accepts_new)
    throw TrustError(fmt::format(
        "the receipt of site {} is signed with the key {}, known since {} is {}: it is forged, or the site was "
        "made anew; ask there for 'ferry-import receipt', compare the words, and if they are these, use "
        "--new-key",
        quote(site.name), words, known->since.text(), format::key_fingerprint(known->key)));
  return key;
}

void check_order(format::Catalog& catalog, const format::VerifiedReceipt& receipt, const ReceiptOptions& options,
                 bool has_new_key, Time now) {
  if (format::knows_receipt(catalog, receipt.digest()))
    throw StateError(fmt::format("receipt {} of site {} was taken already", receipt->serial, quote(receipt->site)),
                     ExitCode::already_applied);
  if (options.accept_dates) return;
  if (receipt->made.seconds > now.seconds + slack)
    throw StateError(
        fmt::format("the receipt of site {} was made at {}, here it is {}: one of the two clocks is wrong; "
                    "to take it all the same, use --accept-dates",
                    quote(receipt->site), receipt->made.text(), now.text()),
        ExitCode::stale);
  // Of a site that was made anew, the order of the old one says nothing.
  const auto last = has_new_key ? std::nullopt : format::last_receipt(catalog, receipt->site);
  if (!last) return;
  const bool is_older = receipt->made < last->made || (receipt->made == last->made && receipt->serial <= last->serial);
  if (is_older)
    throw StateError(
        fmt::format("the receipt of site {} was made at {}, and one of {} was taken already: an old one says "
                    "nothing of today; if the clock there was set back, use --accept-dates",
                    quote(receipt->site), receipt->made.text(), last->made.text()),
        ExitCode::already_applied);
}

// The site has numbers that this point does not know of, so it is this one that was set back. What it makes next must
// have a higher one, or no site would take it.
std::uint64_t move_on(format::Catalog& catalog, const format::Feed& feed, std::uint64_t site_generation,
                      const std::string& site, Time now) {
  const std::uint64_t wanted = site_generation + 1;
  for (std::uint64_t number = feed.generation + 1; number <= wanted; ++number) {
    const format::Feed current = *format::find_lineage(catalog, feed.lineage);
    static_cast<void>(
        format::GenerationWriter(catalog, current, number).finish(now, fmt::format("site {} is ahead", site)));
  }
  return wanted;
}

void note_chain(format::Catalog& catalog, const format::Feed& feed, TakenFeed& taken) {
  const format::ChainHead& told = taken.state.chain;
  const format::ChainHead issued = format::issued_head(catalog, feed);
  if (told.sequence == 0) return;
  const auto ours = format::issued_manifest(catalog, feed.id, told.sequence);
  const bool is_known = ours == told.manifest || (told.sequence == issued.sequence && told.manifest == issued.manifest);
  if (is_known) return;
  if (told.sequence > issued.sequence && told.sequence - issued.sequence <= max_ahead) {
    format::set_issued_head(catalog, feed.id, told);
    taken.warning = fmt::format(
        "it took bundle {} of feed {}, and this point knows of {} only: was it restored from a "
        "backup? the numbers go on behind that one",
        told.sequence, quote(feed.name), issued.sequence);
    return;
  }
  taken.warning = fmt::format(
      "bundle {} of feed {} that it took is not the one that was issued here: this point was "
      "restored from a backup, or somebody else has its keys",
      told.sequence, quote(feed.name));
}

TakenFeed take_feed(format::Catalog& catalog, const format::Feed& feed, format::SiteState state, Time now) {
  TakenFeed taken;
  state.matched = format::generation_with_state(catalog, feed.id, state.state, state.generation);
  const auto before = format::site_state(catalog, state.site, feed.lineage);
  state.before = before ? before->generation : 0;
  taken.newest = feed.generation;
  taken.state = std::move(state);
  note_chain(catalog, feed, taken);
  const std::uint64_t generation = taken.state.generation;
  if (!taken.state.matched && generation >= feed.generation && generation - feed.generation < max_ahead) {
    taken.moved_to = move_on(catalog, feed, generation, taken.state.site, now);
    taken.newest = taken.moved_to;
  }
  return taken;
}

void record(format::Catalog& catalog, const TakenReceipt& taken, format::ReceiptEntry entry) {
  entry.site = taken.site;
  entry.serial = taken.serial;
  entry.made = taken.made;
  const std::int64_t id = format::log_receipt(catalog, entry);
  for (const TakenFeed& feed : taken.feeds) format::set_site_state(catalog, feed.state, id);
  if (taken.new_key) format::set_site_key(catalog, taken.site, {*taken.new_key, entry.received, user_name()});
}

}  // namespace

TakenReceipt take_receipt(format::Catalog& catalog, const format::PointConfig& config,
                          const format::VerifiedReceipt& receipt, const ReceiptOptions& options, Time now) {
  const format::SiteConfig& site = named_site(config, receipt->site);
  TakenReceipt taken;
  taken.site = site.name;
  taken.made = receipt->made;
  taken.serial = receipt->serial;
  taken.new_key = check_key(catalog, site, receipt.key(), options.new_key);
  check_order(catalog, receipt, options, taken.new_key.has_value(), now);
  Transaction transaction(catalog.database());
  for (const format::ReceiptFeed& told : receipt->feeds) {
    const auto feed = format::find_lineage(catalog, told.lineage);
    if (!feed || feed->imported) {
      ++taken.foreign_feeds;
      continue;
    }
    format::SiteState state;
    state.site = site.name;
    state.lineage = told.lineage;
    state.feed = feed->name;
    state.generation = told.generation;
    state.state = told.state;
    state.missing_files = told.missing_files;
    state.missing_bytes = told.missing_bytes;
    state.chain = {told.sequence, told.manifest};
    taken.feeds.push_back(take_feed(catalog, *feed, std::move(state), now));
  }
  // A site that says nothing of the feed that it should follow holds nothing of it.
  const auto own = format::find_feed(catalog, site.feed, false);
  const auto is_own = [&own](const TakenFeed& feed) { return feed.state.lineage == own->lineage; };
  if (own && std::none_of(taken.feeds.begin(), taken.feeds.end(), is_own)) {
    format::SiteState state;
    state.site = site.name;
    state.lineage = own->lineage;
    state.feed = own->name;
    state.state = format::empty_state();
    taken.feeds.push_back(take_feed(catalog, *own, std::move(state), now));
  }
  taken.children = receipt->children;
  format::ReceiptEntry entry;
  entry.received = now;
  entry.digest = receipt.digest();
  entry.tool = receipt->tool;
  entry.trust_version = receipt->trust_version;
  record(catalog, taken, entry);
  format::set_children(catalog, site.name, receipt->children);
  transaction.commit();
  return taken;
}

TakenReceipt take_spoken(format::Catalog& catalog, const format::PointConfig& config,
                         const format::SpokenReceipt& spoken, Time now) {
  const format::SiteConfig& site = named_site(config, spoken.site);
  const auto feed = format::find_feed(catalog, spoken.feed, false);
  if (!feed)
    throw NotFoundError(
        fmt::format("what was typed is of feed {}, which this point does not make; compare both lines once more",
                    quote(spoken.feed)));
  TakenReceipt taken;
  taken.site = site.name;
  taken.is_typed = true;
  taken.made = now;
  format::SiteState state;
  state.site = site.name;
  state.lineage = feed->lineage;
  state.feed = feed->name;
  state.generation = spoken.generation;
  const auto known = format::generation_with_prefix(catalog, *feed, spoken.state_prefix);
  // A state that is none of ours stays unknown but for its first bytes.
  state.state = known ? known->state : *Digest::from_bytes(spoken.state_prefix + std::string(24, '\0'));
  Transaction transaction(catalog.database());
  taken.feeds.push_back(take_feed(catalog, *feed, std::move(state), now));
  format::ReceiptEntry entry;
  entry.received = now;
  entry.digest = sha256(fmt::format("typed {} {} {} {}", spoken.site, spoken.feed, spoken.generation, now.text()));
  record(catalog, taken, entry);
  transaction.commit();
  return taken;
}

}  // namespace ferry::exporter
