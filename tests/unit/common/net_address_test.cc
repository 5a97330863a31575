// SPDX-License-Identifier: Apache-2.0
#include "common/net_address.h"

#include <catch2/catch.hpp>

#include "common/http_server.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

NetAddress address_of(const std::string& endpoint) { return Endpoint::parse(endpoint, "test").address; }

std::string range_text(std::string_view header, std::uint64_t size) {
  const auto range = parse_range(header, size);
  if (!range) return "whole";
  if (!range->is_satisfiable) return "none";
  return std::to_string(range->first) + "-" + std::to_string(range->last);
}

}  // namespace

TEST_CASE("an endpoint is a number with a port, IPv6 in brackets", "[common][net]") {
  for (const char* text : {"127.0.0.1:8530", "[::1]:8530", "0.0.0.0:0", "[fd00::7]:65535"})
    CHECK(Endpoint::parse(text, "test").text() == text);
  for (const char* text : {"", "8530", ":8530", "localhost:8530", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:-1", "::1:8530", "[127.0.0.1]:8530", "[::1]", "1.2.3:80", "127.0.0.1:80 "})
    CHECK(code_of([text] { static_cast<void>(Endpoint::parse(text, "test")); }) == ExitCode::usage);
  CHECK(Endpoint::parse("127.9.9.9:1", "test").is_loopback());
  CHECK(Endpoint::parse("[::1]:1", "test").is_loopback());
  CHECK_FALSE(Endpoint::parse("10.0.0.1:1", "test").is_loopback());
  CHECK_FALSE(Endpoint::parse("[::2]:1", "test").is_loopback());
}

TEST_CASE("a list of clients admits its addresses and networks and nobody else", "[common][net]") {
  CHECK(ClientList().admits(address_of("10.0.0.1:1")));
  const ClientList list({"10.1.0.0/16", "192.168.7.4", "fd00::/9", "10.2.3.128/25"}, "test");
  for (const char* text : {"10.1.0.0:1", "10.1.255.255:1", "192.168.7.4:1", "[fd7f::1]:1", "10.2.3.128:1"})
    CHECK(list.admits(address_of(text)));
  for (const char* text : {"10.2.0.1:1", "192.168.7.5:1", "[fd80::1]:1", "127.0.0.1:1", "10.2.3.127:1", "[::1]:1"})
    CHECK_FALSE(list.admits(address_of(text)));
  CHECK(ClientList({"0.0.0.0/0"}, "test").admits(address_of("1.2.3.4:1")));
  CHECK_FALSE(ClientList({"0.0.0.0/0"}, "test").admits(address_of("[::1]:1")));
  // A socket for both protocols calls its IPv4 clients ::ffff:a.b.c.d.
  CHECK(list.admits(address_of("[::ffff:10.1.2.3]:1")));
  for (const char* text : {"", "10.1.0.0/33", "10.1.0.1/16", "fd00::/129", "plant.example", "10.1.0.0/", "10.1.0.0/x"})
    CHECK(code_of([text] { static_cast<void>(ClientList({text}, "test")); }) == ExitCode::usage);
  CHECK(contains(message_of([] { static_cast<void>(ClientList({"10.1.0.1/16"}, "test")); }), "10.1.0.0/16"));
}

TEST_CASE("a range is what RFC 9110 says, and anything else is the whole file", "[common][http]") {
  CHECK(range_text("bytes=0-0", 10) == "0-0");
  CHECK(range_text("bytes=2-5", 10) == "2-5");
  CHECK(range_text("bytes=2-", 10) == "2-9");
  CHECK(range_text("bytes=2-99", 10) == "2-9");
  CHECK(range_text("bytes=-3", 10) == "7-9");
  CHECK(range_text("bytes=-99", 10) == "0-9");
  CHECK(range_text("bytes=10-", 10) == "none");
  CHECK(range_text("bytes=-0", 10) == "none");
  CHECK(range_text("bytes=-1", 0) == "none");
  CHECK(range_text("bytes=4294967296-", 4294967297) == "4294967296-4294967296");
  for (const char* text : {"", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-2,4-5", "items=0-1",
                           "bytes=0-x", "bytes=18446744073709551616-"})
    CHECK(range_text(text, 10) == "whole");
}
