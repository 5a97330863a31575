// SPDX-License-Identifier: Apache-2.0
#include "exporter/wsus_client.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "common/clock.h"
#include "common/text.h"

namespace ferry::exporter {
namespace {

namespace wsus = format::wsus;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds first_pause{1000};
constexpr std::chrono::milliseconds longest_pause_between_tries{60'000};
// A server that takes no cookie of its own would otherwise be asked for ever.
constexpr unsigned max_new_cookies_a_call = 3;
// Cookies live four hours; the renewal must not be cut short by one long answer.
constexpr std::chrono::seconds renewal_margin{300};

// Scheme, host and port.
std::string server_of(const std::string& url) {
  const auto authority = url.find("://");
  const auto end = authority == std::string::npos ? std::string::npos : url.find_first_of("/?#", authority + 3);
  return url.substr(0, end);
}

std::string hint_for(long status) {
  if (status == 401 || status == 403) return "; the server does not let this host in";
  if (status == 404) return "; expected an update server there: look at its port, usually 8530 or 8531";
  if (status / 100 == 3) return "; it redirects, write the final address as url in point.toml";
  return "";
}

std::string describe_fault(const wsus::Fault& fault) {
  std::string text =
      fault.code == wsus::FaultCode::other ? "a fault without a code that is known" : std::string(name_of(fault.code));
  for (const std::string& part : {fault.message, fault.text}) {
    if (!part.empty()) text += ", " + quote(part);
  }
  if (fault.id != Guid()) text += fmt::format(" (id {})", fault.id.text());
  return text;
}

}  // namespace

WsusClient::WsusClient(WsusClientOptions options)
    : options_(std::move(options)), base_(server_of(options_.url)), poster_(options_.http, options_.answer_within) {
  if (const auto problem = url_problem(base_, {}))
    throw UsageError(fmt::format("url {} {}", shown_url(options_.url), *problem));
}

WsusClient::~WsusClient() = default;

template <typename Response, typename Request>
Response WsusClient::ask(const std::string& path, const Request& request) {
  const std::string what = fmt::format("{} at {}", name_of(Request::operation), shown_url(base_));
  const std::vector<std::string> headers{"Content-Type: text/xml; charset=utf-8",
                                         "SOAPAction: " + wsus::soap_action(Request::operation), "Expect:"};
  const std::string message = wsus::encode(request);
  std::chrono::milliseconds pause = first_pause;
  for (unsigned tries_left = options_.retries;; --tries_left) {
    const HttpAnswer answer = poster_.post(base_ + path, headers, message, wsus::max_response_bytes);
    std::string trouble = answer.error;
    bool passes = answer.is_temporary;
    if (answer.error.empty() && (answer.status == 200 || answer.status == 500)) {
      try {
        const wsus::SoapBody body(answer.body, wsus::max_response_bytes);
        const auto fault = body.fault();
        if (!fault) return wsus::decode<Response>(body);
        trouble = fmt::format("the server answers {}", describe_fault(*fault));
        if (fault->code != wsus::FaultCode::server_busy) throw WsusFault(what + ": " + trouble, fault->code);
        passes = true;
      } catch (const FormatError& error) {
        // A server that stumbles answers 500 with a page for people.
        trouble = answer.status == 500 ? "the server answers 500, without a reason" : error.what();
        throw WsusAnswerError(what + ": " + trouble);
      }
    } else if (answer.error.empty()) {
      trouble = fmt::format("the server answers {}{}", answer.status, hint_for(answer.status));
    }
    if (answer.is_too_long) throw WsusAnswerError(what + ": " + trouble);
    if (!passes || tries_left == 0)
      throw IoError(fmt::format("{}: {}{}", what, trouble, passes ? "; tried several times" : ""));
    const std::chrono::milliseconds asked = answer.retry_after;
    std::this_thread::sleep_for(std::min(std::max(pause, asked), longest_pause_between_tries));
    pause *= 2;
  }
}

std::string WsusClient::authorization_path(const wsus::GetAuthConfigResponse& config) const {
  for (const wsus::AuthPlugIn& plug_in : config.plug_ins) {
    if (plug_in.id != "DssTargeting" || plug_in.service_url.empty()) continue;
    // Relative to the server by the protocol. A whole URL would send the account to a host of the answer's choice.
    if (plug_in.service_url.find("://") != std::string::npos || plug_in.service_url.starts_with("//"))
      throw WsusAnswerError(fmt::format("GetAuthConfig at {}: ServiceUrl is {}; expected a path on the same server",
                                        shown_url(base_), quote(plug_in.service_url)));
    return (plug_in.service_url.starts_with('/') ? "" : "/") + plug_in.service_url;
  }
  return std::string(wsus::auth_service_path);
}

void WsusClient::authorize() {
  const std::string sync_path(wsus::sync_service_path);
  const auto config = ask<wsus::GetAuthConfigResponse>(sync_path, wsus::GetAuthConfigRequest{});
  const auto authorization = ask<wsus::GetAuthorizationCookieResponse>(
      authorization_path(config), wsus::GetAuthorizationCookieRequest{options_.account_name, options_.account_guid});
  wsus::GetCookieRequest request;
  request.auth_cookies.push_back(authorization.cookie);
  request.old_cookie = cookie_;
  request.protocol_version = wsus::protocol_version;
  cookie_ = ask<wsus::GetCookieResponse>(sync_path, request).cookie;
  renew_at_.reset();
  const auto expires = wsus::parse_date_time(cookie_->expiration);
  if (!expires) return;
  // The server's clock may differ from ours. A cookie that looks old when it is new is used until it is refused.
  const std::chrono::seconds life(expires->seconds - SystemClock().now().seconds);
  if (life > std::chrono::seconds(0)) renew_at_ = Steady::now() + life - std::min(renewal_margin, life / 4);
}

template <typename Response, typename Request>
Response WsusClient::ask_with_cookie(Request request) {
  for (unsigned cookies = 0;; ++cookies) {
    if (!cookie_ || (renew_at_ && Steady::now() >= *renew_at_)) authorize();
    request.cookie = *cookie_;
    try {
      return ask<Response>(std::string(wsus::sync_service_path), request);
    } catch (const WsusFault& fault) {
      const bool is_about_cookie = fault.code_of_fault == wsus::FaultCode::invalid_cookie ||
                                   fault.code_of_fault == wsus::FaultCode::invalid_authorization_cookie;
      if (!is_about_cookie || cookies == max_new_cookies_a_call) throw;
      cookie_.reset();
    }
  }
}

wsus::GetConfigDataResponse WsusClient::config() {
  return ask_with_cookie<wsus::GetConfigDataResponse>(wsus::GetConfigDataRequest{});
}
wsus::GetRevisionIdListResponse WsusClient::list(wsus::GetRevisionIdListRequest request) {
  return ask_with_cookie<wsus::GetRevisionIdListResponse>(std::move(request));
}
wsus::GetUpdateDataResponse WsusClient::updates(std::vector<format::RevisionId> ids) {
  wsus::GetUpdateDataRequest request;
  request.updates = std::move(ids);
  return ask_with_cookie<wsus::GetUpdateDataResponse>(std::move(request));
}
wsus::GetDeploymentsResponse WsusClient::deployments(wsus::GetDeploymentsRequest request) {
  return ask_with_cookie<wsus::GetDeploymentsResponse>(std::move(request));
}

}  // namespace ferry::exporter
