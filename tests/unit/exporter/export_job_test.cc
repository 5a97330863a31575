// SPDX-License-Identifier: Apache-2.0
#include "exporter/export_job.h"

#include <catch2/catch.hpp>

#include <functional>

#include "common/error.h"
#include "exporter/keys.h"
#include "exporter/trust_edit.h"
#include "exporter/trust_store.h"
#include "format/catalog/journal.h"
#include "format/catalog/receipts.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::exporter;

namespace {

// An exporting point whose feed moves on by one generation when told.
class Desk {
 public:
  TrustEpochs epochs;
  Desk() : point(make_exporter(scratch_ / "point", scratch_ / "in", clock)) {}
  void next_generation() {
    DocumentSpec spec;
    spec.number = ++documents_;
    write(scratch_ / "in" / (std::to_string(documents_) + ".xml"), update_document(spec));
    sync(point, clock);
  }
  ExportPlan plan(const ExportRequest& request) {
    format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
    return plan_export(catalog, point.content(), point.config(), request, epochs);
  }
  ExportPlan plan() {
    ExportRequest request;
    request.site = "plant-1";
    return plan(request);
  }
  ExportResult carry_out(const ExportPlan& what) {
    format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
    return run_export(point, catalog, what, scratch_ / "out", {}, clock, {[](std::uint64_t) {}, [](std::uint64_t) {}});
  }
  // The site said that it holds this generation, or a state that is none of this point's.
  void acknowledge(std::optional<std::uint64_t> generation) {
    format::Catalog catalog = point.open_catalog(Database::Mode::read_write);
    format::ReceiptEntry entry;
    entry.site = "plant-1";
    entry.made = entry.received = clock.now();
    const std::int64_t receipt = format::log_receipt(catalog, entry);
    format::SiteState state;
    state.site = "plant-1";
    state.lineage = format::find_feed(catalog, "all", false)->lineage;
    state.feed = "all";
    state.matched = generation;
    state.generation = generation.value_or(1);
    format::set_site_state(catalog, state, receipt);
  }
  // The next version of the trust file, which the keys here can sign.
  void change_trust(const std::function<void(format::TrustFile&)>& change = [](format::TrustFile&) {}) {
    const format::TrustChain chain = load_chain(point);
    format::TrustFile next = next_version(chain.current(), clock.now());
    change(next);
    REQUIRE(propose(point, chain, next, key_store(point), clock.now()).signatures.complete);
    epochs.clear();
    const format::TrustChain longer = load_chain(point);
    for (const format::SignedTrust& file : longer.files()) epochs.push_back(format::parse_trust(file.bytes).epoch);
  }
  Certificate new_key(const std::string& name) const {
    return make_key(key_store(point), point.key_directory(), {name, KeyType::p256, name, false});
  }
  [[nodiscard]] std::filesystem::path out() const { return scratch_ / "out"; }

  FixedClock clock;

 private:
  Scratch scratch_;
  unsigned documents_ = 0;

 public:
  format::Point point;
};

}  // namespace

TEST_CASE("the first bundle of a series is full", "[export]") {
  Desk desk;
  desk.next_generation();
  const ExportPlan plan = desk.plan();
  CHECK(plan.base == 0);
  CHECK(plan.kind == format::BundleKind::full);
  CHECK(plan.has_news);
}

TEST_CASE("a feed that carries nothing yet is not exported", "[export]") {
  Desk desk;
  CHECK_THROWS_AS(desk.plan(), NotFoundError);
  desk.next_generation();
  ExportRequest request;
  request.site = "plant-9";
  CHECK_THROWS_AS(desk.plan(request), NotFoundError);
  request.site.clear();
  request.feed = "nothing";
  CHECK_THROWS_AS(desk.plan(request), NotFoundError);
}

TEST_CASE("what was exported last is no news", "[export]") {
  Desk desk;
  desk.next_generation();
  desk.carry_out(desk.plan());
  CHECK_FALSE(desk.plan().has_news);
  desk.next_generation();
  CHECK(desk.plan().has_news);
}

TEST_CASE("a delta starts cover-drops bundles back, so that lost ones cost nothing", "[export]") {
  Desk desk;  // cover-drops is 4
  std::vector<std::uint64_t> bases;
  for (int i = 0; i < 7; ++i) {
    desk.next_generation();
    const ExportPlan plan = desk.plan();
    bases.push_back(plan.base);
    desk.carry_out(plan);
  }
  // Full; then from the oldest bundle while there are fewer than four; then four bundles back.
  CHECK(bases == std::vector<std::uint64_t>{0, 1, 1, 1, 1, 2, 3});
}

TEST_CASE("a receipt says more than the rule of thumb", "[export]") {
  Desk desk;
  for (int i = 0; i < 6; ++i) {
    desk.next_generation();
    desk.carry_out(desk.plan());
  }
  desk.acknowledge(5);
  desk.next_generation();
  CHECK(desk.plan().base == 5);
  // What the site holds is none of ours: nothing but a full bundle helps.
  desk.acknowledge({});
  CHECK(desk.plan().base == 0);
  CHECK(desk.plan().kind == format::BundleKind::full);
  // Said after the last bundle was made: that one was lost, and is made again.
  desk.carry_out(desk.plan());
  CHECK_FALSE(desk.plan().has_news);
  desk.acknowledge(6);
  CHECK(desk.plan().has_news);
  CHECK(desk.plan().base == 6);
}

TEST_CASE("a bundle that may be under way is not made again for a receipt", "[export]") {
  Desk desk;
  const std::string config = read(desk.point.config_path());
  const std::string site = "name = \"plant-1\"\n";
  const auto at = config.find(site);
  REQUIRE(at != std::string::npos);
  write(desk.point.config_path(), config.substr(0, at) + site + "transit-days = 3\n" + config.substr(at + site.size()));
  desk.next_generation();
  desk.carry_out(desk.plan());
  desk.next_generation();
  desk.carry_out(desk.plan());
  desk.acknowledge(1);
  CHECK_FALSE(desk.plan().has_news);
  desk.clock.set("2026-11-26T11:59:59Z");
  desk.acknowledge(1);
  CHECK_FALSE(desk.plan().has_news);
  desk.clock.set("2026-11-26T12:00:00Z");
  CHECK_FALSE(desk.plan().has_news);  // the receipt is not made later by being read later
  desk.acknowledge(1);
  CHECK(desk.plan().has_news);
  CHECK(desk.plan().base == 1);
}

TEST_CASE("a base that was asked for is taken when the feed had it and is not ahead of it", "[export]") {
  Desk desk;
  for (int i = 0; i < 3; ++i) desk.next_generation();
  ExportRequest request;
  request.site = "plant-1";
  request.since = 2;
  CHECK(desk.plan(request).base == 2);
  CHECK(desk.plan(request).kind == format::BundleKind::delta);
  for (const std::uint64_t wrong : {3ULL, 4ULL, 1000ULL}) {
    request.since = wrong;
    CHECK_THROWS_AS(desk.plan(request), UsageError);
  }
  request.since.reset();
  request.full = true;
  CHECK(desk.plan(request).base == 0);
  desk.carry_out(desk.plan(request));
  CHECK(desk.plan(request).has_news);  // asked for is asked for
}

TEST_CASE("series of different sites do not disturb each other", "[export]") {
  Desk desk;
  desk.next_generation();
  desk.carry_out(desk.plan());
  ExportRequest everyone;
  everyone.feed = "all";
  CHECK(desk.plan(everyone).base == 0);
  CHECK(desk.plan(everyone).has_news);
  const ExportResult result = desk.carry_out(desk.plan(everyone));
  CHECK(result.manifest.recipients.empty());
  CHECK(result.manifest.bundle_name == "all_g0-g1_full");
}

TEST_CASE("a manifest says what the bundle holds, for whom and after which bundles", "[export]") {
  Desk desk;
  desk.next_generation();
  const ExportResult first = desk.carry_out(desk.plan());
  CHECK(first.manifest.puts == 1);
  CHECK(first.manifest.drops == 0);
  CHECK(first.manifest.recipients == std::vector<std::string>{"plant-1"});
  CHECK(first.manifest.publisher_name == "hq");
  CHECK(first.manifest.earlier.empty());
  desk.next_generation();
  const ExportResult second = desk.carry_out(desk.plan());
  CHECK(second.manifest.bundle_name == "all_plant-1_g1-g2_delta");
  CHECK(second.manifest.bases.size() == 1);
  CHECK(second.manifest.target == state(desk.point, false));
  CHECK(second.manifest.updates == 2);
  REQUIRE(second.manifest.earlier.size() == 1);
  CHECK(second.manifest.earlier[0].name == "all_plant-1_g0-g1_full");
}

TEST_CASE("the same export twice gives the same documents, and only what is on the medium is recorded", "[export]") {
  Desk desk;
  desk.next_generation();
  const ExportPlan plan = desk.plan();
  write(desk.out(), "a file where a directory must be");
  CHECK_THROWS_AS(desk.carry_out(plan), Error);
  format::Catalog catalog = desk.point.open_catalog(Database::Mode::read_only);
  CHECK(format::exports_to(catalog, "plant-1", plan.feed.id, 10).empty());
  std::filesystem::remove(desk.out());
  const ExportResult first = desk.carry_out(plan);
  const ExportResult second = desk.carry_out(plan);
  // Not the same manifest: the second one names the first among the earlier bundles.
  CHECK(first.manifest.target == second.manifest.target);
  CHECK(first.manifest.document_bytes == second.manifest.document_bytes);
  const auto log = format::exports_to(catalog, "plant-1", plan.feed.id, 10);
  REQUIRE(log.size() == 2);
  CHECK(log[0].manifest == second.written.manifest);
  CHECK(log[1].manifest == first.written.manifest);
  CHECK(log[0].bytes == second.written.bytes);
  CHECK(log[0].volumes == 1);
}

TEST_CASE("a damaged document stops the export before anything is on the medium", "[export]") {
  Desk desk;
  desk.next_generation();
  {
    format::Catalog catalog = desk.point.open_catalog(Database::Mode::read_write);
    catalog.database().execute("UPDATE document SET body = ?", Blob{"rubbish"});
  }
  CHECK_THROWS_AS(desk.carry_out(desk.plan()), IoError);
  CHECK((!std::filesystem::exists(desk.out()) || std::filesystem::is_empty(desk.out())));
}

TEST_CASE("a new trust file is news for every series, once", "[export]") {
  Desk desk;
  for (int i = 0; i < 3; ++i) {
    desk.next_generation();
    desk.carry_out(desk.plan());
  }
  desk.epochs = {0};
  REQUIRE_FALSE(desk.plan().has_news);
  desk.change_trust();
  const ExportPlan plan = desk.plan();
  CHECK(plan.has_news);
  CHECK(plan.base == 1);  // as far back as the lost bundles that are covered
  const ExportResult result = desk.carry_out(plan);
  const format::FoundBundles found = format::find_bundles({result.written.volumes.at(0)});
  CHECK(found.bundles.at(0).front().trust == load_chain(desk.point).files());
  CHECK_FALSE(desk.plan().has_news);
  // Several at once are one piece of news.
  desk.change_trust();
  desk.change_trust();
  CHECK(desk.plan().has_news);
  desk.carry_out(desk.plan());
  CHECK_FALSE(desk.plan().has_news);
}

TEST_CASE("a new trust file travels although the feed has had one generation only", "[export]") {
  Desk desk;
  desk.next_generation();
  desk.carry_out(desk.plan());
  desk.change_trust();
  CHECK(desk.plan().has_news);
  CHECK(desk.plan().base == 0);
  CHECK_NOTHROW(desk.carry_out(desk.plan()));
}

TEST_CASE("a site that acknowledged everything still gets a new trust file", "[export]") {
  Desk desk;
  for (int i = 0; i < 3; ++i) {
    desk.next_generation();
    desk.carry_out(desk.plan());
  }
  desk.acknowledge(3);
  desk.change_trust();
  CHECK(desk.plan().has_news);
  CHECK(desk.plan().base == 2);
  CHECK_NOTHROW(desk.carry_out(desk.plan()));
}

TEST_CASE("a new trust file travels in a full bundle where the generation before was pruned", "[export]") {
  Desk desk;
  for (int i = 0; i < 3; ++i) {
    desk.next_generation();
    desk.carry_out(desk.plan());
  }
  {
    format::Catalog catalog = desk.point.open_catalog(Database::Mode::read_write);
    desk.acknowledge(3);
    catalog.database().execute("DELETE FROM generation WHERE number < 3");
  }
  desk.change_trust();
  const ExportPlan plan = desk.plan();
  CHECK(plan.pruned_base == 2);
  CHECK(plan.kind == format::BundleKind::full);
  CHECK(desk.carry_out(plan).manifest.kind == format::BundleKind::full);
}

TEST_CASE("an export that was cut off is not given up for that of another site", "[export]") {
  Desk desk;
  desk.next_generation();
  write(desk.point.config_path(), read(desk.point.config_path()) + "\n[[site]]\nname = \"plant-2\"\nfeed = \"all\"\n");
  const ExportPlan first = desk.plan();
  // It is packed and signed, and cannot be written.
  const auto obstacle = desk.out() / ".all_plant-1_g0-g1_full_v01of01.ferry.partial";
  std::filesystem::create_directories(obstacle);
  CHECK_THROWS_AS(desk.carry_out(first), IoError);
  std::filesystem::remove(obstacle);
  const auto kept = [&desk] {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(desk.point.directory() / "spool"))
      count += entry.path().filename().native().starts_with("export-") ? 1U : 0U;
    return count;
  };
  REQUIRE(kept() == 1);
  ExportRequest other;
  other.site = "plant-2";
  desk.carry_out(desk.plan(other));
  CHECK(kept() == 1);
  desk.carry_out(desk.plan());
  CHECK(kept() == 0);
}

TEST_CASE("a new epoch asks for a full bundle, until one was made", "[export]") {
  Desk desk;
  for (int i = 0; i < 3; ++i) {
    desk.next_generation();
    desk.carry_out(desk.plan());
  }
  desk.change_trust([](format::TrustFile& next) { ++next.epoch; });
  CHECK(desk.plan().has_news);
  CHECK(desk.plan().base == 0);
  const ExportResult result = desk.carry_out(desk.plan());
  CHECK(result.manifest.kind == format::BundleKind::full);
  CHECK(result.manifest.epoch == 1);
  CHECK_FALSE(desk.plan().has_news);
  desk.next_generation();
  CHECK(desk.plan().base > 0);
  CHECK(desk.carry_out(desk.plan()).manifest.epoch == 1);
}

TEST_CASE("a retired key signs nothing new, and without another one there is no bundle", "[export]") {
  Desk desk;
  desk.next_generation();
  desk.carry_out(desk.plan());
  const Digest old = load_chain(desk.point).current().exporter.certificates.at(0).key_id();
  const Certificate fresh = desk.new_key("exporter-2");
  desk.change_trust([&](format::TrustFile& next) {
    add_key(next.exporter, fresh);
    retire_key(next, old, {{desk.plan().feed.lineage, 2}});
  });
  desk.next_generation();
  const ExportResult result = desk.carry_out(desk.plan());
  const format::FoundBundles found = format::find_bundles({result.written.volumes.at(0)});
  const auto verified = format::verify_bundle(found.bundles.at(0), load_chain(desk.point).current());
  REQUIRE(verified.signatures().size() == 1);
  CHECK(verified.signatures()[0].key_id == fresh.key_id());
  std::filesystem::remove(desk.point.key_directory() / "exporter-2.pem");
  desk.next_generation();
  CHECK_THROWS_WITH(desk.carry_out(desk.plan()), Catch::Contains("holds no key"));
}

TEST_CASE("a bundle that a second person must sign is made and recorded, and says so", "[export]") {
  Desk desk;
  desk.change_trust([](format::TrustFile& next) {
    next.exporter.threshold = 2;
    next.exporter.certificates.push_back(
        Certificate::self_signed(PrivateKey::generate(KeyType::p256), "second person", Time{0}));
  });
  desk.next_generation();
  CHECK(desk.carry_out(desk.plan()).written.signatures_missing == 1);
  CHECK_FALSE(desk.plan().has_news);
}

TEST_CASE("a volume size is a number, a number with a unit or a medium", "[export]") {
  CHECK(parse_volume_size("65536") == 65536);
  CHECK(parse_volume_size("4480MiB") == 4480ULL * 1024 * 1024);
  CHECK(parse_volume_size("fat32") == 4'294'967'295ULL);  // the longest file it can hold
  CHECK(parse_volume_size("DVD") < 4'700'372'992ULL);
  CHECK(parse_volume_size("cd") < 737'280'000ULL);
  for (const Medium& medium : media()) CHECK(parse_volume_size(std::string(medium.name)) == medium.bytes);
  for (const char* wrong : {"", "0", "65535", "floppy", "-1", "4 parsecs", "dvd+"}) {
    INFO(wrong);
    CHECK_THROWS_AS(parse_volume_size(wrong), UsageError);
  }
  CHECK(contains(message_of([] { static_cast<void>(parse_volume_size("floppy")); }), "bd25"));
}
