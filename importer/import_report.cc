// SPDX-License-Identifier: Apache-2.0
#include "importer/import_report.h"

#include <fmt/format.h>

#include "common/text.h"
#include "format/history_report.h"

namespace ferry::importer {
namespace {

constexpr std::size_t changes_shown = 20;

}  // namespace

std::string shell_word(const std::string& text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@%+=:,./_-";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) c == '\'' ? word += R"('\'')" : word += c;
  return for_terminal(word + "'", 4096);
}

std::string command_again(const std::string& point_option, const std::vector<std::string>& places,
                          const Overrides& overrides) {
  std::string command = "ferry-import ";
  if (!point_option.empty()) command += "--point " + shell_word(point_option) + " ";
  command += "import";
  for (const std::string& place : places) command += " " + shell_word(place);
  if (overrides.dates) command += " --accept-dates";
  if (overrides.jump) command += " --accept-jump";
  return command;
}

Json repairs_json(const ImportRun& run) {
  Json list = Json::array();
  for (const BundleDamage& damage : run.damage())
    list.push_back(Json{{"name", damage.name},
                        {"repaired", damage.is_repairable()},
                        {"lost_blocks", damage.lost_blocks},
                        {"block_bytes", damage.block_bytes},
                        {"text", damage.text()}});
  return list;
}

Json to_json(const Attempt& attempt, bool is_staged) {
  const bool is_already = attempt.code == ExitCode::already_applied;
  Json json{{"path", attempt.bundle->volumes.front().path().native()},
            {"result", attempt.imported && is_staged ? "staged"
                       : attempt.imported            ? "applied"
                       : is_already                  ? "already"
                                                     : "refused"},
            {"code", static_cast<int>(attempt.code)},
            {"feed", nullptr},
            {"generation", nullptr},
            {"state", nullptr},
            {"added", 0},
            {"removed", 0}};
  if (attempt.verified) {
    json["name"] = attempt.verified->bundle_name;
    json["feed"] = attempt.verified->feed;
    json["generation"] = attempt.verified->target.generation;
    json["state"] = attempt.verified->target.state.hex();
  }
  if (attempt.imported) {
    json["added"] = attempt.imported->generation.added;
    json["removed"] = attempt.imported->generation.removed;
    json["updates"] = attempt.imported->generation.updates;
    json["previous"] = attempt.imported->previous;
    json["files"] = attempt.imported->manifest.files;
    json["file_bytes"] = attempt.imported->manifest.file_bytes;
    json["warnings"] = attempt.imported->warnings;
    json["new_trust_files"] = attempt.imported->new_trust_files;
  } else {
    json["error"] = attempt.error;
  }
  return json;
}

Json to_json(const format::UnreadableVolume& volume) {
  return Json{{"path", volume.path.native()},
              {"result", "refused"},
              {"code", static_cast<int>(volume.code)},
              {"feed", nullptr},
              {"generation", nullptr},
              {"state", nullptr},
              {"added", 0},
              {"removed", 0},
              {"error", volume.error}};
}

void say_attempt(const Console& console, const Attempt& attempt, bool dry_run) {
  if (!attempt.imported) {
    console.warn(
        fmt::format("{}: {}", quote(attempt.bundle->volumes.front().path().filename().native()), attempt.error));
    return;
  }
  const ImportedBundle& imported = *attempt.imported;
  for (const std::string& warning : imported.warnings) console.warn(warning);
  if (imported.new_trust_files > 0)
    console.say(fmt::format("{} {} that the bundle brings", dry_run ? "would install" : "installed",
                            counted(imported.new_trust_files, "new trust file", "new trust files")));
  if (imported.manifest.kind == format::BundleKind::content) {
    console.say(fmt::format("{}{}: {} of feed {}, {}", dry_run ? "would apply " : "applied ",
                            for_terminal(imported.manifest.bundle_name),
                            counted(imported.manifest.files, "payload file", "payload files"),
                            quote(imported.manifest.feed), format_size(imported.manifest.file_bytes)));
    return;
  }
  console.say(fmt::format(
      "{}{}: feed {} generation {} to {}, {} in, {} out, now {}", dry_run ? "would apply " : "applied ",
      for_terminal(imported.manifest.bundle_name), quote(imported.manifest.feed), imported.previous,
      imported.generation.number, counted(imported.generation.added, "revision", "revisions"),
      format_count(imported.generation.removed), counted(imported.generation.updates, "update", "updates")));
  if (imported.manifest.files > 0)
    console.say(fmt::format("  with {}, {}", counted(imported.manifest.files, "payload file", "payload files"),
                            format_size(imported.manifest.file_bytes)));
  if (!dry_run) format::say_changes(console, imported.changes, changes_shown);
}

void say_repairs(const Console& console, const ImportRun& run) {
  for (const BundleDamage& damage : run.damage()) {
    console.warn(damage.text());
    if (damage.is_repairable())
      console.warn("repaired from parity, in a private copy; the medium is failing, replace it");
  }
}

}  // namespace ferry::importer
