// SPDX-License-Identifier: Apache-2.0
#include "importer/merge.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/file.h"
#include "common/text.h"
#include "format/catalog/feed_policy.h"
#include "format/catalog/references.h"
#include "format/chunk.h"
#include "format/document.h"
#include "format/limits.h"

namespace ferry::importer {
namespace {

class Merger {
 public:
  Merger(format::Catalog& catalog, const format::VerifiedManifest& manifest, const format::Feed& feed, Time now)
      : database_(catalog.database()),
        documents_(catalog),
        writer_(catalog, feed, std::max(manifest->target.generation, feed.generation + 1)),
        catalog_(catalog),
        feed_(feed),
        is_full_(manifest->kind == format::BundleKind::full),
        now_(now) {
    // What a full bundle does not hold is no member afterwards, so its puts are gathered before they count.
    if (is_full_)
      database_.run_script(
          "DROP TABLE IF EXISTS temp.selected;"
          "CREATE TEMP TABLE selected (revision INTEGER PRIMARY KEY);");
  }

  void apply(const format::Record& record) {
    if (record.kind == format::Record::Kind::approve) {
      approvals_.push_back(record.id.update);
      return;
    }
    if (record.kind == format::Record::Kind::drop) {
      if (is_full_) throw FormatError("a full bundle holds a drop record");
      writer_.remove(record.id, record.reason);
      ++drops_;
      return;
    }
    const format::RevisionRow row = store(record);
    ++puts_;
    bytes_ += record.document.size();
    if (is_full_) {
      database_.execute("INSERT OR IGNORE INTO temp.selected (revision) VALUES (?)", row);
    } else {
      writer_.add(row);
    }
  }

  format::Generation finish(const format::Manifest& manifest) {
    if (puts_ != manifest.puts || drops_ != manifest.drops || bytes_ != manifest.document_bytes ||
        approvals_.size() != manifest.approvals)
      throw FormatError(
          fmt::format("chunks hold {} puts, {} drops, {} approvals and {} document bytes, manifest says "
                      "{}, {}, {} and {}",
                      puts_, drops_, approvals_.size(), bytes_, manifest.puts, manifest.drops, manifest.approvals,
                      manifest.document_bytes));
    if (manifest.kind == format::BundleKind::content) {
      if (!approvals_.empty()) throw FormatError("a bundle of files alone holds an approve record");
      format::Generation same = *format::generation(catalog_, feed_.id, feed_.generation);
      same.added = same.removed = 0;  // by this bundle
      return same;
    }
    if (is_full_) writer_.become_selected();
    format::Generation made = writer_.finish(now_, manifest.bundle_name);
    if (made.state != manifest.target.state)
      throw FormatError(
          fmt::format("merged catalog has state {}, manifest promises {}; nothing was changed, ask the "
                      "publisher for a full bundle",
                      made.state.hex(), manifest.target.state.hex()));
    if (made.updates != manifest.updates || made.revisions != manifest.revisions)
      throw FormatError(fmt::format("merged catalog has {} updates in {} revisions, manifest says {} in {}",
                                    made.updates, made.revisions, manifest.updates, manifest.revisions));
    format::set_feed_policy(catalog_, feed_, made.number, {manifest.content_policy, manifest.languages}, approvals_);
    return made;
  }

 private:
  format::RevisionRow store(const format::Record& record) {
    const Digest digest = sha256(record.document);
    if (const auto known = documents_.find(record.id, digest)) return *known;
    format::Update update = format::parse_document(record.document);
    // An SDP says no revision number: the exporting point's counts.
    if (update.dialect == format::Dialect::sdp) update.id.number = record.id.number;
    if (update.id != record.id || update.dialect != record.dialect)
      throw FormatError(fmt::format("document says {} revision {} ({}), its record {} revision {} ({})",
                                    update.id.update.text(), update.id.number, name_of(update.dialect),
                                    record.id.update.text(), record.id.number, name_of(record.dialect)));
    return documents_.store(update, digest, record.document, now_).row;
  }

  Database& database_;
  format::Documents documents_;
  format::GenerationWriter writer_;  // a bundle of files alone writes none
  format::Catalog& catalog_;
  format::Feed feed_;
  std::vector<format::UpdateId> approvals_;
  bool is_full_;
  Time now_;
  std::uint64_t puts_ = 0;
  std::uint64_t drops_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

format::Generation merge_bundle(format::Catalog& catalog, const format::VerifiedManifest& manifest,
                                const format::Feed& feed, const std::filesystem::path& staged, Time now,
                                const std::function<void(std::uint64_t)>& progress) {
  Merger merger(catalog, manifest, feed, now);
  Decompressor decompressor;
  const format::LoadReference load = format::load_references(catalog, manifest.get());
  for (const auto& volume : manifest->volumes) {
    for (const format::ChunkInfo& chunk : volume.chunks) {
      const std::string stored = read_file(format::spooled_chunk(staged, chunk), format::limits::max_chunk_raw_bytes);
      try {
        format::read_chunk(chunk, stored, decompressor, load,
                           [&merger](const format::Record& record) { merger.apply(record); });
      } catch (const FormatError& error) {
        throw FormatError(error.what());  // whatever is wrong inside, here it is a fault of the bundle
      }
      progress(chunk.raw_size);
      fault_point("import: chunk merged");
    }
  }
  return merger.finish(manifest.get());
}

}  // namespace ferry::importer
