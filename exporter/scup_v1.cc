// SPDX-License-Identifier: Apache-2.0
#include "exporter/scup_v1.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "common/xml.h"
#include "format/limits.h"

namespace ferry::exporter {
namespace {

constexpr std::string_view catalog_namespace =
    "http://schemas.microsoft.com/sms/2005/04/CorporatePublishing/SystemsManagementCatalog.xsd";

class CatalogVisitor final : public XmlVisitor {
 public:
  CatalogVisitor(std::string_view bytes, const std::function<void(std::string_view, std::string_view)>& visit)
      : bytes_(bytes), visit_(visit) {}

  void declare_namespace(std::string_view prefix, std::string_view uri) override { pending_.emplace_back(prefix, uri); }

  void start(const XmlElement& element) override {
    ++depth_;
    if (depth_ == 1) {
      if (element.name != "SystemsManagementCatalog" || element.name_space != catalog_namespace)
        throw FormatError(fmt::format("root element is {} in namespace {}; expected SystemsManagementCatalog",
                                      quote(element.name), quote(element.name_space)));
      in_scope_ = pending_;
    } else if (depth_ == 2 && element.name == "SoftwareDistributionPackage") {
      in_package_ = true;
      start_ = element.offset;
      own_ = pending_;
      package_id_.clear();
    } else if (depth_ == 3 && in_package_ && element.name == "Properties") {
      package_id_ = element.attribute("PackageID").value_or("");
    }
    pending_.clear();
  }

  void end(std::uint64_t end_offset) override {
    if (depth_ == 2 && in_package_) {
      visit_(package_id_, cut(end_offset));
      in_package_ = false;
    }
    --depth_;
  }

 private:
  [[nodiscard]] std::string cut(std::uint64_t end) const {
    const std::string_view element = bytes_.substr(start_, end - start_);
    return with_declarations(element, in_scope_, own_);
  }

  std::string_view bytes_;
  const std::function<void(std::string_view, std::string_view)>& visit_;
  XmlDeclarations pending_;   // of the element that starts next
  XmlDeclarations in_scope_;  // of the root
  XmlDeclarations own_;       // of the package
  std::string package_id_;
  std::uint64_t start_ = 0;
  std::size_t depth_ = 0;
  bool in_package_ = false;
};

}  // namespace

void split_v1_catalog(std::string_view bytes, const std::function<void(std::string_view, std::string_view)>& visit) {
  CatalogVisitor visitor(bytes, visit);
  XmlLimits limits;
  limits.max_depth = format::limits::max_document_depth;
  limits.utf8_only = true;  // the pieces are cut from the bytes and carry no declaration of an encoding
  parse_xml(bytes, limits, visitor);
}

bool looks_like_v1_catalog(std::string_view bytes) {
  return bytes.substr(0, 16 * 1024).find("SystemsManagementCatalog") != std::string_view::npos;
}

}  // namespace ferry::exporter
