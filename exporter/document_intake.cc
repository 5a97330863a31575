// SPDX-License-Identifier: Apache-2.0
#include "exporter/document_intake.h"

#include <fmt/format.h>

#include "common/error.h"

namespace ferry::exporter {
namespace {

// Enough that handing it to a thread costs nothing against reading it.
constexpr std::uint64_t batch_target_bytes = 1024UL * 1024;
// Of a larger document there is never a copy, and never another beside it.
constexpr std::uint64_t largest_batched = 4 * batch_target_bytes;

}  // namespace

DocumentIntake::DocumentIntake(format::Catalog& catalog, format::OfferRun& run, Time now, Callbacks callbacks)
    : documents_(catalog),
      run_(run),
      now_(now),
      callbacks_(std::move(callbacks)),
      compressor_(format::document_compressor()),
      batch_(std::make_shared<std::vector<Piece>>()) {}

void DocumentIntake::add(const std::string& path, std::string_view bytes) {
  Piece piece = look(path, bytes);
  if (bytes.size() > largest_batched) {
    finish();
    take(piece, bytes, nullptr);
    return;
  }
  piece.bytes = bytes;
  batch_->push_back(std::move(piece));
  batch_bytes_ += bytes.size();
  if (batch_bytes_ >= batch_target_bytes) begin_batch();
}

bool DocumentIntake::add_identified(const std::string& path, const format::RevisionId& said, std::string_view bytes) {
  finish();
  Piece piece = look(path, bytes);
  return take(piece, bytes, &said);
}

void DocumentIntake::finish() {
  if (!batch_->empty()) begin_batch();
  while (!ahead_.empty()) take_oldest();
}

DocumentIntake::Piece DocumentIntake::look(const std::string& path, std::string_view bytes) {
  Piece piece;
  piece.path = path;
  piece.digest = sha256(bytes);
  piece.known = run_.known_at(path);
  return piece;
}

// The usual case in a catalog of which a few percent change: same file, same bytes, nothing to read.
bool DocumentIntake::is_known(const Piece& piece) {
  return piece.known.size() == 1 && piece.known.front().digest == piece.digest;
}

void DocumentIntake::prepare(Piece& piece, std::string_view bytes, Compressor& compressor) {
  try {
    piece.prepared =
        std::make_unique<format::PreparedDocument>(format::prepare_document(bytes, piece.digest, compressor));
  } catch (const FormatError& error) {
    piece.error = error.what();
  }
}

void DocumentIntake::begin_batch() {
  while (ahead_.size() >= pieces_ahead()) take_oldest();
  ahead_.begin([batch = std::exchange(batch_, std::make_shared<std::vector<Piece>>())] {
    Compressor compressor = format::document_compressor();
    for (Piece& piece : *batch) {
      if (!is_known(piece)) prepare(piece, piece.bytes, compressor);
    }
    return batch;
  });
  batch_bytes_ = 0;
}

void DocumentIntake::take_oldest() {
  const Batch batch = ahead_.take();
  for (Piece& piece : *batch) take(piece, piece.bytes, nullptr);
}

bool DocumentIntake::take(Piece& piece, std::string_view bytes, const format::RevisionId* said) {
  bool is_taken = true;
  try {
    store(piece, bytes, said);
  } catch (const FormatError& error) {
    callbacks_.failed(piece.path, error.what());
    is_taken = false;
  }
  callbacks_.done(bytes.size());
  return is_taken;
}

void DocumentIntake::store(Piece& piece, std::string_view bytes, const format::RevisionId* said) {
  if (is_known(piece) && !run_.offered(piece.known.front().update)) {
    run_.offer(piece.known.front().update, piece.known.front().revision, piece.path);
    return;
  }
  if (!piece.prepared && piece.error.empty()) prepare(piece, bytes, compressor_);
  if (!piece.error.empty()) throw FormatError(piece.error);
  const format::RevisionId& id = piece.prepared->update.id;
  if (said != nullptr && (said->update != id.update || said->number != id.number))
    throw FormatError(fmt::format("the source says that this is {} revision {}, the document says {} revision {}",
                                  said->update.text(), said->number, id.update.text(), id.number),
                      ExitCode::failed);
  if (piece.prepared->update.dialect == format::Dialect::sdp) {
    store_package(*piece.prepared, bytes.size(), piece.path);
    return;
  }
  run_.offer(id.update, documents_.store(*piece.prepared, bytes.size(), now_).row, piece.path);
}

// An SDP says no revision: the first document of a PackageID is 1, each other one the next number.
void DocumentIntake::store_package(format::PreparedDocument& document, std::uint64_t size, const std::string& path) {
  format::RevisionId& id = document.update.id;
  if (run_.offered(id.update))
    throw FormatError(fmt::format("package {} is there twice", id.update.text()), ExitCode::failed);
  if (const auto same = run_.known_document(id.update, document.digest)) {
    run_.offer(id.update, *same, path);
    return;
  }
  const auto newest = documents_.newest(id.update);
  id.number = !newest ? 1 : newest->digest == document.digest ? newest->number : newest->number + 1;
  run_.offer(id.update, documents_.store(document, size, now_).row, path);
}

}  // namespace ferry::exporter
