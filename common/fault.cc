// SPDX-License-Identifier: Apache-2.0
#include "common/fault.h"

#ifdef FERRY_FAULT_POINTS

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace ferry {

void fault_point(const char* name) {
  static const long crash_at = [] {
    const char* text = std::getenv("FERRY_CRASH_AT");
    return text == nullptr ? 0L : std::strtol(text, nullptr, 10);
  }();
  static long passed = 0;
  if (crash_at == 0 || ++passed != crash_at) return;
  // The test reads which point it was; nothing may be flushed or destroyed after this.
  static_cast<void>(!::write(STDERR_FILENO, "crash at ", 9));
  static_cast<void>(!::write(STDERR_FILENO, name, std::strlen(name)));
  static_cast<void>(!::write(STDERR_FILENO, "\n", 1));
  ::kill(::getpid(), SIGKILL);
}

}  // namespace ferry

#endif
