// SPDX-License-Identifier: Apache-2.0
#include "exporter/export_spool.h"

#include <chrono>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "format/catalog/journal.h"
#include "format/limits.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;

// A bundle promises dates from the time when it was made, so an old one is made anew.
constexpr std::chrono::hours kept_for{24};

constexpr std::string_view manifest_file = "manifest.xml";

std::string signature_file(std::size_t number) { return fmt::format("{:02}.p7s", number); }

format::UnverifiedManifest read_front(const fs::path& directory) {
  format::UnverifiedManifest front;
  front.bytes = read_file(directory / manifest_file, format::limits::max_manifest_bytes);
  for (std::size_t number = 1; file_exists(directory / signature_file(number)); ++number)
    front.signatures.push_back(read_file(directory / signature_file(number), max_signature_bytes));
  return front;
}

// Two runs with one key make the same bundle, but for the time of day.
Digest key_of(const ExportPlan& plan, const VolumeOptions& volumes, const format::TrustChain& trust) {
  Sha256 hash;
  const auto add = [&hash](const std::string& text) { hash.update(text + "\n"); };
  add(plan.site);
  add(plan.feed.lineage.text());
  add(plan.feed.state.hex());
  add(fmt::format("{} {} {} {} {} {}", format::name_of(plan.kind), plan.base, plan.feed.generation,
                  plan.next_drop_days, plan.valid_days, plan.stands_alone));
  add(fmt::format("{} {} {} {}", volumes.max_bytes, volumes.count,
                  volumes.parity ? static_cast<int>(volumes.parity->kind) : 0,
                  volumes.parity ? volumes.parity->strength : 0));
  add(plan.policy.kind);
  for (const std::string& language : plan.policy.languages) add(language);
  for (const format::ContentFile& file : plan.content.files) add(file.sha256.hex());
  for (const format::UpdateId& update : plan.approvals) add(update.text());
  add(sha256(trust.files().back().bytes).hex());
  add(FERRY_VERSION);
  return hash.finish();
}

}  // namespace

ExportSpool::ExportSpool(const format::Point& point, const ExportPlan& plan, const VolumeOptions& volumes,
                         const format::TrustChain& trust)
    : directory_(point.directory() / "spool" / ("export-" + key_of(plan, volumes, trust).hex())) {}

ExportSpool::~ExportSpool() {
  if (!is_kept_) discard();
}

std::optional<format::PreparedBundle> ExportSpool::load(const format::TrustChain& trust, Time now) {
  if (!file_exists(directory_ / manifest_file)) return {};
  try {
    format::PreparedBundle prepared;
    prepared.resumes = true;
    prepared.front.trust = trust.files();
    prepared.front.manifest = read_front(directory_);
    for (const std::string& signature : prepared.front.manifest.signatures) {
      const auto& role = trust.current().exporter;
      if (format::count_signatures(prepared.front.manifest.bytes, {&signature, 1}, role).counted.empty()) return {};
    }
    prepared.manifest = format::parse_manifest(prepared.front.manifest.bytes);
    const std::chrono::seconds age(now.seconds - prepared.manifest.created.seconds);
    if (age < age.zero() || age > kept_for) return {};
    for (const format::VolumeContents& contents : prepared.manifest.volumes) {
      for (const format::ChunkInfo& chunk : contents.chunks) {
        if (sha256(read_file(format::spooled_chunk(directory_, chunk), chunk.size)) != chunk.sha256) return {};
      }
    }
    is_kept_ = true;
    return prepared;
  } catch (const Error&) {
    return {};
  }
}

void ExportSpool::keep(const format::PreparedBundle& prepared) {
  const auto& signatures = prepared.front.manifest.signatures;
  for (std::size_t i = 0; i < signatures.size(); ++i) write_file(directory_ / signature_file(i + 1), signatures[i]);
  // Last: it says that all the rest is there.
  write_file(directory_ / manifest_file, prepared.front.manifest.bytes);
  if (read_front(directory_) != prepared.front.manifest)
    throw IoError(
        fmt::format("what was written to {} does not read back; is the disk sound?", quote(directory_.native())));
  is_kept_ = true;
  fault_point("export: prepared");
}

void ExportSpool::discard() noexcept {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void clear_old_exports(const format::Point& point, format::Catalog& catalog) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(point.directory() / "spool", error)) {
    if (!entry.path().filename().native().starts_with("export-")) continue;
    const fs::path manifest = entry.path() / manifest_file;
    // Without its manifest it was packed and not signed; that is soon done again.
    const bool is_of_use =
        file_exists(manifest) && !is_older_than(manifest, kept_for) &&
        !format::is_recorded(catalog, sha256(read_file(manifest, format::limits::max_manifest_bytes)));
    if (!is_of_use) fs::remove_all(entry.path(), error);
  }
}

}  // namespace ferry::exporter
