// SPDX-License-Identifier: Apache-2.0
// The SDP dialect: a software distribution package of a SCUP catalog (WSUS-FORMATS section e).
#include <unordered_map>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/internal/dialect_reader.h"

namespace ferry::format::internal {
namespace {

// The name space of ids made from names, itself a random GUID chosen once; never change it.
constexpr std::string_view name_space_text = "6f1d5a52-3c0e-4d0b-9e52-1b4f1c7a9d26";

enum class Place {
  properties,
  more_info,
  support,
  product,
  language,
  title,
  description,
  localized,
  specific,
  application,
  bulletin,
  cve,
  kb_article,
  superseded,
  clause,
  clause_member,
  rules,
  origin_file,
  item_language,
};

const std::unordered_map<std::string_view, Place>& places() {
  static const std::unordered_map<std::string_view, Place> table{
      {"/SoftwareDistributionPackage/Properties", Place::properties},
      {"/SoftwareDistributionPackage/Properties/MoreInfoUrl", Place::more_info},
      {"/SoftwareDistributionPackage/Properties/SupportUrl", Place::support},
      {"/SoftwareDistributionPackage/Properties/ProductName", Place::product},
      {"/SoftwareDistributionPackage/LocalizedProperties", Place::localized},
      {"/SoftwareDistributionPackage/LocalizedProperties/Language", Place::language},
      {"/SoftwareDistributionPackage/LocalizedProperties/Title", Place::title},
      {"/SoftwareDistributionPackage/LocalizedProperties/Description", Place::description},
      {"/SoftwareDistributionPackage/UpdateSpecificData", Place::specific},
      {"/SoftwareDistributionPackage/ApplicationSpecificData", Place::application},
      {"/SoftwareDistributionPackage/UpdateSpecificData/SecurityBulletinID", Place::bulletin},
      {"/SoftwareDistributionPackage/UpdateSpecificData/CveID", Place::cve},
      {"/SoftwareDistributionPackage/UpdateSpecificData/KBArticleID", Place::kb_article},
      {"/SoftwareDistributionPackage/SupersededPackages/PackageID", Place::superseded},
      {"/SoftwareDistributionPackage/Prerequisites/AtLeastOne", Place::clause},
      {"/SoftwareDistributionPackage/Prerequisites/AtLeastOne/PackageID", Place::clause_member},
      {"/SoftwareDistributionPackage/IsInstalled", Place::rules},
      {"/SoftwareDistributionPackage/IsInstallable", Place::rules},
      {"/SoftwareDistributionPackage/InstallableItem/ApplicabilityRules", Place::rules},
      {"/SoftwareDistributionPackage/InstallableItem/OriginFile", Place::origin_file},
      {"/SoftwareDistributionPackage/InstallableItem/Language", Place::item_language},
  };
  return table;
}

Guid package_id(std::string_view text) {
  const auto id = Guid::parse(trimmed(text));
  if (!id) throw FormatError(fmt::format("PackageID is {}; expected a GUID", quote(text)));
  return *id;
}

class SdpReader final : public DialectReader {
 public:
  SdpReader() {
    update_.dialect = Dialect::sdp;
    update_.explicitly_deployable = true;  // WSUS publishes every SDP so, detectoids excepted
    update_.default_language = "en";
  }

  Interest start(std::string_view path, const XmlElement& element) override {
    const auto found = places().find(path);
    if (found == places().end()) return Interest::none;
    switch (found->second) {
      case Place::properties:
        read_properties(element);
        return Interest::none;
      case Place::localized:
        update_.texts.emplace_back();
        return Interest::none;
      case Place::specific:
        update_.severity = optional_text(element, "MsrcSeverity");
        classification_ = optional_text(element, "UpdateClassification");
        return Interest::none;
      case Place::application:
        classification_ = "Applications";
        return Interest::none;
      case Place::clause:
        update_.prerequisites.emplace_back();
        return Interest::none;
      case Place::origin_file:
        update_.files.push_back(file_fact(element));
        return Interest::none;
      case Place::rules:
        return Interest::skip;
      default:
        return Interest::text;
    }
  }

  void end(std::string_view path, std::string& text) override {
    const auto found = places().find(path);
    if (found == places().end()) return;
    switch (found->second) {
      case Place::more_info:
        update_.more_info_url = text;
        break;
      case Place::support:
        update_.support_url = text;
        break;
      case Place::product:
        product_ = std::string(trimmed(text));
        break;
      case Place::language:
        update_.texts.back().language = text;
        break;
      case Place::title:
        update_.texts.back().title = text;
        break;
      case Place::description:
        update_.texts.back().description = text;
        break;
      case Place::bulletin:
        update_.bulletins.push_back(text);
        break;
      case Place::cve:
        update_.cves.push_back(text);
        break;
      case Place::kb_article:
        update_.kb_articles.push_back(text);
        break;
      case Place::superseded:
        update_.supersedes.push_back(package_id(text));
        break;
      case Place::clause_member:
        update_.prerequisites.back().any_of.push_back(package_id(text));
        break;
      case Place::item_language:
        update_.languages.push_back(text);
        break;
      default:
        break;
    }
  }

  Update finish() override {
    if (!has_properties_) throw FormatError("package has no Properties with a PackageID");
    name_categories();
    return std::move(update_);
  }

 private:
  void read_properties(const XmlElement& element) {
    if (has_properties_) throw FormatError("package has two Properties elements; expected one");
    has_properties_ = true;
    update_.id.update = required_guid(element, "PackageID");
    update_.created = optional_text(element, "CreationDate");
    vendor_ = std::string(trimmed(optional_text(element, "VendorName")));
    if (element.attribute("PublicationState").value_or("") == "Expired") update_.state = PublicationState::expired;
    const std::string_view type = element.attribute("UpdateType").value_or("");
    if (type == "Detectoid") {
      update_.type = UpdateType::detectoid;
      update_.explicitly_deployable = false;
    } else if (type == "Driver") {
      update_.type = UpdateType::driver;
    }
  }

  // VendorName is the company, ProductName its product. U+001F cannot occur in XML, so the joined names are
  // unambiguous; letter case does not make two vendors of one.
  void name_categories() {
    const Guid name_space = *Guid::parse(name_space_text);
    std::optional<Guid> company;
    if (!vendor_.empty()) {
      company = Guid::from_name(name_space, "company\x1f" + to_lower(vendor_));
      update_.named_categories.push_back({*company, CategoryType::company, vendor_, {}});
    }
    if (!product_.empty()) {
      const Guid id = Guid::from_name(name_space, "product\x1f" + to_lower(vendor_) + "\x1f" + to_lower(product_));
      update_.named_categories.push_back({id, CategoryType::product, product_, company});
    }
    if (classification_.empty()) return;
    const auto known = known_classification(classification_);
    const Guid id = known ? *known : Guid::from_name(name_space, "classification\x1f" + to_lower(classification_));
    const std::string name(known ? *known_classification_title(*known) : classification_);
    update_.named_categories.push_back({id, CategoryType::classification, name, {}});
  }

  Update update_;
  std::string vendor_;
  std::string product_;
  std::string classification_;
  bool has_properties_ = false;
};

}  // namespace

std::unique_ptr<DialectReader> make_sdp_reader() { return std::make_unique<SdpReader>(); }

}  // namespace ferry::format::internal
