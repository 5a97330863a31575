// SPDX-License-Identifier: Apache-2.0
// What importing bundles does to the trust files and epochs of a site. Documents: import_job_test.cc.
#include "importer/import_job.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/catalog/documents.h"
#include "format/catalog/journal.h"
#include "tests/unit/importer/pair.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::importer;
namespace fs = std::filesystem;

namespace {

// A bundle of one volume with one bit changed in its last chunk.
void damage(const fs::path& volume) {
  std::string bytes = read(volume);
  const std::size_t at = bytes.size() - 1024 - 300;
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  write(volume, bytes);
}

// A site at generation 1 under trust file 1; the exporter has trust file 2 and generation 2.
struct Ahead : Pair {
  Ahead() {
    put(1);
    take(bundle(0));
    change_trust();
    put(2);
  }
};

void new_epoch(format::TrustFile& next) { ++next.epoch; }

}  // namespace

TEST_CASE("new trust files are installed together with the bundle that brings them", "[import]") {
  Ahead pair;
  const auto volumes = pair.bundle(1);
  const ImportedBundle imported = pair.import(volumes, {});
  CHECK(imported.new_trust_files == 1);
  CHECK(pair.trust_version() == 2);
  CHECK(pair.in_step());
  // Several at once, with their signatures, so that the whole chain can be walked again.
  pair.change_trust();
  pair.change_trust();
  pair.put(3);
  CHECK(pair.import(pair.bundle(2), {}).new_trust_files == 2);
  CHECK(pair.trust_version() == 4);
  pair.put(4);
  CHECK(pair.import(pair.bundle(3), {}).new_trust_files == 0);
}

TEST_CASE("a bundle applied already brings its new trust file all the same", "[import]") {
  Pair pair;
  pair.put(1);
  pair.take(pair.bundle(0));
  pair.change_trust();
  const auto again = pair.bundle(0);
  const auto attempt = [&] { pair.take(again); };
  const std::string message = message_of(attempt);
  CHECK(contains(message, "trust file 2 was installed; the bundle was not"));
  CHECK(pair.trust_version() == 2);
  CHECK(pair.in_step());
  // The second time there is nothing left to install.
  const std::string before = logical_dump(pair.site);
  CHECK(code_of(attempt) == ExitCode::already_applied);
  CHECK_FALSE(contains(message_of(attempt), "was installed"));
  CHECK((logical_dump(pair.site) == before));
}

TEST_CASE("a bundle whose base is missing brings its new trust file all the same", "[import]") {
  Ahead pair;
  static_cast<void>(pair.bundle(1));  // lost
  pair.put(3);
  CHECK(pair.code(pair.bundle(2)) == ExitCode::base_missing);
  CHECK(pair.trust_version() == 2);
  CHECK(pair.feed().generation == 1);
}

// A revocation must not wait for the bundle that fits: what root keys signed counts, whoever the bundle is for.
TEST_CASE("a bundle for another site brings its new trust file all the same, and nothing else", "[import]") {
  Ahead pair;
  const auto volumes = pair.bundle(1);
  const format::Point other = make_site(pair.scratch() / "other", pair.exporter, pair.clock, "plant-2");
  CHECK(code_of([&] { import_volumes(other, volumes, pair.clock); }) == ExitCode::wrong_recipient);
  format::Catalog catalog = other.open_catalog(Database::Mode::read_only);
  CHECK(format::trust_files(catalog).size() == 2);
  CHECK(format::list_feeds(catalog).empty());
}

TEST_CASE("a bundle of another history of the feed brings its new trust file and leaves the feed alone", "[import]") {
  Ahead pair;
  const auto volumes = pair.bundle(1);
  {
    // The site stands at the bundle's generation, with another state.
    format::Catalog catalog = pair.site.open_catalog(Database::Mode::read_write);
    catalog.database().execute("UPDATE feed SET generation = 2");
  }
  const Digest before = pair.feed().state;
  CHECK(pair.code(volumes) == ExitCode::wrong_recipient);
  CHECK(pair.trust_version() == 2);
  CHECK(pair.feed().state == before);
}

TEST_CASE("a bundle without the signatures it needs brings no trust file", "[import]") {
  Ahead pair;
  // The new version demands a second signature, which only another person can give.
  pair.change_trust([](format::TrustFile& next) {
    const PrivateKey key = PrivateKey::generate(KeyType::p256);
    next.exporter.certificates.push_back(Certificate::self_signed(key, "second", Time{0}));
    next.exporter.threshold = 2;
  });
  const std::string before = logical_dump(pair.site);
  CHECK(pair.code(pair.bundle(1)) == ExitCode::trust);
  CHECK((logical_dump(pair.site) == before));
}

TEST_CASE("a bundle that is refused for its date brings its new trust file and leaves the feed alone", "[import]") {
  Ahead pair;
  const auto volumes = pair.bundle(1);
  ImportRequest request;
  request.time.max_age_days = 29;
  pair.clock.set("2026-12-23T12:00:00Z");  // thirty days after it was made
  CHECK(code_of([&] { static_cast<void>(pair.import(volumes, request)); }) == ExitCode::stale);
  CHECK(pair.trust_version() == 2);
  CHECK(pair.feed().generation == 1);
  request.overrides.dates = true;
  const ImportedBundle imported = pair.import(volumes, request);
  CHECK(imported.new_trust_files == 0);
  CHECK(pair.feed().generation == 2);
  CHECK(imported.warnings.size() == 1);
}

TEST_CASE("a damaged bundle brings no trust file", "[import]") {
  Ahead pair;
  const auto volumes = pair.bundle(1);
  damage(volumes.at(0));
  const std::string before = logical_dump(pair.site);
  CHECK(pair.code(volumes) == ExitCode::damaged);
  CHECK((logical_dump(pair.site) == before));
}

TEST_CASE("a dry run installs no trust file, whatever it ends with", "[import]") {
  Ahead pair;
  ImportRequest trial;
  trial.dry_run = true;
  const auto fitting = pair.bundle(1);
  const std::string before = logical_dump(pair.site);
  CHECK(pair.import(fitting, trial).new_trust_files == 1);  // what would be
  CHECK((logical_dump(pair.site) == before));
  pair.put(3);
  const auto later = pair.bundle(2);
  CHECK(code_of([&] { static_cast<void>(pair.import(later, trial)); }) == ExitCode::base_missing);
  CHECK((logical_dump(pair.site) == before));
}

TEST_CASE("a key that a bundle's own trust file revokes does not sign that bundle", "[import]") {
  Pair pair;
  pair.put(1);
  pair.take(pair.bundle(0));
  const auto old_bundle = [&] {
    pair.put(2);
    return pair.bundle(1);
  }();
  // The stolen key is replaced; bundles that it signed come to nothing once the site knows.
  const exporter::KeyStore keys = exporter::key_store(pair.exporter);
  const Certificate fresh =
      exporter::make_key(keys, pair.exporter.key_directory(), {"exporter-2", KeyType::p256, "exporter-2", false});
  pair.change_trust([&](format::TrustFile& next) {
    const Digest stolen = next.exporter.certificates.at(0).key_id();
    exporter::add_key(next.exporter, fresh);
    exporter::revoke_key(next, stolen);
  });
  pair.put(3);
  const auto next = pair.bundle(2);
  CHECK(pair.code(next) == ExitCode::base_missing);  // and brings the revocation
  CHECK(pair.trust_version() == 2);
  CHECK(pair.code(old_bundle) == ExitCode::trust);
  pair.take(pair.bundle(1));
  CHECK(pair.in_step());
}

TEST_CASE("a full bundle of a new epoch takes a site back from a generation that nobody can follow", "[import]") {
  Pair pair;
  pair.put(1);
  pair.put(2);
  pair.take(pair.bundle(0));
  {
    // What a thief's bundle left behind.
    format::Catalog catalog = pair.site.open_catalog(Database::Mode::read_write);
    catalog.database().execute("UPDATE feed SET generation = 900000, state = ?", Blob{sha256("a thief's").bytes()});
  }
  pair.gone(2);
  pair.put(3);
  CHECK(pair.code(pair.bundle(0)) == ExitCode::already_applied);
  pair.change_trust(new_epoch);
  CHECK(pair.import(pair.bundle(0), {}).previous == 900'000);
  CHECK(pair.in_step());
  CHECK(pair.feed().epoch == 1);
  format::Catalog catalog = pair.site.open_catalog(Database::Mode::read_only);
  CHECK(catalog.check().empty());
  CHECK(format::revisions_of(catalog, id(2), true).empty());
  CHECK(format::revisions_of(catalog, id(3), true).size() == 1);
}

TEST_CASE("a delta enters a new epoch where it leads on, and the feed goes on from there", "[import]") {
  Pair pair;
  pair.put(1);
  pair.take(pair.bundle(0));
  const auto of_old_epoch = [&] {
    pair.put(2);
    return pair.bundle(1);
  }();
  pair.change_trust(new_epoch);
  const auto delta = pair.bundle(1);
  pair.take(delta);
  CHECK(pair.in_step());
  CHECK(pair.feed().epoch == 1);
  CHECK(pair.feed().generation == 2);
  // From before the recovery nothing enters any more.
  const std::string before = logical_dump(pair.site);
  CHECK(pair.code(of_old_epoch) == ExitCode::already_applied);
  CHECK(contains(message_of([&] { pair.take(of_old_epoch); }), "from before a recovery"));
  CHECK((logical_dump(pair.site) == before));
  pair.put(3);
  pair.take(pair.bundle(2));
  CHECK(pair.in_step());
  format::Catalog catalog = pair.site.open_catalog(Database::Mode::read_only);
  CHECK(format::list_imports(catalog, 1).at(0).epoch == 1);
}

TEST_CASE("a bundle says how old it may become, and the site keeps that", "[import]") {
  Pair pair;
  pair.put(1);
  pair.take(pair.bundle(0));
  format::Catalog catalog = pair.site.open_catalog(Database::Mode::read_only);
  const auto entry = format::list_imports(catalog, 1).at(0);
  CHECK(entry.next_expected.seconds == pair.clock.now().seconds + 31 * 86'400);
  CHECK(entry.valid_until.seconds == pair.clock.now().seconds + 93 * 86'400);
}
