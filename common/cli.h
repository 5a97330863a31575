// SPDX-License-Identifier: Apache-2.0
// What both programs' command lines share: exit codes from errors, text or JSON output, tables, progress.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include "common/error.h"
#include "common/json.h"

namespace ferry {

// Where results go. Text results go to standard output unless --json or --quiet; warnings and progress go
// to standard error. Everything printed may hold publishers' text: pass it through for_terminal() first.
class Console {
 public:
  bool json = false;
  bool quiet = false;

  void say(std::string_view line) const;                       // a line of the result, for people
  void warn(std::string_view line) const;                      // "warning: …" on standard error
  void note(const std::optional<std::string>& problem) const;  // warns, if there is something to warn of
  void emit(const Json& document) const;                       // the result, for scripts; only with --json
  void raw(std::string_view bytes) const;                      // exactly these bytes on standard output
  void item(const Json& value) const;                          // one line of JSON, between raw() ones
  void flush() const;                                          // what was said so far, for a program that goes on
  [[nodiscard]] static bool is_terminal();                     // is standard output one
  [[nodiscard]] static std::size_t columns();                  // of the terminal; 100 where there is none
};

// Rows of text in columns. Where they do not fit the terminal, optional columns go first, the last one first;
// then the widest columns are cut, but never one that is kept whole, such as an id to copy.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void right_align(std::size_t column) { right_.insert(column); }
  void keep_whole(std::size_t column) { whole_.insert(column); }
  void make_optional(std::size_t column) { optional_.insert(column); }
  void print(const Console& console) const;
  [[nodiscard]] bool empty() const { return rows_.size() < 2; }

 private:
  // Widths of the columns that are shown, 0 for one that is left out.
  [[nodiscard]] std::vector<std::size_t> fitted_widths() const;

  std::vector<std::vector<std::string>> rows_;
  std::set<std::size_t> right_;
  std::set<std::size_t> whole_;
  std::set<std::size_t> optional_;
};

// Who runs this: the name of the account, or its number.
[[nodiscard]] std::string user_name();

// One line that is rewritten on a terminal, and a line every ten seconds elsewhere. Silent with --quiet.
class Progress {
 public:
  // `unit` is "B" for bytes, or a plural noun. A total of 0 means unknown.
  Progress(const Console& console, std::string_view what, std::uint64_t total, std::string_view unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void advance(std::uint64_t amount);

 private:
  void print();

  const Console& console_;
  std::string what_;
  std::string unit_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  bool on_terminal_;
  bool printed_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_;
};

// A program is a table of commands: each adds itself to the application and names what it runs.
class Program {
 public:
  Program(std::string name, std::string description);

  // The command's own options are added by the caller to the result; `run` is called after parsing.
  CLI::App& command(const std::string& name, const std::string& description, const std::string& example,
                    std::function<ExitCode()> run);
  CLI::App& command_group(const std::string& name, const std::string& description);
  CLI::App& command_in(CLI::App& group, const std::string& name, const std::string& description,
                       const std::string& example, std::function<ExitCode()> run);
  // Called before the chosen command runs, with its name, such as "trust rotate".
  void on_start(std::function<void(const std::string&)> told) { on_start_ = std::move(told); }
  // Called when it has ended, with its exit code and the error, if one ended it. Must not throw.
  void on_end(std::function<void(ExitCode, const char*)> told) { on_end_ = std::move(told); }
  [[nodiscard]] CLI::App& app() { return app_; }
  [[nodiscard]] Console& console() { return console_; }

  // Parses and runs; returns the process's exit code. Throws what the command throws.
  int main(int argc, char** argv);

 private:
  CLI::App app_;
  Console console_;
  ExitCode run_chosen();

  std::function<ExitCode()> chosen_;
  std::string chosen_name_;
  std::function<void(const std::string&)> on_start_ = [](const std::string&) {};
  std::function<void(ExitCode, const char*)> on_end_ = [](ExitCode, const char*) {};
};

// Calls `run`, which makes a Program and runs it, and returns its exit code. Prints an error once, also one that comes
// up while the commands are put together.
[[nodiscard]] int guarded_main(const char* name, int argc, char** argv, int (*run)(int, char**)) noexcept;

}  // namespace ferry
