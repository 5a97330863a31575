// SPDX-License-Identifier: Apache-2.0
#include "format/write_scup.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/write_wsus.h"

namespace ferry::format {

ExitCode write_scup(const Console& console, const Point& point, const std::filesystem::path& out,
                    const std::string& feed, ScupForm form, bool force) {
  require_target(out, force);
  Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const PointConfig config = point.config();
  const Snapshot snapshot(catalog.database());
  const Serving serving(catalog, feeds_to_write(catalog, config, feed));
  const std::vector<OutgoingPackage> packages = outgoing_packages(catalog);
  if (packages.empty()) {
    console.emit(Json{{"version", 1}, {"path", nullptr}, {"packages", 0}});
    console.say("there are no SDP documents to write");
    return ExitCode::nothing_to_do;
  }
  std::uint64_t total = 0;
  for (const OutgoingPackage& package : packages) total += package.document_bytes;
  WrittenScup written;
  {
    Progress progress(console, "writing", total, "B");
    written =
        write_scup_catalog(catalog, packages, out, form, [&progress](std::uint64_t bytes) { progress.advance(bytes); });
  }
  Json left_out = Json::array();
  for (const RevisionId& id : written.left_out)
    left_out.push_back(Json{{"id", id.update.text()}, {"revision", id.number}});
  console.emit(Json{{"version", 1},
                    {"path", out.native()},
                    {"form", form == ScupForm::v1 ? "v1" : "v2"},
                    {"packages", written.packages},
                    {"document_bytes", written.document_bytes},
                    {"left_out", left_out}});
  console.say(fmt::format("wrote {}: {} ({}), form {}", quote(out.native()),
                          counted(written.packages, "package", "packages"), format_size(written.document_bytes),
                          form == ScupForm::v1 ? "V1" : "V2"));
  if (written.left_out.empty()) return ExitCode::done;
  console.warn(fmt::format(
      "{} left out, such as {}: not in UTF-8, which a V1 catalog is as a whole; --form v2 carries all",
      counted(written.left_out.size(), "package was", "packages were"), written.left_out.front().update.text()));
  return ExitCode::incomplete;
}

}  // namespace ferry::format
