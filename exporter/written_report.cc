// SPDX-License-Identifier: Apache-2.0
#include "exporter/written_report.h"

#include <fmt/format.h>

#include "common/text.h"

namespace ferry::exporter {
namespace {

Json paths_json(const std::vector<std::filesystem::path>& paths) {
  Json list = Json::array();
  for (const auto& path : paths) list.push_back(path.native());
  return list;
}

}  // namespace

Json written_json(const format::WrittenBundle& written) {
  return Json{{"bytes", written.bytes},
              {"volumes", paths_json(written.volumes)},
              {"resumed_volumes", written.resumed},
              {"parity", paths_json(written.parity)},
              {"parity_bytes", written.parity_bytes},
              {"signatures_missing", written.signatures_missing}};
}

bool say_written(const Console& console, const format::WrittenBundle& written, const std::string& directory) {
  for (const auto* paths : {&written.volumes, &written.parity}) {
    for (const auto& path : *paths) console.say("  " + for_terminal(path.native(), 4096));
  }
  const std::string parity = written.parity.empty() ? "" : ", and " + format_size(written.parity_bytes) + " of parity";
  console.say(fmt::format("  {} in {}{}, written, flushed and verified: safe to remove", format_size(written.bytes),
                          counted(written.volumes.size(), "volume", "volumes"), parity));
  if (written.resumed > 0)
    console.say(fmt::format("  {} of these had been written by an earlier run, and were read again",
                            counted(written.resumed, "volume", "volumes")));
  if (written.signatures_missing == 0) return true;
  console.warn(
      fmt::format("no site takes this bundle yet: {} more from other keys must lie beside it; the next person runs: "
                  "ferry-export sign {}",
                  counted(written.signatures_missing, "signature", "signatures"), for_terminal(directory, 4096)));
  return false;
}

}  // namespace ferry::exporter
