// SPDX-License-Identifier: Apache-2.0
// The dialect of SCUP catalogs (WSUS-FORMATS e), element by element.
#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/document.h"
#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

std::string full_package() {
  return "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>"
         R"(
<sdp:SoftwareDistributionPackage SchemaVersion="1.2" xmlns:bar="urn:bar"
 xmlns:sdp="http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/SoftwareDistributionPackage.xsd">
 <sdp:Properties PackageID="6964AAB4-C5B5-43BD-A17D-FFB4346A8E1D" CreationDate="2026-01-31T00:00:00" VendorName=" Northwind "
  PublicationState="Expired" CanSourceBeRequired="true">
  <sdp:MoreInfoUrl>https://more.example</sdp:MoreInfoUrl>
  <sdp:SupportUrl>https://support.example</sdp:SupportUrl>
  <sdp:ProductName> Firmware </sdp:ProductName>
 </sdp:Properties>
 <sdp:LocalizedProperties><sdp:Language>en</sdp:Language><sdp:Title>BIOS 1.2</sdp:Title>
  <sdp:Description>Fixes</sdp:Description></sdp:LocalizedProperties>
 <sdp:LocalizedProperties><sdp:Language>fr</sdp:Language><sdp:Title>BIOS 1.2 (fr)</sdp:Title></sdp:LocalizedProperties>
 <sdp:UpdateSpecificData MsrcSeverity="Important" UpdateClassification="security updates">
  <sdp:SecurityBulletinID>NW-1</sdp:SecurityBulletinID><sdp:CveID>CVE-2026-1</sdp:CveID><sdp:KBArticleID>77</sdp:KBArticleID>
 </sdp:UpdateSpecificData>
 <sdp:IsInstallable><sdp:OriginFile>no rule is looked into</sdp:OriginFile></sdp:IsInstallable>
 <sdp:SupersededPackages><sdp:PackageID>00000002-0000-4000-8000-000000000002</sdp:PackageID></sdp:SupersededPackages>
 <sdp:Prerequisites><sdp:AtLeastOne><sdp:PackageID> 00000003-0000-4000-8000-000000000003 </sdp:PackageID>
  <sdp:PackageID>00000004-0000-4000-8000-000000000004</sdp:PackageID></sdp:AtLeastOne></sdp:Prerequisites>
 <sdp:InstallableItem ID="00000005-0000-4000-8000-000000000005"><sdp:ApplicabilityRules/>
  <sdp:OriginFile Digest="qZk+NkcGgWq6PiVxeFDCbJzQ2J0=" FileName="bios.exe" Size="4711" Modified="2026-01-30T00:00:00"
   OriginUri="https://files.example/bios.exe"/>
  <sdp:Language>en</sdp:Language><sdp:Language>fr</sdp:Language></sdp:InstallableItem>
</sdp:SoftwareDistributionPackage>
)";
}

std::string with(const std::string& from, const std::string& to) {
  std::string document = full_package();
  const auto at = document.find(from);
  REQUIRE(at != std::string::npos);
  return document.replace(at, from.size(), to);
}

const NamedCategory* category(const Update& update, CategoryType type) {
  for (const NamedCategory& named : update.named_categories) {
    if (named.type == type) return &named;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("every field of a package is read, behind a byte order mark", "[document][sdp]") {
  const Update update = parse_document(full_package());
  CHECK(update.dialect == Dialect::sdp);
  CHECK(update.id.update.text() == "6964aab4-c5b5-43bd-a17d-ffb4346a8e1d");
  CHECK(update.id.number == 0);  // the point gives it one
  CHECK(update.type == UpdateType::software);
  CHECK(update.state == PublicationState::expired);
  CHECK(update.explicitly_deployable);
  CHECK(update.created == "2026-01-31T00:00:00");
  CHECK(update.severity == "Important");
  CHECK(update.more_info_url == "https://more.example");
  CHECK(update.support_url == "https://support.example");
  CHECK(update.bulletins == std::vector<std::string>{"NW-1"});
  CHECK(update.cves == std::vector<std::string>{"CVE-2026-1"});
  CHECK(update.kb_articles == std::vector<std::string>{"77"});
  CHECK(update.languages == std::vector<std::string>{"en", "fr"});
  REQUIRE(update.texts.size() == 2);
  CHECK(update.texts[0].description == "Fixes");
  CHECK(update.title() == "BIOS 1.2");
  CHECK(update.supersedes == std::vector<UpdateId>{id(2)});
  REQUIRE(update.prerequisites.size() == 1);
  CHECK(update.prerequisites[0].any_of == std::vector<UpdateId>{id(3), id(4)});
  CHECK_FALSE(update.prerequisites[0].is_category);
  REQUIRE(update.files.size() == 1);
  CHECK(update.files[0].name == "bios.exe");
  CHECK(update.files[0].size == 4711);
  CHECK(update.files[0].sha1 == sha1("abc"));
  CHECK(update.files[0].url == "https://files.example/bios.exe");
  CHECK_FALSE(update.files[0].sha256);
}

TEST_CASE("vendor, product and classification become categories whose ids never change", "[document][sdp]") {
  const Update update = parse_document(full_package());
  REQUIRE(update.named_categories.size() == 3);
  const NamedCategory* company = category(update, CategoryType::company);
  const NamedCategory* product = category(update, CategoryType::product);
  const NamedCategory* classification = category(update, CategoryType::classification);
  REQUIRE((company != nullptr && product != nullptr && classification != nullptr));
  // Python: uuid.uuid5(the name space in sdp_document.cc, "company\x1fnorthwind"). Catalogs hold these ids.
  CHECK(company->id.text() == "6e917cc2-8f54-5081-9434-8f23d3811e15");
  CHECK(company->name == "Northwind");
  CHECK(product->id.text() == "2915d472-bcdb-59db-8c59-4c08730303e6");
  CHECK(product->parent == company->id);
  CHECK(product->name == "Firmware");
  CHECK(classification->id == *known_classification("Security Updates"));
  CHECK(classification->name == "Security Updates");  // spelt as the field spells it
}

TEST_CASE("letter case does not make two vendors of one, but a product belongs to its vendor", "[document][sdp]") {
  const auto product_of = [](std::string_view vendor, std::string_view product) {
    return category(parse_document(sdp_document(1, "t", vendor, product)), CategoryType::product)->id;
  };
  CHECK(product_of("NORTHWIND", "firmware") == product_of("Northwind", "Firmware"));
  CHECK(product_of("Northwind", "Firmware") != product_of("Contoso", "Firmware"));
  CHECK(product_of("a b", "c") != product_of("a", "b c"));
}

TEST_CASE("a classification that WSUS does not know keeps its name and gets an id of its own", "[document][sdp]") {
  const Update update = parse_document(sdp_document(1, "t", "v", "p", "BIOS Drivers"));
  const NamedCategory* classification = category(update, CategoryType::classification);
  REQUIRE(classification != nullptr);
  CHECK(classification->id.text() == "e6450c03-95d8-5192-8692-a0dd7aee0590");
  CHECK(classification->name == "BIOS Drivers");
}

TEST_CASE("an application is classified as one, and detectoids and drivers are told", "[document][sdp]") {
  const Update application = parse_document(
      "<s:SoftwareDistributionPackage "
      "xmlns:s='http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/SoftwareDistributionPackage.xsd'>"
      "<s:Properties PackageID='00000001-0000-4000-8000-000000000001' UpdateType='Detectoid'/>"
      "<s:ApplicationSpecificData/></s:SoftwareDistributionPackage>");
  CHECK(application.named_categories.size() == 1);
  CHECK(application.named_categories[0].id == *known_classification("Applications"));
  CHECK(application.type == UpdateType::detectoid);
  CHECK_FALSE(application.explicitly_deployable);
  CHECK(parse_document(with("PublicationState=\"Expired\"", "UpdateType=\"Driver\"")).type == UpdateType::driver);
}

TEST_CASE("a package cut from a V1 catalog is read in that catalog's namespace", "[document][sdp]") {
  const Update update = parse_document(
      "<smc:SoftwareDistributionPackage SchemaVersion='1.0' "
      "xmlns:smc='http://schemas.microsoft.com/sms/2005/04/CorporatePublishing/SystemsManagementCatalog.xsd' "
      "xmlns:sdp='http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/SoftwareDistributionPackage.xsd'>"
      "<sdp:Properties PackageID='00000001-0000-4000-8000-000000000001' VendorName='v'/>"
      "</smc:SoftwareDistributionPackage>");
  CHECK(update.id.update == id(1));
  CHECK(update.named_categories.size() == 1);
}

TEST_CASE("a package with a missing or bad id, reference, size or digest is refused", "[document][sdp]") {
  CHECK_THROWS_AS(parse_document(with("6964AAB4-C5B5-43BD-A17D-FFB4346A8E1D", "none")), FormatError);
  CHECK_THROWS_AS(parse_document(with("PackageID=\"6964AAB4-C5B5-43BD-A17D-FFB4346A8E1D\"", "")), FormatError);
  CHECK_THROWS_AS(parse_document(with("00000002-0000-4000-8000-000000000002", "x")), FormatError);
  CHECK_THROWS_AS(parse_document(with("00000004-0000-4000-8000-000000000004", "")), FormatError);
  CHECK_THROWS_AS(parse_document(with("Size=\"4711\"", "Size=\"4,711\"")), FormatError);
  CHECK_THROWS_AS(parse_document(with("qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0")), FormatError);
  CHECK_THROWS_WITH(
      parse_document(
          with("<sdp:LocalizedProperties>",
               "<sdp:Properties PackageID=\"00000001-0000-4000-8000-000000000001\"/><sdp:LocalizedProperties>")),
      Catch::Contains("two Properties"));
  CHECK_THROWS_WITH(parse_document("<s:SoftwareDistributionPackage xmlns:s='http://schemas.microsoft.com/wsus/2005/04/"
                                   "CorporatePublishing/SoftwareDistributionPackage.xsd'/>"),
                    Catch::Contains("no Properties"));
}
