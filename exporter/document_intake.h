// SPDX-License-Identifier: Apache-2.0
// Documents of one source → catalog: what is new is read on all cores, and stored in the order in which it came.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/work_ahead.h"
#include "format/catalog/documents.h"
#include "format/catalog/offers.h"

namespace ferry::exporter {

// Needs a transaction around it. What a call throws is a fault of the catalog or of this machine; a document that is
// not what it should be goes to `failed`, and the others still come.
class DocumentIntake {
 public:
  struct Callbacks {
    std::function<void(const std::string& path, const std::string& error)> failed;
    std::function<void(std::uint64_t bytes)> done;  // with a document, whether it was taken or failed
  };
  DocumentIntake(format::Catalog& catalog, format::OfferRun& run, Time now, Callbacks callbacks);

  // May be stored by a later call. `bytes` are copied, but for documents of many MB, which are stored at once.
  void add(const std::string& path, std::string_view bytes);
  // Stores it at once, if its identity is the one that the source says; whether it was taken.
  [[nodiscard]] bool add_identified(const std::string& path, const format::RevisionId& said, std::string_view bytes);
  // Stores all that was added. Without it, what is not stored yet is given up.
  void finish();

 private:
  struct Piece {
    std::string path;
    std::string bytes;
    Digest digest;
    std::vector<format::OfferRun::Known> known;  // what the last run had under this path
    std::unique_ptr<format::PreparedDocument> prepared;
    std::string error;
  };
  using Batch = std::shared_ptr<std::vector<Piece>>;

  [[nodiscard]] Piece look(const std::string& path, std::string_view bytes);
  [[nodiscard]] static bool is_known(const Piece& piece);
  static void prepare(Piece& piece, std::string_view bytes, Compressor& compressor);
  void begin_batch();
  void take_oldest();
  bool take(Piece& piece, std::string_view bytes, const format::RevisionId* said);
  void store(Piece& piece, std::string_view bytes, const format::RevisionId* said);
  void store_package(format::PreparedDocument& document, std::uint64_t size, const std::string& path);

  format::Documents documents_;
  format::OfferRun& run_;
  Time now_;
  Callbacks callbacks_;
  Compressor compressor_;
  Batch batch_;
  std::uint64_t batch_bytes_ = 0;
  WorkAhead<Batch> ahead_;
};

}  // namespace ferry::exporter
