// SPDX-License-Identifier: Apache-2.0
#include "common/fault.h"

#ifdef FERRY_FAULT_POINTS

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace ferry {
namespace {

long number_in(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
}

}  // namespace

void fault_point(const char* name) {
  static const long crash_at = number_in("FERRY_CRASH_AT");
  static const long stop_at = number_in("FERRY_STOP_AT");
  static long passed = 0;
  ++passed;
  if (passed == stop_at) ::raise(SIGSTOP);
  if (passed != crash_at) return;
  // The test reads which point it was; nothing may be flushed or destroyed after this.
  static_cast<void>(!::write(STDERR_FILENO, "crash at ", 9));
  static_cast<void>(!::write(STDERR_FILENO, name, std::strlen(name)));
  static_cast<void>(!::write(STDERR_FILENO, "\n", 1));
  ::kill(::getpid(), SIGKILL);
}

}  // namespace ferry

#endif
