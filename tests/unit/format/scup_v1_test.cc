// SPDX-License-Identifier: Apache-2.0
#include "format/scup_v1.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/document.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

const std::string smc = "http://schemas.microsoft.com/sms/2005/04/CorporatePublishing/SystemsManagementCatalog.xsd";
const std::string sdp = "http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/SoftwareDistributionPackage.xsd";

// What stands inside a package.
std::string inside(unsigned number, const std::string& title = "Title") {
  return "<sdp:Properties PackageID=\"" + id(number).text() +
         "\" CreationDate=\"2026-01-01T00:00:00\" VendorName=\"Northwind\"><sdp:ProductName>Firmware</sdp:ProductName>"
         "</sdp:Properties><sdp:LocalizedProperties><sdp:Language>en</sdp:Language><sdp:Title>" +
         title +
         "</sdp:Title></sdp:LocalizedProperties><sdp:UpdateSpecificData MsrcSeverity=\"Low\" "
         "UpdateClassification=\"Updates\"/>";
}

std::string package(unsigned number, const std::string& title = "Title") {
  return "<smc:SoftwareDistributionPackage SchemaVersion=\"1.0\">" + inside(number, title) +
         "</smc:SoftwareDistributionPackage>";
}

std::string catalog(const std::string& packages, const std::string& more = "") {
  return "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<smc:SystemsManagementCatalog SchemaVersion=\"1.0\" "
         "xmlns:smc=\"" +
         smc + "\" xmlns:sdp=\"" + sdp + "\"" + more + ">\n " + packages + "\n</smc:SystemsManagementCatalog>\n";
}

std::vector<std::pair<std::string, std::string>> pieces(const std::string& bytes) {
  std::vector<std::pair<std::string, std::string>> list;
  split_v1_catalog(bytes, [&list](std::string_view package_id, std::string_view document) {
    list.emplace_back(package_id, document);
  });
  return list;
}

}  // namespace

TEST_CASE("each package becomes a document of its own, with the namespaces that it needs", "[scup]") {
  const auto list = pieces(catalog(package(1) + "\n<!-- ü -->\n" + package(2, "Grüße &amp; <![CDATA[<more>]]>")));
  REQUIRE(list.size() == 2);
  CHECK(list[0].first == id(1).text());
  CHECK(list[1].first == id(2).text());
  CHECK(list[0].second == "<smc:SoftwareDistributionPackage xmlns:smc=\"" + smc + "\" xmlns:sdp=\"" + sdp +
                              "\" SchemaVersion=\"1.0\">" + inside(1) + "</smc:SoftwareDistributionPackage>");
  CHECK(format::parse_document(list[1].second).title() == "Grüße & <more>");
}

TEST_CASE("a package means the same in a V1 catalog and as a file of its own", "[scup]") {
  const format::Update cut = format::parse_document(pieces(catalog(package(7, "BIOS"))).at(0).second);
  const format::Update own = format::parse_document(sdp_document(7, "BIOS"));
  CHECK(cut.dialect == own.dialect);
  CHECK(cut.id == own.id);
  CHECK(cut.title() == own.title());
  CHECK(cut.severity == own.severity);
  CHECK(cut.created == own.created);
  CHECK(cut.categories() == own.categories());
  CHECK(cut.categories().size() == 3);
}

TEST_CASE("a package's own declaration of a prefix wins over the catalog's", "[scup]") {
  const auto list = pieces(catalog("<smc:SoftwareDistributionPackage xmlns:x=\"urn:own\" xmlns:sdp=\"" + sdp + "\">" +
                                       inside(1) + "<x:a/></smc:SoftwareDistributionPackage>",
                                   " xmlns:x=\"urn:outer\" xmlns:y=\"urn:a&amp;b\""));
  REQUIRE(list.size() == 1);
  const std::string& document = list[0].second;
  CHECK_FALSE(contains(document, "urn:outer"));
  CHECK(contains(document, "xmlns:y=\"urn:a&amp;b\""));
  CHECK(format::parse_document(document).id.update == id(1));  // no attribute is there twice
}

TEST_CASE("a default namespace of the catalog comes along too", "[scup]") {
  const std::string bytes = "<SystemsManagementCatalog xmlns=\"" + smc + "\" xmlns:sdp=\"" + sdp +
                            "\"><SoftwareDistributionPackage>" + inside(1) +
                            "</SoftwareDistributionPackage></SystemsManagementCatalog>";
  const auto list = pieces(bytes);
  REQUIRE(list.size() == 1);
  CHECK(format::parse_document(list[0].second).id.update == id(1));
}

TEST_CASE("empty packages and start tags over several lines are cut right", "[scup]") {
  const auto list =
      pieces(catalog("<smc:SoftwareDistributionPackage/><smc:SoftwareDistributionPackage\n\tSchemaVersion='1.0'\n>" +
                     inside(2) + "</smc:SoftwareDistributionPackage >"));
  REQUIRE(list.size() == 2);
  CHECK(list[0].first.empty());
  CHECK(list[0].second.ends_with("/>"));
  CHECK_THROWS_AS(format::parse_document(list[0].second), FormatError);  // without Properties, but well-formed
  CHECK(contains(message_of([&] { static_cast<void>(format::parse_document(list[0].second)); }), "no Properties"));
  CHECK(format::parse_document(list[1].second).id.update == id(2));
}

TEST_CASE("only packages directly in the catalog count", "[scup]") {
  CHECK(pieces(catalog("")).empty());
  CHECK(pieces(catalog("<smc:Other>" + package(1) + "</smc:Other>")).empty());
}

TEST_CASE("a catalog that is broken, of another kind or in another encoding is refused", "[scup]") {
  CHECK_THROWS_AS(pieces(""), FormatError);
  CHECK_THROWS_AS(pieces("<catalog/>"), FormatError);
  CHECK_THROWS_AS(pieces(sdp_document(1, "t")), FormatError);
  const std::string good = catalog(package(1));
  CHECK_THROWS_AS(pieces(good.substr(0, good.size() - 10)), FormatError);
  CHECK_THROWS_AS(pieces("<!DOCTYPE x>" + good.substr(good.find("<smc"))), FormatError);
  // The pieces carry no declaration of an encoding, so that only UTF-8 can be cut.
  std::string wide = "\xff\xfe";
  for (const char c : good.substr(good.find("<smc"))) wide += {c, '\0'};
  CHECK_THROWS_AS(pieces(wide), FormatError);
  std::string latin = good.substr(3);
  CHECK_THROWS_AS(pieces(latin.replace(latin.find("utf-8"), 5, "ISO-8859-1")), FormatError);
}

TEST_CASE("a V1 catalog is recognized by its beginning", "[scup]") {
  CHECK(looks_like_v1_catalog(catalog("")));
  CHECK_FALSE(looks_like_v1_catalog(sdp_document(1, "t")));
  CHECK_FALSE(looks_like_v1_catalog(""));
  CHECK_FALSE(looks_like_v1_catalog(std::string(20'000, ' ') + catalog("")));
}

namespace {

std::vector<std::string> packages_of(std::string_view bytes) {
  std::vector<std::string> documents;
  split_v1_catalog(bytes,
                   [&documents](std::string_view, std::string_view document) { documents.emplace_back(document); });
  return documents;
}

std::string written_catalog(const std::vector<std::string>& documents) {
  StringSink sink;
  V1CatalogWriter writer(sink);
  for (const std::string& document : documents) writer.package(document);
  writer.finish();
  return sink.take();
}

std::string sdp_file(unsigned number, const std::string& before = "", const std::string& after = "") {
  return before + "<sdp:SoftwareDistributionPackage xmlns:sdp=\"" + sdp + "\" SchemaVersion=\"1.2\" >\r\n" +
         inside(number) + "</sdp:SoftwareDistributionPackage  >" + after;
}

}  // namespace

TEST_CASE("packages come out of a written catalog byte for byte, wherever they came from", "[format][scup]") {
  std::vector<std::string> documents = packages_of(catalog(package(1) + package(2)));
  documents.push_back(
      sdp_file(3, "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!-- a -->", "\r\n<!-- z -->\n"));
  documents.push_back(sdp_file(4));
  documents.push_back("<p:SoftwareDistributionPackage xmlns:p=\"" + sdp + "\" xmlns:sdp=\"" + sdp +
                      "\" xmlns:smc=\"urn:other\">" + inside(5) + "</p:SoftwareDistributionPackage>");
  documents.push_back("<SoftwareDistributionPackage xmlns=\"" + sdp + "\"/>");
  const std::string written = written_catalog(documents);
  CHECK(packages_of(written) == documents);
  CHECK(looks_like_v1_catalog(written));
  CHECK(packages_of(written_catalog(packages_of(written))) == documents);
}

TEST_CASE("a written catalog is one for readers that know nothing of the instructions", "[format][scup]") {
  const std::string written = written_catalog({sdp_file(3, "\xef\xbb\xbf")});
  CHECK(contains(written, "<smc:SoftwareDistributionPackage xmlns:sdp=\"" + sdp + "\" SchemaVersion=\"1.0\" >"));
  CHECK(contains(written, "</smc:SoftwareDistributionPackage>"));
  std::string without = written;
  const auto begin = without.find("<?ferry-document");
  without.erase(begin, without.find("?>", begin) + 2 - begin);
  const auto documents = packages_of(without);
  REQUIRE(documents.size() == 1);
  CHECK(parse_document(documents[0]).id.update == id(3));
  CHECK(parse_document(documents[0]).title() == "Title");
}

TEST_CASE("an instruction counts only while the package is what it was written for", "[format][scup]") {
  std::string changed = written_catalog({sdp_file(3)});
  changed.replace(changed.find(">Title<"), 7, ">Other<");
  const auto documents = packages_of(changed);
  REQUIRE(documents.size() == 1);
  CHECK(documents[0].starts_with("<smc:SoftwareDistributionPackage"));
  CHECK(contains(documents[0], ">Other<"));
  for (const char* junk :
       {"<?ferry-document?>", "<?ferry-document sha256=\"00\" head=\"!\" tail=\"\"?>", "<?ferry-document sha256=\"?>"})
    CHECK(packages_of(catalog(junk + package(1))) == packages_of(catalog(package(1))));
}

TEST_CASE("a package in another encoding is not written into a catalog", "[format][scup]") {
  StringSink sink;
  V1CatalogWriter writer(sink);
  CHECK_THROWS_AS(writer.package("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>" + sdp_file(1)), FormatError);
  writer.finish();
  CHECK(packages_of(sink.take()).empty());
}
