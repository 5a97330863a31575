// SPDX-License-Identifier: Apache-2.0
// What `serve` shows under which path: the update protocol for downstream servers, payload files, and the point's
// status.
//
//   /                            the status as a page          /metrics      for Prometheus       /status.json
//   /ServerSyncWebService/…      MS-WSUSSS, with /DssAuthWebService/… for its authorization
//   /Content/XX/SHA1.ext         payload files that are in the content store
//   /scup/…                      SCUP catalogs, as format/scup_shelf.h names them
//
// Letter case of a path does not matter. Several threads may ask at once.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "common/http_server.h"
#include "format/catalog_pool.h"
#include "format/content_store.h"
#include "format/point_status.h"
#include "format/scup_shelf.h"
#include "format/wsus/sync_service.h"

namespace ferry::format {

class ServeSite {
 public:
  // `status` is asked at most every ten seconds. All must outlive the site, but for the store.
  ServeSite(CatalogPool& catalogs, ContentStore content, wsus::SyncService& service, ScupShelf& scup,
            std::function<PointStatus()> status);

  // `server_url` is what the site is called where a request does not say it.
  [[nodiscard]] HttpAnswer answer(const HttpRequest& request, const std::string& scheme,
                                  const std::string& server_name);

 private:
  [[nodiscard]] HttpAnswer page(const std::string& path);
  [[nodiscard]] HttpAnswer content(std::string_view path);
  [[nodiscard]] HttpAnswer scup(std::string_view name);
  [[nodiscard]] HttpAnswer service(const HttpRequest& request, const std::string& server_url);
  [[nodiscard]] PointStatus status();

  CatalogPool& catalogs_;
  ContentStore store_;
  wsus::SyncService& service_;
  ScupShelf& scup_;
  std::function<PointStatus()> read_status_;
  std::mutex status_mutex_;
  std::optional<PointStatus> status_;
  std::chrono::steady_clock::time_point status_read_{};
};

}  // namespace ferry::format
