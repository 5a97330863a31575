// SPDX-License-Identifier: Apache-2.0
// An exporting point and a site that trusts it, for the tests of whole imports.
#pragma once

#include <catch2/catch.hpp>

#include <functional>

#include "exporter/keys.h"
#include "exporter/trust_edit.h"
#include "exporter/trust_store.h"
#include "format/catalog/feeds.h"
#include "importer/import_job.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

namespace ferry::tests {

// Documents come and go by number.
class Pair {
 public:
  Pair()
      : exporter(make_exporter(scratch_ / "hq", scratch_ / "in", clock)),
        site(make_site(scratch_ / "site", exporter, clock)) {}
  void put(unsigned number, unsigned revision = 1, const std::string& extra = "") {
    DocumentSpec spec;
    spec.number = number;
    spec.revision = revision;
    spec.extra = extra;
    write(scratch_ / "in" / (std::to_string(number) + ".xml"), update_document(spec));
  }
  void gone(unsigned number) { std::filesystem::remove(scratch_ / "in" / (std::to_string(number) + ".xml")); }
  std::vector<std::filesystem::path> bundle(std::uint64_t base) {
    sync(exporter, clock);
    return export_bundle(exporter, scratch_ / ("out" + std::to_string(++bundles_)), clock, base);
  }
  // The next version of the exporter's trust file, signed with all the keys it has.
  void change_trust(const std::function<void(format::TrustFile&)>& change = [](format::TrustFile&) {}) {
    const format::TrustChain chain = ferry::exporter::load_chain(exporter);
    format::TrustFile next = ferry::exporter::next_version(chain.current(), clock.now());
    change(next);
    const auto keys = ferry::exporter::key_store(exporter);
    REQUIRE(ferry::exporter::propose(exporter, chain, next, keys, clock.now()).signatures.complete);
  }
  [[nodiscard]] std::uint64_t trust_version() const {
    format::Catalog catalog = site.open_catalog(Database::Mode::read_only);
    return importer::load_identity(catalog).trust.current().version;
  }
  [[nodiscard]] format::Feed feed() const {
    format::Catalog catalog = site.open_catalog(Database::Mode::read_only);
    return format::find_feed(catalog, "all", true).value();
  }
  importer::ImportedBundle import(const std::vector<std::filesystem::path>& volumes,
                                  const importer::ImportRequest& request) {
    const FileLock lock = site.lock();
    format::Catalog catalog = site.open_catalog(Database::Mode::read_write);
    format::FoundBundles found = format::find_bundles(volumes);
    const auto nothing = [](std::uint64_t) {};
    return importer::import_bundle(site, catalog, found.bundles.at(0), request, clock,
                                   {[](const format::Manifest&) {}, nothing, nothing});
  }
  Digest take(const std::vector<std::filesystem::path>& volumes) { return import_volumes(site, volumes, clock); }
  ExitCode code(const std::vector<std::filesystem::path>& volumes) {
    return code_of([&] { take(volumes); });
  }
  [[nodiscard]] bool in_step() const { return state(exporter, false) == state(site, true); }
  [[nodiscard]] const Scratch& scratch() const { return scratch_; }

  FixedClock clock;

 private:
  Scratch scratch_;
  unsigned bundles_ = 0;

 public:
  format::Point exporter;
  format::Point site;
};

}  // namespace ferry::tests
