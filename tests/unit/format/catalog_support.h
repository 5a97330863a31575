// SPDX-License-Identifier: Apache-2.0
// A catalog of its own for a test, filled with small documents.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "format/catalog/catalog.h"
#include "format/catalog/documents.h"
#include "format/catalog/feeds.h"
#include "format/catalog/offers.h"
#include "format/catalog/selection.h"
#include "format/document.h"
#include "tests/support/test_support.h"

namespace ferry::tests {

class TestCatalog {
 public:
  TestCatalog() : catalog(format::Catalog::create(scratch_ / "catalog.db", "hq")), documents(catalog) {}

  // Stores a document under the number it has, an SDP under `number`.
  format::RevisionRow store(const std::string& bytes, std::uint32_t number = 1) {
    format::Update update = format::parse_document(bytes);
    if (update.dialect == format::Dialect::sdp) update.id.number = number;
    return documents.store(update, sha256(bytes), bytes, now).row;
  }
  // A small software update; another `extra` is another document of the same identity.
  format::RevisionRow store(unsigned number, unsigned revision, const std::string& extra = "") {
    DocumentSpec spec;
    spec.number = number;
    spec.revision = revision;
    spec.extra = extra;
    return store(update_document(spec));
  }
  // Makes one source offer exactly these revisions: they are then what the point holds.
  format::OfferChanges offer(const std::vector<format::RevisionRow>& rows, const std::string& source = "docs",
                             std::uint64_t rank = 0) {
    format::OfferRun run(catalog, source, "updates", rank);
    for (const format::RevisionRow row : rows)
      run.offer(format::identity(catalog, row).update, row, std::to_string(row) + ".xml");
    return run.finish(now);
  }
  // Makes exactly these revisions the feed's next generation.
  template <class Rows>
  format::Generation become(const format::Feed& feed, const Rows& rows) {
    Database& database = catalog.database();
    database.run_script(
        "DROP TABLE IF EXISTS temp.selected; CREATE TEMP TABLE selected (revision INTEGER PRIMARY KEY)");
    for (const format::RevisionRow row : rows) database.execute("INSERT INTO temp.selected VALUES (?)", row);
    format::GenerationWriter writer(catalog, feed, feed.generation + 1);
    writer.become_selected();
    return writer.finish(now, "test");
  }
  [[nodiscard]] std::filesystem::path path() const { return scratch_ / "catalog.db"; }

 private:
  Scratch scratch_;

 public:
  Time now = *Time::parse("2026-11-23T12:00:00Z");
  format::Catalog catalog;
  format::Documents documents;
};

// What the last select_members() chose, as sorted "number/revision" of test ids.
[[nodiscard]] inline std::vector<std::string> selected(TestCatalog& test) {
  std::vector<format::RevisionRow> rows;
  {
    Query query = test.catalog.database().query("SELECT revision FROM temp.selected");
    while (query.next()) rows.push_back(query.integer(0));
  }
  std::vector<std::string> names;
  for (const format::RevisionRow row : rows) {
    const format::RevisionId identity = format::identity(test.catalog, row);
    names.push_back(std::to_string(std::stoul(identity.update.text().substr(0, 8), nullptr, 16)) + "/" +
                    std::to_string(identity.number));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace ferry::tests
