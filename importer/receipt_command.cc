// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include <fmt/format.h>

#include "common/file.h"
#include "common/text.h"
#include "format/receipt_report.h"
#include "format/site_key.h"
#include "importer/commands.h"
#include "importer/receipt_job.h"

namespace ferry::importer {
namespace {

ExitCode receipt(const Console& console, const std::string& point_option, const std::string& output) {
  const format::Point point(format::Point::choose_directory(point_option));
  const FileLock lock = point.lock();
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  const SystemClock clock;
  const format::Receipt receipt = make_receipt(point, catalog, clock.now());
  const Signer signer = format::open_site_key(point, clock.now());
  if (!output.empty()) write_file(output, format::sign_receipt(receipt, signer));
  catalog.database().checkpoint();

  const std::string key = format::key_fingerprint(signer.certificate.key_id());
  Json json = format::to_json(receipt);
  json["key"] = key;
  json["file"] = output.empty() ? Json(nullptr) : Json(output);
  Json event{{"serial", receipt.serial}, {"file", json["file"]}, {"feeds", receipt.feeds.size()}};
  console.note(point.audit(clock, "receipt", event));
  console.emit(json);
  for (const format::ReceiptFeed& feed : receipt.feeds) {
    console.say(fmt::format("feed {} at generation {}{}", quote(feed.name), feed.generation,
                            feed.missing_files == 0
                                ? std::string()
                                : fmt::format(", {} lacking, {}", counted(feed.missing_files, "file", "files"),
                                              format_size(feed.missing_bytes))));
  }
  if (receipt.feeds.empty()) console.say("nothing was imported yet; the receipt says so");
  if (!output.empty())
    console.say(fmt::format("written to {}; at the exporting point: ferry-export receipt FILE", quote(output)));
  if (!receipt.feeds.empty()) console.say("to read out, for 'ferry-export receipt --typed':");
  for (const format::ReceiptFeed& feed : receipt.feeds) console.say(trimmed(format::spoken_lines(receipt.site, feed)));
  console.say(fmt::format("key of this site: {}", key));
  return ExitCode::done;
}

}  // namespace

void add_receipt_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto output = std::make_shared<std::string>();
  CLI::App& command =
      program.command("receipt", "Say what this site holds, signed, to carry back or to read out",
                      "ferry-import receipt -o /media/stick/plant-1.receipt",
                      [&console, &point_option, output] { return receipt(console, point_option, *output); });
  command.add_option("-o,--output", *output, "Write the signed receipt into this file")->type_name("FILE");
}

}  // namespace ferry::importer
