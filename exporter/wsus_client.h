// SPDX-License-Identifier: Apache-2.0
// The client side of MS-WSUSSS: asks an update server as a downstream server would.
//
// Who asks, cookies and their renewal, patience with a server that is busy or away: here. What is asked for: the
// caller.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/error.h"
#include "exporter/http.h"
#include "format/wsus/messages.h"

namespace ferry::exporter {

struct WsusClientOptions {
  std::string url;  // http or https, host, port; a path that follows is left out
  HttpOptions http;
  std::string account_name;
  std::string account_guid;
  std::chrono::seconds answer_within{600};
  unsigned retries = 5;  // after faults that may pass, with longer and longer pauses
};

// The server understood the question and refuses it.
struct WsusFault : Error {
  WsusFault(const std::string& message, format::wsus::FaultCode fault_code)
      : Error(message), code_of_fault(fault_code) {}
  format::wsus::FaultCode code_of_fault;
};
// An answer came and is no sound message.
struct WsusAnswerError : Error {
  using Error::Error;
};

// Every call throws WsusFault, WsusAnswerError, or IoError when no answer can be had; all name the operation.
class WsusClient {
 public:
  // Throws UsageError for a URL that no server can have, and what HttpPoster's constructor throws.
  explicit WsusClient(WsusClientOptions options);
  ~WsusClient();
  WsusClient(const WsusClient&) = delete;
  WsusClient& operator=(const WsusClient&) = delete;

  // The cookies in the requests are set here.
  [[nodiscard]] format::wsus::GetConfigDataResponse config();
  [[nodiscard]] format::wsus::GetRevisionIdListResponse list(format::wsus::GetRevisionIdListRequest request);
  [[nodiscard]] format::wsus::GetUpdateDataResponse updates(std::vector<format::RevisionId> ids);
  [[nodiscard]] format::wsus::GetDeploymentsResponse deployments(format::wsus::GetDeploymentsRequest request);

  // "http://wsus.example:8530", with a password where the URL has one: for messages through shown_url().
  [[nodiscard]] const std::string& base_url() const { return base_; }

 private:
  template <typename Response, typename Request>
  Response ask(const std::string& path, const Request& request);
  template <typename Response, typename Request>
  Response ask_with_cookie(Request request);
  void authorize();
  [[nodiscard]] std::string authorization_path(const format::wsus::GetAuthConfigResponse& config) const;

  WsusClientOptions options_;
  std::string base_;
  HttpPoster poster_;
  std::optional<format::wsus::Cookie> cookie_;
  std::optional<std::chrono::steady_clock::time_point> renew_at_;  // nothing: when the server says so
};

}  // namespace ferry::exporter
