// SPDX-License-Identifier: Apache-2.0
// Bundles of every released format version stay here and are read for ever; the current version is also
// written and compared byte for byte. FERRY_ACCEPT=1 rewrites the files of the current version.
#include <catch2/catch.hpp>

#include <cstdlib>

#include <fmt/format.h>

#include "common/tar.h"
#include "common/text.h"
#include "common/zstd_frame.h"
#include "format/catalog/journal.h"
#include "format/chunk.h"
#include "format/state.h"
#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::format;
namespace fs = std::filesystem;

namespace {

const fs::path golden_root = fs::path(GOLDEN_ROOT);
const fs::path current = golden_root / "1.0";

bool accepts() { return std::getenv("FERRY_ACCEPT") != nullptr; }

// FORMAT.md's worked example: a product, and an update that gets a second revision.
const std::string product =
    "<Update xmlns=\"http://schemas.microsoft.com/msus/2002/12/Update\"><UpdateIdentity "
    "UpdateID=\"11111111-0000-4000-8000-000000000001\" RevisionNumber=\"1\"/><Properties UpdateType=\"Category\"/>"
    "</Update>";
std::string update(unsigned revision) {
  return fmt::format(
      "<Update xmlns=\"http://schemas.microsoft.com/msus/2002/12/Update\"><UpdateIdentity "
      "UpdateID=\"22222222-0000-4000-8000-000000000002\" RevisionNumber=\"{}\"/><Properties UpdateType=\"Software\"/>"
      "</Update>",
      revision);
}
const Guid product_id = *Guid::parse("11111111-0000-4000-8000-000000000001");
const Guid update_id = *Guid::parse("22222222-0000-4000-8000-000000000002");

const std::string small_file = "License: use it well.\n";
std::string large_file() {
  std::string bytes;
  for (unsigned i = 0; bytes.size() < 80'000; ++i) bytes += fmt::format("{}\n", i);
  return bytes;
}

Digest state_one() { return state_digest({{{product_id, 1}, sha256(product)}, {{update_id, 1}, sha256(update(1))}}); }
Digest state_two() { return state_digest({{{product_id, 1}, sha256(product)}, {{update_id, 2}, sha256(update(2))}}); }

// The key is for tests only and trusted by nobody.
BundleParts parts(const fs::path& spool) {
  const Certificate certificate = Certificate::from_pem(tests::read(current / "test-only-exporter.crt.pem"));
  BundleParts parts;
  parts.spool = spool;
  parts.trust = {{tests::read(current / "trust-0001.xml"), {}}};
  parts.signers = {{PrivateKey::from_pem(tests::read(current / "test-only-exporter.key.pem")), certificate, {}, {}}};
  return parts;
}

Manifest manifest_of(BundleKind kind, std::uint64_t target) {
  Manifest manifest;
  manifest.tool = "ferry-export 0.1.0";
  manifest.compressor = "zstd 1.5.4";
  manifest.kind = kind;
  manifest.created = *Time::parse("2026-11-23T12:00:00Z");
  manifest.next_expected = *Time::parse("2026-12-24T12:00:00Z");
  manifest.valid_until = *Time::parse("2027-02-24T12:00:00Z");
  manifest.publisher_id = *Guid::parse("aaaaaaaa-0000-4000-8000-00000000000a");
  manifest.publisher_name = "headquarters";
  manifest.feed = "fleet";
  manifest.lineage = *Guid::parse("bbbbbbbb-0000-4000-8000-00000000000b");
  manifest.recipients = {"plant-1"};
  manifest.target = {target, target == 1 ? state_one() : state_two()};
  manifest.updates = 2;
  manifest.revisions = 2;
  return manifest;
}

// Writes the two bundles of the example into `directory`.
std::vector<fs::path> write_example(const fs::path& directory) {
  std::vector<fs::path> volumes;
  {
    const tests::Scratch spool;
    ChunkWriter chunks(spool.path());
    chunks.put({product_id, 1}, Dialect::upd, product);
    chunks.put({update_id, 1}, Dialect::upd, update(1));
    Manifest manifest = manifest_of(BundleKind::full, 1);
    manifest.puts = 2;
    manifest.document_bytes = product.size() + update(1).size();
    BundleParts full = parts(spool.path());
    full.chunks = chunks.finish();
    volumes.push_back(write_bundle(manifest, full, directory).volumes.front());
  }
  const tests::Scratch spool;
  ChunkWriter chunks(spool.path());
  chunks.put({update_id, 2}, Dialect::upd, update(2));
  chunks.drop({update_id, 1}, DropReason::replaced);
  Manifest manifest = manifest_of(BundleKind::delta, 2);
  manifest.bases = {{1, state_one()}};
  manifest.puts = 1;
  manifest.drops = 1;
  manifest.document_bytes = update(2).size();
  const Digest first = sha256(VolumeReader(volumes.front()).front().manifest.bytes);
  manifest.chain = {2, first};
  manifest.earlier = {{"fleet_plant-1_g0-g1_full", 0, 1, 1, first}};
  BundleParts delta = parts(spool.path());
  delta.chunks = chunks.finish();
  volumes.push_back(write_bundle(manifest, delta, directory).volumes.front());
  // Files alone: one whole, and one in parts over two volumes.
  BundleParts files = parts(spool.path());
  files.store = ContentStore(spool / "content");
  for (const std::string& bytes : {small_file, large_file()}) {
    IncomingContent incoming = files.store.receive(sha256(bytes));
    incoming.write(bytes);
    files.files.push_back(incoming.publish());
  }
  files.max_volume_bytes = 64 * 1024;
  Manifest content = manifest_of(BundleKind::content, 2);
  content.content_policy = "all";
  content.chain = {3, sha256(VolumeReader(volumes.back()).front().manifest.bytes)};
  for (const fs::path& volume : write_bundle(content, files, directory).volumes) volumes.push_back(volume);
  return volumes;
}

void accept_current() {
  const Time created = *Time::parse("2026-11-23T12:00:00Z");
  if (!fs::exists(current / "test-only-exporter.key.pem")) {
    const PrivateKey key = PrivateKey::generate(KeyType::p256);
    tests::write(current / "test-only-exporter.key.pem", key.pem());
    tests::write(current / "test-only-exporter.crt.pem",
                 Certificate::self_signed(key, "Ferry test-only exporter", created).pem());
  }
  const Certificate certificate = Certificate::from_pem(tests::read(current / "test-only-exporter.crt.pem"));
  TrustFile trust;
  trust.lineage = *Guid::parse("cccccccc-0000-4000-8000-00000000000c");
  trust.created = created;
  trust.root.certificates = {certificate};
  trust.exporter.certificates = {certificate};
  tests::write(current / "trust-0001.xml", encode(trust));
  static_cast<void>(write_example(current));
}

// The first code block of FORMAT.md after `heading`.
std::string example_block(const std::string& heading) {
  const std::string text = tests::read(fs::path(GOLDEN_ROOT).parent_path().parent_path() / "format" / "FORMAT.md");
  const auto at = text.find(heading);
  REQUIRE(at != std::string::npos);
  const auto start = text.find('\n', text.find("```", at)) + 1;
  return text.substr(start, text.find("```", start) - start);
}

}  // namespace

TEST_CASE("bundles of format 1.0 are read, verified and merged to the states they promise", "[golden]") {
  if (accepts()) accept_current();
  const tests::Scratch scratch;
  const tests::FixedClock clock("2026-11-24T00:00:00Z");
  const Point site = Point::create(scratch / "site", "plant-1", "[point]\nname = \"plant-1\"\n");
  {
    Catalog catalog = site.open_catalog(Database::Mode::read_write);
    Transaction transaction(catalog.database());
    catalog.set("site", "plant-1");
    install_trust(catalog, 1, {tests::read(current / "trust-0001.xml"), {}}, clock.now());
    transaction.commit();
  }
  CHECK(tests::import_volumes(site, {current / "fleet_plant-1_g0-g1_full_v01of01.ferry"}, clock) == state_one());
  CHECK(tests::import_volumes(site, {current / "fleet_plant-1_g1-g2_delta_v01of01.ferry"}, clock) == state_two());
  CHECK(tests::import_volumes(site,
                              {current / "fleet_plant-1_g2_content-20261123t120000z_v01of02.ferry",
                               current / "fleet_plant-1_g2_content-20261123t120000z_v02of02.ferry"},
                              clock) == state_two());
  for (const std::string& bytes : {small_file, large_file()})
    CHECK(tests::read(site.content().path_of(sha256(bytes))) == bytes);
}

TEST_CASE("the current version is written as before, byte for byte, signatures apart", "[golden]") {
  const tests::Scratch scratch;
  for (const fs::path& written : write_example(scratch.path())) {
    const VolumeReader now(written);
    const VolumeReader before(current / written.filename());
    if (zstd_version() != "1.5.4") {
      WARN("zstd is " << zstd_version() << ", the golden chunks are of 1.5.4: their bytes are not compared");
      continue;
    }
    CHECK(now.front().manifest.bytes == before.front().manifest.bytes);
    CHECK(now.front().trust == before.front().trust);
    // Behind the front everything is equal too: same chunks, same headers, same end.
    const std::string new_bytes = tests::read(written);
    const std::string old_bytes = tests::read(current / written.filename());
    const auto tail = [](const std::string& bytes, const VolumeFront& front) {
      return bytes.substr(stored_bytes(front));
    };
    CHECK(tail(new_bytes, now.front()) == tail(old_bytes, before.front()));
  }
}

TEST_CASE("the worked example of FORMAT.md is what the golden delta holds", "[golden]") {
  const VolumeReader volume(current / "fleet_plant-1_g1-g2_delta_v01of01.ferry");
  CHECK(example_block("### The manifest") == volume.front().manifest.bytes);
  CHECK(example_block("### The raw chunk") ==
        fmt::format("put {0} 2 upd {1}\n{2}\ndrop {0} 1 replaced\n", update_id.text(), update(2).size(), update(2)));
  std::string dump;
  const std::string bytes = tests::read(volume.path()).substr(0, tar_block_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const std::string_view row = std::string_view(bytes).substr(at, 16);
    if (row.find_first_not_of('\0') == std::string_view::npos) continue;
    std::string text;
    for (const char c : row) text += c >= ' ' && c <= '~' ? c : '.';
    std::string hex;
    for (const char c : row) hex += fmt::format("{:02x} ", static_cast<unsigned char>(c));
    dump += fmt::format("{:04x}  {} {}\n", at, hex, text);
  }
  CHECK(example_block("### The first header") == dump);
}
