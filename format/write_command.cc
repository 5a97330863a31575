// SPDX-License-Identifier: Apache-2.0
#include "format/write_command.h"

#include <memory>

#include "format/point.h"
#include "format/tree_command.h"
#include "format/write_scup.h"
#include "format/write_wsus.h"

namespace ferry::format {
namespace {

struct WriteOptions {
  std::string target;
  std::string feed;
  std::string form = "v2";
  bool force = false;
  bool copy = false;
};

Point writing_point(const std::string& point_option) { return Point(Point::choose_directory(point_option)); }

}  // namespace

void add_write_commands(Program& program, const std::string& point_option) {
  Console& console = program.console();
  const std::string& name = program.app().get_name();
  CLI::App& group = program.command_group("write", "Write what is held here for other programs: WSUS, ConfigMgr");

  auto wsus = std::make_shared<WriteOptions>();
  CLI::App& wsus_command =
      program.command_in(group, "wsus",
                         "Write a package for 'wsusutil import'. Neither form was tested against a real wsusutil; the "
                         "schema of .xml.gz is "
                         "inferred",
                         name + " write wsus /media/stick/updates.xml.gz", [&console, &point_option, wsus] {
                           return write_wsus(console, writing_point(point_option),
                                             std::filesystem::absolute(wsus->target), wsus->feed, wsus->force);
                         });
  wsus_command.add_option("file", wsus->target, "OUT.cab (2 GiB of metadata at most) or OUT.xml.gz")
      ->required()
      ->type_name("FILE");
  wsus_command.add_option("--feed", wsus->feed, "Only the documents of this feed (default: of all)")->type_name("FEED");
  wsus_command.add_flag("--force", wsus->force, "Replace a file that is there");

  auto scup = std::make_shared<WriteOptions>();
  CLI::App& scup_command = program.command_in(
      group, "scup", "Write the third-party updates as a catalog for Configuration Manager, byte for byte",
      name + " write scup /srv/www/vendors.cab", [&console, &point_option, scup] {
        return write_scup(console, writing_point(point_option), std::filesystem::absolute(scup->target), scup->feed,
                          scup->form == "v1" ? ScupForm::v1 : ScupForm::v2, scup->force);
      });
  scup_command.add_option("out", scup->target, "OUT.cab, OUT.zip, with --form v1 also OUT.xml, else a new folder")
      ->required();
  scup_command.add_option("--form", scup->form, "v2 (default): a file for each package; v1: one document with all")
      ->check(CLI::IsMember({"v1", "v2"}));
  scup_command.add_option("--feed", scup->feed, "Only the documents of this feed (default: of all)")->type_name("FEED");
  scup_command.add_flag("--force", scup->force, "Replace a file that is there");

  auto content = std::make_shared<WriteOptions>();
  CLI::App& content_command = program.command_in(
      group, "content",
      "Write the payload files that the feeds carry as a WsusContent tree; completes one that is there",
      name + " write content /srv/WsusContent", [&console, &point_option, content] {
        return write_content(console, writing_point(point_option), std::filesystem::absolute(content->target),
                             content->feed, !content->copy);
      });
  content_command.add_option("directory", content->target, "The tree: XX/<SHA-1>.<extension>")
      ->required()
      ->type_name("DIR");
  content_command.add_option("--feed", content->feed, "Only the files of this feed (default: of all)")
      ->type_name("FEED");
  content_command.add_flag("--copy", content->copy, "Copy, where a reflink cannot be had; do not link");
}

}  // namespace ferry::format
