// SPDX-License-Identifier: Apache-2.0
// Typed access to the attributes of Ferry's own small documents. Strictness beyond presence and type comes
// from the comparison with the canonical bytes, which every reader of such a document makes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/guid.h"
#include "common/hash.h"
#include "common/xml.h"

namespace ferry::format::internal {

// All throw FormatError that names the element and the attribute.
[[nodiscard]] const std::string& text_field(const XmlNode& node, std::string_view name);
[[nodiscard]] std::uint64_t number_field(const XmlNode& node, std::string_view name);
[[nodiscard]] Digest digest_field(const XmlNode& node, std::string_view name);
[[nodiscard]] Guid guid_field(const XmlNode& node, std::string_view name);
[[nodiscard]] Time time_field(const XmlNode& node, std::string_view name);
[[nodiscard]] const XmlNode& child(const XmlNode& node, std::string_view name);

// Refuses bytes that are not UTF-8 XML of at most `max_bytes` with the given root; `what` names the document.
[[nodiscard]] XmlNode parse_own_xml(std::string_view bytes, std::uint64_t max_bytes, std::string_view root,
                                    std::string_view name_space, std::string_view what);

// Throws FormatError with the offset of the first difference.
void require_canonical(std::string_view bytes, std::string_view canonical, std::string_view what);

}  // namespace ferry::format::internal
