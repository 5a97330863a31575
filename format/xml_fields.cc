// SPDX-License-Identifier: Apache-2.0
#include "format/internal/xml_fields.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/limits.h"

namespace ferry::format::internal {
namespace {

[[noreturn]] void bad_field(const XmlNode& node, std::string_view name, std::string_view expected) {
  throw FormatError(
      fmt::format("{} of element {} is {}; expected {}", name, node.name, quote(text_field(node, name)), expected));
}

}  // namespace

const std::string& text_field(const XmlNode& node, std::string_view name) {
  for (const auto& [key, value] : node.attributes) {
    if (key != name) continue;
    if (value.size() > limits::max_text_bytes)
      throw FormatError(fmt::format("{} of element {} has {} bytes; at most {} are read", name, node.name, value.size(),
                                    limits::max_text_bytes));
    return value;
  }
  throw FormatError(fmt::format("element {} has no {}", node.name, name));
}

std::uint64_t number_field(const XmlNode& node, std::string_view name) {
  const auto number = parse_u64(text_field(node, name));
  if (!number || *number > limits::max_generation) bad_field(node, name, "a whole number below 2^53");
  return *number;
}

Digest digest_field(const XmlNode& node, std::string_view name) {
  const auto digest = Digest::from_hex(text_field(node, name));
  if (!digest) bad_field(node, name, "a SHA-256 in hexadecimal");
  return *digest;
}

Guid guid_field(const XmlNode& node, std::string_view name) {
  const auto guid = Guid::parse(text_field(node, name));
  if (!guid) bad_field(node, name, "a GUID");
  return *guid;
}

Time time_field(const XmlNode& node, std::string_view name) {
  const auto time = Time::parse(text_field(node, name));
  if (!time) bad_field(node, name, "a time such as 2026-11-23T11:32:15Z");
  return *time;
}

const XmlNode& child(const XmlNode& node, std::string_view name) {
  for (const XmlNode& candidate : node.children) {
    if (candidate.name == name) return candidate;
  }
  throw FormatError(fmt::format("element {} has no element {}", node.name, name));
}

XmlNode parse_own_xml(std::string_view bytes, std::uint64_t max_bytes, std::string_view root,
                      std::string_view name_space, std::string_view what) {
  if (bytes.size() > max_bytes)
    throw FormatError(fmt::format("{} has {} bytes; at most {} are read", what, bytes.size(), max_bytes));
  try {
    XmlLimits xml_limits;
    xml_limits.max_depth = 8;
    xml_limits.max_attributes = 16;
    xml_limits.max_elements = max_bytes / limits::bytes_per_element;
    xml_limits.plain = true;
    xml_limits.utf8_only = true;
    XmlNode node = parse_xml_tree(bytes, xml_limits);
    if (node.name != root || node.name_space != name_space)
      throw FormatError(fmt::format("root element is {} in namespace {}; expected {} in {}", quote(node.name),
                                    quote(node.name_space), quote(root), quote(name_space)));
    return node;
  } catch (Error& error) {
    error.add_context(what);
    throw;
  }
}

void require_canonical(std::string_view bytes, std::string_view canonical, std::string_view what) {
  if (bytes == canonical) return;
  const auto [found, expected] = std::mismatch(bytes.begin(), bytes.end(), canonical.begin(), canonical.end());
  static_cast<void>(expected);
  throw FormatError(
      fmt::format("{} is not in canonical form: differs at offset {}", what, std::distance(bytes.begin(), found)));
}

}  // namespace ferry::format::internal
