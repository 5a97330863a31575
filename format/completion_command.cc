// SPDX-License-Identifier: Apache-2.0
#include "format/completion_command.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <string_view>

#include "common/completion.h"
#include "format/catalog/feeds.h"
#include "format/point.h"

namespace ferry::format {
namespace {

template <typename Named>
void append_names(std::vector<std::string>& names, const std::vector<Named>& list) {
  for (const Named& entry : list) names.push_back(entry.name);
}

// Feeds of point.toml, and those that the catalog follows.
std::vector<std::string> feed_names(const Point& point) {
  std::vector<std::string> names;
  Catalog catalog = point.open_catalog(Database::Mode::read_only);
  append_names(names, list_feeds(catalog));
  for (const FeedDefinition& feed : point.config().feeds) {
    if (std::find(names.begin(), names.end(), feed.name) == names.end()) names.push_back(feed.name);
  }
  return names;
}

// A shell that completes is no place for messages: a point that cannot be read has no names.
std::vector<std::string> names_at_point(std::string_view type, const std::string& point_option) {
  std::vector<std::string> names;
  try {
    if (type != "FEED" && type != "SITE" && type != "SOURCE") return names;
    const Point point(Point::choose_directory(point_option));
    if (type == "FEED") return feed_names(point);
    if (type == "SITE") append_names(names, point.config().sites);
    if (type == "SOURCE") append_names(names, point.config().sources);
  } catch (const std::exception&) {
    names.clear();
  }
  return names;
}

}  // namespace

void add_completion_command(Program& program) {
  Console& console = program.console();
  auto shell = std::make_shared<std::string>();
  const std::string name = program.app().get_name();
  CLI::App& command = program.command("completion", "Print the script that completes commands in a shell",
                                      "source <(" + name + " completion bash)", [&console, shell, name] {
                                        console.raw(completion_script(*shell, name));
                                        return ExitCode::done;
                                      });
  command.add_option("shell", *shell, "bash, zsh or fish")->check(CLI::IsMember({"bash", "zsh", "fish"}))->required();
}

std::optional<int> answer_completion(Program& program, int argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) != "--complete") return std::nullopt;
  program.console().raw(
      completion_text(complete(program.app(), std::vector<std::string>(argv + 2, argv + argc), &names_at_point)));
  return static_cast<int>(ExitCode::done);
}

}  // namespace ferry::format
