// SPDX-License-Identifier: Apache-2.0
// Addresses of a network as people write them. Only numbers: no name is ever looked up.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/file.h"

struct sockaddr;

namespace ferry {

// An IPv4 or IPv6 address; an IPv4 one is kept as ::ffff:a.b.c.d, so that the two compare.
struct NetAddress {
  std::array<unsigned char, 16> value{};

  // Of a socket; all zeros for one that is neither IPv4 nor IPv6.
  [[nodiscard]] static NetAddress of(const sockaddr* address);
  [[nodiscard]] bool is_ipv4() const noexcept;
  [[nodiscard]] std::string text() const;
  bool operator==(const NetAddress&) const = default;
};

// "127.0.0.1:8530", "[::1]:8530". Port 0 is any free one.
struct Endpoint {
  NetAddress address;
  std::uint16_t port = 0;

  // Throws UsageError naming `what`.
  [[nodiscard]] static Endpoint parse(std::string_view text, std::string_view what);
  [[nodiscard]] bool is_loopback() const noexcept;
  [[nodiscard]] std::string text() const;
};

// A TCP socket that listens there, closed on exec and not blocking; `endpoint.port` becomes the real one. Throws
// UsageError where this machine does not have the address, IoError where the port is taken or not allowed.
[[nodiscard]] FileDescriptor listen_at(Endpoint& endpoint);

// Who may come: addresses and networks, "10.1.0.0/16", "fd00::/8", "192.168.7.4". An empty list admits everybody.
class ClientList {
 public:
  ClientList() = default;
  // Throws UsageError naming `what` for anything else, and for a network with bits beyond its prefix.
  ClientList(const std::vector<std::string>& texts, std::string_view what);
  [[nodiscard]] bool admits(const NetAddress& client) const noexcept;

 private:
  struct Network {
    NetAddress address;
    unsigned bits = 0;  // of 128
  };
  std::vector<Network> networks_;
};

}  // namespace ferry
