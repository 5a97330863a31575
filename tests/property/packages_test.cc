// SPDX-License-Identifier: Apache-2.0
// What goes into packages and catalogs for other programs comes out of them again, for random texts.
#include <catch2/catch.hpp>

#include "common/encoding.h"
#include "common/gzip.h"
#include "common/xml.h"
#include "format/scup_v1.h"
#include "format/wsus/metadata_records.h"
#include "format/wsus/package_index.h"
#include "tests/property/property_support.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

// Anything that may stand between two tags.
std::string package_text(Random& random) {
  static constexpr const char* pieces[] = {"a",
                                           "\r\n",
                                           "\r",
                                           "\n",
                                           "\t",
                                           "&amp;",
                                           "]]&gt;",
                                           "\xc3\xbc",
                                           "&#13;",
                                           "<!-- c -->",
                                           "<?p i?>",
                                           "<e/>",
                                           "<e a='1' >x</e >",
                                           "0000,",
                                           "\xe2\x80\xae",
                                           "\xf0\x9f\x9a\xa2",
                                           "\xef\xbb\xbf"};
  std::string text;
  for (std::uint32_t left = random.below(40); left > 0; --left) text += random.pick(pieces);
  return text;
}

// As its publisher may have written it.
std::string package_document(Random& random) {
  const std::string name = random.percent(50) ? "SoftwareDistributionPackage" : "sdp:SoftwareDistributionPackage";
  std::string document;
  if (random.percent(30)) document += "\xef\xbb\xbf";
  if (random.percent(30)) document += "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n";
  document += "<" + name + " xmlns=\"urn:a\" xmlns:sdp=\"urn:b\"" +
              (random.percent(20) ? "\r\n xmlns:smc='urn:c'" : "") + " SchemaVersion=\"1.2\">" + package_text(random) +
              "</" + name + (random.percent(20) ? " \n>" : ">");
  if (random.percent(30)) document += "\n<!-- end -->\r\n";
  return document;
}

std::vector<std::string> package_documents(Random& random) {
  std::vector<std::string> documents;
  for (std::uint32_t left = 1 + random.below(6); left > 0; --left) documents.push_back(package_document(random));
  return documents;
}

}  // namespace

TEST_CASE("documents come out of records as they went in, in every encoding", "[property]") {
  for (const std::uint64_t seed : seeds({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})) {
    INFO("seed " << seed);
    Random random(seed);
    const auto documents = package_documents(random);
    StringSink sink;
    for (std::size_t i = 0; i < documents.size(); ++i)
      format::wsus::write_metadata_record(sink, {id(static_cast<unsigned>(i)), random.below(1000)}, documents[i]);
    std::string text = sink.take();
    const std::uint32_t encoding = random.below(3);
    if (encoding == 1) text = "\xff\xfe" + utf16le_from_utf8(text);
    if (encoding == 2) text = utf16le_from_utf8(text);
    std::vector<std::string> found;
    MemorySource source(text);
    format::wsus::read_metadata_records(
        source, [&found](const format::RevisionId&, std::string_view document) { found.emplace_back(document); });
    CHECK(found == documents);
  }
}

TEST_CASE("documents come out of a gzip package as they went in", "[property]") {
  for (const std::uint64_t seed : seeds({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})) {
    INFO("seed " << seed);
    Random random(seed);
    const auto documents = package_documents(random);
    StringSink packed;
    GzipSink gzip(packed);
    gzip.write("<ExportPackage><Updates>");
    for (const std::string& document : documents)
      gzip.write("<Update><Metadata>" + xml_escaped(document) + "</Metadata></Update>");
    gzip.write("</Updates></ExportPackage>");
    gzip.finish();
    std::vector<std::string> found;
    format::wsus::PackageIndexVisitor visitor;
    visitor.header = [](const format::wsus::PackageHeader&) {};
    visitor.file = [](const format::wsus::PackageFile&) {};
    visitor.update = [&found](const std::optional<format::RevisionId>&, const std::optional<std::string>& document) {
      found.push_back(document.value_or("none"));
    };
    visitor.failed = [&found](const std::optional<format::RevisionId>&, const std::string& error) {
      found.push_back(error);
    };
    const std::string bytes = packed.take();
    MemorySource source(bytes);
    GzipSource unpacked(source);
    format::wsus::read_package_index(unpacked, visitor);
    CHECK(found == documents);
  }
}

TEST_CASE("packages come out of a V1 catalog as they went in, and again from a catalog of those", "[property]") {
  for (const std::uint64_t seed : seeds({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})) {
    INFO("seed " << seed);
    Random random(seed);
    auto documents = package_documents(random);
    for (int round = 0; round < 2; ++round) {
      StringSink sink;
      format::V1CatalogWriter writer(sink);
      for (const std::string& document : documents) writer.package(document);
      writer.finish();
      std::vector<std::string> found;
      format::split_v1_catalog(sink.take(),
                               [&found](std::string_view, std::string_view document) { found.emplace_back(document); });
      CHECK(found == documents);
    }
  }
}
