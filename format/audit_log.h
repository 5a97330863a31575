// SPDX-License-Identifier: Apache-2.0
// Reading log/audit.jsonl back. Whoever can write there may have written anything, and a power cut tears the last
// line: what cannot be read is shown as such and ends nothing. A file of any size is read in bounded memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/json.h"

namespace ferry::format {

// Longer lines are shown by their length alone. The longest that the programs write have some hundred kilobytes.
inline constexpr std::size_t max_log_line = 1024UL * 1024;

struct LogLine {
  std::string text;          // without its end; empty for one that is too long
  std::uint64_t bytes = 0;   // of the line
  Json fields;               // an object, or null for a line that cannot be read
  std::optional<Time> time;  // nothing where the line says none
  std::string run;           // empty where the line says none
  std::string event;

  [[nodiscard]] std::string_view text_of(const char* field) const;  // "" where it is not there or no text
  [[nodiscard]] std::uint64_t count_of(const char* field) const;    // 0 likewise
  [[nodiscard]] std::optional<std::int64_t> code() const;           // the exit code of an `end` or `import`
  [[nodiscard]] std::optional<double> seconds() const;
  // Does it tell of something that did not succeed? A line that cannot be read counts.
  [[nodiscard]] bool is_error() const;
};

// Takes one line apart; never throws for what is in it.
[[nodiscard]] LogLine parse_log_line(std::string_view text);
// What happened, on one line that no terminal can be harmed by; time and run left out.
[[nodiscard]] std::string describe(const LogLine& line);

// Every line from the first that begins at `offset` or later, to the end that the file had when it was opened. A
// missing log has no lines. Throws IoError.
void visit_log(const std::filesystem::path& log, std::uint64_t offset,
               const std::function<void(const LogLine&)>& visit);
// An offset so many bytes before the end, 0 in a shorter log.
[[nodiscard]] std::uint64_t log_tail(const std::filesystem::path& log, std::uint64_t bytes);

// The last run of a command, by its `end`.
struct EndedRun {
  std::string command;
  std::string run;
  Time ended;
  std::int64_t code = 0;
  std::optional<double> seconds;
  std::string error;  // untrusted

  [[nodiscard]] bool failed() const;
};
// A run that began and of which the log knows no end: it goes on, or it was cut off by a kill or a power cut.
struct OpenRun {
  std::string command;
  std::string run;
  Time begun;
  std::uint64_t process = 0;
  bool goes_on = false;  // set by whoever looks at the processes
};
struct SourceRun {
  Time ended;
  std::uint64_t failed = 0;
  std::string first_failure;  // untrusted
};
struct LoggedError {
  Time time;
  std::string run;
  std::string text;  // harmless, as describe() gives it
};
// What the end of the log says of the present. Costs the same whatever the size of the log.
struct LogSummary {
  std::string problem;                       // why it could not be read; then nothing else is here
  std::map<std::string, EndedRun> runs;      // by command
  std::map<std::string, OpenRun> open;       // by command, where no later run of it ended
  std::map<std::string, SourceRun> sources;  // by name
  std::vector<LoggedError> errors;           // the last ones, newest first
};
[[nodiscard]] LogSummary summarize_log(const std::filesystem::path& log);

}  // namespace ferry::format
