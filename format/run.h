// SPDX-License-Identifier: Apache-2.0
// A run: one process of a program that writes to a point, as the audit log tells of it, from `start` to `end`.
// Looking at a point leaves no trace in the log.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "common/cli.h"
#include "common/clock.h"
#include "common/json.h"

namespace ferry::format {

class Run {
 public:
  // Of this process; there is only one.
  [[nodiscard]] static Run& current();

  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  // What was asked for, such as "trust rotate"; before it is done.
  void set_command(std::string command) { command_ = std::move(command); }

  // Somebody wants to write to this point; from here on the end of the process is told in its log.
  void wants(const std::filesystem::path& directory);
  // It may: appends `start`, which the next line flushes. A fault of the log stays silent here, since that one will
  // tell of it.
  void start();
  // Appends `end` with the exit code, the time it took and the error, if one ended the command. No-op where nobody
  // wanted to write. Never fails, whatever happens here: the command is over. A command that succeeded is told of a
  // fault of the log on standard error, where no step has told of it.
  void end(const Console& console, ExitCode code, const char* error) noexcept;
  // Did a line not get into the log that somebody was told of?
  void set_told() noexcept { is_told_ = true; }

 private:
  Run();

  std::string id_;
  std::string command_;
  std::optional<std::filesystem::path> directory_;
  bool is_told_ = false;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

// Makes the program tell its run when it ends.
void log_runs(Program& program);

// Seconds with three decimals, as they stand in the log.
[[nodiscard]] double log_seconds(std::chrono::steady_clock::duration duration);

// Appends one line to log/audit.jsonl of the point in `directory`: time, run, event and the fields given. Gives what
// went wrong, if something did.
enum class Flush { now, later };
[[nodiscard]] std::optional<std::string> append_event(const std::filesystem::path& directory, const Clock& clock,
                                                      std::string_view event, const Json& fields,
                                                      Flush flush = Flush::now);

// Where that is.
[[nodiscard]] std::filesystem::path audit_log(const std::filesystem::path& directory);

}  // namespace ferry::format
