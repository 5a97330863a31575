// SPDX-License-Identifier: Apache-2.0
#include "exporter/export_job.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "common/zstd_frame.h"
#include "exporter/export_spool.h"
#include "exporter/keys.h"
#include "exporter/trust_store.h"
#include "format/bundle.h"
#include "format/catalog/chain.h"
#include "format/catalog/documents.h"
#include "format/catalog/journal.h"
#include "format/catalog/receipts.h"
#include "format/catalog/references.h"
#include "format/change_page.h"
#include "format/change_report.h"
#include "format/limits.h"

namespace ferry::exporter {
namespace {

constexpr std::string_view tool = "ferry-export " FERRY_VERSION;

// So many earlier bundles are named in a manifest; a site that missed more needs a full one anyway.
constexpr std::size_t named_earlier_bundles = 16;

// What a new trust file asks of the next bundle of a series: a full one after a new epoch, and a bundle even
// where the feed has nothing new, since nothing else brings the file to the site.
void follow_trust(ExportPlan& plan, const std::vector<format::ExportEntry>& last, const TrustEpochs& epochs) {
  if (epochs.empty()) return;
  const std::uint64_t sent = last.empty() ? 0 : std::min<std::uint64_t>(last.front().trust_version, epochs.size());
  const std::uint64_t epoch = sent == 0 ? 0 : epochs[sent - 1];
  if (epochs.back() > epoch) {
    plan.base = 0;
    plan.has_news = true;
  } else if (!last.empty() && epochs.size() > sent && !plan.has_news) {
    plan.has_news = true;
    plan.base = std::min(plan.base, plan.feed.generation - 1);
  }
}

constexpr std::int64_t day_seconds = 86'400;

Time days_after(Time time, std::uint64_t days) {
  return Time{time.seconds + static_cast<std::int64_t>(days) * day_seconds};
}

}  // namespace

TrustEpochs trust_epochs(const format::Point& point) {
  TrustEpochs epochs;
  try {
    const format::TrustChain chain = load_chain(point);
    for (const format::SignedTrust& trust : chain.files()) epochs.push_back(format::parse_trust(trust.bytes).epoch);
  } catch (const NotFoundError&) {
    // Before `trust init` there is nothing to follow; an export will say what is missing.
  }
  return epochs;
}

std::uint64_t series_base(format::Catalog& catalog, const std::string& site, const format::Feed& feed,
                          std::uint64_t cover_drops) {
  if (!site.empty()) {
    // A state that is none of ours can only be replaced.
    if (const auto known = format::site_state(catalog, site, feed.lineage)) return known->matched.value_or(0);
  }
  const auto earlier = format::exports_to(catalog, site, feed.id, cover_drops);
  return earlier.empty() ? 0 : earlier.back().target;
}

namespace {

// The site said, after this bundle should have come, that it is not where the bundle leads: it was lost, or the site
// restored.
bool did_not_arrive(format::Catalog& catalog, const ExportPlan& plan, const format::SiteConfig& series,
                    const format::ExportEntry& last) {
  if (plan.site.empty()) return false;
  const auto state = format::site_state(catalog, plan.site, plan.feed.lineage);
  return state && state->after_export >= last.id && state->made >= days_after(last.made, series.transit_days) &&
         state->matched != last.target;
}

// Where documents lead: full or delta, and from which base.
void plan_documents(format::Catalog& catalog, const ExportRequest& request, const format::SiteConfig& series,
                    const TrustEpochs& epochs, ExportPlan& plan) {
  if (request.full) return;
  if (request.since) {
    plan.base = *request.since;
    if (plan.base >= plan.feed.generation)
      throw UsageError(fmt::format("--since {}: feed {} stands at generation {}; expected an earlier one", plan.base,
                                   quote(series.feed), plan.feed.generation));
    format::require_generation(catalog, plan.feed, plan.base);
  } else {
    plan.base = series_base(catalog, plan.site, plan.feed, series.cover_drops);
    const auto last = format::exports_to(catalog, plan.site, plan.feed.id, 1);
    plan.has_news = plan.base < plan.feed.generation && (last.empty() || last.front().target < plan.feed.generation ||
                                                         did_not_arrive(catalog, plan, series, last.front()));
    follow_trust(plan, last, epochs);
  }
  if (plan.base > 0 && plan.has_news && !format::generation(catalog, plan.feed.id, plan.base)) {
    plan.pruned_base = plan.base;
    plan.base = 0;
  }
  plan.kind = plan.base > 0 ? format::BundleKind::delta : format::BundleKind::full;
}

void plan_files(format::Catalog& catalog, const format::ContentStore& store, const ExportRequest& request,
                ExportPlan& plan) {
  if (plan.has_news) {
    const FileChoice usual = plan.kind == format::BundleKind::full ? FileChoice::all : FileChoice::lacking;
    plan.content =
        plan_content(catalog, store, plan.feed, plan.policy, plan.site, plan.base, request.files.value_or(usual));
    return;
  }
  if (request.files == FileChoice::none) return;
  plan.content = request.files == FileChoice::all
                     ? plan_content(catalog, store, plan.feed, plan.policy, plan.site, 0, FileChoice::all)
                     : plan_late_content(catalog, store, plan.feed, plan.policy, plan.site);
  plan.kind = format::BundleKind::content;
  plan.base = 0;
  plan.has_news = !plan.content.files.empty();
}

// What the sites of the series have once they took the bundle. One of files alone is not on the way to any
// generation: a site may miss it, so later deltas count on nothing that it brought, and it is only not sent again.
void promise(format::Catalog& catalog, const ExportPlan& plan, std::int64_t export_id) {
  std::vector<Digest> files = plan.content.promised;
  if (plan.kind == format::BundleKind::content) {
    files = format::files_ever_promised(catalog, plan.site, plan.feed);
    for (const format::ContentFile& file : plan.content.files) files.push_back(file.sha256);
  }
  format::promise_files(catalog, plan.site, plan.feed, export_id, files);
}

// What a relay passes on comes from here.
std::vector<format::Provenance> provenance(format::Catalog& catalog) {
  std::vector<format::Provenance> list;
  for (const format::Feed& feed : format::list_feeds(catalog)) {
    if (!feed.imported) continue;
    const auto last = format::last_import(catalog, feed.id);
    if (last && last->sequence > 0)
      list.push_back({feed.publisher, feed.name, feed.lineage, feed.generation, last->sequence, last->manifest});
  }
  return list;
}

// Who and which feed, with nothing planned yet.
ExportPlan begin_plan(format::Catalog& catalog, const format::PointConfig& config, const format::SiteConfig& series,
                      const std::string& site) {
  ExportPlan plan;
  plan.site = site;
  plan.next_drop_days = series.next_drop_days;
  plan.valid_days = series.valid_days;
  const auto feed = format::find_feed(catalog, config.feed(series.feed).name, false);
  if (!feed || feed->generation == 0)
    throw NotFoundError(
        fmt::format("feed {} carries nothing yet; run 'ferry-export sync' and look at "
                    "'ferry-export feeds'",
                    quote(series.feed)));
  plan.feed = *feed;
  plan.policy = format::feed_policy(catalog, plan.feed);
  plan.policy.upstream = config.import.approvals;
  return plan;
}

}  // namespace

ExportPlan plan_export(format::Catalog& catalog, const format::ContentStore& store, const format::PointConfig& config,
                       const ExportRequest& request, const TrustEpochs& epochs) {
  format::SiteConfig series;
  series.feed = request.feed;
  if (!request.site.empty()) series = config.site(request.site);
  ExportPlan plan = begin_plan(catalog, config, series, request.site);
  plan.stands_alone = request.stands_alone;
  if (request.need) {
    plan.kind = format::BundleKind::content;
    NeedPlan need = plan_need(catalog, store, plan.feed, plan.policy, plan.site, *request.need);
    plan.content = std::move(need.content);
    plan.unknown_files = need.unknown;
    plan.has_news = !plan.content.files.empty();
    return plan;
  }
  plan_documents(catalog, request, series, epochs, plan);
  plan_files(catalog, store, request, plan);
  if (plan.kind != format::BundleKind::content) plan.approvals = format::feed_approvals(catalog, plan.feed);
  return plan;
}

ExportPlan plan_documents_only(format::Catalog& catalog, const format::PointConfig& config,
                               const format::SiteConfig& site, const TrustEpochs& epochs) {
  ExportPlan plan = begin_plan(catalog, config, site, site.name);
  plan_documents(catalog, {}, site, epochs, plan);
  return plan;
}

PackedDelta pack_delta(format::Catalog& catalog, const ExportPlan& plan, const std::filesystem::path& spool,
                       Time created, const std::function<void(std::uint64_t)>& progress) {
  PackedDelta packed;
  format::Manifest& manifest = packed.manifest;
  manifest.tool = tool;
  manifest.compressor = "zstd " + zstd_version();
  manifest.kind = plan.kind;
  manifest.created = created;
  manifest.next_expected = days_after(created, plan.next_drop_days);
  manifest.valid_until = days_after(created, plan.valid_days);
  manifest.publisher_id = catalog.point_id();
  manifest.publisher_name = catalog.point_name();
  manifest.feed = plan.feed.name;
  manifest.lineage = plan.feed.lineage;
  if (!plan.site.empty()) manifest.recipients.push_back(plan.site);
  manifest.content_policy = plan.policy.kind;
  manifest.languages = format::canonical_languages(plan.policy.languages);
  if (plan.kind == format::BundleKind::delta) manifest.bases = format::accepted_bases(catalog, plan.feed, plan.base);
  const auto target = format::generation(catalog, plan.feed.id, plan.feed.generation);
  manifest.target = {plan.feed.generation, plan.feed.state};
  manifest.updates = target->updates;
  manifest.revisions = target->revisions;
  auto earlier = format::exports_to(catalog, plan.site, plan.feed.id, named_earlier_bundles);
  std::reverse(earlier.begin(), earlier.end());
  for (const format::ExportEntry& entry : earlier)
    manifest.earlier.push_back({entry.name, entry.base, entry.target, entry.sequence, entry.manifest});
  const format::ChainHead head = format::issued_head(catalog, plan.feed);
  manifest.chain = {head.sequence + 1, head.manifest};
  manifest.provenance = provenance(catalog);

  std::optional<format::ReferenceFinder> references;
  if (plan.kind == format::BundleKind::delta && !plan.stands_alone) references.emplace(catalog, plan.feed, plan.base);
  format::ChunkWriter writer(spool, format::chunk_compression_level, format::load_references(catalog, manifest));
  if (plan.kind != format::BundleKind::content) {
    format::Documents documents(catalog);
    format::visit_puts(catalog, plan.feed, plan.base,
                       [&](format::RevisionRow row, const format::RevisionId& id, format::Dialect dialect) {
                         const std::string document = documents.load(row);
                         writer.put(id, dialect, document,
                                    references ? references->find(row) : std::vector<format::RevisionId>());
                         ++manifest.puts;
                         manifest.document_bytes += document.size();
                         progress(document.size());
                       });
  }
  // Tombstones behind: a reader that stops half-way has never lost an update without having its successor.
  // A full bundle needs none, since what is not in it is not a member.
  if (plan.kind == format::BundleKind::delta) {
    format::visit_drops(catalog, plan.feed, plan.base, [&](const format::RevisionId& id, format::DropReason reason) {
      writer.drop(id, reason);
      ++manifest.drops;
    });
  }
  for (const format::UpdateId& update : plan.approvals) writer.approve(update);
  manifest.approvals = plan.approvals.size();
  packed.chunks = writer.finish(plan.kind == format::BundleKind::content);
  return packed;
}

namespace {

// Leaves in the bundle what fits on the media.
void choose_files(format::BundleParts& parts, const MediaPlan& media) {
  parts.files.clear();
  for (const RankedFile& ranked : media.sent) parts.files.push_back(ranked.file);
}

// Distributes and signs. Signatures may be longer than was reckoned with; then the last file stays behind.
format::PreparedBundle prepare_limited(const format::Manifest& manifest, format::BundleParts& parts,
                                       const std::vector<RankedFile>& ranked, std::size_t count) {
  if (count == 0) return format::prepare_bundle(manifest, parts);
  MediaPlan media = fit_on_media(manifest, parts, ranked, count);
  for (;;) {
    if (manifest.kind == format::BundleKind::content && media.sent.empty())
      throw UsageError(fmt::format("--count {}: none of the payload files fits; use larger media, or more", count));
    choose_files(parts, media);
    format::PreparedBundle prepared = format::prepare_bundle(manifest, parts);
    if (prepared.manifest.volumes.size() <= count) return prepared;
    if (media.sent.empty())
      throw UsageError(fmt::format("--count {}: the documents alone need {}; expected at least as many", count,
                                   counted(prepared.manifest.volumes.size(), "volume", "volumes")));
    media.sent.pop_back();
  }
}

// Packed and signed: now, or by an earlier run that was cut off.
format::PreparedBundle prepare(const format::Point& point, format::Catalog& catalog, const ExportPlan& plan,
                               const format::TrustChain& trust, format::BundleParts& parts,
                               const std::vector<RankedFile>& ranked, std::size_t count, ExportSpool& spool,
                               const Clock& clock, const ExportProgress& progress) {
  if (auto earlier = spool.load(trust, clock.now())) return std::move(*earlier);
  spool.discard();
  make_directories(spool.path());
  std::filesystem::permissions(spool.path(), std::filesystem::perms::owner_all);
  PackedDelta packed = [&] {
    const Snapshot snapshot(catalog.database());
    return pack_delta(catalog, plan, spool.path(), clock.now(), progress.packed);
  }();
  packed.manifest.epoch = trust.current().epoch;
  parts.chunks = std::move(packed.chunks);
  fault_point("export: packed");
  parts.signers = current_signers(point, trust.current());
  format::PreparedBundle prepared = prepare_limited(packed.manifest, parts, ranked, count);
  // Whatever is signed has its number, whether it ever gets onto a medium or not: none is given twice.
  format::set_issued_head(catalog, plan.feed.id,
                          {packed.manifest.chain.sequence, sha256(prepared.front.manifest.bytes)});
  spool.keep(prepared);
  return prepared;
}

// Written before the volumes: a disk that is too full for it must not leave a bundle that nobody recorded.
AtomicFile write_report(format::Catalog& catalog, const format::PreparedBundle& prepared, const ExportSpool& spool,
                        const std::filesystem::path& directory) {
  const format::ChangeReport report =
      format::report_chunks(prepared.manifest, spool.path(), format::load_references(catalog, prepared.manifest),
                            format::knowledge_of(catalog));
  AtomicFile page(directory / format::change_page_name(prepared.manifest.bundle_name));
  const std::string text = format::change_page(report);
  page.write(text);
  page.seal();
  if (read_file(page.partial(), text.size()) != text)
    throw IoError(fmt::format("the change report {} does not read back as it was written; is the medium sound?",
                              quote(page.target().native())));
  return page;
}

// An old page of the name would tell of another bundle.
void remove_report(const std::filesystem::path& directory, const std::string& bundle) {
  std::error_code ignored;
  const std::filesystem::path page = directory / format::change_page_name(bundle);
  std::filesystem::remove(page, ignored);
  std::filesystem::remove(AtomicFile::partial_of(page), ignored);
}

// What waits is not promised: the sites lack it until a later bundle brings it.
void leave_waiting(ExportResult& result, const std::vector<RankedFile>& ranked) {
  result.media = split_by_manifest(ranked, result.manifest);
  ContentPlan& content = result.plan.content;
  std::set<Digest> waiting;
  for (const RankedFile& file : result.media.waiting) waiting.insert(file.file.sha256);
  std::erase_if(content.files, [&](const format::ContentFile& file) { return waiting.contains(file.sha256); });
  std::erase_if(content.promised, [&](const Digest& digest) { return waiting.contains(digest); });
  content.bytes = result.media.sent_bytes;
}

}  // namespace

ExportResult run_export(const format::Point& point, format::Catalog& catalog, const ExportPlan& plan,
                        const std::filesystem::path& directory, const VolumeOptions& volumes, const Clock& clock,
                        const ExportProgress& progress) {
  format::BundleParts parts;
  const format::TrustChain trust = load_chain(point);
  parts.trust = trust.files();
  parts.max_volume_bytes = volumes.max_bytes;
  parts.parity = volumes.parity;
  parts.files = plan.content.files;
  parts.store = point.content();
  parts.progress = progress.written;
  make_directories(directory);
  ExportSpool spool(point, plan, volumes, trust);
  parts.spool = spool.path();
  const std::vector<RankedFile> ranked =
      volumes.count == 0 ? std::vector<RankedFile>() : rank_files(catalog, plan.feed, plan.content.files);
  const format::PreparedBundle prepared =
      prepare(point, catalog, plan, trust, parts, ranked, volumes.count, spool, clock, progress);
  std::optional<AtomicFile> page;
  if (volumes.has_report) page.emplace(write_report(catalog, prepared, spool, directory));

  ExportResult result;
  result.plan = plan;
  result.written = format::write_bundle(prepared, parts, directory);
  result.manifest = prepared.manifest;
  if (page) {
    page->publish();
    result.report = page->target();
  } else {
    remove_report(directory, result.manifest.bundle_name);
  }
  if (volumes.count > 0) leave_waiting(result, ranked);

  Transaction transaction(catalog.database());
  format::ExportEntry entry;
  entry.site = plan.site;
  entry.feed = plan.feed.id;
  entry.name = result.manifest.bundle_name;
  entry.kind = format::name_of(plan.kind);
  entry.base = plan.base;
  entry.target = plan.feed.generation;
  entry.made = result.manifest.created;
  entry.bytes = result.written.bytes;
  entry.volumes = result.written.volumes.size();
  entry.manifest = result.written.manifest;
  entry.trust_version = trust.current().version;
  entry.sequence = result.manifest.chain.sequence;
  entry.document_bytes = result.manifest.document_bytes;
  entry.file_bytes = result.manifest.file_bytes;
  const std::int64_t id = format::log_export(catalog, entry);
  promise(catalog, result.plan, id);
  transaction.commit();
  fault_point("export: recorded");
  spool.discard();
  return result;
}

const std::vector<Medium>& media() {
  // FAT32: the longest file it can hold. Discs: the user data area of the smaller of the two standards,
  // less 4 MiB for the file system around the volume.
  constexpr std::uint64_t disc_overhead = 4ULL * 1024 * 1024;
  static const std::vector<Medium> list{
      {"fat32", 4'294'967'295ULL},
      {"cd", 359'847ULL * 2048 - disc_overhead},
      {"dvd", 2'295'104ULL * 2048 - disc_overhead},
      {"dvd-dl", 4'171'712ULL * 2048 - disc_overhead},
      {"bd25", 12'219'392ULL * 2048 - disc_overhead},
      {"bd50", 24'438'784ULL * 2048 - disc_overhead},
  };
  return list;
}

format::ParityMode parse_parity(const std::string& text) {
  constexpr unsigned max_percent = 20;
  constexpr unsigned max_files = 8;
  const bool is_percent = text.ends_with('%');
  const auto number = parse_u64(is_percent ? text.substr(0, text.size() - 1) : text);
  if (!number || *number == 0 || *number > (is_percent ? max_percent : max_files))
    throw UsageError(
        fmt::format("--parity {}: expected 1% to {}%, sectors that may be lost, or 1 to {}, whole volumes "
                    "that may be lost",
                    quote(text), max_percent, max_files));
  return {is_percent ? format::ParityKind::percent : format::ParityKind::volumes, static_cast<unsigned>(*number)};
}

std::uint64_t parse_volume_size(const std::string& text) {
  for (const Medium& medium : media()) {
    if (equal_ignoring_case(text, medium.name)) return medium.bytes;
  }
  std::uint64_t bytes = 0;
  try {
    bytes = parse_size(text, "--volume-size");
  } catch (UsageError& error) {
    throw UsageError(fmt::format("{}, or a medium: fat32, cd, dvd, dvd-dl, bd25, bd50", error.what()));
  }
  if (bytes < format::limits::min_volume_bytes)
    throw UsageError(
        fmt::format("--volume-size {}: expected at least {} bytes", quote(text), format::limits::min_volume_bytes));
  return bytes;
}

}  // namespace ferry::exporter
