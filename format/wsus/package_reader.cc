// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/package_reader.h"

#include <set>

#include <fmt/format.h>

#include "common/archive.h"
#include "common/error.h"
#include "common/file.h"
#include "common/gzip.h"
#include "common/text.h"
#include "format/wsus/metadata_records.h"
#include "format/wsus/package_index.h"

namespace ferry::format::wsus {
namespace {

namespace fs = std::filesystem;

// Metadata packs to a tenth or a twentieth, much repetition to a hundredth. Deflate can make a thousand of one, so a
// small file could keep a reader busy for days.
constexpr std::uint64_t max_unpacking = 250;
constexpr std::uint64_t free_unpacked_bytes = 1024ULL * 1024 * 1024;

class BoundedSource final : public Source {
 public:
  BoundedSource(Source& source, std::uint64_t packed) : source_(source), packed_(packed) {}
  std::size_t read(std::span<char> buffer) override {
    const std::size_t got = source_.read(buffer);
    taken_ += got;
    if (taken_ > free_unpacked_bytes && taken_ / max_unpacking > packed_)
      throw FormatError(
          fmt::format("unpacks to more than {} bytes for each of its own, which no package of updates does",
                      max_unpacking),
          ExitCode::failed);
    return got;
  }

 private:
  Source& source_;
  std::uint64_t packed_;
  std::uint64_t taken_ = 0;
};

// Which entries of the index have a document, whichever comes first.
class PackageMatch {
 public:
  void document(const RevisionId& id) {
    if (listed_.erase(id) == 0) documents_.insert(id);
  }
  void entry(const RevisionId& id) {
    if (documents_.erase(id) == 0) listed_.insert(id);
  }
  void finish(PackageSummary& summary) const {
    summary.missing = listed_.size();
    if (!listed_.empty()) summary.first_missing = *listed_.begin();
  }

 private:
  std::set<RevisionId> listed_;
  std::set<RevisionId> documents_;
};

void count_file(PackageSummary& summary, const PackageVisitor& visitor, const PackageFile& file) {
  if (file.url.empty()) return;
  ++summary.files;
  visitor.file(file);
}

enum class Member { other, metadata, index };
Member member_of(const std::string& name) {
  const std::string bare = name.substr(name.find_last_of("/\\") + 1);
  if (equal_ignoring_case(bare, "metadata.txt")) return Member::metadata;
  if (equal_ignoring_case(bare, "package.xml")) return Member::index;
  return Member::other;
}

}  // namespace

PackageReader::PackageReader(fs::path path) : path_(std::move(path)) {
  FileSource file(path_);
  char magic[4] = {};
  const std::size_t size = file.read(magic);
  const std::string_view begin(magic, size);
  is_cabinet_ = begin == "MSCF";
  if (!is_cabinet_ && !begin.starts_with("\x1F\x8B"))
    throw FormatError(
        fmt::format("{} is no wsusutil package: it begins like neither a cabinet (.cab) nor gzip (.xml.gz)",
                    quote(path_.native())),
        ExitCode::failed);
}

PackageSummary PackageReader::read(const PackageVisitor& visitor) const {
  try {
    return is_cabinet_ ? read_cabinet(visitor) : read_gzip(visitor);
  } catch (const FormatError& error) {
    // Its parts call damage 15, as in a bundle; here it is a source that could not be read.
    throw FormatError(fmt::format("package {}: {}", quote(path_.filename().native()), error.what()),
                      error.code() == ExitCode::too_new ? ExitCode::too_new : ExitCode::failed);
  }
}

PackageSummary PackageReader::read_cabinet(const PackageVisitor& visitor) const {
  PackageSummary summary;
  summary.is_cabinet = true;
  PackageMatch match;
  const std::uint64_t packed = FileSource(path_).size();
  PackageIndexVisitor index;
  index.header = [&summary](const PackageHeader& header) { summary.header = header; };
  index.file = [&summary, &visitor](const PackageFile& file) { count_file(summary, visitor, file); };
  index.failed = [](const std::optional<RevisionId>&, const std::string&) {};
  index.update = [&summary, &match](const std::optional<RevisionId>& id, const std::optional<std::string>&) {
    ++summary.listed;
    if (id) match.entry(*id);
  };
  bool has_metadata = false;
  bool has_index = false;
  ArchiveReader archive(path_);
  while (const auto member = archive.next()) {
    const Member kind = member_of(member->name);
    bool& is_there = kind == Member::metadata ? has_metadata : has_index;
    if (kind == Member::other) continue;
    if (is_there) throw FormatError(fmt::format("holds {} twice", quote(member->name)), ExitCode::failed);
    is_there = true;
    BoundedSource data(archive.data(), packed);
    try {
      if (kind == Member::metadata) {
        read_metadata_records(data, [&](const RevisionId& id, std::string_view document) {
          ++summary.documents;
          summary.document_bytes += document.size();
          match.document(id);
          visitor.document(id, document);
        });
      } else {
        read_package_index(data, index);
      }
    } catch (FormatError& error) {
      error.add_context(kind == Member::metadata ? "metadata.txt" : "package.xml");
      throw;
    }
  }
  if (!has_metadata || !has_index)
    throw FormatError(fmt::format("holds no {}; expected metadata.txt and package.xml",
                                  has_metadata ? "package.xml" : "metadata.txt"),
                      ExitCode::failed);
  match.finish(summary);
  return summary;
}

PackageSummary PackageReader::read_gzip(const PackageVisitor& visitor) const {
  PackageSummary summary;
  FileSource file(path_);
  GzipSource gzip(file);
  BoundedSource data(gzip, file.size());
  PackageIndexVisitor index;
  index.header = [&summary](const PackageHeader& header) { summary.header = header; };
  index.file = [&summary, &visitor](const PackageFile& found) { count_file(summary, visitor, found); };
  index.failed = [&summary, &visitor](const std::optional<RevisionId>& id, const std::string& error) {
    ++summary.listed;
    ++summary.unreadable;
    visitor.failed(id, error);
  };
  index.update = [&summary, &visitor](const std::optional<RevisionId>& id, const std::optional<std::string>& document) {
    ++summary.listed;
    if (document) {
      ++summary.documents;
      summary.document_bytes += document->size();
      visitor.document(id, *document);
    } else if (summary.missing++ == 0 && id) {
      summary.first_missing = *id;
    }
  };
  try {
    read_package_index(data, index);
  } catch (FormatError& error) {
    error.add_context(fmt::format("after {}", counted(summary.documents, "document", "documents")));
    throw;
  }
  return summary;
}

}  // namespace ferry::format::wsus
