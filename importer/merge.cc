// SPDX-License-Identifier: Apache-2.0
#include "importer/merge.h"

#include <memory>
#include <vector>

#include <fmt/format.h>

#include "common/work_ahead.h"
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

using Document = format::PreparedDocument;

Document prepare(const format::Record& record, Compressor& compressor) {
  Document document = format::prepare_document(record.document, sha256(record.document), compressor);
  format::Update& update = document.update;
  // An SDP says no revision number: the exporting point's counts.
  if (update.dialect == format::Dialect::sdp) update.id.number = record.id.number;
  if (update.id != record.id || update.dialect != record.dialect)
    throw FormatError(fmt::format("document says {} revision {} ({}), its record {} revision {} ({})",
                                  update.id.update.text(), update.id.number, name_of(update.dialect),
                                  record.id.update.text(), record.id.number, name_of(record.dialect)));
  return document;
}

// The records of a chunk, and what can be done with them without a catalog.
struct ReadChunk {
  format::ChunkInfo info;
  std::unique_ptr<const std::string> raw;
  std::vector<Document> puts;  // as far as they are in order: what is wrong shows when the next one is merged
};

ReadChunk read_ahead(const format::CheckedChunk& chunk, bool prepares) {
  Decompressor decompressor;
  ReadChunk read{chunk.info, std::make_unique<const std::string>(format::expand_chunk(chunk, decompressor)), {}};
  if (!prepares) return read;
  Compressor compressor = format::document_compressor();
  try {
    format::visit_records(read.info, *read.raw, [&](const format::Record& record) {
      if (record.kind == format::Record::Kind::put) read.puts.push_back(prepare(record, compressor));
    });
  } catch (const FormatError&) {
    // Told in its turn, by the merge.
  }
  return read;
}

class Merger {
 public:
  Merger(format::Catalog& catalog, const format::VerifiedManifest& manifest, const format::Feed& feed, Time now)
      : database_(catalog.database()),
        documents_(catalog),
        compressor_(format::document_compressor()),
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

  // `prepared` is of a put, where that was done ahead.
  void apply(const format::Record& record, const Document* prepared) {
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
    const format::RevisionRow row = store(record, prepared);
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
  format::RevisionRow store(const format::Record& record, const Document* prepared) {
    const Digest digest = prepared != nullptr ? prepared->digest : sha256(record.document);
    if (const auto known = documents_.find(record.id, digest)) return *known;
    if (prepared == nullptr) return documents_.store(prepare(record, compressor_), record.document.size(), now_).row;
    return documents_.store(*prepared, record.document.size(), now_).row;
  }

  Database& database_;
  format::Documents documents_;
  Compressor compressor_;
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

// Of chunks that are read ahead, raw.
constexpr std::uint64_t max_bytes_ahead = 8 * format::limits::chunk_target_raw_bytes;

void merge_chunk(const ReadChunk& chunk, Merger& merger) {
  std::size_t put = 0;
  format::visit_records(chunk.info, *chunk.raw, [&](const format::Record& record) {
    const bool is_prepared = record.kind == format::Record::Kind::put && put < chunk.puts.size();
    merger.apply(record, is_prepared ? &chunk.puts[put++] : nullptr);
  });
}

}  // namespace

format::Generation merge_bundle(format::Catalog& catalog, const format::VerifiedManifest& manifest,
                                const format::Feed& feed, const std::filesystem::path& staged, Time now,
                                const std::function<void(std::uint64_t)>& progress) {
  Merger merger(catalog, manifest, feed, now);
  const format::LoadReference load = format::load_references(catalog, manifest.get());
  // Where most documents are known already, a look at their digests is less work than reading them.
  const bool prepares = manifest->kind == format::BundleKind::delta || feed.generation == 0;
  WorkAhead<ReadChunk> ahead;
  std::uint64_t bytes_ahead = 0;
  const auto merge_oldest = [&] {
    const ReadChunk chunk = ahead.take();
    bytes_ahead -= chunk.info.raw_size;
    merge_chunk(chunk, merger);
    progress(chunk.info.raw_size);
    fault_point("import: chunk merged");
  };
  try {
    for (const auto& volume : manifest->volumes) {
      for (const format::ChunkInfo& info : volume.chunks) {
        // Ordinary chunks run ahead on all cores; with one that holds a document of 50 MB nothing else does.
        while (!ahead.empty() && (ahead.size() == pieces_ahead() || bytes_ahead + info.raw_size > max_bytes_ahead))
          merge_oldest();
        const auto chunk = std::make_shared<format::CheckedChunk>(format::check_chunk(
            info, read_file(format::spooled_chunk(staged, info), format::limits::max_chunk_raw_bytes), load));
        ahead.begin([chunk, prepares] { return read_ahead(*chunk, prepares); });
        bytes_ahead += info.raw_size;
      }
    }
    while (!ahead.empty()) merge_oldest();
  } catch (const FormatError& error) {
    throw FormatError(error.what());  // whatever is wrong inside, here it is a fault of the bundle
  }
  return merger.finish(manifest.get());
}

}  // namespace ferry::importer
