// SPDX-License-Identifier: Apache-2.0
#include "common/net_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"

namespace ferry {
namespace {

constexpr std::array<unsigned char, 12> ipv4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned ipv4_prefix_bits = 96;
constexpr int waiting_connections = 64;

std::optional<NetAddress> numeric_address(std::string_view text) {
  const std::string spelled(text);
  NetAddress address;
  if (::inet_pton(AF_INET6, spelled.c_str(), address.value.data()) == 1) return address;
  std::copy(ipv4_prefix.begin(), ipv4_prefix.end(), address.value.begin());
  if (::inet_pton(AF_INET, spelled.c_str(), address.value.data() + ipv4_prefix.size()) == 1) return address;
  return {};
}

[[noreturn]] void not_an_endpoint(std::string_view text, std::string_view what) {
  throw UsageError(fmt::format("{}: {} is not an address with a port; expected such as 127.0.0.1:8530 or [::1]:8530",
                               what, quote(text)));
}

bool same_bits(const NetAddress& left, const NetAddress& right, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(left.value.begin(), left.value.begin() + whole, right.value.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xFFU << (8 - bits % 8) & 0xFFU;
  return (left.value[whole] & mask) == (right.value[whole] & mask);
}

// What bind(2) takes for an endpoint.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};
SocketAddress socket_address(const Endpoint& endpoint) {
  SocketAddress made;
  if (endpoint.address.is_ipv4()) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(endpoint.port);
    std::memcpy(&ipv4.sin_addr, endpoint.address.value.data() + ipv4_prefix.size(), sizeof ipv4.sin_addr);
    std::memcpy(&made.storage, &ipv4, sizeof ipv4);
    made.size = sizeof ipv4;
  } else {
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(endpoint.port);
    std::memcpy(&ipv6.sin6_addr, endpoint.address.value.data(), sizeof ipv6.sin6_addr);
    std::memcpy(&made.storage, &ipv6, sizeof ipv6);
    made.size = sizeof ipv6;
  }
  return made;
}

std::uint16_t bound_port(int socket) {
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (::getsockname(socket, bound.get(), &bound.size) != 0) throw io_error("look at", "the listening socket", errno);
  if (bound.storage.ss_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &bound.storage, sizeof ipv4);
    return ntohs(ipv4.sin_port);
  }
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &bound.storage, sizeof ipv6);
  return ntohs(ipv6.sin6_port);
}

[[noreturn]] void cannot_listen(const Endpoint& endpoint, int error) {
  if (error == EADDRNOTAVAIL)
    throw UsageError(
        fmt::format("cannot listen on {}: this machine has no such address; see 'ip address'", endpoint.text()));
  std::string message = io_error("listen on", endpoint.text(), error).what();
  if (error == EADDRINUSE) message += "; another program uses the port, name another one with --listen";
  if (error == EACCES) message += "; ports below 1024 need a right of their own (systemd: CAP_NET_BIND_SERVICE)";
  throw IoError(message);
}

}  // namespace

NetAddress NetAddress::of(const sockaddr* address) {
  NetAddress found;
  if (address == nullptr) return found;
  if (address->sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, address, sizeof ipv4);
    std::copy(ipv4_prefix.begin(), ipv4_prefix.end(), found.value.begin());
    std::memcpy(found.value.data() + ipv4_prefix.size(), &ipv4.sin_addr, sizeof ipv4.sin_addr);
  } else if (address->sa_family == AF_INET6) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, address, sizeof ipv6);
    std::memcpy(found.value.data(), &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
  }
  return found;
}

bool NetAddress::is_ipv4() const noexcept { return std::equal(ipv4_prefix.begin(), ipv4_prefix.end(), value.begin()); }

std::string NetAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const char* text = is_ipv4() ? ::inet_ntop(AF_INET, value.data() + ipv4_prefix.size(), buffer.data(), buffer.size())
                               : ::inet_ntop(AF_INET6, value.data(), buffer.data(), buffer.size());
  return text == nullptr ? "" : text;
}

Endpoint Endpoint::parse(std::string_view text, std::string_view what) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) not_an_endpoint(text, what);
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const auto port = parse_u64(text.substr(colon + 1));
  const auto address = numeric_address(host);
  constexpr std::uint64_t last_port = 65535;
  // Without brackets the last group of an IPv6 address would be taken for the port.
  if (!address || !port || *port > last_port || in_brackets != (host.find(':') != std::string_view::npos))
    not_an_endpoint(text, what);
  return {*address, static_cast<std::uint16_t>(*port)};
}

bool Endpoint::is_loopback() const noexcept {
  if (address.is_ipv4()) return address.value[ipv4_prefix.size()] == 127;
  NetAddress one;
  one.value.back() = 1;
  return address == one;
}

std::string Endpoint::text() const {
  return address.is_ipv4() ? fmt::format("{}:{}", address.text(), port) : fmt::format("[{}]:{}", address.text(), port);
}

FileDescriptor listen_at(Endpoint& endpoint) {
  const int family = endpoint.address.is_ipv4() ? AF_INET : AF_INET6;
  FileDescriptor listening(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listening.is_open()) cannot_listen(endpoint, errno);
  const int on = 1;
  if (::setsockopt(listening.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) cannot_listen(endpoint, errno);
  SocketAddress address = socket_address(endpoint);
  if (::bind(listening.get(), address.get(), address.size) != 0) cannot_listen(endpoint, errno);
  if (::listen(listening.get(), waiting_connections) != 0) cannot_listen(endpoint, errno);
  endpoint.port = bound_port(listening.get());
  return listening;
}

ClientList::ClientList(const std::vector<std::string>& texts, std::string_view what) {
  for (const std::string& text : texts) {
    const auto slash = text.find('/');
    const auto address = numeric_address(std::string_view(text).substr(0, slash));
    const unsigned whole = address && address->is_ipv4() ? 32 : 128;
    const auto bits = slash == std::string::npos ? std::optional<std::uint64_t>(whole)
                                                 : parse_u64(std::string_view(text).substr(slash + 1));
    if (!address || !bits || *bits > whole)
      throw UsageError(
          fmt::format("{}: {} is no address and no network; expected such as 192.168.7.4, 10.1.0.0/16 or "
                      "fd00::/8",
                      what, quote(text)));
    Network network{*address, static_cast<unsigned>(*bits) + (whole == 32 ? ipv4_prefix_bits : 0)};
    NetAddress base;
    for (unsigned bit = 0; bit < network.bits; ++bit)
      base.value[bit / 8] =
          static_cast<unsigned char>(base.value[bit / 8] | (address->value[bit / 8] & (0x80U >> (bit % 8))));
    if (base != *address)
      throw UsageError(fmt::format("{}: {} has bits beyond its prefix; the network is {}/{}", what, quote(text),
                                   base.text(), *bits));
    networks_.push_back(network);
  }
}

bool ClientList::admits(const NetAddress& client) const noexcept {
  if (networks_.empty()) return true;
  return std::any_of(networks_.begin(), networks_.end(),
                     [&client](const Network& network) { return same_bits(client, network.address, network.bits); });
}

}  // namespace ferry
