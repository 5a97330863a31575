// SPDX-License-Identifier: Apache-2.0
#include "common/certificate.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "tests/unit/common/workshop.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

const Time start = *Time::parse("2026-11-01T00:00:00Z");

Certificate make(const std::string& name) {
  return Certificate::self_signed(PrivateKey::generate(KeyType::p256), name, start);
}

}  // namespace

TEST_CASE("every certificate of a file is read, in its order and with text between them", "[certificate]") {
  const Certificate one = make("one");
  const Certificate two = make("two");
  const Certificate three = make("three");
  const std::string key = PrivateKey::generate(KeyType::p256).pem();
  const auto all = Certificate::all_from_pem("a note\n" + one.pem() + key + two.pem() + "\n\nsubject=three\n" + three.pem());
  REQUIRE(all.size() == 3);
  CHECK(all[0].der() == one.der());
  CHECK(all[1].der() == two.der());
  CHECK(all[2].der() == three.der());
  CHECK(Certificate::from_pem(two.pem() + one.pem()).der() == two.der());
}

TEST_CASE("a file without a certificate is refused", "[certificate]") {
  for (const std::string& junk : {std::string(), std::string("junk"), PrivateKey::generate(KeyType::p256).pem()})
    CHECK(code_of([&] { static_cast<void>(Certificate::all_from_pem(junk)); }) == ExitCode::trust);
}

TEST_CASE("a file with one damaged certificate among good ones is refused, not read in part", "[certificate]") {
  const std::string good = make("good").pem();
  std::string damaged = make("damaged").pem();
  damaged[damaged.size() / 2] = '!';
  const std::string cut = damaged.substr(0, damaged.size() / 3);
  for (const std::string& file : {damaged + good, good + damaged + good, good + damaged, good + cut}) {
    INFO(file);
    CHECK_THROWS_AS(Certificate::all_from_pem(file), TrustError);
  }
}

TEST_CASE("a key that is not on the list is refused beside ones that are", "[certificate]") {
  Workshop shop;
  shop.make("weak", "rsa:2048", leaf_extensions);
  CHECK_THROWS_AS(Certificate::all_from_pem(make("good").pem() + read(shop.path("weak.pem"))), TrustError);
}

TEST_CASE("a certificate names its issuer, whoever signed it", "[certificate]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("other", p256, ca_extensions);
  shop.make("leaf", p256, leaf_extensions, "ca");
  const Certificate leaf = shop.certificate("leaf");
  CHECK(leaf.names_issuer(shop.certificate("ca")));
  CHECK_FALSE(leaf.names_issuer(shop.certificate("other")));
  CHECK_FALSE(leaf.names_issuer(leaf));
  CHECK_FALSE(shop.certificate("ca").names_issuer(leaf));
  CHECK(shop.certificate("ca").names_issuer(shop.certificate("ca")));
  // Another authority of the same name has another key identifier.
  Workshop second;
  second.make("ca", p256, ca_extensions);
  CHECK_FALSE(leaf.names_issuer(second.certificate("ca")));
}

TEST_CASE("a certificate tells its end", "[certificate]") {
  CHECK(make("ours").not_after().text() == "9999-12-31T23:59:59Z");
  Workshop shop;
  shop.make("leaf", p256, leaf_extensions);  // 30 days
  const Time now = SystemClock().now();
  const Time end = shop.certificate("leaf").not_after();
  CHECK(end.seconds > now.seconds + 29 * 86'400);
  CHECK(end.seconds <= now.seconds + 30 * 86'400);
}

TEST_CASE("a certificate belongs to its key and to no other, of whatever type", "[certificate]") {
  const std::vector<PrivateKey> keys{PrivateKey::generate(KeyType::p256), PrivateKey::generate(KeyType::p384),
                                     PrivateKey::generate(KeyType::rsa3072), PrivateKey::generate(KeyType::p256)};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Certificate certificate = Certificate::self_signed(keys[i], "some", start);
    for (std::size_t k = 0; k < keys.size(); ++k) CHECK(certificate.belongs_to(keys[k]) == (i == k));
  }
}

TEST_CASE("two certificates of one key have one key id", "[certificate]") {
  const PrivateKey key = PrivateKey::generate(KeyType::p384);
  CHECK(Certificate::self_signed(key, "one", start).key_id() == Certificate::self_signed(key, "two", start).key_id());
  CHECK(make("one").key_id() != make("one").key_id());
}

TEST_CASE("a key id is the SHA-256 of what openssl calls the public key", "[certificate]") {
  Workshop shop;
  shop.make("leaf", p256, leaf_extensions);
  shop.openssl("pkey -in leaf.key -pubout -outform DER -out leaf.spki");
  CHECK(shop.certificate("leaf").key_id() == sha256(read(shop.path("leaf.spki"))));
}

TEST_CASE("a revocation list is read as PEM and as DER", "[certificate]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("leaf", p256, leaf_extensions, "ca");
  CHECK_NOTHROW(shop.revocation_list("ca", {"leaf"}));
  shop.openssl("crl -in ca.crl -outform DER -out ca.der");
  CHECK_NOTHROW(RevocationList::from_pem_or_der(read(shop.path("ca.der"))));
}

TEST_CASE("what is no revocation list is refused, also one that is cut or followed by bytes", "[certificate]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  static_cast<void>(shop.revocation_list("ca", {}));
  shop.openssl("crl -in ca.crl -outform DER -out ca.der");
  const std::string der = read(shop.path("ca.der"));
  for (const std::string& junk : {std::string(), std::string("junk"), make("a certificate").pem(), make("x").der(),
                                  der.substr(0, der.size() - 1), der + "x"})
    CHECK(code_of([&] { static_cast<void>(RevocationList::from_pem_or_der(junk)); }) == ExitCode::trust);
}
