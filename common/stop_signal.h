// SPDX-License-Identifier: Apache-2.0
// SIGTERM and SIGINT as something to wait for, for a program that serves until it is told to stop.
#pragma once

#include <csignal>

namespace ferry {

// From its construction on, the two signals no longer end the process: they are kept for wait(). Threads that are
// started while it lives leave them alone, too. REQUIRES: constructed before any other thread.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  void wait() const noexcept;  // until one of them comes

 private:
  sigset_t waited_{};
  sigset_t before_{};
};

}  // namespace ferry
