// SPDX-License-Identifier: Apache-2.0
#include "format/volume.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/chunk.h"
#include "importer/admission.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/small_bundle.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

// All that an importing site checks of one volume before it believes it.
void check_volume(const std::filesystem::path& path, const SmallBundle& bundle) {
  VolumeReader reader(path);
  const VerifiedManifest manifest = verify_manifest(reader.front().manifest, bundle.trust);
  check_front(reader.front(), manifest);
  ChunkTaker taker;
  reader.check(manifest, reader.identify(manifest), taker);
}

}  // namespace

TEST_CASE("a volume is a tar archive that GNU tar unpacks", "[volume]") {
  const SmallBundle bundle;
  const auto volume = bundle.write().volumes.at(0);
  const Scratch out;
  REQUIRE(run("tar -xf " + volume.native() + " -C " + out.path().native()));
  const VolumeReader reader(volume);
  CHECK(read(out / "manifest.xml") == reader.front().manifest.bytes);
  CHECK(read(out / "signatures/01.p7s") == reader.front().manifest.signatures.at(0));
  CHECK(read(out / "trust/trust-0001.xml") == encode(bundle.trust));
  CHECK(read(out / "chunks/000001.zst") == read(spooled_chunk(bundle.spool(), bundle.chunks.at(0))));
  CHECK(reader.size() == volume_bytes(reader.front(), {bundle.chunks, {}}));
}

TEST_CASE("a volume that was just written passes every check", "[volume]") {
  const SmallBundle bundle;
  const auto volume = bundle.write().volumes.at(0);
  CHECK_NOTHROW(check_volume(volume, bundle));
  VolumeReader reader(volume);
  const VerifiedManifest manifest = verify_manifest(reader.front().manifest, bundle.trust);
  REQUIRE(reader.identify(manifest) == 1);
  std::vector<std::string> names;
  ChunkTaker taker([&](const ChunkInfo& chunk, std::string_view stored) {
    names.push_back(chunk.name);
    CHECK(sha256(stored) == chunk.sha256);
  });
  reader.check(manifest, 1, taker);
  CHECK(names.size() == bundle.chunks.size());
}

TEST_CASE("no byte of a volume can be flipped without being refused with exit code 11 or 15", "[volume]") {
  const SmallBundle bundle;
  const auto volume = bundle.write().volumes.at(0);
  const std::string good = read(volume);
  const Scratch scratch;
  std::size_t accepted = 0;
  std::size_t other = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    // Straight, without the flushing of write(): ten thousand of them.
    const auto path = scratch / "bad.ferry";
    std::filesystem::remove(path);
    PlainFile file(path);
    file.write(bad);
    file.close();
    const ExitCode code = code_of([&] { check_volume(path, bundle); });
    accepted += code == ExitCode::done ? 1U : 0U;
    other += code != ExitCode::done && code != ExitCode::trust && code != ExitCode::damaged ? 1U : 0U;
    if (code == ExitCode::done) UNSCOPED_INFO("accepted with a change at offset " << at);
  }
  // A few bits of a signature mean nothing (see cms_test.cc); manifest and chunks are then still the same.
  CHECK(accepted == 0);
  CHECK(other == 0);
}

TEST_CASE("a volume that is cut or made longer at any block is refused as damaged", "[volume]") {
  const SmallBundle bundle;
  const auto volume = bundle.write().volumes.at(0);
  const std::string good = read(volume);
  REQUIRE(good.size() % tar_block_bytes == 0);
  const Scratch scratch;
  for (std::size_t size = 0; size < good.size(); size += tar_block_bytes) {
    write(scratch / "cut", good.substr(0, size));
    INFO(size);
    CHECK(code_of([&] { check_volume(scratch / "cut", bundle); }) == ExitCode::damaged);
    write(scratch / "cut", good.substr(0, size + 1));
    CHECK(code_of([&] { check_volume(scratch / "cut", bundle); }) == ExitCode::damaged);
  }
  for (const std::string& tail : {std::string(1, '\0'), std::string(tar_block_bytes, '\0'), std::string("x"), good}) {
    write(scratch / "long", good + tail);
    CHECK(code_of([&] { check_volume(scratch / "long", bundle); }) == ExitCode::damaged);
  }
}

TEST_CASE("members in another order, twice or of other names are refused", "[volume]") {
  const SmallBundle bundle;
  const auto volume = bundle.write().volumes.at(0);
  const VolumeReader reader(volume);
  const VolumeFront& front = reader.front();
  const std::string chunk = read(spooled_chunk(bundle.spool(), bundle.chunks.at(0)));
  const Scratch scratch;
  using Members = std::vector<std::pair<std::string, std::string>>;
  const auto refused = [&](const Members& members) {
    StringSink sink;
    TarWriter tar(sink);
    for (const auto& [name, bytes] : members) tar.member(name, bytes);
    tar.finish();
    write(scratch / "made", sink.take());
    const ExitCode code = code_of([&] { check_volume(scratch / "made", bundle); });
    return code == ExitCode::damaged || code == ExitCode::trust;
  };
  const std::pair<std::string, std::string> manifest{"manifest.xml", front.manifest.bytes};
  const std::pair<std::string, std::string> signature{"signatures/01.p7s", front.manifest.signatures.at(0)};
  const std::pair<std::string, std::string> trust{"trust/trust-0001.xml", front.trust.at(0).bytes};
  const std::pair<std::string, std::string> data{"chunks/000001.zst", chunk};
  CHECK_FALSE(refused({manifest, signature, trust, data}));
  CHECK(refused({signature, manifest, trust, data}));
  CHECK(refused({manifest, trust, signature, data}));
  CHECK(refused({manifest, signature, data, trust}));
  CHECK(refused({manifest, manifest, signature, trust, data}));
  CHECK(refused({manifest, signature, trust, data, data}));
  CHECK(refused({manifest, signature, trust}));
  CHECK(refused({manifest, signature, trust, {"chunks/000002.zst", chunk}}));
  CHECK(refused({manifest, signature, trust, {"../chunks/000001.zst", chunk}}));
  CHECK(refused({manifest, {"signatures/02.p7s", signature.second}, trust, data}));
  CHECK(refused({manifest, signature, trust, {"readme.txt", "hello"}, data}));
  CHECK(refused({{"./manifest.xml", manifest.second}, signature, trust, data}));
  CHECK(refused({}));
}

TEST_CASE("a header that claims gigabytes costs nothing", "[volume]") {
  const Scratch scratch;
  const TarHeader header = tar_header("manifest.xml", max_tar_member_bytes);
  write(scratch / "liar", std::string(header.data(), header.size()) + std::string(512, 'x'));
  CHECK(code_of([&] { VolumeReader(scratch / "liar"); }) == ExitCode::damaged);
}

TEST_CASE("what is no volume says so", "[volume]") {
  const Scratch scratch;
  write(scratch / "text", "this is no volume");
  CHECK(code_of([&] { VolumeReader(scratch / "text"); }) == ExitCode::damaged);
  write(scratch / "zeros", std::string(4096, '\0'));
  CHECK(contains(message_of([&] { VolumeReader(scratch / "zeros"); }), "no member manifest.xml"));
  CHECK_THROWS_AS(VolumeReader(scratch / "missing"), NotFoundError);
}

TEST_CASE("a volume's name says the bundle and its place in it", "[volume]") {
  CHECK(volume_file_name("all_g0-g1_full", 1, 3) == "all_g0-g1_full_v01of03.ferry");
  CHECK(volume_file_name("all_g0-g1_full", 100, 120) == "all_g0-g1_full_v100of120.ferry");
}
