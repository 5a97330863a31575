// SPDX-License-Identifier: Apache-2.0
// What a process gives up before it opens bytes from strangers: should a parser have a hole, the intruder finds
// himself without network, without other programs and without much memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ferry {

// For this process and for good: no sockets, no execve, no debugging of other processes, no mounts, no kernel
// modules or keys, no new privileges (a seccomp filter made by libseccomp: such calls fail with EPERM); at most
// `max_data_bytes` of private memory (RLIMIT_DATA). Files that its user may open stay open to it. Gives what
// could not be done, for a warning.
[[nodiscard]] std::optional<std::string> confine_process(std::uint64_t max_data_bytes);

}  // namespace ferry
