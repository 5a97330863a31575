// SPDX-License-Identifier: Apache-2.0
// Reads one dialect: gets the elements below the root with their path, fills an Update.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/xml.h"
#include "format/update.h"

namespace ferry::format::internal {

// What a reader wants to happen with an element.
enum class Interest {
  none,  // look at its children
  text,  // and give me its text at the end
  skip,  // nothing below it matters
};

class DialectReader {
 public:
  virtual ~DialectReader() = default;
  // `path` is the element's local names from the root, "/Update/Files/File"; an element of a namespace that
  // is not the dialect's own has its short prefix ("cat:CategoryInformation") or "?" in front.
  virtual Interest start(std::string_view path, const XmlElement& element) = 0;
  virtual void end(std::string_view path, std::string& text) = 0;
  // All was read: checks what must be there and hands the model over.
  virtual Update finish() = 0;
};

[[nodiscard]] std::unique_ptr<DialectReader> make_upd_reader();
[[nodiscard]] std::unique_ptr<DialectReader> make_sdp_reader();

// Helpers with errors that name the element. They throw FormatError.
[[nodiscard]] Guid required_guid(const XmlElement& element, std::string_view attribute);
[[nodiscard]] std::string optional_text(const XmlElement& element, std::string_view attribute);
[[nodiscard]] bool flag(const XmlElement& element, std::string_view attribute);
// Name, size and SHA-1 of a File, EulaFile or OriginFile element.
[[nodiscard]] FileFact file_fact(const XmlElement& element);
[[nodiscard]] std::string bounded(std::string_view text, std::string_view what);

inline constexpr std::string_view upd_namespace = "http://schemas.microsoft.com/msus/2002/12/Update";
inline constexpr std::string_view category_namespace =
    "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category";
inline constexpr std::string_view driver_namespace =
    "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/WindowsDriver";
inline constexpr std::string_view sdp_namespace =
    "http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/SoftwareDistributionPackage.xsd";
inline constexpr std::string_view smc_namespace =
    "http://schemas.microsoft.com/sms/2005/04/CorporatePublishing/SystemsManagementCatalog.xsd";

}  // namespace ferry::format::internal
