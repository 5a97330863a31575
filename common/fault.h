// SPDX-License-Identifier: Apache-2.0
// Places where a test may kill the process: FERRY_CRASH_AT=n ends it, as SIGKILL would, at the n-th one;
// FERRY_STOP_AT=n stops it there with SIGSTOP, so that the test can cut off the power in peace.
// Built in only with -Dfault_points=true; in a release the call is empty.
#pragma once

namespace ferry {

#ifdef FERRY_FAULT_POINTS
void fault_point(const char* name);
#else
inline void fault_point(const char* /*name*/) {}
#endif

}  // namespace ferry
