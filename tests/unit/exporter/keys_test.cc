// SPDX-License-Identifier: Apache-2.0
#include "exporter/keys.h"

#include <catch2/catch.hpp>

#include <cstdlib>

#include <sys/stat.h>

#include "common/error.h"
#include "common/file.h"
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

TEST_CASE("keys are files that only their owner reads, with their certificates beside them", "[keys]") {
  const Scratch scratch;
  const format::Point point = make_point(scratch);
  const format::TrustFile trust = make_trust(point, FixedClock(), 3, 2);
  const std::vector<Signer> signers = find_signers(key_store(point), trust.exporter);
  REQUIRE(signers.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(signers[i].certificate.key_id() == trust.exporter.certificates[i].key_id());
  for (const char* key : {"root-1.pem", "exporter-1.pem", "exporter-2.pem", "exporter-3.pem"}) {
    struct stat status {};
    REQUIRE(::stat((point.key_directory() / key).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
  }
}

TEST_CASE("a role's signers are the keys that it names, with or without a certificate beside them", "[keys]") {
  const Scratch scratch;
  const format::Point point = make_point(scratch);
  const format::TrustFile trust = make_trust(point, FixedClock(), 2, 2);
  write(point.key_directory() / "stranger.pem", PrivateKey::generate(KeyType::p256).pem());
  CHECK(find_signers(key_store(point), trust.exporter).size() == 2);
  CHECK(find_signers(key_store(point), trust.root).size() == 1);
  fs::remove(point.key_directory() / "exporter-1.crt");
  CHECK(find_signers(key_store(point), trust.exporter).size() == 2);
  fs::remove(point.key_directory() / "exporter-2.pem");  // kept by a second person
  CHECK(find_signers(key_store(point), trust.exporter).size() == 1);
}

TEST_CASE("a key of the role that cannot be opened is an error, one of another role is not even tried", "[keys]") {
  const Scratch scratch;
  const format::Point point = make_point(scratch);
  const format::TrustFile trust = make_trust(point, FixedClock());
  write(point.key_directory() / "root-1.pem", "not a key");
  CHECK(find_signers(key_store(point), trust.exporter).size() == 1);
  CHECK_THROWS_WITH(find_signers(key_store(point), trust.root), Catch::Contains("root-1.pem"));
}

TEST_CASE("a certificate beside a key must be of that key", "[keys]") {
  const Scratch scratch;
  const format::Point point = make_point(scratch);
  const format::TrustFile trust = make_trust(point, FixedClock(), 2);
  fs::copy_file(point.key_directory() / "exporter-1.crt", point.key_directory() / "exporter-2.crt",
                fs::copy_options::overwrite_existing);
  CHECK_THROWS_WITH(find_signers(key_store(point), trust.exporter), Catch::Contains("of another key"));
}

TEST_CASE("an encrypted key opens with the passphrase of a file and with no other", "[keys]") {
  const Scratch scratch;
  const format::Point point = make_point(scratch);
  format::TrustFile trust = make_trust(point, FixedClock());
  write(scratch / "secret", "correct horse\nsecond line\n");
  KeyStore store = key_store(point);
  store.passphrase_file = scratch / "secret";
  const Certificate made = make_key(store, point.key_directory(), {"locked", KeyType::p384, "locked", true});
  CHECK(read(point.key_directory() / "locked.pem").find("-----BEGIN ENCRYPTED PRIVATE KEY-----") == 0);
  trust.exporter.certificates = {made};
  CHECK(find_signers(store, trust.exporter).size() == 1);
  write(scratch / "secret", "wrong\n");
  CHECK_THROWS_AS(find_signers(store, trust.exporter), TrustError);
  CHECK_THROWS_AS(make_key(store, point.key_directory(), {"locked", KeyType::p256, "again", false}), UsageError);
}

TEST_CASE("types of keys have names", "[keys]") {
  CHECK(parse_key_type("p256") == KeyType::p256);
  CHECK(parse_key_type("p384") == KeyType::p384);
  CHECK(parse_key_type("rsa3072") == KeyType::rsa3072);
  CHECK_THROWS_AS(parse_key_type("rsa1024"), UsageError);
  const Scratch scratch;
  CHECK(free_key_name(scratch.path(), "root") == "root-1");
  write(scratch / "root-1.uri", "pkcs11:");
  CHECK(free_key_name(scratch.path(), "root") == "root-2");
}
