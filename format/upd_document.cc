// SPDX-License-Identifier: Apache-2.0
// The `upd:Update` dialect (WSUS-FORMATS section b).
#include <unordered_map>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "format/internal/dialect_reader.h"

namespace ferry::format::internal {
namespace {

enum class Place {
  identity,
  properties,
  kb_article,
  bulletin,
  cve,
  binary_language,
  more_info,
  support,
  localized,
  language,
  title,
  description,
  eula_file,
  clause_direct,
  clause,
  clause_member,
  group_direct,
  group,
  group_member,
  superseded,
  driver,
  file,
  additional_digest,
  category,
  rules,
};

const std::unordered_map<std::string_view, Place>& places() {
  static const std::unordered_map<std::string_view, Place> table{
      {"/Update/UpdateIdentity", Place::identity},
      {"/Update/Properties", Place::properties},
      {"/Update/Properties/KBArticleID", Place::kb_article},
      {"/Update/Properties/SecurityBulletinID", Place::bulletin},
      {"/Update/Properties/CveID", Place::cve},
      {"/Update/Properties/Language", Place::binary_language},
      {"/Update/Properties/MoreInfoUrl", Place::more_info},
      {"/Update/Properties/SupportUrl", Place::support},
      {"/Update/LocalizedPropertiesCollection/LocalizedProperties", Place::localized},
      {"/Update/LocalizedPropertiesCollection/LocalizedProperties/Language", Place::language},
      {"/Update/LocalizedPropertiesCollection/LocalizedProperties/Title", Place::title},
      {"/Update/LocalizedPropertiesCollection/LocalizedProperties/Description", Place::description},
      {"/Update/LocalizedPropertiesCollection/EulaFile", Place::eula_file},
      {"/Update/LocalizedPropertiesCollection/EulaFile/AdditionalDigest", Place::additional_digest},
      {"/Update/Relationships/Prerequisites/UpdateIdentity", Place::clause_direct},
      {"/Update/Relationships/Prerequisites/AtLeastOne", Place::clause},
      {"/Update/Relationships/Prerequisites/AtLeastOne/UpdateIdentity", Place::clause_member},
      {"/Update/Relationships/BundledUpdates/UpdateIdentity", Place::group_direct},
      {"/Update/Relationships/BundledUpdates/AtLeastOne", Place::group},
      {"/Update/Relationships/BundledUpdates/AtLeastOne/UpdateIdentity", Place::group_member},
      {"/Update/Relationships/SupersededUpdates/UpdateIdentity", Place::superseded},
      {"/Update/ApplicabilityRules/IsInstalled", Place::rules},
      {"/Update/ApplicabilityRules/IsInstallable", Place::rules},
      {"/Update/ApplicabilityRules/IsSuperseded", Place::rules},
      {"/Update/ApplicabilityRules/Metadata/drv:WindowsDriverMetaData", Place::driver},
      {"/Update/Files/File", Place::file},
      {"/Update/Files/File/AdditionalDigest", Place::additional_digest},
      {"/Update/HandlerSpecificData/cat:CategoryInformation", Place::category},
  };
  return table;
}

std::uint32_t revision_number(const XmlElement& element) {
  const auto text = element.attribute("RevisionNumber");
  const auto number = parse_u64(text.value_or(""));
  if (!number || *number == 0 || *number > 0x7FFFFFFFU)
    throw FormatError(
        fmt::format("RevisionNumber of {} is {}; expected 1 to 2147483647", element.name, quote(text.value_or(""))));
  return static_cast<std::uint32_t>(*number);
}

UpdateType update_type(std::string_view text) {
  if (text == "Software") return UpdateType::software;
  if (text == "Driver") return UpdateType::driver;
  if (text == "Category") return UpdateType::category;
  if (text == "Detectoid") return UpdateType::detectoid;
  throw FormatError(fmt::format("UpdateType is {}; expected Software, Driver, Category or Detectoid", quote(text)));
}

CategoryType category_type(std::string_view text) {
  if (text == "Company") return CategoryType::company;
  if (text == "ProductFamily") return CategoryType::product_family;
  if (text == "Product") return CategoryType::product;
  if (text == "UpdateClassification") return CategoryType::classification;
  return CategoryType::none;  // 295 categories of a real server have none
}

class UpdReader final : public DialectReader {
 public:
  Interest start(std::string_view path, const XmlElement& element) override {
    const auto found = places().find(path);
    if (found == places().end()) {
      // Package manifests of up to 47 MB stand in Metadata; only driver facts there are of interest.
      return path.starts_with("/Update/ApplicabilityRules/Metadata/") ? Interest::skip : Interest::none;
    }
    switch (found->second) {
      case Place::identity:
        read_identity(element);
        break;
      case Place::properties:
        read_properties(element);
        break;
      case Place::localized:
        update_.texts.emplace_back();
        break;
      case Place::eula_file:
        update_.files.push_back(file_fact(element));
        update_.files.back().is_eula = true;
        break;
      case Place::file:
        update_.files.push_back(file_fact(element));
        break;
      case Place::clause_direct:
        update_.prerequisites.emplace_back();
        update_.prerequisites.back().any_of.push_back(required_guid(element, "UpdateID"));
        break;
      case Place::clause:
        update_.prerequisites.emplace_back();
        update_.prerequisites.back().is_category = flag(element, "IsCategory");
        break;
      case Place::clause_member:
        update_.prerequisites.back().any_of.push_back(required_guid(element, "UpdateID"));
        break;
      case Place::group_direct:
        update_.bundled.emplace_back();
        update_.bundled.back().any_of.push_back(exact(element));
        break;
      case Place::group:
        update_.bundled.emplace_back();
        break;
      case Place::group_member:
        update_.bundled.back().any_of.push_back(exact(element));
        break;
      case Place::superseded:
        update_.supersedes.push_back(required_guid(element, "UpdateID"));
        break;
      case Place::driver:
        read_driver(element);
        return Interest::skip;
      case Place::category:
        update_.category_type = category_type(element.attribute("CategoryType").value_or(""));
        break;
      case Place::additional_digest:
        is_sha256_ = equal_ignoring_case(element.attribute("Algorithm").value_or(""), "SHA256");
        return Interest::text;
      case Place::rules:
        return Interest::skip;
      default:
        return Interest::text;
    }
    return Interest::none;
  }

  void end(std::string_view path, std::string& text) override {
    const auto found = places().find(path);
    if (found == places().end()) return;
    switch (found->second) {
      case Place::kb_article:
        update_.kb_articles.push_back(text);
        break;
      case Place::bulletin:
        update_.bulletins.push_back(text);
        break;
      case Place::cve:
        update_.cves.push_back(text);
        break;
      case Place::binary_language:
        update_.languages.push_back(text);
        break;
      case Place::more_info:
        update_.more_info_url = text;
        break;
      case Place::support:
        update_.support_url = text;
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
      case Place::additional_digest:
        read_digest(text);
        break;
      default:
        break;
    }
  }

  Update finish() override {
    if (!has_identity_) throw FormatError("document has no UpdateIdentity");
    if (!has_properties_) throw FormatError("document has no Properties");
    return std::move(update_);
  }

 private:
  void read_identity(const XmlElement& element) {
    if (has_identity_) throw FormatError("document has two UpdateIdentity elements; expected one");
    has_identity_ = true;
    update_.id = exact(element);
  }

  void read_properties(const XmlElement& element) {
    if (has_properties_) throw FormatError("document has two Properties elements; expected one");
    has_properties_ = true;
    update_.type = update_type(element.attribute("UpdateType").value_or(""));
    update_.state = element.attribute("PublicationState").value_or("") == "Expired" ? PublicationState::expired
                                                                                    : PublicationState::published;
    update_.explicitly_deployable = flag(element, "ExplicitlyDeployable");
    update_.created = optional_text(element, "CreationDate");
    update_.default_language = optional_text(element, "DefaultPropertiesLanguage");
    update_.handler = optional_text(element, "Handler");
    update_.severity = optional_text(element, "MsrcSeverity");
    update_.eula_id = optional_text(element, "EulaID");
    if (update_.default_language.empty()) update_.default_language = "en";
  }

  static RevisionId exact(const XmlElement& element) {
    return {required_guid(element, "UpdateID"), revision_number(element)};
  }

  void read_driver(const XmlElement& element) {
    DriverFact driver;
    driver.hardware_id = optional_text(element, "HardwareID");
    driver.device_class = optional_text(element, "Class");
    driver.provider = optional_text(element, "Provider");
    driver.manufacturer = optional_text(element, "Manufacturer");
    driver.model = optional_text(element, "Model");
    driver.version = optional_text(element, "DriverVerVersion");
    driver.date = optional_text(element, "DriverVerDate");
    update_.drivers.push_back(std::move(driver));
  }

  void read_digest(const std::string& text) {
    if (!is_sha256_) return;
    const auto bytes = from_base64(text);
    update_.files.back().sha256 = bytes ? Digest::from_bytes(*bytes) : std::nullopt;
    if (!update_.files.back().sha256)
      throw FormatError(fmt::format("SHA256 digest of file {} is {}; expected 32 bytes in base64",
                                    quote(update_.files.back().name), quote(text)));
  }

  Update update_;
  bool has_identity_ = false;
  bool has_properties_ = false;
  bool is_sha256_ = false;
};

}  // namespace

std::unique_ptr<DialectReader> make_upd_reader() { return std::make_unique<UpdReader>(); }

}  // namespace ferry::format::internal
