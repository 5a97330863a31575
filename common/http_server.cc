// SPDX-License-Identifier: Apache-2.0
#include "common/http_server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "common/error.h"
#include "common/handle.h"
#include "common/text.h"

namespace ferry {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Response = Handle<MHD_Response, &MHD_destroy_response>;

// For a request's line and headers, and for each piece of an answer that is sent.
constexpr std::size_t connection_memory = 64UL * 1024;
constexpr const char* retry_after_seconds = "5";

// One request and what became of it.
struct Exchange {
  HttpRequest request;
  SteadyClock::time_point begun = SteadyClock::now();
  unsigned status = 0;
  std::uint64_t bytes = 0;
};

// An answer's bytes while the library sends them.
struct HeldBody {
  std::string bytes;
  std::atomic<std::uint64_t>* held = nullptr;
};
void free_body(void* context) {
  const std::unique_ptr<HeldBody> body(static_cast<HeldBody*>(context));
  body->held->fetch_sub(body->bytes.size());
}

// The bytes in a file that nobody else can open and that goes with its descriptor; a closed one where there is no room.
FileDescriptor nameless_file(std::string_view bytes) {
  std::error_code ignored;
  const std::filesystem::path directory = std::filesystem::temp_directory_path(ignored);
  FileDescriptor fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600));
  while (fd.is_open() && !bytes.empty()) {
    const ssize_t written = ::write(fd.get(), bytes.data(), bytes.size());
    if (written <= 0) return {};
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return fd;
}

void add_header(MHD_Response* response, const char* name, const std::string& value) {
  if (MHD_add_response_header(response, name, value.c_str()) != MHD_YES) throw std::bad_alloc();
}

}  // namespace

struct HttpServer::State {
  HttpServerOptions options;
  HttpHandler handler;
  MHD_Daemon* daemon = nullptr;
  std::atomic<std::uint64_t> held_bytes{0};
  std::atomic<unsigned> active{0};  // exchanges
  bool is_starting = true;
  std::string start_problem;

  MHD_Result receive(Exchange& exchange, const char* data, std::size_t* size);
  void drop_request_body(Exchange& exchange) noexcept;
  MHD_Result answer(MHD_Connection* connection, Exchange& exchange);
  MHD_Result queue(MHD_Connection* connection, Exchange& exchange, HttpAnswer answer);
  Response body_response(HttpAnswer& answer);
  Response file_response(const HttpRequest& request, HttpAnswer& answer, std::uint64_t& bytes);
  Response range_response(const HttpRequest& request, HttpAnswer& answer, std::uint64_t& bytes);
};

namespace {

using State = HttpServer::State;

void take_message(void* context, const char* format, std::va_list arguments) {
  auto* state = static_cast<State*>(context);
  if (!state->is_starting) return;
  std::array<char, 512> text{};
  if (std::vsnprintf(text.data(), text.size(), format, arguments) > 0)
    state->start_problem = std::string(trimmed(text.data()));
}

MHD_Result admit(void* context, const sockaddr* address, socklen_t /*size*/) {
  return static_cast<State*>(context)->options.clients.admits(NetAddress::of(address)) ? MHD_YES : MHD_NO;
}

NetAddress client_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info == nullptr ? NetAddress{} : NetAddress::of(info->client_addr);
}

std::optional<std::string> header_of(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::unique_ptr<Exchange> begin_exchange(MHD_Connection* connection, const char* path, const char* method) {
  auto exchange = std::make_unique<Exchange>();
  exchange->request.method = method;
  exchange->request.path = path;
  exchange->request.client = client_of(connection);
  exchange->request.header = [connection](const char* name) { return header_of(connection, name); };
  return exchange;
}

// Called once for a request's head, for each piece of its body, and at its end.
MHD_Result on_request(void* context, MHD_Connection* connection, const char* path, const char* method,
                      const char* /*version*/, const char* data, std::size_t* size, void** slot) noexcept {
  auto& state = *static_cast<State*>(context);
  try {
    if (*slot == nullptr) {
      *slot = begin_exchange(connection, path, method).release();
      state.active.fetch_add(1);
      auto& exchange = *static_cast<Exchange*>(*slot);
      const auto length = parse_u64(header_of(connection, MHD_HTTP_HEADER_CONTENT_LENGTH).value_or("0"));
      if (length && *length <= state.options.limits.max_body_bytes) return MHD_YES;
      return state.queue(connection, exchange,
                         HttpAnswer::plain(413, fmt::format("a request's body may have {} at most",
                                                            format_size(state.options.limits.max_body_bytes))));
    }
    auto& exchange = *static_cast<Exchange*>(*slot);
    if (*size > 0) return state.receive(exchange, data, size);
    return state.answer(connection, exchange);
  } catch (...) {
    return MHD_NO;  // no memory even for an answer: the connection is closed
  }
}

void on_end(void* context, MHD_Connection* /*connection*/, void** slot, MHD_RequestTerminationCode code) noexcept {
  auto& state = *static_cast<State*>(context);
  const std::unique_ptr<Exchange> exchange(static_cast<Exchange*>(*slot));
  *slot = nullptr;
  if (!exchange) return;
  if (state.options.log) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - exchange->begun);
    state.options.log({exchange->request.client, exchange->request.method, exchange->request.path, exchange->status,
                       exchange->bytes, took.count(), code == MHD_REQUEST_TERMINATED_COMPLETED_OK});
  }
  state.drop_request_body(*exchange);
  state.active.fetch_sub(1);
}

MHD_OptionItem number(MHD_OPTION option, std::uint64_t value) {
  return {option, static_cast<std::intptr_t>(value), nullptr};
}
template <typename Function>
MHD_OptionItem callback(MHD_OPTION option, Function* function, void* context) {
  return {option, reinterpret_cast<std::intptr_t>(function), context};
}
MHD_OptionItem text(MHD_OPTION option, std::string& value) { return {option, 0, value.data()}; }

}  // namespace

MHD_Result HttpServer::State::receive(Exchange& exchange, const char* data, std::size_t* size) {
  // A body without a length, and one that comes a byte a minute, end with the connection: there is nothing to say to
  // a client that is still speaking.
  if (exchange.request.body.size() + *size > options.limits.max_body_bytes) return MHD_NO;
  if (SteadyClock::now() - exchange.begun > std::chrono::seconds(options.limits.request_seconds)) return MHD_NO;
  if (held_bytes.load() + *size > options.limits.max_held_bytes) return MHD_NO;
  exchange.request.body.append(data, *size);
  held_bytes.fetch_add(*size);
  *size = 0;
  return MHD_YES;
}

void HttpServer::State::drop_request_body(Exchange& exchange) noexcept {
  held_bytes.fetch_sub(exchange.request.body.size());
  exchange.request.body = {};
}

MHD_Result HttpServer::State::answer(MHD_Connection* connection, Exchange& exchange) {
  HttpAnswer answer;
  try {
    answer = handler(exchange.request);
  } catch (const std::exception&) {
    answer = HttpAnswer::plain(500, "the server could not do it");
  }
  drop_request_body(exchange);
  return queue(connection, exchange, std::move(answer));
}

Response HttpServer::State::body_response(HttpAnswer& answer) {
  if (answer.body.size() > options.limits.max_answer_in_memory) {
    FileDescriptor file = nameless_file(answer.body);
    if (file.is_open()) {
      Response response(MHD_create_response_from_fd64(answer.body.size(), file.get()));
      if (!response) throw std::bad_alloc();
      static_cast<void>(file.release());  // the response has it
      return response;
    }
  }
  if (held_bytes.load() + answer.body.size() > options.limits.max_held_bytes)
    answer = HttpAnswer::plain(503, "too many answers wait to be sent; come again");
  auto body = std::make_unique<HeldBody>(HeldBody{std::move(answer.body), &held_bytes});
  held_bytes.fetch_add(body->bytes.size());
  MHD_Response* made = MHD_create_response_from_buffer_with_free_callback_cls(body->bytes.size(), body->bytes.data(),
                                                                              &free_body, body.get());
  if (made == nullptr) {
    held_bytes.fetch_sub(body->bytes.size());
    throw std::bad_alloc();
  }
  static_cast<void>(body.release());  // free_body() has it
  return Response(made);
}

Response HttpServer::State::file_response(const HttpRequest& request, HttpAnswer& answer, std::uint64_t& bytes) {
  const HttpValidators validators = answer.file->validators;
  Response response;
  if (has_same_file(request.header, validators)) {
    answer.status = MHD_HTTP_NOT_MODIFIED;
    bytes = 0;
    response.reset(MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT));
    if (!response) throw std::bad_alloc();
  } else {
    response = range_response(request, answer, bytes);
  }
  if (!validators.tag.empty()) add_header(response.get(), MHD_HTTP_HEADER_ETAG, validators.tag);
  if (validators.modified) add_header(response.get(), MHD_HTTP_HEADER_LAST_MODIFIED, http_date(*validators.modified));
  return response;
}

Response HttpServer::State::range_response(const HttpRequest& request, HttpAnswer& answer, std::uint64_t& bytes) {
  HttpFile& file = *answer.file;
  const bool may_be_part = may_send_range(request.header, file.validators);
  const auto range =
      may_be_part ? parse_range(request.header(MHD_HTTP_HEADER_RANGE).value_or(""), file.size) : std::nullopt;
  if (range && !range->is_satisfiable) {
    const std::string whole = fmt::format("bytes */{}", file.size);
    answer = HttpAnswer::plain(416, "the file has no such range");
    bytes = answer.body.size();
    Response response = body_response(answer);
    add_header(response.get(), MHD_HTTP_HEADER_CONTENT_RANGE, whole);
    return response;
  }
  const std::uint64_t first = range ? range->first : 0;
  bytes = range ? range->last - first + 1 : file.size;
  Response response(MHD_create_response_from_fd_at_offset64(bytes, file.fd.get(), first));
  if (!response) throw std::bad_alloc();
  static_cast<void>(file.fd.release());  // the response has it
  add_header(response.get(), MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
  if (range) {
    answer.status = 206;
    add_header(response.get(), MHD_HTTP_HEADER_CONTENT_RANGE,
               fmt::format("bytes {}-{}/{}", range->first, range->last, file.size));
  }
  return response;
}

MHD_Result HttpServer::State::queue(MHD_Connection* connection, Exchange& exchange, HttpAnswer answer) {
  exchange.bytes = answer.body.size();
  const bool is_file = answer.file.has_value();
  const Response response = is_file ? file_response(exchange.request, answer, exchange.bytes) : body_response(answer);
  exchange.status = answer.status;
  if (exchange.request.method == MHD_HTTP_METHOD_HEAD) exchange.bytes = 0;
  add_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, answer.type);
  add_header(response.get(), "X-Content-Type-Options", "nosniff");
  add_header(response.get(), "Content-Security-Policy",
             "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'");
  if (!is_file) add_header(response.get(), MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  if (!answer.allow.empty()) add_header(response.get(), MHD_HTTP_HEADER_ALLOW, answer.allow);
  if (answer.status == 503) add_header(response.get(), MHD_HTTP_HEADER_RETRY_AFTER, retry_after_seconds);
  return MHD_queue_response(connection, answer.status, response.get());
}

HttpServer::HttpServer(HttpServerOptions options, HttpHandler handler) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->handler = std::move(handler);
  HttpServerOptions& set = state_->options;
  FileDescriptor listening = listen_at(set.listen);
  std::vector<MHD_OptionItem> items{
      callback(MHD_OPTION_EXTERNAL_LOGGER, &take_message, state_.get()),
      number(MHD_OPTION_LISTEN_SOCKET, static_cast<std::uint64_t>(listening.get())),
      number(MHD_OPTION_THREAD_POOL_SIZE, std::max(set.limits.threads, 2U)),
      number(MHD_OPTION_CONNECTION_LIMIT, set.limits.max_connections),
      number(MHD_OPTION_PER_IP_CONNECTION_LIMIT, set.limits.max_connections_per_client),
      number(MHD_OPTION_CONNECTION_TIMEOUT, set.limits.idle_seconds),
      number(MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory),
      number(MHD_OPTION_STRICT_FOR_CLIENT, 1),
      callback(MHD_OPTION_NOTIFY_COMPLETED, &on_end, state_.get()),
  };
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG;
  std::string priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
  if (!set.tls_certificate.empty()) {
    flags |= MHD_USE_TLS;
    items.push_back(text(MHD_OPTION_HTTPS_MEM_CERT, set.tls_certificate));
    items.push_back(text(MHD_OPTION_HTTPS_MEM_KEY, set.tls_key));
    items.push_back(text(MHD_OPTION_HTTPS_PRIORITIES, priorities));
  }
  items.push_back({MHD_OPTION_END, 0, nullptr});
  state_->daemon = MHD_start_daemon(flags, set.listen.port, &admit, state_.get(), &on_request, state_.get(),
                                    MHD_OPTION_ARRAY, items.data(), MHD_OPTION_END);
  state_->is_starting = false;
  if (state_->daemon == nullptr)
    throw IoError(fmt::format(
        "cannot serve on {}: {}", set.listen.text(),
        state_->start_problem.empty() ? "libmicrohttpd gave no reason" : for_terminal(state_->start_problem)));
  static_cast<void>(listening.release());  // the daemon has it, until it is quiesced
}

HttpServer::~HttpServer() { stop(0); }

const Endpoint& HttpServer::endpoint() const noexcept { return state_->options.listen; }

void HttpServer::stop(unsigned patience_seconds) noexcept {
  if (state_->daemon == nullptr) return;
  const FileDescriptor listening(MHD_quiesce_daemon(state_->daemon));
  const auto end = SteadyClock::now() + std::chrono::seconds(patience_seconds);
  constexpr std::chrono::milliseconds look_again{20};
  while (state_->active.load() > 0 && SteadyClock::now() < end) std::this_thread::sleep_for(look_again);
  MHD_stop_daemon(state_->daemon);
  state_->daemon = nullptr;
}

std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size) noexcept {
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return {};
  const std::string_view range = header.substr(unit.size());
  const auto dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return {};
  const auto first = parse_u64(trimmed(range.substr(0, dash)));
  const auto last = parse_u64(trimmed(range.substr(dash + 1)));
  if (dash == 0) {  // the last so many bytes
    if (!last) return {};
    if (*last == 0 || size == 0) return ByteRange{0, 0, false};
    return ByteRange{size - std::min(*last, size), size - 1};
  }
  if (!first || (!last && dash + 1 != range.size()) || (last && *last < *first)) return {};
  if (*first >= size) return ByteRange{0, 0, false};
  return ByteRange{*first, std::min(last.value_or(size - 1), size - 1)};
}

}  // namespace ferry
