// SPDX-License-Identifier: Apache-2.0
// Another program of the system, run to its end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ferry {

struct ProcessResult {
  int code = 0;        // its exit code; 128 and the signal where one ended it
  std::string output;  // what it wrote to standard output and error, at most 64 KiB
};

// Runs it with these arguments, found through PATH, without a shell, with nothing to read and LC_ALL=C. Nothing where
// there is no such program. Throws IoError. REQUIRES: not confined (common/confine.h), and arguments without NUL.
[[nodiscard]] std::optional<ProcessResult> run_process(const std::vector<std::string>& command);

// The name of the program that runs as this process, as the kernel keeps it (at most 15 bytes); empty where there is no
// such process, or /proc is not there to ask.
[[nodiscard]] std::string program_of_process(std::uint64_t process);

}  // namespace ferry
