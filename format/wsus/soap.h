// SPDX-License-Identifier: Apache-2.0
// The envelope of MS-WSUSSS, the protocol between update servers: SOAP 1.1, document/literal, no header.
//
// Which operations there are, how a message begins and ends, how a fault reads. What the operations say is in
// messages.h. Everything read here comes from the network: it is bounded, and FormatError (exit 1) says what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/guid.h"

namespace ferry::format::wsus {

// Paths on a server; IIS does not tell letter case apart. A server says itself where authorization is.
inline constexpr std::string_view sync_service_path = "/ServerSyncWebService/ServerSyncWebService.asmx";
inline constexpr std::string_view auth_service_path = "/DssAuthWebService/DssAuthWebService.asmx";

// What WSUS 10.0 (Server 2016 and later) speaks.
inline constexpr std::string_view protocol_version = "1.20";

// The largest real answer seen has 3.1 MB (24,509 identities); one list of all that a large server holds has some 60 MB,
// at 130 bytes an identity. It is held two times while it is read.
inline constexpr std::uint64_t max_response_bytes = 64ULL * 1024 * 1024;
// A request names at most some hundred updates, files and categories.
inline constexpr std::uint64_t max_request_bytes = 1024ULL * 1024;

enum class Operation {
  get_auth_config,
  get_authorization_cookie,
  get_cookie,
  get_config_data,
  get_revision_id_list,
  get_update_data,
  get_update_decryption_data,
  get_deployments,
  download_files,
  get_driver_id_list,  // known by name only: its messages are not read
  get_driver_set_data,
  ping,
};
[[nodiscard]] std::string_view name_of(Operation operation);  // "GetCookie"
[[nodiscard]] std::string_view namespace_of(Operation operation);
// The value of the HTTP header SOAPAction, in the double quotes that SOAP 1.1 demands.
[[nodiscard]] std::string soap_action(Operation operation);

// What a fault asks the other side to do; the texts are ErrorCode's.
enum class FaultCode {
  other,                         // none was told, or one that is not known
  invalid_parameters,            // the message is the name of the parameter
  invalid_cookie,                // start again with GetAuthorizationCookie
  invalid_authorization_cookie,  // the same
  incompatible_protocol_version,
  internal_server_error,
  server_changed,        // what anchors say no longer holds
  file_digests_missing,  // the message names them, joined by "|"
  server_busy,           // later
};
struct Fault {
  FaultCode code = FaultCode::other;
  std::string message;
  Guid id;             // the server's, for its own log
  std::string method;  // the operation
  std::string text;    // faultstring
};
[[nodiscard]] std::string_view name_of(FaultCode code);  // "InvalidCookie"; "" for other
// The whole envelope; sent with HTTP status 500.
[[nodiscard]] std::string encode(const Fault& fault);

// The element in a message's body with all that is below it. Texts are copied, so the bytes may go.
class SoapBody {
 public:
  // Throws FormatError (exit 1) for anything but a SOAP 1.1 envelope of at most `max_bytes` with one element in its body.
  SoapBody(std::string_view bytes, std::uint64_t max_bytes);

  [[nodiscard]] std::string_view name() const { return names_[nodes_.front().name]; }
  [[nodiscard]] std::string_view name_space() const { return name_space_; }
  // The operation that this is a request for; nothing for anything else.
  [[nodiscard]] std::optional<Operation> requested() const;
  [[nodiscard]] std::optional<Fault> fault() const;

  // Elements by number; 0 is the element in the body. Elements that are nil or of another namespace are left out.
  using Node = std::uint32_t;
  static constexpr Node none = ~0U;
  [[nodiscard]] Node first(Node node) const { return nodes_[node].first_child; }
  [[nodiscard]] Node next(Node node) const { return nodes_[node].next; }
  [[nodiscard]] Node child(Node node, std::string_view name) const;  // the first of that name, or none
  [[nodiscard]] std::string_view name(Node node) const { return names_[nodes_[node].name]; }
  [[nodiscard]] std::string_view text(Node node) const;  // empty for an element with elements in it

 private:
  class Reader;
  struct Element {
    std::uint32_t name = 0;
    Node first_child = none;
    Node last_child = none;
    Node next = none;
    std::uint32_t begin = 0;  // of its text
    std::uint32_t end = 0;
  };
  std::vector<Element> nodes_;
  std::vector<std::string> names_;
  std::string texts_;
  std::string name_space_;
};

// xs:dateTime as servers write it: with or without fraction and zone; without a zone it is UTC. The fraction is dropped.
[[nodiscard]] std::optional<Time> parse_date_time(std::string_view text);

// Puts `element`, written out with its namespace, into an envelope.
[[nodiscard]] std::string in_envelope(std::string_view element);

}  // namespace ferry::format::wsus
