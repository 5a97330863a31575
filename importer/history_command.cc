// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "common/text.h"
#include "format/catalog/journal.h"
#include "format/point.h"
#include "importer/chain_audit.h"
#include "importer/commands.h"

namespace ferry::importer {
namespace {

struct HistoryOptions {
  bool verify = false;
  std::optional<std::uint64_t> at;  // show the fingerprint of this number of the chain
};

Json link_json(const format::KnownLink& link) {
  return Json{{"sequence", link.sequence},
              {"name", link.name.empty() ? Json(nullptr) : Json(link.name)},
              {"manifest", link.manifest.hex()},
              {"fingerprint", format::chain_fingerprint(link.manifest)}};
}

Json audit_json(const ChainAudit& audit) {
  Json links = Json::array();
  for (const format::KnownLink& link : audit.links) links.push_back(link_json(link));
  Json not_taken = Json::array();
  for (const format::KnownLink& link : audit.not_taken) not_taken.push_back(link_json(link));
  return Json{
      {"feed", audit.feed.name},
      {"lineage", audit.feed.lineage.text()},
      {"holds", audit.breaks.empty()},
      {"imports", audit.imports},
      {"unproved", audit.unproved},
      {"sequence", audit.head.sequence},
      {"fingerprint", audit.head.sequence == 0 ? Json(nullptr) : Json(format::chain_fingerprint(audit.head.manifest))},
      {"links", links},
      {"not_taken", not_taken},
      {"breaks", audit.breaks}};
}

// The number that people compare: the one asked for, else the newest.
void say_fingerprint(const Console& console, const ChainAudit& audit, std::optional<std::uint64_t> at) {
  const std::uint64_t sequence = at.value_or(audit.head.sequence);
  if (sequence == 0) return;
  bool is_known = false;
  for (const format::KnownLink& link : audit.links) {
    if (link.sequence != sequence) continue;
    console.say(fmt::format("  fingerprint of number {}: {}", sequence, format::chain_fingerprint(link.manifest)));
    is_known = true;
  }
  if (!is_known)
    console.say(fmt::format("  no manifest that came here tells of number {}; ask the other site for one up to {}",
                            sequence, audit.head.sequence));
}

void say_audit(const Console& console, const ChainAudit& audit, std::optional<std::uint64_t> at) {
  console.say(fmt::format("feed {}: {} proved{}, up to number {} of all that its publisher issued; {}",
                          quote(audit.feed.name), counted(audit.imports, "import", "imports"),
                          audit.unproved == 0 ? "" : fmt::format(", {} from before proofs were kept", audit.unproved),
                          audit.head.sequence, audit.breaks.empty() ? "the chain holds" : "the chain is BROKEN"));
  say_fingerprint(console, audit, at);
  for (const format::KnownLink& link : audit.not_taken)
    console.say(fmt::format("  number {}, {}, never came here: lost, or passed over by a later one", link.sequence,
                            for_terminal(link.name)));
  for (const std::string& text : audit.breaks) console.warn(for_terminal(text, 1000));
}

ExitCode history(const Console& console, const std::string& point_option, const HistoryOptions& options) {
  const format::Point point(format::Point::choose_directory(point_option));
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  Json list = Json::array();
  Table table({"imported", "bundle", "number", "kind", "from", "to", "in", "out", "made", "signed by"});
  for (const std::size_t column : {2U, 4U, 5U, 6U, 7U}) table.right_align(column);
  for (const std::size_t column : {2U, 3U, 8U, 9U}) table.make_optional(column);
  for (const std::size_t column : {0U, 1U}) table.keep_whole(column);
  constexpr std::size_t everything = 1'000'000;
  for (const format::ImportEntry& entry : format::list_imports(catalog, everything)) {
    list.push_back(Json{{"name", entry.name},
                        {"feed", entry.feed_name},
                        {"kind", entry.kind},
                        {"previous", entry.previous},
                        {"generation", entry.target},
                        {"created", entry.created.text()},
                        {"imported", entry.imported.text()},
                        {"added", entry.added},
                        {"removed", entry.removed},
                        {"signers", entry.signers},
                        {"undone", entry.undone ? Json(entry.undone->text()) : Json(nullptr)},
                        {"sequence", entry.sequence},
                        {"manifest", entry.manifest.hex()}});
    table.row({entry.imported.text(), for_terminal(entry.name) + (entry.undone ? " (undone)" : ""),
               format_count(entry.sequence), entry.kind, format_count(entry.previous), format_count(entry.target),
               format_count(entry.added), format_count(entry.removed), entry.created.text(),
               for_terminal(entry.signers)});
  }
  Json json{{"version", 1}, {"imports", list}};
  if (!options.verify && !options.at) {
    console.emit(json);
    if (table.empty()) {
      console.say("nothing was imported yet");
    } else {
      table.print(console);
    }
    return ExitCode::done;
  }
  Json audits = Json::array();
  bool holds = true;
  for (const ChainAudit& audit : audit_chains(catalog)) {
    audits.push_back(audit_json(audit));
    say_audit(console, audit, options.at);
    holds &= audit.breaks.empty();
  }
  json["chains"] = audits;
  console.emit(json);
  if (audits.empty()) console.say("nothing was imported yet");
  return holds ? ExitCode::done : ExitCode::failed;
}

}  // namespace

void add_history_command(Program& program, const std::string& point_option) {
  Console& console = program.console();
  auto options = std::make_shared<HistoryOptions>();
  CLI::App& command =
      program.command("history", "Show what was imported, and prove that nothing was inserted, dropped or issued twice",
                      "ferry-import history\n  ferry-import history --verify",
                      [&console, &point_option, options] { return history(console, point_option, *options); });
  command.add_flag("--verify", options->verify, "Check the chain of signed manifests, and show its fingerprint");
  command.add_option("--at", options->at,
                     "With --verify: the fingerprint of this number, to compare with another site");
}

}  // namespace ferry::importer
