// SPDX-License-Identifier: Apache-2.0
#include "common/confine.h"

#include <catch2/catch.hpp>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

constexpr std::uint64_t limit = 256ULL * 1024 * 1024;

// In a process of its own, since nothing takes a confinement back.
bool holds_confined(const std::function<bool()>& claim) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool is_confined = !confine_process(limit);
    ::_exit(is_confined && claim() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a confined process has no network", "[confine]") {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
    CHECK(holds_confined([family] { return ::socket(family, SOCK_STREAM, 0) == -1 && errno == EPERM; }));
  const int before = ::socket(AF_INET, SOCK_STREAM, 0);  // and this one would have been given
  CHECK(before >= 0);
  ::close(before);
}

TEST_CASE("a confined process starts no other program", "[confine]") {
  CHECK(holds_confined([] {
    char name[] = "/bin/true";
    char* const words[] = {name, nullptr};
    return ::execv(name, words) == -1 && errno == EPERM;
  }));
}

TEST_CASE("a confined process still reads and writes its files", "[confine]") {
  const Scratch scratch;
  CHECK(holds_confined([&scratch] {
    write(scratch / "file", "text");
    return read(scratch / "file") == "text";
  }));
}

#ifndef FERRY_ADDRESS_SANITIZER
TEST_CASE("a confined process gets no memory beyond its limit", "[confine]") {
  const auto takes = [](std::uint64_t bytes) {
    void* block = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    // Given back, as a child inherits what is held, and it counts against its limit.
    return block != MAP_FAILED && ::munmap(block, bytes) == 0;
  };
  CHECK(takes(limit));
  CHECK(holds_confined([&takes] { return !takes(limit) && takes(limit / 4); }));
}
#endif
