// SPDX-License-Identifier: Apache-2.0
#include "format/catalog/drops.h"

#include "format/catalog/columns.h"

namespace ferry::format {

std::vector<DropFile> list_drop_files(Catalog& catalog) {
  std::vector<DropFile> files;
  Query row = catalog.database().query(
      "SELECT name, size, modified, manifest, bundle, result, code, error, context, examined FROM drop_file "
      "ORDER BY name");
  while (row.next())
    files.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)), row.integer(2),
                     row.is_null(3) ? std::nullopt : std::optional(digest_column(row, 3)), row.text(4), row.text(5),
                     static_cast<int>(row.integer(6)), row.text(7), digest_column(row, 8),
                     Time::parse(row.bytes(9)).value_or(Time{})});
  return files;
}

void replace_drop_files(Catalog& catalog, const std::vector<DropFile>& files) {
  catalog.database().execute("DELETE FROM drop_file");
  for (const DropFile& file : files)
    catalog.database().execute(
        "INSERT INTO drop_file (name, size, modified, manifest, bundle, result, code, error, context, examined) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        Blob{file.name}, file.size, file.modified,
        file.manifest ? std::optional(Blob{file.manifest->bytes()}) : std::nullopt, file.bundle, file.result, file.code,
        file.error, Blob{file.context.bytes()}, file.examined.text());
}

}  // namespace ferry::format
