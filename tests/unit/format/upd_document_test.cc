// SPDX-License-Identifier: Apache-2.0
// The dialect of update documents (WSUS-FORMATS b), element by element.
#include <catch2/catch.hpp>

#include "common/encoding.h"
#include "common/error.h"
#include "format/document.h"
#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

const std::string sha1_text = "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=";                    // of "abc"
const std::string sha256_text = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";  // of "abc"

// A document with everything the model knows, in the shape of a captured one.
std::string full_document() {
  return R"(<upd:Update xmlns:pub="http://schemas.microsoft.com/msus/2002/12/Publishing"
 xmlns:upd="http://schemas.microsoft.com/msus/2002/12/Update">
 <upd:UpdateIdentity UpdateID="6964AAB4-C5B5-43BD-A17D-FFB4346A8E1D" RevisionNumber="202" />
 <upd:Properties DefaultPropertiesLanguage="de" UpdateType="Driver" Handler="http://handler/" PublicationState="Expired"
  CreationDate="2026-10-04T12:00:58.287Z" ExplicitlyDeployable="true" MsrcSeverity="Critical"
  EulaID="0fa1201d-4330-4fa8-8ae9-b877473b6441" IsPublic="true" Unknown="left alone">
  <upd:MoreInfoUrl>https://more.example/?a=1&amp;b=2</upd:MoreInfoUrl>
  <upd:SupportUrl>https://support.example</upd:SupportUrl>
  <upd:SecurityBulletinID>MS26-001</upd:SecurityBulletinID>
  <upd:CveID>CVE-2026-0001</upd:CveID><upd:CveID>CVE-2026-0002</upd:CveID>
  <upd:KBArticleID>5001</upd:KBArticleID><upd:KBArticleID>5002</upd:KBArticleID>
  <upd:Language>en</upd:Language><upd:Language>de</upd:Language>
  <upd:SecuredFragment>FileURL</upd:SecuredFragment>
 </upd:Properties>
 <upd:LocalizedPropertiesCollection>
  <upd:LocalizedProperties><upd:Language>en</upd:Language><upd:Title>English title</upd:Title>
   <upd:Description>What it does</upd:Description></upd:LocalizedProperties>
  <upd:LocalizedProperties><upd:Language>de</upd:Language><upd:Title>Deutscher &lt;Titel&gt;</upd:Title></upd:LocalizedProperties>
  <upd:EulaFile Digest="qZk+NkcGgWq6PiVxeFDCbJzQ2J0=" FileName="eula.txt" Size="3" Language="en">
   <upd:AdditionalDigest Algorithm="SHA256">ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=</upd:AdditionalDigest></upd:EulaFile>
 </upd:LocalizedPropertiesCollection>
 <upd:Relationships>
  <upd:Prerequisites>
   <upd:UpdateIdentity UpdateID="00000001-0000-4000-8000-000000000001" />
   <upd:AtLeastOne><upd:UpdateIdentity UpdateID="00000002-0000-4000-8000-000000000002" />
    <upd:UpdateIdentity UpdateID="00000003-0000-4000-8000-000000000003" /></upd:AtLeastOne>
   <upd:AtLeastOne IsCategory="true"><upd:UpdateIdentity UpdateID="00000004-0000-4000-8000-000000000004" /></upd:AtLeastOne>
  </upd:Prerequisites>
  <upd:BundledUpdates>
   <upd:AtLeastOne><upd:UpdateIdentity UpdateID="00000005-0000-4000-8000-000000000005" RevisionNumber="100" />
    <upd:UpdateIdentity UpdateID="00000006-0000-4000-8000-000000000006" RevisionNumber="101" /></upd:AtLeastOne>
   <upd:UpdateIdentity UpdateID="00000007-0000-4000-8000-000000000007" RevisionNumber="2147483647" />
  </upd:BundledUpdates>
  <upd:SupersededUpdates><upd:UpdateIdentity UpdateID="00000008-0000-4000-8000-000000000008" />
   <upd:UpdateIdentity UpdateID="00000009-0000-4000-8000-000000000009" /></upd:SupersededUpdates>
 </upd:Relationships>
 <upd:ApplicabilityRules>
  <upd:IsInstalled><upd:UpdateIdentity UpdateID="no rule is looked into" /></upd:IsInstalled>
  <upd:Metadata><d:WindowsDriverMetaData xmlns:d="http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsDriver"
   HardwareID="pci\ven_8086" DriverVerDate="2026-01-31" DriverVerVersion="1.2.3.4" Class="Net" Provider="Northwind"
   Manufacturer="Northwind Ltd" Model="Adapter" ><d:CompatibleProvider>x</d:CompatibleProvider></d:WindowsDriverMetaData>
   <assembly><upd:UpdateIdentity UpdateID="nor is a package manifest" /></assembly></upd:Metadata>
 </upd:ApplicabilityRules>
 <upd:Files>
  <upd:File Digest="qZk+NkcGgWq6PiVxeFDCbJzQ2J0=" DigestAlgorithm="SHA1" FileName="a.cab" Size="9223372036854775807"
   Modified="2026-01-01T00:00:00Z"><upd:AdditionalDigest Algorithm="SHA256">
   ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=
   </upd:AdditionalDigest><upd:AdditionalDigest Algorithm="SHA512">of no interest</upd:AdditionalDigest></upd:File>
  <upd:File FileName="b.exe" Size="0" Digest="qZk+NkcGgWq6PiVxeFDCbJzQ2J0=" />
 </upd:Files>
 <upd:HandlerSpecificData><c:CategoryInformation CategoryType="ProductFamily"
  xmlns:c="http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category" /></upd:HandlerSpecificData>
</upd:Update>)";
}

std::string replaced(const std::string& from, const std::string& to) {
  std::string document = full_document();
  const auto at = document.find(from);
  REQUIRE(at != std::string::npos);
  return document.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("identity and properties of an update document are read", "[document][upd]") {
  const Update update = parse_document(full_document());
  CHECK(update.dialect == Dialect::upd);
  CHECK(update.id.update.text() == "6964aab4-c5b5-43bd-a17d-ffb4346a8e1d");  // written in capitals
  CHECK(update.id.number == 202);
  CHECK(update.type == UpdateType::driver);
  CHECK(update.category_type == CategoryType::product_family);
  CHECK(update.state == PublicationState::expired);
  CHECK(update.explicitly_deployable);
  CHECK(update.created == "2026-10-04T12:00:58.287Z");
  CHECK(update.default_language == "de");
  CHECK(update.handler == "http://handler/");
  CHECK(update.severity == "Critical");
  CHECK(update.eula_id == "0fa1201d-4330-4fa8-8ae9-b877473b6441");
  CHECK(update.more_info_url == "https://more.example/?a=1&b=2");
  CHECK(update.support_url == "https://support.example");
  CHECK(update.bulletins == std::vector<std::string>{"MS26-001"});
  CHECK(update.cves == std::vector<std::string>{"CVE-2026-0001", "CVE-2026-0002"});
  CHECK(update.kb_articles == std::vector<std::string>{"5001", "5002"});
  CHECK(update.languages == std::vector<std::string>{"en", "de"});
  CHECK(update.named_categories.empty());
}

TEST_CASE("texts of every language are read", "[document][upd]") {
  const Update update = parse_document(full_document());
  REQUIRE(update.texts.size() == 2);
  CHECK(update.texts[0].language == "en");
  CHECK(update.texts[0].title == "English title");
  CHECK(update.texts[0].description == "What it does");
  CHECK(update.texts[1].title == "Deutscher <Titel>");
  CHECK(update.texts[1].description.empty());
  CHECK(update.title() == "Deutscher <Titel>");
}

TEST_CASE("relations of an update document are read with their clauses", "[document][upd]") {
  const Update update = parse_document(full_document());
  REQUIRE(update.prerequisites.size() == 3);
  CHECK(update.prerequisites[0].any_of == std::vector<UpdateId>{id(1)});
  CHECK(update.prerequisites[1].any_of == std::vector<UpdateId>{id(2), id(3)});
  CHECK_FALSE(update.prerequisites[1].is_category);
  CHECK(update.prerequisites[2].is_category);
  REQUIRE(update.bundled.size() == 2);
  CHECK(update.bundled[0].any_of == std::vector<RevisionId>{{id(5), 100}, {id(6), 101}});
  CHECK(update.bundled[1].any_of == std::vector<RevisionId>{{id(7), 2147483647}});
  CHECK(update.supersedes == std::vector<UpdateId>{id(8), id(9)});
  CHECK(update.categories() == std::vector<UpdateId>{id(4)});
}

TEST_CASE("files, licences and drivers of an update document are read", "[document][upd]") {
  const Update update = parse_document(full_document());
  REQUIRE(update.files.size() == 3);
  CHECK(update.files[0].is_eula);
  CHECK(update.files[0].name == "eula.txt");
  CHECK(update.files[0].language == "en");
  CHECK(update.files[0].size == 3);
  CHECK(update.files[1].name == "a.cab");
  CHECK(update.files[1].size == 9223372036854775807ULL);
  CHECK(update.files[1].sha1 == sha1("abc"));
  CHECK(update.files[1].sha256 == sha256("abc"));  // white space around it and another digest after it
  CHECK_FALSE(update.files[1].is_eula);
  CHECK_FALSE(update.files[2].sha256);
  REQUIRE(update.drivers.size() == 1);
  CHECK(update.drivers[0].hardware_id == "pci\\ven_8086");
  CHECK(update.drivers[0].device_class == "Net");
  CHECK(update.drivers[0].provider == "Northwind");
  CHECK(update.drivers[0].manufacturer == "Northwind Ltd");
  CHECK(update.drivers[0].model == "Adapter");
  CHECK(update.drivers[0].version == "1.2.3.4");
  CHECK(update.drivers[0].date == "2026-01-31");
}

TEST_CASE("what a short document leaves out has its usual value", "[document][upd]") {
  const Update update = parse_document(
      "<Update xmlns='http://schemas.microsoft.com/msus/2002/12/Update'>"
      "<UpdateIdentity UpdateID='00000001-0000-4000-8000-000000000001' RevisionNumber='1'/>"
      "<Properties UpdateType='Category'></Properties></Update>");
  CHECK(update.type == UpdateType::category);
  CHECK(update.category_type == CategoryType::none);
  CHECK(update.state == PublicationState::published);
  CHECK_FALSE(update.explicitly_deployable);
  CHECK(update.default_language == "en");
  CHECK(update.texts.empty());
  CHECK(update.files.empty());
  CHECK(update.title() == id(1).text());
}

TEST_CASE("every type of update and of category has its word", "[document][upd]") {
  const auto type_of = [](const std::string& word) {
    return parse_document(replaced("\"Driver\"", '"' + word + '"')).type;
  };
  CHECK(type_of("Software") == UpdateType::software);
  CHECK(type_of("Category") == UpdateType::category);
  CHECK(type_of("Detectoid") == UpdateType::detectoid);
  const auto category_of = [](const std::string& word) {
    return parse_document(replaced("\"ProductFamily\"", '"' + word + '"')).category_type;
  };
  CHECK(category_of("Company") == CategoryType::company);
  CHECK(category_of("Product") == CategoryType::product);
  CHECK(category_of("UpdateClassification") == CategoryType::classification);
  CHECK(category_of("Something new") == CategoryType::none);
}

TEST_CASE("an update document without its identity is refused", "[document][upd]") {
  CHECK_THROWS_WITH(parse_document(replaced("<upd:UpdateIdentity UpdateID=\"6964AAB4-C5B5-43BD-A17D-FFB4346A8E1D\" "
                                        "RevisionNumber=\"202\" />",
                                        "")),
                    Catch::Contains("no UpdateIdentity"));
  for (const char* guid : {"", "6964AAB4", "6964AAB4-C5B5-43BD-A17D-FFB4346A8E1G"})
    CHECK_THROWS_AS(parse_document(replaced("6964AAB4-C5B5-43BD-A17D-FFB4346A8E1D", guid)), FormatError);
  for (const char* number : {"0", "-1", "", "2147483648", "1.0", "0x10", "99999999999999999999"})
    CHECK_THROWS_AS(parse_document(replaced("\"202\"", std::string("\"") + number + "\"")), FormatError);
  CHECK_THROWS_AS(parse_document(replaced(" RevisionNumber=\"202\"", "")), FormatError);
}

TEST_CASE("an update document says everything once", "[document][upd]") {
  CHECK_THROWS_WITH(
      parse_document(replaced("<upd:LocalizedPropertiesCollection>",
                          "<upd:Properties UpdateType=\"Software\"/><upd:LocalizedPropertiesCollection>")),
      Catch::Contains("two Properties"));
  CHECK_THROWS_WITH(parse_document(replaced("<upd:Files>",
                                        "<upd:UpdateIdentity UpdateID=\"00000001-0000-4000-8000-000000000001\" "
                                        "RevisionNumber=\"1\"/><upd:Files>")),
                    Catch::Contains("two UpdateIdentity"));
}

TEST_CASE("an update document without type, with a bad reference, size or digest is refused", "[document][upd]") {
  CHECK_THROWS_AS(parse_document(replaced("\"Driver\"", "\"Firmware\"")), FormatError);
  CHECK_THROWS_AS(parse_document(replaced("UpdateType=\"Driver\"", "")), FormatError);
  CHECK_THROWS_AS(parse_document(replaced("00000001-0000-4000-8000-000000000001", "x")), FormatError);
  CHECK_THROWS_AS(parse_document(replaced("RevisionNumber=\"100\"", "")), FormatError);
  CHECK_THROWS_AS(parse_document(replaced("RevisionNumber=\"100\"", "RevisionNumber=\"0\"")), FormatError);
  CHECK_THROWS_AS(parse_document(replaced("Size=\"3\"", "Size=\"-3\"")), FormatError);
  CHECK_THROWS_AS(parse_document(replaced("Size=\"3\"", "")), FormatError);
  CHECK_THROWS_AS(parse_document(replaced(sha1_text, "")), FormatError);
  CHECK_THROWS_AS(parse_document(replaced(sha1_text, sha256_text)), FormatError);  // 32 bytes are no SHA-1
  CHECK_THROWS_AS(parse_document(replaced(sha256_text, sha1_text)), FormatError);  // nor 20 a SHA-256
  CHECK_THROWS_AS(parse_document(replaced(sha256_text, "not base64")), FormatError);
}
