// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/package_index.h"

#include <catch2/catch.hpp>

#include "common/cabinet.h"
#include "common/encoding.h"
#include "common/error.h"
#include "common/gzip.h"
#include "common/xml.h"
#include "format/document.h"
#include "format/limits.h"
#include "format/wsus/package_reader.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

struct IndexFound {
  wsus::PackageHeader header;
  std::vector<wsus::PackageFile> files;
  std::vector<std::optional<RevisionId>> ids;
  std::vector<std::string> documents;  // empty: none
  std::vector<std::string> failures;
};

IndexFound index_of(std::string_view xml) {
  IndexFound found;
  wsus::PackageIndexVisitor visitor;
  visitor.header = [&found](const wsus::PackageHeader& header) { found.header = header; };
  visitor.file = [&found](const wsus::PackageFile& file) { found.files.push_back(file); };
  visitor.update = [&found](const std::optional<RevisionId>& id, const std::optional<std::string>& document) {
    found.ids.push_back(id);
    found.documents.push_back(document.value_or(""));
  };
  visitor.failed = [&found](const std::optional<RevisionId>&, const std::string& error) {
    found.failures.push_back(error);
  };
  MemorySource source(xml);
  wsus::read_package_index(source, visitor);
  return found;
}

std::string update_element(unsigned number, const std::string& inside) {
  return "<Update UpdateId=\"" + id(number).text() + "\" RevisionNumber=\"200\"><Files/>" + inside + "</Update>";
}

std::string package_xml(const std::string& updates) {
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?><ExportPackage ServerID=\"s\" "
         "CreationTime=\"2026-11-01T00:00:00Z\" "
         "FormatVersion=\"1.0\" ProtocolVersion=\"1.20\"><Languages><Language Id=\"1033\" ShortName=\"en\" "
         "LongName=\"English\" Enabled=\"1\"/><Language Id=\"1031\" ShortName=\"de\" LongName=\"German\" "
         "Enabled=\"0\"/></Languages><Files><File Digest=\"" +
         to_base64(std::string(20, 'x')) + "\" MUUrl=\"http://example.org/a.cab\" Name=\"a.cab\"/></Files><Updates>" +
         updates + "</Updates></ExportPackage>";
}

std::string gzip_of(std::string_view bytes) {
  StringSink packed;
  GzipSink gzip(packed);
  gzip.write(bytes);
  gzip.finish();
  return packed.take();
}

const std::string plain = "<upd:Update xmlns:upd=\"urn:u\"><upd:A b=\"&amp;\">\xc3\xbc &lt;</upd:A></upd:Update>";

wsus::PackageVisitor counting(std::vector<std::string>& documents) {
  wsus::PackageVisitor visitor;
  visitor.document = [&documents](const std::optional<RevisionId>&, std::string_view document) {
    documents.emplace_back(document);
  };
  visitor.failed = [](const std::optional<RevisionId>&, const std::string&) {};
  visitor.file = [](const wsus::PackageFile&) {};
  return visitor;
}

}  // namespace

TEST_CASE("the index gives the header, files and revisions of a package", "[wsus][package]") {
  const IndexFound found = index_of(package_xml(update_element(1, "") + update_element(2, "")));
  CHECK(found.header.protocol_version == "1.20");
  REQUIRE(found.header.languages.size() == 2);
  CHECK(found.header.languages[0].is_enabled);
  CHECK_FALSE(found.header.languages[1].is_enabled);
  REQUIRE(found.files.size() == 1);
  CHECK(found.files[0].url == "http://example.org/a.cab");
  REQUIRE(found.ids.size() == 2);
  CHECK(found.ids[1] == RevisionId{id(2), 200});
}

TEST_CASE("a document is found as markup, as text, as CDATA and as base64 of a cabinet or of gzip", "[wsus][package]") {
  const std::string cabinet = cabinet_of("blob", utf16le_from_utf8(plain), CabinetCompression::mszip);
  for (const std::string& wrapped :
       {plain, "\n  " + plain + "\n", xml_escaped(plain), "<![CDATA[" + plain + "]]>", to_base64(cabinet),
        to_base64(gzip_of(plain)), to_base64(gzip_of("\xff\xfe" + utf16le_from_utf8(plain)))}) {
    INFO(wrapped);
    const IndexFound found = index_of(package_xml(update_element(1, "<Metadata>" + wrapped + "</Metadata>")));
    CHECK(found.failures.empty());
    REQUIRE(found.documents.size() == 1);
    CHECK(found.documents[0] == plain);
  }
}

TEST_CASE("markup takes along the declarations around it, and is else as it was written", "[wsus][package]") {
  const std::string markup =
      "<upd:Update a = '1'\r\n>\r\n<!-- kept --><upd:E/><![CDATA[<x>]]>&#13;&quot;<?kept too?></upd:Update>";
  const std::string xml =
      "<ExportPackage xmlns:upd=\"urn:outer\" xmlns:x=\"urn:x\"><Updates><Update xmlns:upd=\"urn:inner\"><Metadata>" +
      markup + "</Metadata></Update></Updates></ExportPackage>";
  const IndexFound found = index_of(xml);
  REQUIRE(found.documents.size() == 1);
  CHECK(found.documents[0] == "<upd:Update xmlns:x=\"urn:x\" xmlns:upd=\"urn:inner\"" + markup.substr(11));
}

TEST_CASE("letter case of names does not matter, and what is unknown is left alone", "[wsus][package]") {
  const std::string xml =
      "<exportpackage><Deployments><Update><Metadata>no</Metadata></Update></Deployments><updates><update "
      "updateid=\"" +
      id(3).text() + "\" revisionnumber=\"1\"><Other><Metadata>x</Metadata></Other><metadata>" + xml_escaped(plain) +
      "</metadata></update></updates></exportpackage>";
  const IndexFound found = index_of(xml);
  REQUIRE(found.documents.size() == 1);
  CHECK(found.ids[0] == RevisionId{id(3), 1});
  CHECK(found.documents[0] == plain);
}

TEST_CASE("a document that cannot be unwrapped is told, and the others come", "[wsus][package]") {
  for (const std::string& junk :
       {std::string(), std::string("   "), std::string("no markup"), to_base64("neither cabinet nor gzip"),
        to_base64("MSCF but no cabinet"), to_base64("\x1f\x8b broken"), std::string("<a/><b/>")}) {
    const IndexFound found = index_of(package_xml(update_element(1, "<Metadata>" + junk + "</Metadata>") +
                                                  update_element(2, "<Metadata>" + plain + "</Metadata>")));
    INFO(junk);
    CHECK(found.failures.size() == 1);
    REQUIRE(found.documents.size() == 1);
    CHECK(found.documents[0] == plain);
  }
}

TEST_CASE("a document in Metadata beyond the limit is a failure of that document", "[wsus][package]") {
  const std::string packed = gzip_of(std::string(limits::max_document_bytes + 1, ' '));
  const IndexFound found = index_of(package_xml(update_element(1, "<Metadata>" + to_base64(packed) + "</Metadata>")));
  REQUIRE(found.failures.size() == 1);
  CHECK(contains(found.failures[0], "longer"));
}

TEST_CASE("an index that is cut short, of another root or of a later format is refused", "[wsus][package]") {
  const std::string xml = package_xml(update_element(1, "<Metadata>" + plain + "</Metadata>"));
  for (const std::size_t size : {xml.size() - 1, xml.size() / 2, std::size_t{30}}) {
    const std::string message = message_of([&] { static_cast<void>(index_of(xml.substr(0, size))); });
    INFO(message);
    CHECK(contains(message, "cut short"));
  }
  CHECK(contains(message_of([] { static_cast<void>(index_of("<Package/>")); }), "ExportPackage"));
  CHECK(code_of([] { static_cast<void>(index_of("<ExportPackage FormatVersion=\"2.0\"/>")); }) == ExitCode::too_new);
}

TEST_CASE("a cabinet's members are read in any order and letter case", "[wsus][package]") {
  const Scratch scratch;
  const std::string records = id(1).text() + ",000000c8,00000004,<a/>\r\n";
  const std::string index = package_xml(update_element(1, ""));
  const auto compression = GENERATE(CabinetCompression::stored, CabinetCompression::mszip);
  write_cabinet(scratch / "a.cab", {{"metadata.txt", {}, records}, {"package.xml", {}, index}}, compression);
  write_cabinet(scratch / "b.cab", {{"Package.XML", {}, index}, {"other", {}, "x"}, {"METADATA.TXT", {}, records}},
                compression);
  for (const char* name : {"a.cab", "b.cab"}) {
    std::vector<std::string> documents;
    const auto summary = wsus::PackageReader(scratch / name).read(counting(documents));
    CHECK(documents == std::vector<std::string>{"<a/>"});
    CHECK(summary.listed == 1);
    CHECK(summary.missing == 0);
    CHECK(summary.files == 1);
  }
}

TEST_CASE("an index that lists what metadata.txt lacks is told, and missing or double members are refused",
          "[wsus][package]") {
  const Scratch scratch;
  const std::string records = id(1).text() + ",000000c8,00000004,<a/>\r\n";
  const std::string index = package_xml(update_element(1, "") + update_element(2, ""));
  std::vector<std::string> documents;
  write_cabinet(scratch / "a.cab", {{"metadata.txt", {}, records}, {"package.xml", {}, index}},
                CabinetCompression::stored);
  const auto summary = wsus::PackageReader(scratch / "a.cab").read(counting(documents));
  CHECK(summary.missing == 1);
  CHECK(summary.first_missing == RevisionId{id(2), 200});
  write_cabinet(scratch / "b.cab", {{"metadata.txt", {}, records}}, CabinetCompression::stored);
  CHECK(
      contains(message_of([&] { static_cast<void>(wsus::PackageReader(scratch / "b.cab").read(counting(documents))); }),
               "no package.xml"));
  write_cabinet(scratch / "c.cab",
                {{"metadata.txt", {}, records}, {"package.xml", {}, index}, {"a/metadata.txt", {}, records}},
                CabinetCompression::stored);
  CHECK(
      contains(message_of([&] { static_cast<void>(wsus::PackageReader(scratch / "c.cab").read(counting(documents))); }),
               "twice"));
}

TEST_CASE("a gzip package of several members is one package, and one that unpacks endlessly is refused",
          "[wsus][package]") {
  const Scratch scratch;
  const std::string xml = package_xml(update_element(1, "<Metadata>" + xml_escaped(plain) + "</Metadata>"));
  write(scratch / "a.xml.gz", gzip_of(xml.substr(0, 300)) + gzip_of(xml.substr(300)));
  std::vector<std::string> documents;
  CHECK(wsus::PackageReader(scratch / "a.xml.gz").read(counting(documents)).documents == 1);
  CHECK(documents == std::vector<std::string>{plain});
  write(scratch / "c.xml.gz", gzip_of(xml).substr(0, 200));
  CHECK(contains(
      message_of([&] { static_cast<void>(wsus::PackageReader(scratch / "c.xml.gz").read(counting(documents))); }),
      "cut short"));
  write(scratch / "d.xml.gz", "no package");
  CHECK(contains(message_of([&] { wsus::PackageReader reader(scratch / "d.xml.gz"); }), "neither a cabinet"));
}
