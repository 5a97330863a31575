// SPDX-License-Identifier: Apache-2.0
// Stands for common/http_server.cc in the program without shared libraries: libmicrohttpd needs GnuTLS, and of what that
// needs there are no static libraries.
#include "common/http_server.h"

#include "common/error.h"

namespace ferry {

struct HttpServer::State {
  Endpoint endpoint;
};

HttpServer::HttpServer(HttpServerOptions, HttpHandler) {
  throw UsageError("this carry-along ferry-import cannot serve; use an installed ferry-import");
}

HttpServer::~HttpServer() = default;

const Endpoint& HttpServer::endpoint() const noexcept { return state_->endpoint; }

void HttpServer::stop(unsigned) noexcept {}

}  // namespace ferry
