// SPDX-License-Identifier: Apache-2.0
#include "format/serve_site.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "common/error.h"
#include "common/text.h"
#include "format/catalog/content.h"
#include "format/html_report.h"
#include "format/prometheus.h"
#include "format/wsus/content_path.h"

namespace ferry::format {
namespace {

constexpr std::string_view content_prefix = "/content/";
constexpr std::string_view scup_prefix = "/scup/";
constexpr std::string_view xml_type = "text/xml; charset=utf-8";
constexpr std::chrono::seconds status_age{10};
constexpr std::uint64_t page_refresh_seconds = 60;
constexpr std::size_t longest_host_name = 255;

HttpAnswer typed(std::string_view type, std::string body) {
  HttpAnswer answer;
  answer.type = type;
  answer.body = std::move(body);
  return answer;
}

HttpAnswer missing_file() { return HttpAnswer::plain(404, "this file is not here"); }

HttpAnswer not_allowed(const std::string& methods) {
  HttpAnswer answer = HttpAnswer::plain(405, "expected " + methods);
  answer.allow = methods;
  return answer;
}

bool is_host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == ':' || c == '[' || c == ']';
}

// As the client calls this server, if that can stand in a URL.
std::string host_of(const HttpRequest& request, const std::string& otherwise) {
  const std::string host = request.header("Host").value_or("");
  const bool is_plain =
      !host.empty() && host.size() <= longest_host_name && std::all_of(host.begin(), host.end(), &is_host_letter);
  return is_plain ? host : otherwise;
}

}  // namespace

ServeSite::ServeSite(CatalogPool& catalogs, ContentStore content, wsus::SyncService& service, ScupShelf& scup,
                     std::function<PointStatus()> status)
    : catalogs_(catalogs),
      store_(std::move(content)),
      service_(service),
      scup_(scup),
      read_status_(std::move(status)) {}

HttpAnswer ServeSite::answer(const HttpRequest& request, const std::string& scheme, const std::string& server_name) {
  const std::string path = to_lower(request.path);
  if (path == to_lower(wsus::sync_service_path) || path == to_lower(wsus::auth_service_path)) {
    if (request.method != "POST") return not_allowed("POST");
    return service(request, scheme + "://" + host_of(request, server_name));
  }
  if (request.method != "GET" && request.method != "HEAD") return not_allowed("GET, HEAD");
  if (path.starts_with(content_prefix)) return content(std::string_view(path).substr(content_prefix.size()));
  if (path.starts_with(scup_prefix)) return scup(std::string_view(path).substr(scup_prefix.size()));
  return page(path);
}

HttpAnswer ServeSite::page(const std::string& path) {
  if (path == "/") return typed("text/html; charset=utf-8", html_report(status(), page_refresh_seconds));
  if (path == "/metrics") return typed("text/plain; version=0.0.4; charset=utf-8", prometheus_text(status()));
  if (path == "/status.json")
    return typed("application/json", to_json(status()).dump(2, ' ', true, Json::error_handler_t::replace) + "\n");
  return HttpAnswer::plain(404, "there is nothing of that name here");
}

HttpAnswer ServeSite::content(std::string_view path) {
  const auto sha1 = wsus::sha1_of_content_path(path);
  if (!sha1) return missing_file();
  std::optional<ContentFile> known;
  {
    const CatalogPool::Loan catalog = catalogs_.lend();
    known = find_content_named(*catalog, *sha1);
  }
  if (!known) return missing_file();
  FileDescriptor fd(::open(store_.path_of(known->sha256).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat found {};
  // One that was cut short, or is gone: the client asks again later, and 'content check' tells.
  if (!fd.is_open() || ::fstat(fd.get(), &found) != 0 || static_cast<std::uint64_t>(found.st_size) != known->size)
    return missing_file();
  HttpAnswer answer;
  answer.type = "application/octet-stream";
  answer.file = HttpFile{std::move(fd), known->size, {"\"" + known->sha256.hex() + "\"", Time{found.st_mtim.tv_sec}}};
  return answer;
}

HttpAnswer ServeSite::scup(std::string_view name) {
  ScupShelf::Found found = scup_.find(name);
  switch (found.state) {
    case ScupShelf::State::here: {
      HttpAnswer answer;
      answer.type = "application/vnd.ms-cab-compressed";
      answer.file = std::move(found.file);
      return answer;
    }
    case ScupShelf::State::being_made:
      return HttpAnswer::plain(503, "this catalog is being made; come again");
    case ScupShelf::State::failed:
      return HttpAnswer::plain(500, "this catalog could not be made; the server's journal says why");
    case ScupShelf::State::empty:
      return HttpAnswer::plain(404, "there are no SDP documents here, of which SCUP catalogs are made");
    case ScupShelf::State::unknown:
      break;
  }
  return missing_file();
}

HttpAnswer ServeSite::service(const HttpRequest& request, const std::string& server_url) {
  try {
    wsus::SyncService::Answer said = service_.answer(request.body, server_url);
    HttpAnswer answer = typed(xml_type, std::move(said.envelope));
    answer.status = said.status;
    return answer;
  } catch (const FormatError& problem) {
    return HttpAnswer::plain(400, problem.what());
  }
}

PointStatus ServeSite::status() {
  const std::lock_guard<std::mutex> lock(status_mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (!status_ || now - status_read_ > status_age) {
    status_ = read_status_();
    status_read_ = now;
  }
  return *status_;
}

}  // namespace ferry::format
