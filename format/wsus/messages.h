// SPDX-License-Identifier: Apache-2.0
// What the operations of MS-WSUSSS say, as plain values; both directions, for a client and for a server.
//
// Words and names are the protocol's. Bytes (cookies, digests, keys, cabinets) are held raw; base64 is only on the wire.
// Everything decoded is untrusted. Anchors and cookies are opaque to their receiver and are sent back as they came.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/update.h"
#include "format/wsus/soap.h"

namespace ferry::format::wsus {

// A whole envelope for each message below.
template <typename Message>
[[nodiscard]] std::string encode(const Message& message);
// Throws FormatError (exit 1) when the body is another message, or a field is missing or is not what it must be. A body
// that is a fault is for SoapBody::fault() to tell first.
template <typename Message>
[[nodiscard]] Message decode(const SoapBody& body);

struct AuthorizationCookie {
  std::string plug_in_id;
  std::string data;  // bytes
};
struct Cookie {
  std::string expiration;  // xs:dateTime as it came: it is sent back to the letter
  std::string data;        // bytes
};

struct GetAuthConfigRequest {
  static constexpr Operation operation = Operation::get_auth_config;
  static constexpr bool is_response = false;
};
struct AuthPlugIn {
  std::string id;           // "DssTargeting"
  std::string service_url;  // relative to the server, such as DssAuthWebService/DssAuthWebService.asmx
  std::optional<std::string> parameter;
};
struct GetAuthConfigResponse {
  static constexpr Operation operation = Operation::get_auth_config;
  static constexpr bool is_response = true;
  std::string last_change;  // xs:dateTime
  std::vector<AuthPlugIn> plug_ins;
};

struct GetAuthorizationCookieRequest {
  static constexpr Operation operation = Operation::get_authorization_cookie;
  static constexpr bool is_response = false;
  std::string account_name;  // like a full host name
  std::string account_guid;  // text, as the protocol has it
};
struct GetAuthorizationCookieResponse {
  static constexpr Operation operation = Operation::get_authorization_cookie;
  static constexpr bool is_response = true;
  AuthorizationCookie cookie;
};

struct GetCookieRequest {
  static constexpr Operation operation = Operation::get_cookie;
  static constexpr bool is_response = false;
  std::vector<AuthorizationCookie> auth_cookies;
  std::optional<Cookie> old_cookie;
  std::string protocol_version;  // "1.20"
};
struct GetCookieResponse {
  static constexpr Operation operation = Operation::get_cookie;
  static constexpr bool is_response = true;
  Cookie cookie;
};

struct GetConfigDataRequest {
  static constexpr Operation operation = Operation::get_config_data;
  static constexpr bool is_response = false;
  Cookie cookie;
  std::optional<std::string> config_anchor;
};
struct LanguageData {
  std::uint32_t id = 0;    // LCID; 0 stands for all
  std::string short_name;  // "pt-br"
  std::string long_name;
  bool is_enabled = false;
};
struct GetConfigDataResponse {
  static constexpr Operation operation = Operation::get_config_data;
  static constexpr bool is_response = true;
  bool catalog_only_sync = false;       // the server holds no content: it is at the update's own URL
  bool lazy_sync = false;               // content is there only of what was approved
  bool server_hosts_psf_files = false;  // express installation files
  std::uint32_t max_computer_ids = 0;   // in one request, as the following
  std::uint32_t max_driver_sets = 0;
  std::uint32_t max_hardware_ids = 0;
  std::uint32_t max_updates = 0;
  std::optional<std::string> anchor;
  std::optional<std::string> protocol_version;
  std::vector<LanguageData> languages;  // only changed ones, when an anchor was sent
  std::uint32_t max_decryption_updates = 0;
};

// `delta`: only what is newer than the anchor of that id; otherwise all of it.
struct IdAndDelta {
  Guid id;
  bool delta = false;
};
struct LanguageAndDelta {
  std::uint32_t id = 0;  // LCID
  bool delta = false;
};
struct GetRevisionIdListRequest {
  static constexpr Operation operation = Operation::get_revision_id_list;
  static constexpr bool is_response = false;
  Cookie cookie;
  std::optional<std::string> anchor;
  bool get_config = false;  // categories and detectoids, not software; filters are for software
  std::vector<IdAndDelta> categories;
  std::vector<IdAndDelta> classifications;
  std::vector<LanguageAndDelta> languages;
};
struct GetRevisionIdListResponse {
  static constexpr Operation operation = Operation::get_revision_id_list;
  static constexpr bool is_response = true;
  std::string anchor;
  std::vector<RevisionId> revisions;
};

struct GetUpdateDataRequest {
  static constexpr Operation operation = Operation::get_update_data;
  static constexpr bool is_response = false;
  Cookie cookie;
  std::vector<RevisionId> updates;  // at most GetConfigDataResponse::max_updates
};
struct UpdateData {
  RevisionId id;
  std::optional<std::string> blob;             // XmlUpdateBlob: the document
  std::vector<std::string> file_digests;       // SHA-1, bytes
  std::optional<std::string> compressed_blob;  // XmlUpdateBlobCompressed: a cabinet; see update_blob.h
};
struct UrlData {
  std::string file_digest;  // SHA-1, bytes
  std::string url;          // MUUrl
  std::optional<std::string> uss_url;
  std::optional<std::string> decryption_key;  // bytes
};
struct GetUpdateDataResponse {
  static constexpr Operation operation = Operation::get_update_data;
  static constexpr bool is_response = true;
  std::vector<UpdateData> updates;
  std::vector<UrlData> urls;
};

struct GetUpdateDecryptionDataRequest {
  static constexpr Operation operation = Operation::get_update_decryption_data;
  static constexpr bool is_response = false;
  Cookie cookie;
  std::vector<RevisionId> updates;
};
struct FileDecryption {
  std::string file_digest;                    // SHA-1, bytes
  std::optional<std::string> decryption_key;  // bytes
};
struct UpdateDecryption {
  RevisionId id;
  std::vector<FileDecryption> files;
};
struct GetUpdateDecryptionDataResponse {
  static constexpr Operation operation = Operation::get_update_decryption_data;
  static constexpr bool is_response = true;
  std::vector<UpdateDecryption> updates;
};

struct GetDeploymentsRequest {
  static constexpr Operation operation = Operation::get_deployments;
  static constexpr bool is_response = false;
  Cookie cookie;
  std::optional<std::string> deployment_anchor;
  std::optional<std::string> sync_anchor;
};
struct TargetGroup {
  Guid id;
  Guid parent;  // zeros at the root
  std::string name;
  bool is_builtin = false;
};
// Numbers are the protocol's.
enum class DeploymentAction : std::uint32_t { install = 0, uninstall = 1, scan = 2, block = 3 };
inline constexpr std::string_view no_deadline = "9999-12-31T23:59:59.9999999";
struct Deployment {
  RevisionId update;
  std::uint32_t action = 0;  // a DeploymentAction, or one that is not known
  std::string admin_name;
  std::string deadline{no_deadline};  // xs:dateTime
  bool is_assigned = false;
  std::string go_live_time;  // xs:dateTime
  Guid id;
  Guid target_group;
  std::uint32_t download_priority = 2;  // 1 high to 3 low
};
struct GetDeploymentsResponse {
  static constexpr Operation operation = Operation::get_deployments;
  static constexpr bool is_response = true;
  std::string anchor;
  std::vector<TargetGroup> groups;      // all there are
  std::vector<Deployment> deployments;  // newer than the anchor
  std::vector<Guid> dead_deployments;   // gone since the anchor
  std::vector<Guid> hidden_updates;     // all there are: declined ones
  std::vector<Guid> accepted_eulas;     // all there are
};
inline constexpr std::string_view all_computers_group = "a0a08746-4dbe-4a37-9adf-9e7652c0b421";
inline constexpr std::string_view unassigned_computers_group = "b73ca6ed-5727-47f3-84de-015e03f6a88a";

// Asks the server to have these files; sent after it said that it has not.
struct DownloadFilesRequest {
  static constexpr Operation operation = Operation::download_files;
  static constexpr bool is_response = false;
  Cookie cookie;
  std::vector<std::string> file_digests;  // SHA-1, bytes; at most 100
};
struct DownloadFilesResponse {
  static constexpr Operation operation = Operation::download_files;
  static constexpr bool is_response = true;
};

// No downstream server is known to send it; the answer is an empty one.
struct PingRequest {
  static constexpr Operation operation = Operation::ping;
  static constexpr bool is_response = false;
  std::uint32_t level = 0;
};
struct PingResponse {
  static constexpr Operation operation = Operation::ping;
  static constexpr bool is_response = true;
};

}  // namespace ferry::format::wsus
