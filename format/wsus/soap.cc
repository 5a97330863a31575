// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/soap.h"

#include <array>
#include <map>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "common/xml.h"

namespace ferry::format::wsus {
namespace {

constexpr std::string_view envelope_namespace = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr std::string_view instance_namespace = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view types_namespace = "http://microsoft.com/wsdl/types/";
constexpr std::string_view sync_namespace = "http://www.microsoft.com/SoftwareDistribution";
constexpr std::string_view auth_namespace = "http://www.microsoft.com/SoftwareDistribution/Server/DssAuthWebService";
constexpr std::string_view ping_namespace = "http://www.microsoft.com/SoftwareDistribution/Server/IMonitorable";

// Envelope, body, operation and at most six below it.
constexpr std::size_t max_message_depth = 16;
// The protocol has some eighty names; a message that invents one for each element costs no memory here.
constexpr std::size_t max_names = 512;
// The longest answer has room for 530,000 identities, of three elements each. One of empty elements alone would take
// six times its bytes.
constexpr std::size_t max_elements = 2'000'000;

struct OperationEntry {
  Operation operation;
  std::string_view name;
  std::string_view name_space;
};
constexpr std::array<OperationEntry, 12> operations{{
    {Operation::get_auth_config, "GetAuthConfig", sync_namespace},
    {Operation::get_authorization_cookie, "GetAuthorizationCookie", auth_namespace},
    {Operation::get_cookie, "GetCookie", sync_namespace},
    {Operation::get_config_data, "GetConfigData", sync_namespace},
    {Operation::get_revision_id_list, "GetRevisionIdList", sync_namespace},
    {Operation::get_update_data, "GetUpdateData", sync_namespace},
    {Operation::get_update_decryption_data, "GetUpdateDecryptionData", sync_namespace},
    {Operation::get_deployments, "GetDeployments", sync_namespace},
    {Operation::download_files, "DownloadFiles", sync_namespace},
    {Operation::get_driver_id_list, "GetDriverIdList", sync_namespace},
    {Operation::get_driver_set_data, "GetDriverSetData", sync_namespace},
    {Operation::ping, "Ping", ping_namespace},
}};

struct FaultEntry {
  FaultCode code;
  std::string_view name;
};
constexpr std::array<FaultEntry, 8> fault_codes{{
    {FaultCode::invalid_parameters, "InvalidParameters"},
    {FaultCode::invalid_cookie, "InvalidCookie"},
    {FaultCode::invalid_authorization_cookie, "InvalidAuthorizationCookie"},
    {FaultCode::incompatible_protocol_version, "IncompatibleProtocolVersion"},
    {FaultCode::internal_server_error, "InternalServerError"},
    {FaultCode::server_changed, "ServerChanged"},
    {FaultCode::file_digests_missing, "FileDigestsMissing"},
    {FaultCode::server_busy, "ServerBusy"},
}};

const OperationEntry& entry_of(Operation operation) { return operations[static_cast<std::size_t>(operation)]; }

bool is_nil(const XmlElement& element) {
  for (const XmlAttribute& attribute : element.attributes) {
    if (attribute.name_space == instance_namespace && attribute.name == "nil")
      return trimmed(attribute.value) == "true" || trimmed(attribute.value) == "1";
  }
  return false;
}

}  // namespace

class SoapBody::Reader final : public XmlVisitor {
 public:
  explicit Reader(SoapBody& body) : body_(body) {}

  void start(const XmlElement& element) override {
    ++depth_;
    if (depth_ <= 2) {
      const std::string_view expected = depth_ == 1 ? "Envelope" : "Body";
      is_in_body_ = element.name_space == envelope_namespace && element.name == expected;
      if (depth_ == 1 && !is_in_body_)
        throw FormatError(fmt::format("root element is {} in namespace {}; expected a SOAP 1.1 Envelope",
                                      quote(element.name), quote(element.name_space)));
      return;
    }
    if (!is_in_body_ || skipped_from_ != 0) return;
    if (depth_ == 3) {
      if (!body_.nodes_.empty()) throw FormatError("there is more than one element in the SOAP body");
      body_.name_space_ = element.name_space;
    } else if (is_nil(element) || (!element.name_space.empty() && element.name_space != body_.name_space_ &&
                                   element.name_space != types_namespace)) {
      skipped_from_ = depth_;
      return;
    }
    add(element.name);
  }

  void text(std::string_view part) override {
    if (open_.empty() || skipped_from_ != 0) return;
    if (body_.nodes_[open_.back()].first_child == none) body_.texts_.append(part);
  }

  void end(std::uint64_t /*end_offset*/) override {
    if (skipped_from_ == depth_) {
      skipped_from_ = 0;
    } else if (skipped_from_ == 0 && !open_.empty()) {
      Element& node = body_.nodes_[open_.back()];
      if (node.first_child == none) node.end = static_cast<std::uint32_t>(body_.texts_.size());
      open_.pop_back();
    }
    --depth_;
  }

 private:
  void add(std::string_view name) {
    if (body_.nodes_.size() >= max_elements)
      throw FormatError(fmt::format("there are more than {} elements", format_count(max_elements)));
    const auto node = static_cast<Node>(body_.nodes_.size());
    if (!open_.empty()) {
      Element& parent = body_.nodes_[open_.back()];
      if (parent.first_child == none) {
        body_.texts_.resize(parent.begin);  // white space before the first element
        parent.first_child = node;
      } else {
        body_.nodes_[parent.last_child].next = node;
      }
      parent.last_child = node;
    }
    Element element;
    element.name = number_of(name);
    element.begin = element.end = static_cast<std::uint32_t>(body_.texts_.size());
    body_.nodes_.push_back(element);
    open_.push_back(node);
  }

  std::uint32_t number_of(std::string_view name) {
    const auto known = numbers_.find(name);
    if (known != numbers_.end()) return known->second;
    if (body_.names_.size() >= max_names)
      throw FormatError(fmt::format("there are elements of more than {} names, such as {}", max_names, quote(name)));
    const auto number = static_cast<std::uint32_t>(body_.names_.size());
    body_.names_.emplace_back(name);
    numbers_.emplace(name, number);
    return number;
  }

  SoapBody& body_;
  std::size_t depth_ = 0;
  bool is_in_body_ = false;
  std::size_t skipped_from_ = 0;  // depth of an element that is left out; 0: none
  std::vector<Node> open_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
};

SoapBody::SoapBody(std::string_view bytes, std::uint64_t max_bytes) {
  try {
    if (bytes.size() > max_bytes)
      throw FormatError(fmt::format("has {} bytes; at most {} are read", bytes.size(), max_bytes));
    XmlLimits limits;
    limits.max_depth = max_message_depth;
    limits.max_attributes = 64;
    limits.max_token_bytes = 1024ULL * 1024;
    Reader reader(*this);
    parse_xml(bytes, limits, reader);
    if (nodes_.empty()) throw FormatError("there is nothing in the SOAP body");
  } catch (const FormatError& error) {
    throw FormatError(fmt::format("SOAP message: {}", error.what()), ExitCode::failed);
  }
}

std::optional<Operation> SoapBody::requested() const {
  for (const OperationEntry& entry : operations) {
    if (entry.name == name() && entry.name_space == name_space_) return entry.operation;
  }
  return {};
}

SoapBody::Node SoapBody::child(Node node, std::string_view wanted) const {
  for (Node candidate = first(node); candidate != none; candidate = next(candidate)) {
    if (name(candidate) == wanted) return candidate;
  }
  return none;
}

std::string_view SoapBody::text(Node node) const {
  const Element& element = nodes_[node];
  return std::string_view(texts_).substr(element.begin, element.end - element.begin);
}

std::optional<Fault> SoapBody::fault() const {
  if (name() != "Fault" || name_space_ != envelope_namespace) return {};
  const auto text_of = [this](Node parent, std::string_view wanted) {
    const Node node = parent == none ? none : child(parent, wanted);
    return node == none ? std::string() : std::string(trimmed(text(node)));
  };
  Fault fault;
  fault.text = text_of(0, "faultstring");
  const Node detail = child(0, "detail");
  const std::string code = text_of(detail, "ErrorCode");
  for (const FaultEntry& entry : fault_codes) {
    if (entry.name == code) fault.code = entry.code;
  }
  fault.message = text_of(detail, "Message");
  fault.id = Guid::parse(text_of(detail, "ID")).value_or(Guid());
  fault.method = text_of(detail, "Method");
  return fault;
}

std::string_view name_of(Operation operation) { return entry_of(operation).name; }
std::string_view namespace_of(Operation operation) { return entry_of(operation).name_space; }
std::string soap_action(Operation operation) {
  return fmt::format("\"{}/{}\"", namespace_of(operation), name_of(operation));
}

std::string_view name_of(FaultCode code) {
  for (const FaultEntry& entry : fault_codes) {
    if (entry.code == code) return entry.name;
  }
  return "";
}

std::string encode(const Fault& fault) {
  const bool is_callers = fault.code != FaultCode::internal_server_error && fault.code != FaultCode::server_busy;
  return in_envelope(
      fmt::format("<soap:Fault><faultcode>soap:{}</faultcode><faultstring>{}</faultstring><detail>"
                  "<ErrorCode>{}</ErrorCode><Message>{}</Message><ID>{}</ID><Method>{}</Method></detail></soap:Fault>",
                  is_callers ? "Client" : "Server", xml_escaped(fault.text), name_of(fault.code),
                  xml_escaped(fault.message), fault.id.text(), xml_escaped(fault.method)));
}

std::string in_envelope(std::string_view element) {
  std::string envelope = "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"";
  envelope.append(envelope_namespace).append("\"><soap:Body>").append(element).append("</soap:Body></soap:Envelope>");
  return envelope;
}

std::optional<Time> parse_date_time(std::string_view text) {
  text = trimmed(text);
  constexpr std::size_t whole_seconds = 19;  // 2026-10-04T20:33:26
  if (text.size() < whole_seconds) return {};
  auto time = Time::parse(std::string(text.substr(0, whole_seconds)) + "Z");
  if (!time) return {};
  text.remove_prefix(whole_seconds);
  if (text.starts_with('.')) {
    const auto digits = std::min(text.find_first_not_of("0123456789", 1), text.size());
    if (digits == 1) return {};
    text.remove_prefix(digits);
  }
  if (text.empty() || text == "Z") return time;
  constexpr std::size_t zone_size = 6;  // -04:00
  if (text.size() != zone_size || (text[0] != '+' && text[0] != '-') || text[3] != ':') return {};
  const auto hours = parse_u64(text.substr(1, 2));
  const auto minutes = parse_u64(text.substr(4, 2));
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return {};
  const auto offset = static_cast<std::int64_t>(*hours * 3600 + *minutes * 60);
  time->seconds += text[0] == '-' ? offset : -offset;
  return time;
}

}  // namespace ferry::format::wsus
