// SPDX-License-Identifier: Apache-2.0
// What the merge itself refuses, in bundles that are signed and sound but wrong: a publisher's fault or malice.
#include "importer/merge.h"

#include <catch2/catch.hpp>

#include <set>

#include "common/error.h"
#include "format/bundle.h"
#include "format/chunk.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::importer;

namespace {

// A site's catalog and a bundle whose records the test writes.
class Bench {
 public:
  Bench() : catalog(format::Catalog::create(scratch_ / "catalog.db", "plant-1")), writer_(spool()) {
    trust_.lineage = id(1);
    trust_.created = now;
    trust_.root.certificates = {certificate_};
    trust_.exporter.certificates = {certificate_};
    manifest.publisher_name = "hq";
    manifest.feed = "all";
    manifest.lineage = id(2);
    manifest.created = now;
    manifest.next_expected = manifest.created;
    manifest.valid_until = manifest.created;
    manifest.target.generation = 1;
  }
  void put(const format::RevisionId& claimed, const std::string& document,
           format::Dialect dialect = format::Dialect::upd) {
    writer_.put(claimed, dialect, document);
    ++manifest.puts;
    manifest.document_bytes += document.size();
  }
  void drop(const format::RevisionId& gone) {
    writer_.drop(gone, format::DropReason::removed);
    ++manifest.drops;
  }
  void promise(const std::vector<format::StateEntry>& entries) {
    manifest.target.state = format::state_digest(entries);
    std::set<Guid> updates;
    for (const format::StateEntry& entry : entries) updates.insert(entry.id.update);
    manifest.updates = updates.size();
    manifest.revisions = entries.size();
  }
  // Merges; nothing is committed unless it succeeds.
  ExitCode merge() {
    manifest.volumes = {{writer_.finish(), {}}};
    manifest.bundle_name = format::bundle_name(manifest);
    const std::string bytes = encode(manifest);
    const format::VerifiedManifest verified =
        format::verify_manifest({bytes, {cms_sign(bytes, {key_, certificate_}, now)}}, trust_);
    return code_of([&] {
      Transaction transaction(catalog.database());
      const auto known = format::find_lineage(catalog, id(2));
      const format::Feed feed = known ? *known : format::create_feed(catalog, "all", id(2), true, "hq");
      merge_bundle(catalog, verified, feed, spool(), now, [](std::uint64_t) {});
      transaction.commit();
    });
  }

 private:
  [[nodiscard]] std::filesystem::path spool() const {
    make_directories(scratch_ / "spool");
    return scratch_ / "spool";
  }
  Scratch scratch_;

 public:
  Time now = *Time::parse("2026-11-23T12:00:00Z");
  format::Catalog catalog;
  format::Manifest manifest;

 private:
  format::ChunkWriter writer_;
  PrivateKey key_ = PrivateKey::generate(KeyType::p256);
  Certificate certificate_ = Certificate::self_signed(key_, "test-only", now);
  format::TrustFile trust_;
};

const std::string document = update_document({});

}  // namespace

TEST_CASE("a merge that reaches the promised state is done", "[merge]") {
  Bench bench;
  bench.put({id(1), 1}, document);
  bench.promise({{{id(1), 1}, sha256(document)}});
  CHECK(bench.merge() == ExitCode::done);
  CHECK(format::find_lineage(bench.catalog, id(2))->generation == 1);
}

TEST_CASE("a merge that does not reach the promised state is refused", "[merge]") {
  Bench bench;
  bench.put({id(1), 1}, document);
  bench.promise({});
  CHECK(bench.merge() == ExitCode::damaged);
  CHECK_FALSE(format::find_lineage(bench.catalog, id(2)));
}

TEST_CASE("a document must be what its record says", "[merge]") {
  const auto code = [](const format::RevisionId& claimed, const std::string& bytes, format::Dialect dialect) {
    Bench bench;
    bench.put(claimed, bytes, dialect);
    bench.promise({{claimed, sha256(bytes)}});
    return bench.merge();
  };
  CHECK(code({id(2), 1}, document, format::Dialect::upd) == ExitCode::damaged);
  CHECK(code({id(1), 2}, document, format::Dialect::upd) == ExitCode::damaged);
  CHECK(code({id(1), 1}, document, format::Dialect::sdp) == ExitCode::damaged);
  CHECK(code({id(1), 1}, "<broken", format::Dialect::upd) == ExitCode::damaged);
  CHECK(code({id(1), 1}, sdp_document(1, "t"), format::Dialect::upd) == ExitCode::damaged);
  // An SDP says no number; the record's counts.
  CHECK(code({id(1), 7}, sdp_document(1, "t"), format::Dialect::sdp) == ExitCode::done);
}

TEST_CASE("a full bundle holds no tombstones", "[merge]") {
  Bench bench;
  bench.put({id(1), 1}, document);
  bench.drop({id(2), 1});
  bench.promise({{{id(1), 1}, sha256(document)}});
  CHECK(bench.merge() == ExitCode::damaged);
}

TEST_CASE("counts of the manifest must be those of the records", "[merge]") {
  Bench bench;
  bench.put({id(1), 1}, document);
  bench.promise({{{id(1), 1}, sha256(document)}});
  SECTION("bytes") { ++bench.manifest.document_bytes; }
  SECTION("puts and drops") {
    --bench.manifest.puts;  // the sum is right, so the manifest alone cannot tell
    ++bench.manifest.drops;
  }
  CHECK(bench.merge() == ExitCode::damaged);
}

TEST_CASE("a tombstone for what is no member is harmless", "[merge]") {
  Bench bench;
  bench.manifest.kind = format::BundleKind::delta;
  bench.manifest.bases = {{1, format::empty_state()}};
  bench.manifest.target.generation = 2;
  bench.put({id(1), 1}, document);
  bench.drop({id(9), 1});
  bench.promise({{{id(1), 1}, sha256(document)}});
  CHECK(bench.merge() == ExitCode::done);
}

TEST_CASE("records that contradict each other end in an error and not in a broken catalog", "[merge]") {
  Bench bench;
  bench.manifest.kind = format::BundleKind::delta;
  bench.manifest.bases = {{1, format::empty_state()}};
  bench.manifest.target.generation = 2;
  bench.put({id(1), 1}, document);
  bench.drop({id(1), 1});
  bench.put({id(1), 1}, document);
  bench.promise({});
  CHECK(bench.merge() == ExitCode::damaged);
  CHECK(bench.catalog.check().empty());
}
