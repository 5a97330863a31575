// SPDX-License-Identifier: Apache-2.0
#include "format/serve_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/http_server.h"
#include "common/stop_signal.h"
#include "common/text.h"
#include "format/catalog/serving.h"
#include "format/point.h"
#include "format/serve_site.h"

namespace ferry::format {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t max_pem_bytes = 1024ULL * 1024;
constexpr unsigned stop_patience_seconds = 10;
constexpr std::size_t longest_logged_path = 1000;

struct ServeOptions {
  std::string listen;
  std::string certificate;
  std::string key;
  std::vector<std::string> allow;
  std::string log;
  unsigned threads = 2;
};

// What the command line leaves open, point.toml says.
ServeConfig effective_config(const PointConfig& config, const ServeOptions& options) {
  ServeConfig serve = config.serve;
  if (!options.listen.empty()) serve.listen = options.listen;
  if (!options.allow.empty()) serve.allow = options.allow;
  if (options.certificate.empty() != options.key.empty())
    throw UsageError("--tls-certificate and --tls-key go together; name both or none");
  if (!options.key.empty()) {
    serve.tls_certificate = fs::absolute(options.certificate);
    serve.tls_key = fs::absolute(options.key);
  }
  return serve;
}

// A line for each request. Opened anew for each, so that a log can be moved away at any time.
class RequestLog {
 public:
  explicit RequestLog(std::string path) : path_(std::move(path)) {
    if (!path_.empty() && !append("")) throw io_error("write", path_, errno);
  }
  [[nodiscard]] bool is_wanted() const noexcept { return !path_.empty(); }

  void write(const HttpLogEntry& entry) const noexcept {
    try {
      static_cast<void>(
          append(fmt::format("{} {} {} {} {} {} {} ms{}\n", SystemClock().now().text(), entry.client.text(),
                             for_terminal(entry.method, 16), for_terminal(entry.path, longest_logged_path),
                             entry.status, entry.bytes, entry.milliseconds, entry.is_complete ? "" : " given up")));
    } catch (const std::exception&) {
      // Out of memory; the request itself was served.
    }
  }

 private:
  [[nodiscard]] bool append(const std::string& line) const {
    const FileDescriptor fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    return fd.is_open() && ::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }
  std::string path_;
};

HttpServerOptions server_options(const ServeConfig& serve, const ServeOptions& options) {
  HttpServerOptions server;
  server.listen = Endpoint::parse(serve.listen, "--listen");
  server.clients = ClientList(serve.allow, "--allow");
  server.limits.max_body_bytes = wsus::max_request_bytes;
  server.limits.threads = options.threads;
  if (!serve.tls_key.empty()) {
    server.tls_certificate = read_file(serve.tls_certificate, max_pem_bytes);
    server.tls_key = read_file(serve.tls_key, max_pem_bytes);
  }
  return server;
}

// What a person should know before others come.
void warn_of_exposure(const Console& console, const HttpServerOptions& server, const ServeConfig& serve) {
  if (server.listen.is_loopback() || !serve.allow.empty()) return;
  console.warn(
      fmt::format("whoever reaches {} can read the catalog, its files and the status; --allow names the "
                  "clients that may",
                  server.listen.text()));
}

void warn_of_left_out(const Console& console, CatalogPool& catalogs, const std::vector<std::string>& own_feeds) {
  const CatalogPool::Loan loan = catalogs.lend();
  Catalog& catalog = *loan;
  const Snapshot snapshot(catalog.database());
  Serving serving(catalog, served_feeds(catalog, own_feeds));
  if (serving.feeds().empty()) console.warn("there is no feed here yet, so downstream servers find nothing");
  if (const std::uint64_t left_out = serving.left_out(); left_out > 0)
    console.warn(
        fmt::format("{} are SDP documents, which update servers do not read: they are served as a SCUP "
                    "catalog only, under /scup/catalog.cab",
                    counted(left_out, "update", "updates")));
}

ExitCode serve(const Console& console, const std::string& point_option, const ServeOptions& options,
               const std::function<PointStatus()>& read) {
  const StopSignal stop;
  const Point point(Point::choose_directory(point_option));
  const PointConfig config = point.config();
  const ServeConfig serve_config = effective_config(config, options);
  HttpServerOptions server_setup = server_options(serve_config, options);
  const RequestLog log(options.log);
  if (log.is_wanted()) server_setup.log = [&log](const HttpLogEntry& entry) { log.write(entry); };

  CatalogPool catalogs(point.catalog_path());
  wsus::SyncServiceOptions service_setup;
  for (const FeedDefinition& feed : config.feeds) service_setup.own_feeds.push_back(feed.name);
  service_setup.landing = config.import.approvals;
  service_setup.told_deployments = point.directory() / "serve" / "deployments";
  service_setup.report = [&console](const std::string& problem) { console.warn(for_terminal(problem, 2000)); };
  ScupShelfOptions shelf_setup;
  shelf_setup.folder = point.directory() / "serve" / "scup";
  shelf_setup.own_feeds = service_setup.own_feeds;
  shelf_setup.report = service_setup.report;
  warn_of_left_out(console, catalogs, service_setup.own_feeds);
  warn_of_exposure(console, server_setup, serve_config);
  const SystemClock clock;
  wsus::SyncService service(catalogs, clock, std::move(service_setup));
  ScupShelf scup(catalogs, std::move(shelf_setup));
  ServeSite site(catalogs, point.content(), service, scup, read);

  const std::string scheme = server_setup.tls_key.empty() ? "http" : "https";
  const std::string asked_name = server_setup.listen.text();
  HttpServer server(std::move(server_setup), [&site, &scheme, &asked_name](const HttpRequest& request) {
    return site.answer(request, scheme, asked_name);
  });
  const std::string url = fmt::format("{}://{}/", scheme, server.endpoint().text());
  console.emit(Json{{"version", 1}, {"url", url}, {"port", server.endpoint().port}});
  console.say("serving on " + url);
  console.flush();
  stop.wait();
  server.stop(stop_patience_seconds);
  console.say("stopped");
  return ExitCode::done;
}

}  // namespace

void add_serve_command(Program& program, const std::string& point_option, std::function<PointStatus()> read) {
  Console& console = program.console();
  auto options = std::make_shared<ServeOptions>();
  const std::string& name = program.app().get_name();
  CLI::App& command = program.command(
      "serve", "Serve the catalog to downstream update servers (WSUS), with payload files and the status",
      name + " serve --listen 10.20.0.5:8530 --allow 10.20.0.0/16",
      [&console, &point_option, options, read] { return serve(console, point_option, *options, read); });
  command.add_option("--listen", options->listen, "ADDRESS:PORT; only this machine reaches the usual 127.0.0.1:8530")
      ->type_name("ADDRESS:PORT");
  command.add_option("--tls-certificate", options->certificate, "PEM file, with its chain: serve HTTPS")
      ->type_name("FILE");
  command.add_option("--tls-key", options->key, "PEM file of its private key")->type_name("FILE");
  command.add_option("--allow", options->allow, "Address or network whose clients may come; several times for several")
      ->type_name("NETWORK");
  command.add_option("--log", options->log, "File that gets a line for each request")->type_name("FILE");
  constexpr unsigned most_threads = 64;
  command.add_option("--threads", options->threads, "Answers that are made at once (2)")
      ->check(CLI::Range(2U, most_threads));
}

}  // namespace ferry::format
