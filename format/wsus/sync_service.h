// SPDX-License-Identifier: Apache-2.0
// The server side of MS-WSUSSS: what a downstream update server asks, answered from a point's catalog.
//
// Everything asked is hostile. Nothing of the catalog is ever changed; each answer is of one state of it. Several
// threads may ask at once.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "format/catalog/decisions.h"
#include "format/catalog_pool.h"
#include "format/wsus/deployments.h"
#include "format/wsus/messages.h"
#include "format/wsus/session_cookies.h"

namespace ferry::format::wsus {

struct SyncServiceOptions {
  std::vector<std::string> own_feeds;  // names of the point's own feeds that are served, beside those it follows
  UpstreamApprovals landing = UpstreamApprovals::suggest;
  std::filesystem::path told_deployments;  // file of ToldDeployments
  // Told of what went wrong here, with the id that the client was told; must not throw.
  std::function<void(const std::string&)> report = [](const std::string&) {};
};

class SyncService {
 public:
  // All three must outlive it.
  SyncService(CatalogPool& catalogs, const Clock& clock, SyncServiceOptions options);

  struct Answer {
    unsigned status = 200;  // of HTTP; 500 goes with a fault
    std::string envelope;
  };
  // `server_url` is how the client came here: "http://server:8530". Throws FormatError where the body is no SOAP
  // message at all; everything else is an answer.
  [[nodiscard]] Answer answer(std::string_view body, std::string_view server_url);

 private:
  [[nodiscard]] std::string dispatch(const SoapBody& body, Operation operation, std::string_view server_url);
  [[nodiscard]] GetAuthorizationCookieResponse authorize(const GetAuthorizationCookieRequest& request) const;
  [[nodiscard]] GetCookieResponse begin_session(const GetCookieRequest& request) const;
  void require_session(const SoapBody& body) const;
  void report(const Fault& told, std::string_view reason) const;
  template <typename Ask>
  auto with_catalog(Ask ask);

  CatalogPool& catalogs_;
  const Clock& clock_;
  SyncServiceOptions options_;
  SessionCookies cookies_;
  ToldDeployments told_;
};

}  // namespace ferry::format::wsus
