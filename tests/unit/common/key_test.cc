// SPDX-License-Identifier: Apache-2.0
#include "common/key.h"

#include <catch2/catch.hpp>

#include <stdexcept>

#include "common/certificate.h"
#include "common/error.h"
#include "tests/unit/common/workshop.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

const Time start = *Time::parse("2026-11-01T00:00:00Z");

// Two private keys are the same when a certificate of the one belongs to the other.
bool are_same(const PrivateKey& left, const PrivateKey& right) {
  return Certificate::self_signed(left, "left", start).belongs_to(right);
}

PassphraseSource says(const std::string& passphrase) {
  return [passphrase] { return passphrase; };
}

bool shell(const Workshop& shop, const std::string& command) {
  return run("cd " + shop.path("").native() + " && " + command);
}

}  // namespace

TEST_CASE("a generated key is of the type that was asked for", "[key]") {
  const Workshop shop;
  const auto describes = [&shop](KeyType type, const std::string& line) {
    write(shop.path("made.pem"), PrivateKey::generate(type).pem());
    return shell(shop, "openssl pkey -in made.pem -noout -text | grep -q '" + line + "'");
  };
  CHECK(describes(KeyType::p256, "ASN1 OID: prime256v1"));
  CHECK(describes(KeyType::p384, "ASN1 OID: secp384r1"));
  CHECK(describes(KeyType::rsa3072, "Private-Key: (3072 bit"));
  CHECK_FALSE(describes(KeyType::p256, "ASN1 OID: secp384r1"));
}

TEST_CASE("no key is generated twice", "[key]") {
  CHECK_FALSE(are_same(PrivateKey::generate(KeyType::p256), PrivateKey::generate(KeyType::p256)));
}

TEST_CASE("a key of each type survives its text form, encrypted or not", "[key]") {
  for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::rsa3072}) {
    const PrivateKey key = PrivateKey::generate(type);
    CHECK(are_same(key, PrivateKey::from_pem(key.pem())));
    const std::string locked = key.pem("correct horse");
    CHECK(are_same(key, PrivateKey::from_pem(locked, says("correct horse"))));
    CHECK_FALSE(contains(locked, "BEGIN PRIVATE KEY"));
  }
}

TEST_CASE("a passphrase is asked for only when one is needed, and then once", "[key]") {
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  int asked = 0;
  const PassphraseSource source = [&asked] {
    ++asked;
    return std::string("secret");
  };
  CHECK_NOTHROW(PrivateKey::from_pem(key.pem(), source));
  CHECK_THROWS_AS(PrivateKey::from_pem("junk", source), TrustError);
  CHECK(asked == 0);
  CHECK_NOTHROW(PrivateKey::from_pem(key.pem("secret"), source));
  CHECK(asked == 1);
}

TEST_CASE("a wrong passphrase and none at all are told apart, and neither opens the key", "[key]") {
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  const std::string locked = key.pem("secret");
  for (const char* wrong : {"Secret", "secret ", "secre", ""}) {
    INFO(wrong);
    CHECK(contains(message_of([&] { static_cast<void>(PrivateKey::from_pem(locked, says(wrong))); }),
                   "does not open this private key"));
  }
  CHECK(code_of([&] { static_cast<void>(PrivateKey::from_pem(locked)); }) == ExitCode::trust);
  CHECK(contains(message_of([&] { static_cast<void>(PrivateKey::from_pem(locked)); }), "no passphrase is at hand"));
  // What failed leaves nothing behind that spoils the next try.
  CHECK(are_same(key, PrivateKey::from_pem(locked, says("secret"))));
}

TEST_CASE("an exception of who is asked for the passphrase comes through as it is", "[key]") {
  const std::string locked = PrivateKey::generate(KeyType::p256).pem("secret");
  CHECK_THROWS_AS(PrivateKey::from_pem(locked, []() -> std::string { throw UsageError("no terminal"); }), UsageError);
  CHECK_THROWS_AS(PrivateKey::from_pem(locked, []() -> std::string { throw std::runtime_error("x"); }),
                  std::runtime_error);
}

TEST_CASE("a key that is written under a passphrase can be read with it, however long that is", "[key]") {
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  for (const std::size_t length : {std::size_t{1}, std::size_t{100}, std::size_t{1023}, std::size_t{1024}}) {
    const std::string passphrase(length, 'x');
    CHECK(are_same(key, PrivateKey::from_pem(key.pem(passphrase), says(passphrase))));
  }
  // OpenSSL reads no longer ones; a key that nobody can open again must not be written.
  for (const std::size_t length : {std::size_t{1025}, std::size_t{5000}})
    CHECK_THROWS_AS(key.pem(std::string(length, 'x')), TrustError);
  const std::string odd("a\0b \xC3\xA4\n", 7);
  CHECK(are_same(key, PrivateKey::from_pem(key.pem(odd), says(odd))));
  CHECK_THROWS_AS(PrivateKey::from_pem(key.pem(odd), says("a")), TrustError);
}

TEST_CASE("an encrypted file costs each guess scrypt, holds AES-256 and opens with the openssl program", "[key]") {
  const Workshop shop;
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  write(shop.path("locked.pem"), key.pem("secret"));
  CHECK(shell(shop, "openssl asn1parse -in locked.pem | grep -q ':scrypt$'"));
  CHECK(shell(shop, "openssl asn1parse -in locked.pem | grep -q ':aes-256-cbc$'"));
  CHECK(shell(shop, "openssl asn1parse -in locked.pem | grep -q 'INTEGER *:4000$'"));  // 16384 rounds: 16 MiB
  CHECK(shell(shop, "openssl pkey -in locked.pem -passin pass:secret -out open.pem"));
  CHECK(are_same(key, PrivateKey::from_pem(read(shop.path("open.pem")))));
  CHECK_FALSE(shell(shop, "openssl pkey -in locked.pem -passin pass:wrong -out open.pem"));
  CHECK(key.pem("secret") != key.pem("secret"));  // each file has a salt of its own
}

TEST_CASE("keys that the openssl program encrypted are opened, in the new form and the old one", "[key]") {
  Workshop shop;
  shop.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out plain.pem");
  shop.openssl("pkcs8 -topk8 -in plain.pem -v2 aes-256-cbc -passout pass:secret -out pkcs8.pem");
  shop.openssl("ec -in plain.pem -aes256 -passout pass:secret -out old.pem");
  const PrivateKey plain = PrivateKey::from_pem(read(shop.path("plain.pem")));
  for (const char* name : {"pkcs8.pem", "old.pem"}) {
    const std::string locked = read(shop.path(name));
    INFO(name);
    CHECK(are_same(plain, PrivateKey::from_pem(locked, says("secret"))));
    CHECK_THROWS_AS(PrivateKey::from_pem(locked, says("wrong")), TrustError);
    CHECK_THROWS_AS(PrivateKey::from_pem(locked), TrustError);
  }
}

TEST_CASE("what is no private key is refused", "[key]") {
  Workshop shop;
  const PrivateKey key = PrivateKey::generate(KeyType::p256);
  const std::string pem = key.pem();
  write(shop.path("key.pem"), pem);
  shop.openssl("pkey -in key.pem -pubout -out public.pem");
  shop.openssl("genrsa -out weak.pem 2048");
  const std::string locked = key.pem("secret");
  std::string changed = locked;
  changed[200] = changed[200] == 'A' ? 'B' : 'A';
  for (const std::string& junk :
       {std::string(), std::string("junk"), pem.substr(0, pem.size() / 2), read(shop.path("public.pem")),
        Certificate::self_signed(key, "no key", start).pem(), read(shop.path("weak.pem")),
        locked.substr(0, locked.size() / 2), changed}) {
    INFO(junk);
    CHECK(code_of([&] { static_cast<void>(PrivateKey::from_pem(junk, says("secret"))); }) == ExitCode::trust);
  }
}
