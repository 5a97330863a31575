// SPDX-License-Identifier: Apache-2.0
#include "format/bundle.h"

#include <catch2/catch.hpp>

#include <fstream>

#include <fmt/format.h>

#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/common/workshop.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/small_bundle.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t big = 2'200'000;  // two of these do not fit one chunk

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// All chunk bytes of the bundle at these places, every check made, as one string.
std::string contents(const std::vector<fs::path>& places, const TrustFile& trust) {
  FoundBundles found = find_bundles(places);
  if (!found.unreadable.empty()) throw Error(found.unreadable.front().error, found.unreadable.front().code);
  if (found.bundles.size() != 1) throw Error("not one bundle");
  FoundBundle& bundle = found.bundles.front();
  const VerifiedManifest manifest = verify_manifest(bundle.front().manifest, trust);
  std::string all;
  ChunkTaker taker([&all](const ChunkInfo&, std::string_view stored) { all += stored; });
  check_volumes(bundle, manifest, taker);
  return all;
}

// The code that verifying the bundle of this folder ends with, signatures beside it included.
ExitCode verify_found(const fs::path& directory, const TrustFile& trust) {
  return code_of([&] { static_cast<void>(verify_bundle(find_bundles({directory}).bundles.at(0), trust)); });
}

// A bundle whose trust file demands two keys, of which the exporter has one.
struct TwoPersonBundle : SmallBundle {
  TwoPersonBundle() {
    second = SmallBundle().signer;
    trust.exporter.certificates.push_back(second.certificate);
    trust.exporter.threshold = 2;
  }
  [[nodiscard]] std::string sign_as_second() const {
    return cms_sign(find_bundles({directory()}).bundles.at(0).front().manifest.bytes, second, manifest.created);
  }
  Signer second = signer;
};

}  // namespace

TEST_CASE("a bundle is named by feed, site, generations and kind", "[bundle]") {
  Manifest manifest;
  manifest.feed = "all";
  manifest.target.generation = 5;
  CHECK(bundle_name(manifest) == "all_g0-g5_full");
  manifest.recipients = {"plant-1"};
  manifest.kind = BundleKind::delta;
  manifest.bases = {{3, {}}, {4, {}}};
  CHECK(bundle_name(manifest) == "all_plant-1_g3-g5_delta");
}

TEST_CASE("splitting never exceeds the size and changes no chunk", "[bundle]") {
  const SmallBundle bundle({big, big, big, big, big});
  const std::string whole = contents(bundle.write().volumes, bundle.trust);
  for (const std::uint64_t size : {2'300'000ULL, 4'600'000ULL, 5'000'000ULL, 7'000'000ULL, 100'000'000ULL}) {
    const SmallBundle split({big, big, big, big, big});
    const WrittenBundle written = split.write(size);
    INFO(size);
    std::uint64_t total = 0;
    for (const fs::path& volume : written.volumes) {
      CHECK(fs::file_size(volume) <= size);
      total += fs::file_size(volume);
    }
    CHECK(total == written.bytes);
    CHECK(contents(written.volumes, split.trust) == whole);
  }
}

TEST_CASE("a volume is filled to the last block that fits", "[bundle]") {
  const SmallBundle probe({big, big});
  const std::uint64_t exact = fs::file_size(probe.write().volumes.at(0));
  // The front's size varies by a block with the length of the signature; two blocks more always do.
  CHECK(SmallBundle({big, big}).write(exact + 2 * tar_block_bytes).volumes.size() == 1);
  CHECK(SmallBundle({big, big}).write(exact - 2 * tar_block_bytes).volumes.size() == 2);
}

TEST_CASE("volumes that are too small for a chunk are refused and nothing stays", "[bundle]") {
  const SmallBundle bundle({big});
  CHECK_THROWS_AS(bundle.write(big), UsageError);
  CHECK(contains(message_of([&] { static_cast<void>(bundle.write(big)); }), "--volume-size"));
  CHECK(names_in(bundle.directory()).empty());
}

TEST_CASE("a bundle that cannot be completed leaves no file under a final name", "[bundle]") {
  SECTION("a chunk changed in the spool") {
    const SmallBundle bundle({big, big});
    const fs::path chunk = spooled_chunk(bundle.spool(), bundle.chunks.at(1));
    std::string bytes = read(chunk);
    bytes[100] = static_cast<char>(bytes[100] ^ 1);
    write(chunk, bytes);
    CHECK_THROWS_AS(bundle.write(big + 200'000), FormatError);
    // The first volume was finished; it stays hidden, for a run that goes on.
    for (const auto& name : names_in(bundle.directory())) CHECK(std::string(name).starts_with("."));
  }
  SECTION("the key is not the trust file's") {
    SmallBundle bundle;
    bundle.signer = SmallBundle().signer;
    CHECK_THROWS_AS(bundle.write(), TrustError);
    CHECK(names_in(bundle.directory()).empty());
  }
  SECTION("the key is not its certificate's") {
    SmallBundle bundle;
    bundle.signer.key = PrivateKey::generate(KeyType::p256);
    CHECK_THROWS_AS(bundle.write(), TrustError);
    CHECK(names_in(bundle.directory()).empty());
  }
}

TEST_CASE("writing again replaces the older files of the name", "[bundle]") {
  const SmallBundle bundle;
  const WrittenBundle first = bundle.write();
  write(first.volumes.at(0), "an older file");
  CHECK(bundle.write().volumes == first.volumes);
  CHECK_NOTHROW(contents(first.volumes, bundle.trust));
  CHECK(names_in(bundle.directory()) == std::vector<std::string>{"all_g0-g1_full_v01of01.ferry"});
}

TEST_CASE("a missing volume is named", "[bundle]") {
  const SmallBundle bundle({big, big, big});
  auto volumes = bundle.write(big + 200'000).volumes;
  REQUIRE(volumes.size() == 3);
  const std::string gone = volumes[1].filename();
  volumes.erase(volumes.begin() + 1);
  const auto attempt = [&] { static_cast<void>(contents(volumes, bundle.trust)); };
  CHECK(code_of(attempt) == ExitCode::damaged);
  CHECK(contains(message_of(attempt), gone));
  CHECK_FALSE(contains(message_of(attempt), volumes[0].filename()));
}

TEST_CASE("volumes are known by their bytes: names and order do not matter", "[bundle]") {
  const SmallBundle bundle({big, big});
  auto volumes = bundle.write(big + 200'000).volumes;
  REQUIRE(volumes.size() == 2);
  const std::string whole = contents(volumes, bundle.trust);
  fs::rename(volumes[0], bundle.directory() / "swap");
  fs::rename(volumes[1], volumes[0]);
  fs::rename(bundle.directory() / "swap", volumes[1]);
  CHECK(contents(volumes, bundle.trust) == whole);
  CHECK(contents({volumes[1], volumes[0]}, bundle.trust) == whole);
  CHECK(contents({bundle.directory()}, bundle.trust) == whole);
}

TEST_CASE("a second copy of a volume does no harm", "[bundle]") {
  const SmallBundle bundle({big, big});
  const auto volumes = bundle.write(big + 200'000).volumes;
  const std::string whole = contents(volumes, bundle.trust);
  fs::copy_file(volumes[0], bundle.directory() / "copy of the first.ferry");
  CHECK(contents({bundle.directory()}, bundle.trust) == whole);
  CHECK(contents({volumes[0], volumes[0], volumes[1]}, bundle.trust) == whole);
}

TEST_CASE("two copies of a volume with different bytes are refused by name", "[bundle]") {
  const SmallBundle bundle({big});
  const auto volumes = bundle.write().volumes;
  std::string bytes = read(volumes[0]);
  bytes[bytes.size() - 5000] = static_cast<char>(bytes[bytes.size() - 5000] ^ 1);
  // Behind the good one in the order of names, so that only a comparison can tell.
  write(bundle.directory() / "zz.ferry", bytes);
  CHECK(code_of([&] { static_cast<void>(contents({bundle.directory()}, bundle.trust)); }) == ExitCode::damaged);
}

TEST_CASE("volumes of two bundles are never taken for one", "[bundle]") {
  const SmallBundle first({big, big});
  const SmallBundle second({big, big});  // same documents and names, other keys: another export
  const auto mine = first.write(big + 200'000).volumes;
  const auto theirs = second.write(big + 200'000).volumes;
  const FoundBundles found = find_bundles({mine[0], theirs[1]});
  CHECK(found.bundles.size() + found.unreadable.size() == 2);
  CHECK(code_of([&] { static_cast<void>(contents({mine[0], theirs[1]}, first.trust)); }) != ExitCode::done);
}

TEST_CASE("a damaged volume is named among good ones", "[bundle]") {
  const SmallBundle bundle({big, big});
  const auto volumes = bundle.write(big + 200'000).volumes;
  write(volumes[1], read(volumes[1]).substr(0, 1'000'000));
  const auto attempt = [&] { static_cast<void>(contents(volumes, bundle.trust)); };
  CHECK(code_of(attempt) == ExitCode::damaged);
  CHECK(contains(message_of(attempt), volumes[1].filename()));
  CHECK(contains(message_of(attempt), "cut short"));
}

TEST_CASE("a folder gives its volumes, and other files in it are no matter", "[bundle]") {
  const SmallBundle bundle;
  const std::string whole = contents(bundle.write().volumes, bundle.trust);
  write(bundle.directory() / "README.txt", "hello");
  write(bundle.directory() / ".hidden.ferry", "the partial file of a run that died");
  write(bundle.directory() / "below/other.ferry", "not looked at");
  CHECK(contents({bundle.directory()}, bundle.trust) == whole);
  // A file that is named is always looked at.
  CHECK(find_bundles({bundle.directory() / "README.txt"}).unreadable.size() == 1);
}

TEST_CASE("places that are not there or hold nothing are errors", "[bundle]") {
  const Scratch scratch;
  CHECK_THROWS_AS(find_bundles({scratch / "missing"}), NotFoundError);
  CHECK_THROWS_AS(find_bundles({scratch.path()}), NotFoundError);
}

TEST_CASE("a bundle with fewer signers than the threshold is written, and says how many are missing", "[bundle]") {
  const TwoPersonBundle bundle;
  const WrittenBundle written = bundle.write();
  CHECK(written.signatures_missing == 1);
  CHECK(verify_found(bundle.directory(), bundle.trust) == ExitCode::trust);
  write(bundle.directory() / signature_file_name("all_g0-g1_full", 1), bundle.sign_as_second());
  CHECK(verify_found(bundle.directory(), bundle.trust) == ExitCode::done);
  CHECK(SmallBundle().write().signatures_missing == 0);
}

TEST_CASE("two signers of one authority are one signature of a threshold", "[bundle]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("one", p256, leaf_extensions, "ca");
  shop.make("two", p256, leaf_extensions, "ca");
  SmallBundle bundle;
  const Time now = SystemClock().now();
  bundle.manifest.created = bundle.manifest.next_expected = bundle.manifest.valid_until = now;
  bundle.trust.exporter.certificates.push_back(shop.certificate("ca"));
  bundle.trust.exporter.threshold = 2;
  BundleParts parts = bundle.parts();
  parts.signers = {shop.signer("one"), shop.signer("two")};
  make_directories(bundle.directory());
  CHECK(write_bundle(bundle.manifest, parts, bundle.directory()).signatures_missing == 1);
  parts.signers.push_back(bundle.signer);
  CHECK(write_bundle(bundle.manifest, parts, bundle.directory()).signatures_missing == 0);
}

TEST_CASE("a bundle without a key to sign it is not written", "[bundle]") {
  const SmallBundle bundle;
  BundleParts parts = bundle.parts();
  parts.signers.clear();
  make_directories(bundle.directory());
  CHECK_THROWS_AS(write_bundle(bundle.manifest, parts, bundle.directory()), TrustError);
  CHECK(names_in(bundle.directory()).empty());
}

TEST_CASE("signatures beside the volumes are found whatever they are called", "[bundle]") {
  const TwoPersonBundle bundle;
  static_cast<void>(bundle.write());
  const std::string signature = bundle.sign_as_second();
  for (const char* name : {"all_g0-g1_full.01.p7s", "all_g0-g1_full.77.p7s", "release manager.p7s"}) {
    INFO(name);
    write(bundle.directory() / name, signature);
    CHECK(verify_found(bundle.directory(), bundle.trust) == ExitCode::done);
    fs::remove(bundle.directory() / name);
  }
  for (const char* name : {"all_g0-g1_full.01.sig", ".hidden.p7s", "below/all_g0-g1_full.01.p7s"}) {
    INFO(name);
    write(bundle.directory() / name, signature);
    CHECK(verify_found(bundle.directory(), bundle.trust) == ExitCode::trust);
  }
}

TEST_CASE("signatures beside are those of the bundle's name first, and 64 others", "[bundle]") {
  const SmallBundle bundle;
  static_cast<void>(bundle.write());
  for (int i = 1; i <= 70; ++i) write(bundle.directory() / fmt::format("{:03}.p7s", i), fmt::format("other {}", i));
  write(bundle.directory() / "all_g0-g1_full.02.p7s", "second");
  write(bundle.directory() / "all_g0-g1_full.01.p7s", "first");
  const std::vector<std::string> beside = find_bundles({bundle.directory()}).bundles.at(0).beside;
  REQUIRE(beside.size() == 66);
  CHECK(beside[0] == "first");
  CHECK(beside[1] == "second");
  CHECK(beside[2] == "other 1");
  CHECK(beside[65] == "other 64");
}

TEST_CASE("no heap of other signatures keeps out one that has the bundle's name", "[bundle]") {
  const TwoPersonBundle bundle;
  static_cast<void>(bundle.write());
  for (int i = 1; i <= 1100; ++i) std::ofstream(bundle.directory() / fmt::format("{:04}.p7s", i)) << "junk";
  write(bundle.directory() / "all_g0-g1_full.01.p7s", bundle.sign_as_second());
  CHECK(verify_found(bundle.directory(), bundle.trust) == ExitCode::done);
}

TEST_CASE("no heap of junk that bears the bundle's name keeps out a good signature", "[bundle]") {
  const TwoPersonBundle bundle;
  static_cast<void>(bundle.write());
  for (int i = 1; i <= 200; ++i)
    std::ofstream(bundle.directory() / fmt::format("all_g0-g1_full.{:03}.p7s", i)) << "junk";
  write(bundle.directory() / "all_g0-g1_full.zz.p7s", bundle.sign_as_second());
  CHECK(verify_found(bundle.directory(), bundle.trust) == ExitCode::done);
}

TEST_CASE("a signature beside that cannot be read counts as none", "[bundle]") {
  const TwoPersonBundle bundle;
  static_cast<void>(bundle.write());
  fs::create_directory(bundle.directory() / "all_g0-g1_full.01.p7s");
  write(bundle.directory() / "all_g0-g1_full.02.p7s", std::string(max_signature_bytes + 1, 'x'));
  fs::create_symlink("nowhere", bundle.directory() / "all_g0-g1_full.03.p7s");
  REQUIRE(run("mkfifo '" + (bundle.directory() / "all_g0-g1_full.04.p7s").native() + "'"));
  write(bundle.directory() / "all_g0-g1_full.05.p7s", "");
  CHECK(verify_found(bundle.directory(), bundle.trust) == ExitCode::trust);
  write(bundle.directory() / "all_g0-g1_full.06.p7s", bundle.sign_as_second());
  CHECK(verify_found(bundle.directory(), bundle.trust) == ExitCode::done);
}

TEST_CASE("the trust files of a volume are those that its manifest lists, byte by byte", "[bundle]") {
  const SmallBundle bundle;
  const VolumeReader volume(bundle.write().volumes.at(0));
  const VolumeFront front = volume.front();
  const VerifiedManifest manifest = verify_manifest(front.manifest, bundle.trust);
  CHECK_NOTHROW(check_front(front, manifest));
  const auto code_with = [&](const std::vector<SignedTrust>& trust) {
    VolumeFront changed = front;
    changed.trust = trust;
    return code_of([&] { check_front(changed, manifest); });
  };
  const SignedTrust good = front.trust.at(0);
  CHECK(code_with({good}) == ExitCode::done);
  CHECK(code_with({}) == ExitCode::damaged);
  CHECK(code_with({good, good}) == ExitCode::damaged);
  CHECK(code_with({{good.bytes + " ", {}}}) == ExitCode::damaged);
  CHECK(code_with({{good.bytes, {"a signature"}}}) == ExitCode::damaged);
  std::string flipped = good.bytes;
  flipped[100] = static_cast<char>(flipped[100] ^ 1);
  CHECK(code_with({{flipped, {}}}) == ExitCode::damaged);
}
