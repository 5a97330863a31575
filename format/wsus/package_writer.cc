// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/package_writer.h"

#include <fmt/format.h>

#include "common/cabinet.h"
#include "common/encoding.h"
#include "common/error.h"
#include "common/fault.h"
#include "common/file.h"
#include "common/gzip.h"
#include "common/text.h"
#include "common/xml.h"
#include "format/wsus/metadata_records.h"

namespace ferry::format::wsus {
namespace {

namespace fs = std::filesystem;

// A record's GUID, two numbers, three commas and the line end.
constexpr std::uint64_t record_overhead = 36 + 8 + 8 + 3 + 2;

std::string attribute(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, xml_escaped(value));
}

// ExportPackage without white space between elements, as Microsoft's writer makes it.
class IndexWriter {
 public:
  IndexWriter(Catalog& catalog, Sink& out) : catalog_(catalog), out_(out) {}

  void begin(const PackageHeader& header) {
    out_.write("<?xml version=\"1.0\" encoding=\"utf-8\"?><ExportPackage" + attribute("ServerID", header.server_id) +
               attribute("CreationTime", header.created) + attribute("FormatVersion", header.format_version) +
               attribute("ProtocolVersion", header.protocol_version) + "><Languages>");
    for (const PackageLanguage& language : header.languages)
      out_.write("<Language" + attribute("Id", language.lcid) + attribute("ShortName", language.short_name) +
                 attribute("LongName", language.long_name) + attribute("Enabled", language.is_enabled ? "1" : "0") +
                 " />");
    out_.write("</Languages><Files>");
    visit_located_files(catalog_, [this](const std::string& sha1, const std::string& url, const std::string& name) {
      ++files_;
      out_.write("<File" + attribute("Digest", to_base64(sha1)) + attribute("MUUrl", url) + attribute("Name", name) +
                 " />");
    });
    out_.write("</Files><Updates>");
  }

  // `document`: nothing in the cabinet form, where it is elsewhere.
  void update(const OutgoingRevision& revision, const std::string* document) {
    out_.write("<Update" + attribute("UpdateId", revision.id.update.text()) +
               attribute("RevisionNumber", fmt::format("{}", revision.id.number)) + ">");
    list("Files", "File", "Digest", payload(revision.row));
    list("Categories", "Category", "Value", ids(revision, CategoryType::product));
    list("Classifications", "Classification", "Value", ids(revision, CategoryType::classification));
    if (document != nullptr) {
      out_.write("<Metadata>");
      out_.write(xml_escaped(*document));
      out_.write("</Metadata>");
    }
    out_.write("</Update>");
  }

  void end() { out_.write("</Updates></ExportPackage>"); }

  [[nodiscard]] std::uint64_t files() const { return files_; }

 private:
  std::vector<std::string> payload(RevisionRow row) {
    std::vector<std::string> digests = payload_of(catalog_, row);
    for (std::string& digest : digests) digest = to_base64(digest);
    return digests;
  }
  // Categories and detectoids are in the tree of categories, but are no updates of it.
  std::vector<std::string> ids(const OutgoingRevision& revision, CategoryType type) {
    std::vector<std::string> texts;
    if (revision.is_category) return texts;
    for (const UpdateId& id : categories_of(catalog_, revision.row, type)) texts.push_back(id.text());
    return texts;
  }
  void list(std::string_view group, std::string_view item, std::string_view name,
            const std::vector<std::string>& values) {
    if (values.empty()) {
      out_.write(fmt::format("<{} />", group));
      return;
    }
    out_.write(fmt::format("<{}>", group));
    for (const std::string& value : values) out_.write(fmt::format("<{}{} />", item, attribute(name, value)));
    out_.write(fmt::format("</{}>", group));
  }

  Catalog& catalog_;
  Sink& out_;
  std::uint64_t files_ = 0;
};

class CountingSink final : public Sink {
 public:
  void write(std::string_view bytes) override { size_ += bytes.size(); }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_ = 0;
};

// Loads the documents one after the other; those that are not UTF-8 are left out and told.
template <typename Visit>
void each_document(Catalog& catalog, const PackageContents& contents, WrittenPackage& written, const Visit& visit) {
  Documents documents(catalog);
  for (const OutgoingRevision& revision : contents.revisions) {
    const std::string document = documents.load(revision.row);
    if (!is_utf8(document)) {
      written.left_out.push_back(revision.id);
      continue;
    }
    visit(revision, document);
    ++written.documents;
    written.document_bytes += document.size();
  }
}

std::uint64_t index_size(Catalog& catalog, const PackageContents& contents) {
  CountingSink counter;
  IndexWriter index(catalog, counter);
  index.begin(contents.header);
  for (const OutgoingRevision& revision : contents.revisions) index.update(revision, nullptr);
  index.end();
  return counter.size();
}

void require_cabinet_room(Catalog& catalog, const PackageContents& contents, const fs::path& file) {
  std::uint64_t raw = index_size(catalog, contents);
  for (const OutgoingRevision& revision : contents.revisions) raw += revision.document_bytes + record_overhead;
  if (raw > max_cabinet_bytes)
    throw UsageError(
        fmt::format("{} would have to hold {} of metadata; a cabinet takes {} (65,535 blocks of 32 KiB), and "
                    "what wsusutil wrote beyond that was empty: write an .xml.gz, or fewer feeds with --feed",
                    quote(file.native()), format_size(raw), format_size(max_cabinet_bytes)));
  // The members lie there while they are packed; a package takes a tenth of them, at worst as much.
  require_space(file.parent_path(), raw + raw / 2, "writing package " + quote(file.native()));
}

void write_cabinet_form(Catalog& catalog, const PackageContents& contents, const fs::path& file,
                        WrittenPackage& written, const std::function<void(std::uint64_t)>& progress) {
  require_cabinet_room(catalog, contents, file);
  const TempDir scratch(file.parent_path(), ".ferry-package-");
  const fs::path metadata_path = scratch.path() / "metadata.txt";
  const fs::path index_path = scratch.path() / "package.xml";
  {
    AtomicFile metadata(metadata_path);
    AtomicFile index_text(index_path);
    IndexWriter index(catalog, index_text);
    index.begin(contents.header);
    each_document(catalog, contents, written, [&](const OutgoingRevision& revision, const std::string& document) {
      write_metadata_record(metadata, revision.id, document);
      index.update(revision, nullptr);
      progress(document.size());
    });
    index.end();
    written.files = index.files();
    metadata.publish_unflushed();
    index_text.publish_unflushed();
  }
  fault_point("write wsus: members written");
  const fs::path partial = AtomicFile::partial_of(file);
  std::error_code ignored;
  fs::remove(partial, ignored);  // of a run that died
  write_cabinet(partial, {{"metadata.txt", metadata_path, {}}, {"package.xml", index_path, {}}},
                CabinetCompression::mszip);
  AtomicFile::adopt(file).publish();
}

void write_gzip_form(Catalog& catalog, const PackageContents& contents, const fs::path& file, WrittenPackage& written,
                     const std::function<void(std::uint64_t)>& progress) {
  std::uint64_t raw = 0;
  for (const OutgoingRevision& revision : contents.revisions) raw += revision.document_bytes;
  require_space(file.parent_path(), raw / 8, "writing package " + quote(file.native()));
  AtomicFile packed(file);
  GzipSink gzip(packed);
  IndexWriter index(catalog, gzip);
  index.begin(contents.header);
  each_document(catalog, contents, written, [&](const OutgoingRevision& revision, const std::string& document) {
    index.update(revision, &document);
    progress(document.size());
  });
  index.end();
  gzip.finish();
  written.files = index.files();
  packed.seal();
  fault_point("write wsus: package written");
  packed.publish();
}

}  // namespace

PackageForm package_form(const fs::path& file) {
  const std::string name = to_lower(file.filename().native());
  if (name.ends_with(".xml.gz")) return PackageForm::gzip;
  if (name.ends_with(".cab")) return PackageForm::cabinet;
  throw UsageError(fmt::format("{} ends in neither .cab nor .xml.gz: wsusutil tells the form of a package by its name",
                               quote(file.native())));
}

WrittenPackage write_package(Catalog& catalog, const PackageContents& contents, const fs::path& file,
                             const std::function<void(std::uint64_t)>& progress) {
  WrittenPackage written;
  if (package_form(file) == PackageForm::cabinet) {
    write_cabinet_form(catalog, contents, file, written, progress);
  } else {
    write_gzip_form(catalog, contents, file, written, progress);
  }
  written.bytes = fs::file_size(file);
  return written;
}

}  // namespace ferry::format::wsus
