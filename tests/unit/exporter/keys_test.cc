// SPDX-License-Identifier: Apache-2.0
#include "exporter/keys.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include "common/error.h"
#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::exporter;
namespace fs = std::filesystem;

namespace {

format::Point make_point(const Scratch& scratch) {
  return format::Point::create(scratch / "point", "hq", "[point]\nname = \"hq\"\n");
}

}  // namespace

TEST_CASE("new trust has a root, the keys asked for and files that only their owner reads", "[keys]") {
  const Scratch scratch;
  const format::Point point = make_point(scratch);
  const format::TrustFile trust = init_trust(point, {3, 2}, FixedClock());
  CHECK(trust.version == 1);
  CHECK(trust.root.certificates.size() == 1);
  CHECK(trust.exporter.certificates.size() == 3);
  CHECK(trust.exporter.threshold == 2);
  CHECK(load_trust_files(point) == std::vector<std::string>{format::encode(trust)});
  CHECK(load_signers(point, trust).size() == 3);
  for (const char* key : {"root-1.pem", "exporter-1.pem", "exporter-2.pem", "exporter-3.pem"}) {
    struct stat status {};
    REQUIRE(::stat((point.key_directory() / key).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
  }
}

TEST_CASE("trust is not made twice: new keys would cut off every site", "[keys]") {
  const Scratch scratch;
  const format::Point point = make_point(scratch);
  CHECK_THROWS_AS(load_trust_files(point), NotFoundError);
  static_cast<void>(init_trust(point, {}, FixedClock()));
  const std::string before = load_trust_files(point).front();
  CHECK_THROWS_AS(init_trust(point, {}, FixedClock()), UsageError);
  CHECK(load_trust_files(point).front() == before);
}

TEST_CASE("a threshold that cannot be reached is refused before a key is made", "[keys]") {
  const Scratch scratch;
  const format::Point point = make_point(scratch);
  for (const TrustInit& wrong : {TrustInit{2, 3}, TrustInit{1, 0}, TrustInit{0, 0}, TrustInit{17, 1}})
    CHECK_THROWS_AS(init_trust(point, wrong, FixedClock()), UsageError);
  CHECK(fs::is_empty(point.key_directory()));
}

TEST_CASE("the root key never signs bundles and keys that nobody named do not count", "[keys]") {
  const Scratch scratch;
  const format::Point point = make_point(scratch);
  const format::TrustFile trust = init_trust(point, {2, 2}, FixedClock());
  write(point.key_directory() / "stranger.pem", PrivateKey::generate_p256().pem());
  CHECK(load_signers(point, trust).size() == 2);
  fs::remove(point.key_directory() / "exporter-2.pem");  // kept by a second person
  CHECK_THROWS_AS(load_signers(point, trust), TrustError);
  write(point.key_directory() / "exporter-2.pem", "not a key");
  CHECK_THROWS_WITH(load_signers(point, trust), Catch::Contains("exporter-2.pem"));
}
