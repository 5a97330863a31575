// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/internal/fields.h"

namespace ferry::format::wsus::internal {

SoapBody::Node FieldReader::required(std::string_view name) const {
  const Node node = body_.child(node_, name);
  if (node == SoapBody::none)
    throw FormatError(fmt::format("SOAP message {}: element {} has no {}", body_.name(), quote(body_.name(node_)), name),
                      ExitCode::failed);
  return node;
}

void FieldReader::refuse(Node node, std::string_view expected) const {
  throw FormatError(fmt::format("SOAP message {}: {} is {}; expected {}", body_.name(), quote(body_.name(node)),
                                quote(body_.text(node)), expected),
                    ExitCode::failed);
}

void FieldReader::read(Node node, std::string& value) const { value = body_.text(node); }

void FieldReader::read(Node node, bool& value) const {
  const std::string_view text = trimmed(body_.text(node));
  if (text != "true" && text != "false" && text != "1" && text != "0") refuse(node, "true or false");
  value = text == "true" || text == "1";
}

void FieldReader::read(Node node, std::uint32_t& value) const {
  const auto number = parse_u64(trimmed(body_.text(node)));
  constexpr std::uint64_t largest = std::numeric_limits<std::int32_t>::max();
  if (!number || *number > largest) refuse(node, "a whole number below 2^31");
  value = static_cast<std::uint32_t>(*number);
}

void FieldReader::read(Node node, Guid& value) const {
  const auto guid = Guid::parse(trimmed(body_.text(node)));
  if (!guid) refuse(node, "a GUID");
  value = *guid;
}

void FieldReader::read_base64(Node node, std::string& value) const {
  auto bytes = from_base64(body_.text(node));
  if (!bytes) refuse(node, "base64");
  value = std::move(*bytes);
}

void FieldReader::text(std::string_view name, std::optional<std::string>& value) const {
  const Node node = body_.child(node_, name);
  if (node != SoapBody::none) read(node, value.emplace());
}

void FieldReader::base64(std::string_view name, std::optional<std::string>& value) const {
  const Node node = body_.child(node_, name);
  if (node != SoapBody::none) read_base64(node, value.emplace());
}

}  // namespace ferry::format::wsus::internal
