// SPDX-License-Identifier: Apache-2.0
#include "importer/merge.h"

#include <deque>
#include <exception>
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

Document prepare(const format::Record& record, const Digest& digest, Compressor& compressor) {
  Document document = format::prepare_document(record.document, digest, compressor);
  format::Update& update = document.update;
  // An SDP says no revision number: the exporting point's counts.
  if (update.dialect == format::Dialect::sdp) update.id.number = record.id.number;
  if (update.id != record.id || update.dialect != record.dialect)
    throw FormatError(fmt::format("document says {} revision {} ({}), its record {} revision {} ({})",
                                  update.id.update.text(), update.id.number, name_of(update.dialect),
                                  record.id.update.text(), record.id.number, name_of(record.dialect)));
  return document;
}

// A chunk, expanded.
struct RawChunk {
  format::ChunkInfo info;
  std::string bytes;
};

// Some of its records, and what can be done with them without a catalog.
struct Slice {
  std::shared_ptr<const RawChunk> chunk;
  std::vector<format::Record> records;
  std::uint64_t bytes = 0;     // of their documents
  std::vector<Document> puts;  // as far as they are in order
  std::exception_ptr wrong;    // with the put behind those, told in its turn
};

// Documents of so many bytes are one piece of work.
constexpr std::uint64_t slice_bytes = 512UL * 1024;
// Of chunks that are read ahead, raw.
constexpr std::uint64_t max_bytes_ahead = 8 * format::limits::chunk_target_raw_bytes;

std::vector<Slice> slices_of(const std::shared_ptr<const RawChunk>& chunk) {
  std::vector<Slice> slices;
  format::visit_records(chunk->info, chunk->bytes, [&](const format::Record& record) {
    if (slices.empty() || slices.back().bytes >= slice_bytes) slices.push_back({chunk, {}, 0, {}, {}});
    slices.back().records.push_back(record);
    slices.back().bytes += record.document.size();
  });
  return slices;
}

Slice prepared(Slice slice) {
  Compressor compressor = format::document_compressor();
  try {
    for (const format::Record& record : slice.records) {
      if (record.kind == format::Record::Kind::put)
        slice.puts.push_back(prepare(record, sha256(record.document), compressor));
    }
  } catch (const FormatError&) {
    slice.wrong = std::current_exception();
  }
  return slice;
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

  // `prepared` is of a put, where that was done ahead; `wrong` is what was found wrong with it.
  void apply(const format::Record& record, const Document* prepared, const std::exception_ptr& wrong) {
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
    const format::RevisionRow row = store(record, prepared, wrong);
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
  format::RevisionRow store(const format::Record& record, const Document* prepared, const std::exception_ptr& wrong) {
    const Digest digest = prepared != nullptr ? prepared->digest : sha256(record.document);
    if (const auto known = documents_.find(record.id, digest)) return *known;
    if (wrong) std::rethrow_exception(wrong);
    if (prepared == nullptr)
      return documents_.store(prepare(record, digest, compressor_), record.document.size(), now_).row;
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

// Chunks of a bundle in order: expanded on another core while the one before is merged.
class ChunkQueue {
 public:
  ChunkQueue(const format::Manifest& manifest, const std::filesystem::path& staged, format::LoadReference load)
      : staged_(staged), load_(std::move(load)) {
    for (const auto& volume : manifest.volumes) {
      for (const format::ChunkInfo& info : volume.chunks) waiting_.push_back(&info);
    }
  }
  // Nothing after the last one.
  std::shared_ptr<const RawChunk> next() {
    begin_one();
    if (expanding_.empty()) return {};
    // A document of 50 MB is expanded when nothing else is.
    if (waiting_.empty() || waiting_.front()->raw_size <= format::limits::chunk_target_raw_bytes) begin_one();
    return expanding_.take();
  }

 private:
  void begin_one() {
    if (waiting_.empty() || expanding_.size() == 2) return;
    const format::ChunkInfo& info = *waiting_.front();
    waiting_.pop_front();
    const auto chunk = std::make_shared<format::CheckedChunk>(format::check_chunk(
        info, read_file(format::spooled_chunk(staged_, info), format::limits::max_chunk_raw_bytes), load_));
    expanding_.begin([chunk] {
      Decompressor decompressor;
      return std::make_shared<const RawChunk>(RawChunk{chunk->info, format::expand_chunk(*chunk, decompressor)});
    });
  }

  const std::filesystem::path& staged_;
  format::LoadReference load_;
  std::deque<const format::ChunkInfo*> waiting_;
  WorkAhead<std::shared_ptr<const RawChunk>> expanding_;
};

void merge_slice(const Slice& slice, Merger& merger) {
  std::size_t put = 0;
  for (const format::Record& record : slice.records) {
    const Document* document = nullptr;
    std::exception_ptr wrong;
    if (record.kind == format::Record::Kind::put) {
      if (put < slice.puts.size()) document = &slice.puts[put];
      if (put == slice.puts.size()) wrong = slice.wrong;
      ++put;
    }
    try {
      merger.apply(record, document, wrong);
    } catch (Error& error) {
      error.add_context(slice.chunk->info.name);
      throw;
    }
  }
}

}  // namespace

format::Generation merge_bundle(format::Catalog& catalog, const format::VerifiedManifest& manifest,
                                const format::Feed& feed, const std::filesystem::path& staged, Time now,
                                const std::function<void(std::uint64_t)>& progress) {
  Merger merger(catalog, manifest, feed, now);
  ChunkQueue chunks(manifest.get(), staged, format::load_references(catalog, manifest.get()));
  // Where most documents are known already, a look at their digests is less work than reading them.
  const bool prepares = manifest->kind == format::BundleKind::delta || feed.generation == 0;
  WorkAhead<Slice> ahead;
  std::uint64_t bytes_ahead = 0;
  const auto merge_oldest = [&] {
    const Slice slice = ahead.take();
    bytes_ahead -= slice.bytes;
    merge_slice(slice, merger);
    progress(slice.bytes);
    fault_point("import: records merged");
  };
  try {
    while (const auto chunk = chunks.next()) {
      for (Slice& slice : slices_of(chunk)) {
        // With a document of 50 MB nothing else runs ahead.
        while (!ahead.empty() && (ahead.size() > pieces_ahead() || bytes_ahead + slice.bytes > max_bytes_ahead))
          merge_oldest();
        bytes_ahead += slice.bytes;
        ahead.begin([slice = std::make_shared<Slice>(std::move(slice)), prepares] {
          return prepares ? prepared(std::move(*slice)) : std::move(*slice);
        });
      }
    }
    while (!ahead.empty()) merge_oldest();
  } catch (const FormatError& error) {
    throw FormatError(error.what());  // whatever is wrong inside, here it is a fault of the bundle
  }
  return merger.finish(manifest.get());
}

}  // namespace ferry::importer
