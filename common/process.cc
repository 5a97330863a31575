// SPDX-License-Identifier: Apache-2.0
#include "common/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>

#include "common/error.h"
#include "common/file.h"

namespace ferry {
namespace {

constexpr std::size_t max_output_bytes = 64ULL * 1024;

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  [[nodiscard]] posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::vector<std::string> environment() {
  std::vector<std::string> variables{"LC_ALL=C"};
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("LC_ALL=")) variables.emplace_back(*entry);
  }
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// All of it, so that the program never waits for a reader; what is too much is thrown away.
std::string read_all(int fd) {
  std::string output;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return output;
    output.append(buffer.data(), static_cast<std::size_t>(got));
    if (output.size() > max_output_bytes) output.resize(max_output_bytes);
  }
}

}  // namespace

std::optional<ProcessResult> run_process(const std::vector<std::string>& command) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw io_error("make a pipe to", command.front(), errno);
  const FileDescriptor reader(pipe[0]);
  FileDescriptor writer(pipe[1]);
  FileActions actions;
  ::posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(actions.get(), writer.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(actions.get(), writer.get(), STDERR_FILENO);
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = environment();
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, command.front().c_str(), actions.get(), nullptr, pointers(arguments).data(),
                                   pointers(variables).data());
  if (error == ENOENT) return {};
  if (error != 0) throw io_error("start", command.front(), error);
  writer.reset();
  ProcessResult result;
  result.output = read_all(reader.get());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw io_error("wait for", command.front(), errno);
  }
  constexpr int signal_base = 128;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : signal_base + WTERMSIG(status);
  return result;
}

std::string program_of_process(std::uint64_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

}  // namespace ferry
