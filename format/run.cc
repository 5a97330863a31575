// SPDX-License-Identifier: Apache-2.0
#include "format/run.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>

#include <fmt/format.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/guid.h"

namespace ferry::format {

namespace fs = std::filesystem;

Run::Run() : id_(Guid::random().text()) {}

Run& Run::current() {
  static Run run;
  return run;
}

void Run::wants(const fs::path& directory) { directory_ = directory; }

void Run::start() {
  if (!directory_) return;
  static_cast<void>(append_event(*directory_, SystemClock(), "start",
                                 Json{{"command", command_}, {"user", ::getuid()}, {"process", ::getpid()}},
                                 Flush::later));
}

void Run::end(const Console& console, ExitCode code, const char* error) noexcept {
  if (!directory_) return;
  try {
    Json fields{{"command", command_},
                {"code", static_cast<int>(code)},
                {"seconds", log_seconds(std::chrono::steady_clock::now() - begun_)}};
    if (error != nullptr) fields["error"] = error;
    const auto problem = append_event(*directory_, SystemClock(), "end", fields);
    if (error == nullptr && !is_told_) console.note(problem);
  } catch (const std::exception&) {
    // Out of memory, most likely; the exit code says it to whoever asked.
  }
}

void log_runs(Program& program) {
  program.on_start([](const std::string& command) { Run::current().set_command(command); });
  program.on_end(
      [&console = program.console()](ExitCode code, const char* error) { Run::current().end(console, code, error); });
}

double log_seconds(std::chrono::steady_clock::duration duration) {
  constexpr double steps = 1000.0;
  return std::round(std::chrono::duration<double>(duration).count() * steps) / steps;
}

fs::path audit_log(const fs::path& directory) { return directory / "log" / "audit.jsonl"; }

std::optional<std::string> append_event(const fs::path& directory, const Clock& clock, std::string_view event,
                                        const Json& fields, Flush flush) {
  Json line{{"time", clock.now().text()}, {"run", Run::current().id()}, {"event", event}};
  line.update(fields);
  // Publishers' text goes in escaped to ASCII: a log reader's terminal is a target too.
  const std::string text = line.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  const fs::path path = audit_log(directory);
  const FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  // One write: lines of two processes never mix.
  if (fd.is_open() && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      (flush == Flush::later || ::fsync(fd.get()) == 0))
    return {};
  return fmt::format("the {} is done, but the log has no line of it: {}", event,
                     io_error("write", path.native(), errno).what());
}

}  // namespace ferry::format
