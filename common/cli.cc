// SPDX-License-Identifier: Apache-2.0
#include "common/cli.h"

#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <sstream>

#include <fmt/format.h>

#include "common/text.h"

namespace ferry {
namespace {

// A reader that has seen enough (`… | head`) closes the pipe; that is no failure of ours.
void check_stdout(bool is_written) {
  if (!is_written && errno != EPIPE) throw io_error("write", "standard output", errno);
}

void write_stdout(std::string_view bytes) {
  check_stdout(std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size());
}

// Publishers' text stands in JSON too, and JSON is looked at on terminals. Text that is not UTF-8 cannot be
// JSON; it becomes the replacement character instead of an error.
std::string json_text(const Json& value, int indentation) {
  return json_for_terminal(value.dump(indentation, ' ', false, Json::error_handler_t::replace));
}

constexpr std::size_t narrowest_column = 12;
constexpr std::size_t column_gap = 2;

}  // namespace

void Console::say(std::string_view line) const {
  if (json || quiet) return;
  write_stdout(line);
  write_stdout("\n");
}

// What goes to standard error is printed without allocating and without a way to fail: where nobody can be told any
// more, the job and its exit code must not suffer.
void Console::warn(std::string_view line) const {
  std::fprintf(stderr, "warning: %.*s\n", static_cast<int>(line.size()), line.data());
}

void Console::note(const std::optional<std::string>& problem) const {
  if (problem) warn(*problem);
}

void Console::emit(const Json& document) const {
  if (!json) return;
  write_stdout(json_text(document, 2) + "\n");
}

void Console::item(const Json& value) const { write_stdout(json_text(value, -1)); }

void Console::raw(std::string_view bytes) const { write_stdout(bytes); }

void Console::flush() const { check_stdout(std::fflush(stdout) == 0); }

bool Console::is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

std::size_t Console::columns() {
  winsize size{};
  if (is_terminal() && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

std::vector<std::size_t> Table::fitted_widths() const {
  std::vector<std::size_t> widths(rows_.front().size(), 1);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  if (!Console::is_terminal()) return widths;  // a pipe gets everything; only a terminal has an edge
  const auto total = [&widths] {
    std::size_t sum = 0;
    for (const std::size_t width : widths) sum += width == 0 ? 0 : width + column_gap;
    return sum - column_gap;
  };
  const std::size_t limit = Console::columns();
  for (auto column = optional_.rbegin(); column != optional_.rend() && total() > limit; ++column) widths[*column] = 0;
  while (total() > limit) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (whole_.count(i) == 0 && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == widths.size() || widths[widest] <= narrowest_column) break;
    --widths[widest];
  }
  return widths;
}

void Table::print(const Console& console) const {
  const std::vector<std::size_t> widths = fitted_widths();
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] == 0) continue;
      const std::string cell = fit(row[i], widths[i]);
      const std::string gap(widths[i] - std::min(widths[i], display_width(cell)), ' ');
      if (!line.empty()) line.append(column_gap, ' ');
      line += right_.count(i) > 0 ? gap + cell : cell + gap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    console.say(line);
  }
}

Progress::Progress(const Console& console, std::string_view what, std::uint64_t total, std::string_view unit)
    : console_(console),
      what_(what),
      unit_(unit),
      total_(total),
      on_terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      next_(start_ + (on_terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10))) {}

Progress::~Progress() {
  if (!printed_ || !on_terminal_) return;
  std::fputs("\r\033[K", stderr);  // the result follows; the line of progress has done its work
}

void Progress::advance(std::uint64_t amount) {
  done_ += amount;
  if (console_.quiet || std::chrono::steady_clock::now() < next_) return;
  print();
  next_ = std::chrono::steady_clock::now() + (on_terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10));
}

void Progress::print() {
  const auto amount = [this](std::uint64_t value) {
    return unit_ == "B" ? format_size(value) : format_count(value) + " " + unit_;
  };
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
  std::string line = fmt::format("{}: {}", what_, amount(done_));
  if (total_ > 0) line += fmt::format(" of {} ({}%)", amount(total_), done_ * 100 / total_);
  if (taken.count() > 0.5 && done_ > 0) {
    const double rate = static_cast<double>(done_) / taken.count();
    line += fmt::format(", {}/s", amount(static_cast<std::uint64_t>(rate)));
    if (total_ > done_) {
      const auto left = static_cast<std::uint64_t>(static_cast<double>(total_ - done_) / rate);
      line += fmt::format(", {}:{:02} left", left / 60, left % 60);
    }
  }
  printed_ = true;
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  if (on_terminal_ && !is_dumb) {
    std::fprintf(stderr, "\r\033[K%s", fit(line, Console::columns() - 1).c_str());
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

Program::Program(std::string name, std::string description) : app_(std::move(description), std::move(name)) {
  app_.require_subcommand(1);
  app_.fallthrough();  // options of the program may stand after the command too
  app_.add_flag("--json", console_.json, "Write the result as JSON (version 1) to standard output");
  app_.add_flag("-q,--quiet", console_.quiet, "Print errors and warnings only");
  app_.get_formatter()->column_width(34);
}

CLI::App& Program::command(const std::string& name, const std::string& description, const std::string& example,
                           std::function<ExitCode()> run) {
  return command_in(app_, name, description, example, std::move(run));
}

namespace {

// One line as of every other error, with the command whose --help says more.
std::string usage_message(const CLI::App* app, const CLI::Error& error) {
  std::string command = app->get_name();
  for (const CLI::App* at = app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    command += " " + at->get_name();
  }
  std::string problem = error.what();
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    // Where something is missing besides a word that is not known, that word is why.
    const std::vector<std::string> unknown = app->remaining(true);
    if (!unknown.empty()) {
      problem = fmt::format("{} is no command and no option", quote(unknown.front()));
    } else if (problem == "A subcommand is required") {
      problem = "no command was given";
    }
  }
  return fmt::format("{}: error: {}; see: {} --help\n", app->get_name(), problem, command);
}

}  // namespace

CLI::App& Program::command_group(const std::string& name, const std::string& description) {
  CLI::App& group = *app_.add_subcommand(name, description);
  group.require_subcommand(1);
  group.fallthrough();
  return group;
}

CLI::App& Program::command_in(CLI::App& group, const std::string& name, const std::string& description,
                              const std::string& example, std::function<ExitCode()> run) {
  CLI::App& command = *group.add_subcommand(name, description);
  command.fallthrough();
  command.footer("Example:\n  " + example + "\n");
  const std::string full_name = &group == &app_ ? name : group.get_name() + " " + name;
  command.callback([this, full_name, run = std::move(run)] {
    chosen_ = run;
    chosen_name_ = full_name;
  });
  return command;
}

ExitCode Program::run_chosen() {
  on_start_(chosen_name_);
  try {
    const ExitCode code = chosen_();
    on_end_(code, nullptr);
    return code;
  } catch (const Error& error) {
    on_end_(error.code(), error.what());
    throw;
  } catch (const std::exception& error) {
    on_end_(ExitCode::failed, error.what());
    throw;
  }
}

int Program::main(int argc, char** argv) {
  // Writing to a closed pipe and past a file-size limit are errors with a message, not a silent death.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  // A drop folder can hold more volumes than the usual 1,024 open files.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &files));
  }
  app_.failure_message(&usage_message);
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Its messages repeat what was typed, which may be a file name that a wildcard found.
    std::ostringstream help;
    std::ostringstream message;
    const int code = app_.exit(error, help, message);
    std::fputs(help.str().c_str(), stdout);
    std::fputs(lines_for_terminal(message.str()).c_str(), stderr);
    return code == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  const ExitCode code = run_chosen();
  check_stdout(std::fflush(stdout) == 0);
  return static_cast<int>(code);
}

namespace {

// Destructors and iterators of the libraries allocate in places where nothing may be thrown. The catalog is in order
// whenever a process ends, so that is an error like others and no reason for a core dump.
[[noreturn]] void end_without_memory() {
  if (const std::exception_ptr error = std::current_exception()) {
    try {
      std::rethrow_exception(error);
    } catch (const std::bad_alloc&) {
      std::fputs("error: out of memory\n", stderr);
      std::_Exit(static_cast<int>(ExitCode::failed));
    } catch (...) {
      std::fputs("error: an exception where none may be; please report it\n", stderr);
    }
  }
  std::abort();
}

}  // namespace

int guarded_main(const char* name, int argc, char** argv, int (*run)(int, char**)) noexcept {
  std::set_terminate(&end_without_memory);
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: error: %s\n", name, error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%s: error: out of memory; nothing was changed by the step that failed\n", name);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: error: %s (this is a fault of the program; please report it)\n", name, error.what());
  }
  return static_cast<int>(ExitCode::failed);
}

std::string user_name() {
  const passwd* account = ::getpwuid(::getuid());
  return account != nullptr ? account->pw_name : fmt::format("{}", ::getuid());
}

}  // namespace ferry
