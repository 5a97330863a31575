// SPDX-License-Identifier: Apache-2.0
// The errors of both programs. The class says who must act; the exit code says it to scripts.
//
// A message is lower case, has no full stop at its end and reads: what was tried, the thing in quotes,
// what was found, what was expected, what to do next. Context is put in front on the way up:
// `catch (Error& error) { error.add_context("volume 2 of 5"); throw; }`. Libraries never print.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace ferry {

// Exit codes are a contract with scripts (README, "Exit codes"); never renumber.
enum class ExitCode : int {
  done = 0,
  failed = 1,
  nothing_to_do = 2,
  not_found = 3,
  incomplete = 4,
  base_missing = 10,
  trust = 11,
  stale = 12,
  wrong_recipient = 13,
  already_applied = 14,
  damaged = 15,
  repaired = 16,
  no_space = 17,
  locked = 18,
  too_new = 19,
  too_many_removals = 20,
  usage = 64,
};

class Error : public std::exception {
 public:
  explicit Error(std::string message, ExitCode code = ExitCode::failed) : message_(std::move(message)), code_(code) {}

  // Puts "context: " in front of the message.
  void add_context(std::string_view context);

  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
  [[nodiscard]] ExitCode code() const noexcept { return code_; }

 private:
  std::string message_;
  ExitCode code_;
};

// The request makes no sense: fix the command line or point.toml.
struct UsageError : Error {
  explicit UsageError(std::string message) : Error(std::move(message), ExitCode::usage) {}
};

// A thing that was named does not exist here.
struct NotFoundError : Error {
  explicit NotFoundError(std::string message) : Error(std::move(message), ExitCode::not_found) {}
};

// Disk, permission, database: fix the machine and run again. Carries the errno text in its message.
struct IoError : Error {
  explicit IoError(std::string message, ExitCode code = ExitCode::failed) : Error(std::move(message), code) {}
};

// Bytes violate their format: of a bundle (copy the medium again) or of a document (report it).
struct FormatError : Error {
  explicit FormatError(std::string message, ExitCode code = ExitCode::damaged) : Error(std::move(message), code) {}
};

// Signature, key or trust file: stop and investigate.
struct TrustError : Error {
  explicit TrustError(std::string message) : Error(std::move(message), ExitCode::trust) {}
};

// Sound and trusted, but not for this catalog now: wrong base, replay, other site.
struct StateError : Error {
  StateError(std::string message, ExitCode code) : Error(std::move(message), code) {}
};

// An IoError from errno: "cannot write 'x': No space left on device"; ENOSPC and EDQUOT get exit code 17.
[[nodiscard]] IoError io_error(std::string_view what, std::string_view path, int error_number);

}  // namespace ferry
