// SPDX-License-Identifier: Apache-2.0
#include "common/stop_signal.h"

namespace ferry {

StopSignal::StopSignal() {
  ::sigemptyset(&waited_);
  ::sigaddset(&waited_, SIGTERM);
  ::sigaddset(&waited_, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &waited_, &before_);
}

StopSignal::~StopSignal() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void StopSignal::wait() const noexcept {
  int caught = 0;
  while (::sigwait(&waited_, &caught) != 0) {
  }
}

}  // namespace ferry
