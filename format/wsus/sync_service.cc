// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/sync_service.h"

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "format/wsus/catalog_answers.h"
#include "format/wsus/protocol_fault.h"

namespace ferry::format::wsus {
namespace {

constexpr std::string_view targeting_plug_in = "DssTargeting";
// As a real server says it: relative to its root.
constexpr std::string_view auth_service_url = "DssAuthWebService/DssAuthWebService.asmx";
constexpr std::string_view config_changed = "2026-01-01T00:00:00Z";  // what GetAuthConfig says never changes
constexpr std::size_t longest_account_name = 255;
constexpr std::size_t longest_method = 64;

// "1.20": two numbers; the first must be 1.
void require_version(std::string_view version) {
  const auto parts = split(version, '.');
  if (parts.size() != 2 || !parse_u64(parts[0]) || !parse_u64(parts[1]))
    throw ProtocolFault::parameter("protocolVersion", fmt::format("{} is no version such as 1.20", quote(version)));
  if (parse_u64(parts[0]) != std::uint64_t{1})
    throw ProtocolFault(FaultCode::incompatible_protocol_version,
                        fmt::format("version {} is not spoken here; expected 1.x", quote(version)), "");
}

GetAuthConfigResponse auth_config() {
  GetAuthConfigResponse answer;
  answer.last_change = std::string(config_changed);
  answer.plug_ins.push_back({std::string(targeting_plug_in), std::string(auth_service_url), ""});
  return answer;
}

bool is_before_session(Operation operation) {
  return operation == Operation::get_auth_config || operation == Operation::get_authorization_cookie ||
         operation == Operation::get_cookie || operation == Operation::ping;
}

}  // namespace

SyncService::SyncService(CatalogPool& catalogs, const Clock& clock, SyncServiceOptions options)
    : catalogs_(catalogs), clock_(clock), options_(std::move(options)), told_(options_.told_deployments) {}

template <typename Ask>
auto SyncService::with_catalog(Ask ask) {
  const CatalogPool::Loan loan = catalogs_.lend();
  Catalog& catalog = *loan;
  const Snapshot snapshot(catalog.database());
  return ask(catalog, served_feeds(catalog, options_.own_feeds));
}

SyncService::Answer SyncService::answer(std::string_view bytes, std::string_view server_url) {
  const SoapBody body(bytes, max_request_bytes);
  Fault told;
  told.id = Guid::random();
  told.method = for_terminal(body.name(), longest_method);
  try {
    const auto operation = body.requested();
    if (!operation) throw ProtocolFault(FaultCode::other, "there is no such operation here", "");
    if (!is_before_session(*operation)) require_session(body);
    return {200, dispatch(body, *operation, server_url)};
  } catch (const ProtocolFault& problem) {
    told.code = problem.fault;
    told.message = problem.message;
    told.text = problem.what();
    if (problem.fault == FaultCode::internal_server_error) report(told, problem.what());
  } catch (const FormatError& problem) {
    // Only decoding throws it here: what is wrong is the request.
    told.code = FaultCode::invalid_parameters;
    told.message = "parameters";
    told.text = problem.what();
  } catch (const Error& problem) {
    // What is wrong with the disk or the catalog is for this side to know.
    const bool is_busy = problem.code() == ExitCode::locked;
    told.code = is_busy ? FaultCode::server_busy : FaultCode::internal_server_error;
    told.text = is_busy ? "the catalog is in use; come again" : "the server could not do it; its journal says why";
    report(told, problem.what());
  }
  return {500, encode(told)};
}

std::string SyncService::dispatch(const SoapBody& body, Operation operation, std::string_view server_url) {
  switch (operation) {
    case Operation::get_auth_config:
      return encode(auth_config());
    case Operation::get_authorization_cookie:
      return encode(authorize(decode<GetAuthorizationCookieRequest>(body)));
    case Operation::get_cookie:
      return encode(begin_session(decode<GetCookieRequest>(body)));
    case Operation::get_config_data:
      return encode(with_catalog([request = decode<GetConfigDataRequest>(body)](Catalog& catalog, auto feeds) {
        return config_answer(catalog, feeds, request);
      }));
    case Operation::get_revision_id_list:
      return encode(with_catalog([request = decode<GetRevisionIdListRequest>(body)](Catalog& catalog, auto feeds) {
        return revision_list_answer(catalog, std::move(feeds), request);
      }));
    case Operation::get_update_data:
      return encode(with_catalog(
          [request = decode<GetUpdateDataRequest>(body), url = std::string(server_url) + "/Content/"](
              Catalog& catalog, auto feeds) { return update_data_answer(catalog, std::move(feeds), request, url); }));
    case Operation::get_update_decryption_data:
      return encode(
          with_catalog([request = decode<GetUpdateDecryptionDataRequest>(body)](Catalog& catalog, auto feeds) {
            return decryption_answer(catalog, std::move(feeds), request);
          }));
    case Operation::get_deployments:
      return encode(with_catalog([this, request = decode<GetDeploymentsRequest>(body)](Catalog& catalog, auto feeds) {
        return deployments_answer(catalog, std::move(feeds), options_.landing, told_, clock_.now(), request);
      }));
    case Operation::download_files:
      return encode(with_catalog([request = decode<DownloadFilesRequest>(body)](Catalog& catalog, auto feeds) {
        return download_answer(catalog, std::move(feeds), request);
      }));
    case Operation::ping:
      return encode(PingResponse{});
    case Operation::get_driver_id_list:
    case Operation::get_driver_set_data:
      break;
  }
  throw ProtocolFault(FaultCode::other, "driver sets are asked of Microsoft's own server only; drivers are in the list",
                      "");
}

GetAuthorizationCookieResponse SyncService::authorize(const GetAuthorizationCookieRequest& request) const {
  if (request.account_name.empty() || request.account_name.size() > longest_account_name)
    throw ProtocolFault::parameter("accountName", "the name of the downstream server is missing or too long");
  if (!Guid::parse(request.account_guid))
    throw ProtocolFault::parameter("accountGuid", fmt::format("{} is no GUID", quote(request.account_guid)));
  const Time expires{clock_.now().seconds + cookie_lifetime_seconds};
  GetAuthorizationCookieResponse answer;
  answer.cookie = {std::string(targeting_plug_in), cookies_.make(SessionCookies::Kind::authorization, expires)};
  return answer;
}

GetCookieResponse SyncService::begin_session(const GetCookieRequest& request) const {
  if (request.auth_cookies.size() != 1)
    throw ProtocolFault::parameter("authCookies", fmt::format("{} cookies; expected one", request.auth_cookies.size()));
  require_version(request.protocol_version);
  if (!cookies_.is_valid(SessionCookies::Kind::authorization, request.auth_cookies.front().data, clock_.now()))
    throw ProtocolFault(FaultCode::invalid_authorization_cookie,
                        "the authorization cookie is not of this server, or it is over", "");
  const Time expires{clock_.now().seconds + cookie_lifetime_seconds};
  GetCookieResponse answer;
  answer.cookie = {expires.text(), cookies_.make(SessionCookies::Kind::session, expires)};
  return answer;
}

void SyncService::require_session(const SoapBody& body) const {
  const SoapBody::Node cookie = body.child(0, "cookie");
  const SoapBody::Node data = cookie == SoapBody::none ? cookie : body.child(cookie, "EncryptedData");
  const auto bytes = data == SoapBody::none ? std::nullopt : from_base64(body.text(data));
  if (!bytes || !cookies_.is_valid(SessionCookies::Kind::session, *bytes, clock_.now()))
    throw ProtocolFault(FaultCode::invalid_cookie, "the cookie is missing, not of this server, or it is over", "");
}

void SyncService::report(const Fault& told, std::string_view reason) const {
  options_.report(fmt::format("{} ended with fault {}: {}", told.method, told.id.text(), reason));
}

}  // namespace ferry::format::wsus
