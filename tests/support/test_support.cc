// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_support.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "exporter/export_job.h"
#include "exporter/keys.h"
#include "exporter/sync_job.h"
#include "exporter/trust_store.h"
#include "format/catalog/journal.h"
#include "importer/import_job.h"

namespace ferry::tests {

namespace fs = std::filesystem;

Guid id(unsigned number) { return *Guid::parse(fmt::format("{0:08x}-0000-4000-8000-{0:012x}", number)); }

std::string update_document(const DocumentSpec& spec) {
  std::string handler;
  if (!spec.category_type.empty())
    handler = fmt::format(
        "<upd:HandlerSpecificData><cat:CategoryInformation CategoryType=\"{}\" "
        "xmlns:cat=\"http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category\"/>"
        "</upd:HandlerSpecificData>",
        spec.category_type);
  return fmt::format(
      "<upd:Update xmlns:upd=\"http://schemas.microsoft.com/msus/2002/12/Update\">"
      "<upd:UpdateIdentity UpdateID=\"{}\" RevisionNumber=\"{}\"/>"
      "<upd:Properties UpdateType=\"{}\" DefaultPropertiesLanguage=\"en\" PublicationState=\"{}\" "
      "CreationDate=\"2026-01-01T00:00:00.000Z\"/>"
      "<upd:LocalizedPropertiesCollection><upd:LocalizedProperties><upd:Language>en</upd:Language>"
      "<upd:Title>{}</upd:Title><upd:Description>{}</upd:Description></upd:LocalizedProperties>"
      "</upd:LocalizedPropertiesCollection><upd:Relationships>{}</upd:Relationships>{}</upd:Update>",
      id(spec.number).text(), spec.revision, spec.type, spec.state, spec.title, spec.extra, spec.relations, handler);
}

std::string sdp_document(unsigned number, std::string_view title, std::string_view vendor, std::string_view product,
                         std::string_view classification) {
  return fmt::format(
      "<sdp:SoftwareDistributionPackage SchemaVersion=\"1.2\" "
      "xmlns:sdp=\"http://schemas.microsoft.com/wsus/2005/04/CorporatePublishing/SoftwareDistributionPackage.xsd\">"
      "<sdp:Properties PackageID=\"{}\" CreationDate=\"2026-01-01T00:00:00\" VendorName=\"{}\">"
      "<sdp:ProductName>{}</sdp:ProductName></sdp:Properties>"
      "<sdp:LocalizedProperties><sdp:Language>en</sdp:Language><sdp:Title>{}</sdp:Title></sdp:LocalizedProperties>"
      "<sdp:UpdateSpecificData MsrcSeverity=\"Low\" UpdateClassification=\"{}\"/>"
      "</sdp:SoftwareDistributionPackage>",
      id(number).text(), vendor, product, title, classification);
}

std::string needs(const std::vector<unsigned>& numbers) {
  std::string clauses;
  for (const unsigned number : numbers)
    clauses += fmt::format("<upd:UpdateIdentity UpdateID=\"{}\"/>", id(number).text());
  return "<upd:Prerequisites>" + clauses + "</upd:Prerequisites>";
}

std::string bundles(const std::vector<std::pair<unsigned, unsigned>>& revisions) {
  std::string group;
  for (const auto& [number, revision] : revisions)
    group += fmt::format("<upd:UpdateIdentity UpdateID=\"{}\" RevisionNumber=\"{}\"/>", id(number).text(), revision);
  return "<upd:BundledUpdates><upd:AtLeastOne>" + group + "</upd:AtLeastOne></upd:BundledUpdates>";
}

void write(const fs::path& path, std::string_view bytes) {
  make_directories(path.parent_path());
  write_file(path, bytes);
}

std::string read(const fs::path& path) { return read_file(path, 1ULL << 30U); }

format::TrustFile make_trust(const format::Point& point, const Clock& clock, std::uint64_t exporters,
                             std::uint64_t threshold) {
  exporter::KeyStore keys;
  keys.directories.push_back(point.key_directory());
  const auto make = [&](const std::string& name) {
    return exporter::make_key(keys, point.key_directory(), {name, KeyType::p256, "Ferry " + name + " of hq", false});
  };
  format::TrustFile trust;
  trust.lineage = Guid::random();
  trust.created = clock.now();
  trust.root.certificates.push_back(make("root-1"));
  trust.exporter.threshold = threshold;
  for (std::uint64_t i = 1; i <= exporters; ++i)
    trust.exporter.certificates.push_back(make(fmt::format("exporter-{}", i)));
  exporter::install_first(point, trust);
  return trust;
}

format::Point make_exporter(const fs::path& directory, const fs::path& source, const Clock& clock) {
  make_directories(source);
  const std::string config = fmt::format(
      "[point]\nname = \"hq\"\n[[source]]\nname = \"docs\"\nkind = \"updates\"\npath = \"{}\"\n"
      "[[feed]]\nname = \"all\"\n[[site]]\nname = \"plant-1\"\nfeed = \"all\"\n",
      source.native());
  format::Point point = format::Point::create(directory, "hq", config);
  static_cast<void>(make_trust(point, clock));
  return point;
}

format::Point make_site(const fs::path& directory, const format::Point& exporter, const Clock& clock,
                        std::string_view site) {
  format::Point point = format::Point::create(directory, site, fmt::format("[point]\nname = \"{}\"\n", site));
  format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
  Transaction transaction(catalog.database());
  catalog.set("site", site);
  format::install_trust(catalog, 1, exporter::load_chain(exporter).files().front(), clock.now());
  transaction.commit();
  return point;
}

void sync(const format::Point& exporter, const Clock& clock) {
  const FileLock lock = exporter.lock();
  const exporter::SyncReport report = exporter::run_sync(exporter, exporter.config(), {}, clock, [](std::uint64_t) {});
  if (report.has_failures()) throw Error("sync failed: " + report.sources.front().failed.front().error);
}

std::vector<fs::path> export_bundle(const format::Point& exporter, const fs::path& directory, const Clock& clock,
                                    std::uint64_t base, std::uint64_t volume_size) {
  const FileLock lock = exporter.lock();
  format::Catalog catalog = exporter.open_catalog(Database::Mode::read_write);
  exporter::ExportRequest request;
  request.site = "plant-1";
  request.full = base == 0;
  if (base > 0) request.since = base;
  const exporter::ExportPlan plan = exporter::plan_export(catalog, exporter.content(), exporter.config(), request, {});
  return exporter::run_export(exporter, catalog, plan, directory, {volume_size, {}}, clock,
                              {[](std::uint64_t) {}, [](std::uint64_t) {}})
      .written.volumes;
}

Digest import_volumes(const format::Point& site, const std::vector<fs::path>& volumes, const Clock& clock) {
  const FileLock lock = site.lock();
  format::Catalog catalog = site.open_catalog(Database::Mode::read_write);
  format::FoundBundles found = format::find_bundles(volumes);
  if (!found.unreadable.empty()) {
    const format::UnreadableVolume& volume = found.unreadable.front();
    throw Error(volume.error, volume.code);
  }
  Digest result;
  for (format::FoundBundle& bundle : found.bundles) {
    result = importer::import_bundle(site, catalog, bundle, {}, clock,
                                     {[](const format::Manifest&) {}, [](std::uint64_t) {}, [](std::uint64_t) {}})
                 .generation.state;
  }
  return result;
}

format::GenerationState state(const format::Point& point, bool imported) {
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  const auto feed = format::find_feed(catalog, "all", imported);
  return feed ? format::GenerationState{feed->generation, feed->state}
              : format::GenerationState{0, format::empty_state()};
}

std::string logical_dump(const format::Point& point) {
  format::Catalog catalog = point.open_catalog(Database::Mode::read_only);
  Database& database = catalog.database();
  std::vector<std::string> tables;
  {
    Query rows = database.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    while (rows.next()) tables.push_back(rows.text(0));
  }
  std::string dump;
  for (const std::string& table : tables) {
    std::vector<std::string> columns;
    // Names come from the schema, not from data; kept alive for the statement cache.
    static std::vector<std::unique_ptr<std::string>> statements;
    statements.push_back(std::make_unique<std::string>(fmt::format("SELECT name FROM pragma_table_info('{}')", table)));
    Query info = database.query(*statements.back());
    while (info.next()) columns.push_back("quote(" + info.text(0) + ")");
    statements.push_back(
        std::make_unique<std::string>(fmt::format("SELECT {} FROM {}", fmt::join(columns, " || ',' || "), table)));
    std::vector<std::string> lines;
    Query rows = database.query(*statements.back());
    while (rows.next()) lines.push_back(table + " " + rows.text(0) + "\n");
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) dump += line;
  }
  return dump;
}

}  // namespace ferry::tests
