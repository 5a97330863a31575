// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/update_blob.h"

#include <fmt/format.h>

#include "common/archive.h"
#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "format/limits.h"

namespace ferry::format::wsus {
namespace {

// Letters outside ASCII take less room in UTF-16 than in UTF-8, all others twice as much.
constexpr std::uint64_t max_utf16_bytes = limits::max_document_bytes * 2;

std::string name_of_update(const RevisionId& id) { return fmt::format("update {} revision {}", id.update.text(), id.number); }

}  // namespace

bool travels_as_cabinet(std::string_view document) { return utf16_size(document) > max_text_blob_bytes; }

std::string document_from_cabinet(std::string_view cabinet) {
  ArchiveReader archive(cabinet, "XmlUpdateBlobCompressed");
  const auto member = archive.next();
  if (!member || !member->is_file)
    throw FormatError("XmlUpdateBlobCompressed is a cabinet without a file; expected one", ExitCode::failed);
  std::string utf16;
  try {
    utf16 = archive.read(max_utf16_bytes);
  } catch (const FormatError& error) {
    throw FormatError(fmt::format("XmlUpdateBlobCompressed: {}", error.what()), ExitCode::failed);
  }
  if (archive.next())
    throw FormatError("XmlUpdateBlobCompressed is a cabinet with several files; expected one", ExitCode::failed);
  if (utf16.size() % 2 != 0)
    throw FormatError(fmt::format("XmlUpdateBlobCompressed holds {} bytes; expected an even number, as UTF-16 has",
                                  utf16.size()),
                      ExitCode::failed);
  auto document = utf8_from_utf16le(utf16);
  if (!document)
    throw FormatError("XmlUpdateBlobCompressed holds half of a surrogate pair; expected UTF-16", ExitCode::failed);
  if (document->size() > limits::max_document_bytes)
    throw FormatError(fmt::format("XmlUpdateBlobCompressed holds a document of {} bytes; at most {} are read",
                                  document->size(), limits::max_document_bytes),
                      ExitCode::failed);
  return std::move(*document);
}

std::string document_of(const UpdateData& update) {
  if (update.blob.has_value() == update.compressed_blob.has_value())
    throw FormatError(fmt::format("{} has {} XmlUpdateBlob and XmlUpdateBlobCompressed; expected one of them",
                                  name_of_update(update.id), update.blob ? "both" : "neither"),
                      ExitCode::failed);
  if (update.blob) return *update.blob;
  try {
    return document_from_cabinet(*update.compressed_blob);
  } catch (Error& error) {
    error.add_context(name_of_update(update.id));
    throw;
  }
}

}  // namespace ferry::format::wsus
