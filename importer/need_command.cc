// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/content_commands.h"
#include "format/need_list.h"
#include "importer/commands.h"
#include "importer/import_job.h"

namespace ferry::importer {
namespace {

struct NeedOptions {
  std::string feed;
  std::string output;
};

format::NeedList to_list(const std::string& site, const format::FeedContent& content) {
  format::NeedList list{site, content.feed.name, content.feed.lineage, content.feed.generation, {}};
  for (const format::WantedFile& file : content.missing)
    list.files.push_back({file.sha1, file.sha256, file.size, file.name});
  return list;
}

ExitCode need(const Console& console, const std::string& point_option, const NeedOptions& options) {
  const format::Point point(format::Point::choose_directory(point_option));
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const std::string site = load_identity(catalog).site;
  Json feeds = Json::array();
  std::size_t missing = 0;
  std::vector<format::FeedContent> lacking;
  for (format::FeedContent& content : format::feed_contents(point, catalog)) {
    if (!options.feed.empty() && content.feed.name != options.feed) continue;
    Json json = to_json(content);
    Json files = Json::array();
    for (const format::WantedFile& file : content.missing) files.push_back(to_json(file));
    json["lacking"] = files;
    feeds.push_back(std::move(json));
    missing += content.missing.size();
    if (content.missing.empty()) continue;
    console.say(fmt::format("feed {} lacks {}, {}", quote(content.feed.name),
                            counted(content.missing.size(), "payload file", "payload files"),
                            format_size(content.missing_bytes)));
    for (const std::string& line : format::describe_first(content.missing)) console.say(line);
    lacking.push_back(std::move(content));
  }
  if (!options.output.empty() && lacking.size() > 1)
    throw UsageError("several feeds lack files, and a list is of one; name it with --feed");
  if (!options.output.empty() && !lacking.empty()) {
    write_file(options.output, format::encode(to_list(site, lacking.front())));
    console.say(fmt::format("written to {}; at the exporting point: ferry-export export --site {} --need FILE -o DIR",
                            quote(options.output), for_terminal(site)));
  }
  console.emit(Json{{"version", 1}, {"site", site}, {"feeds", feeds}});
  if (missing > 0) return ExitCode::done;
  console.say("no payload file is lacking");
  return ExitCode::nothing_to_do;
}

}  // namespace

void add_need_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<NeedOptions>();
  CLI::App& command =
      program.command("need", "List the payload files that are lacking here, to carry back",
                      "ferry-import need -o /media/stick/plant-1.need",
                      [&console, &point_option, options] { return need(console, point_option, *options); });
  command.add_option("--feed", options->feed, "Only of this feed")->type_name("FEED");
  command.add_option("-o,--output", options->output, "Write the list into this file")->type_name("FILE");
}

}  // namespace ferry::importer
