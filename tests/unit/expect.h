// SPDX-License-Identifier: Apache-2.0
// What several unit tests ask: which exit code a call ends with, what its message says, and a program's help.
#pragma once

#include <cstdlib>
#include <string>

#include "common/error.h"

namespace ferry::tests {

// The exit code that scripts would see; `done` when nothing was thrown. Other exceptions go through.
template <typename Call>
[[nodiscard]] ExitCode code_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return ExitCode::done;
}

// The message of the error; empty when nothing was thrown.
template <typename Call>
[[nodiscard]] std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

[[nodiscard]] inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Runs a shell command quietly; true when it ended with 0.
[[nodiscard]] inline bool run(const std::string& command) {
  return std::system(("{ " + command + "\n} >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace ferry::tests
