// SPDX-License-Identifier: Apache-2.0
// Our own signatures, and what becomes of them when bytes change. Foreign ones: cms_policy_test.cc.
#include "common/cms.h"

#include <catch2/catch.hpp>

#include <set>

#include "common/error.h"
#include "tests/unit/common/cms_support.h"
#include "tests/unit/common/workshop.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

const Time signing_time = *Time::parse("2026-11-23T12:00:00Z");

struct Identity {
  PrivateKey key = PrivateKey::generate(KeyType::p256);
  Certificate certificate = Certificate::self_signed(key, "test-only", *Time::parse("2026-11-01T00:00:00Z"));
  [[nodiscard]] std::string sign() const { return cms_sign(content, {key, certificate, {}, {}}, signing_time); }
};

}  // namespace

TEST_CASE("a signature says which key made it and when", "[cms]") {
  const Identity signer;
  const VerifiedSignature verified = verify_with(signer.sign(), content, {signer.certificate});
  CHECK(verified.key_id == signer.certificate.key_id());
  CHECK(verified.signed_at == signing_time);
  CHECK(verified.signer == "CN=test-only");
}

TEST_CASE("one of several trusted keys is enough and no other is", "[cms]") {
  const Identity signer;
  const Identity other;
  const std::string signature = signer.sign();
  CHECK_NOTHROW(verify_with(signature, content, {other.certificate, signer.certificate}));
  CHECK_THROWS_AS(verify_with(signature, content, {other.certificate}), TrustError);
  CHECK_THROWS_AS(verify_with(signature, content, {}), TrustError);
}

TEST_CASE("a certificate of the same name is not the same key", "[cms]") {
  const Identity signer;
  const Identity impostor;  // both are called test-only
  CHECK_THROWS_AS(verify_with(impostor.sign(), content, {signer.certificate}), TrustError);
}

TEST_CASE("no other content has this signature", "[cms]") {
  const Identity signer;
  const std::string signature = signer.sign();
  for (std::size_t at = 0; at < content.size(); ++at) {
    std::string changed = content;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK_THROWS_AS(verify_with(signature, changed, {signer.certificate}), TrustError);
  }
  CHECK_THROWS_AS(verify_with(signature, "", {signer.certificate}), TrustError);
  CHECK_THROWS_AS(verify_with(signature, content + "\n", {signer.certificate}), TrustError);
}

TEST_CASE("line ends count: a signature over LF does not cover CRLF", "[cms]") {
  const Identity signer;
  std::string crlf;
  for (const char c : content) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK_THROWS_AS(verify_with(signer.sign(), crlf, {signer.certificate}), TrustError);
}

TEST_CASE("a changed signature is refused, or still names the key that made it", "[cms]") {
  const Identity signer;
  const std::string signature = signer.sign();
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < signature.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x20U, 0x80U, 0xFFU}) {
      std::string changed = signature;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ flip);
      try {
        const VerifiedSignature verified = verify_with(changed, content, {signer.certificate});
        ++accepted;
        CHECK(verified.key_id == signer.certificate.key_id());
        CHECK(verified.signed_at == signing_time);
      } catch (const TrustError&) {  // and nothing else may come out
      }
    }
  }
  // Fields that nothing depends on, such as unused version numbers, are few.
  CHECK(accepted < signature.size() / 20);
}

TEST_CASE("a signature that is cut or followed by anything is refused", "[cms]") {
  const Identity signer;
  const std::string signature = signer.sign();
  for (std::size_t length = 0; length < signature.size(); ++length)
    CHECK_THROWS_AS(verify_with(signature.substr(0, length), content, {signer.certificate}), TrustError);
  for (const std::string& tail : {std::string(1, '\0'), std::string("junk"), signature})
    CHECK_THROWS_AS(verify_with(signature + tail, content, {signer.certificate}), TrustError);
}

TEST_CASE("a signature file beyond the bound is not even parsed", "[cms]") {
  const Identity signer;
  CHECK_THROWS_WITH(verify_with(std::string(max_signature_bytes + 1, '0'), content, {signer.certificate}),
                    Catch::Contains("at most"));
  CHECK(signer.sign().size() < 2048);
}

TEST_CASE("a signature from before its certificate began is refused", "[cms]") {
  const Identity signer;
  const std::string early =
      cms_sign(content, {signer.key, signer.certificate, {}, {}}, *Time::parse("2026-10-31T23:59:59Z"));
  CHECK_THROWS_AS(verify_with(early, content, {signer.certificate}), TrustError);
}

TEST_CASE("a key and a certificate survive their text form", "[cms]") {
  const Identity signer;
  const PrivateKey key = PrivateKey::from_pem(signer.key.pem());
  const Certificate certificate = Certificate::from_pem(signer.certificate.pem());
  CHECK(Certificate::from_der(certificate.der()).der() == signer.certificate.der());
  CHECK(certificate.key_id() == signer.certificate.key_id());
  CHECK(certificate.belongs_to(key));
  CHECK_FALSE(certificate.belongs_to(PrivateKey::generate(KeyType::p256)));
  CHECK_NOTHROW(
      verify_with(cms_sign(content, {key, certificate, {}, {}}, signing_time), content, {signer.certificate}));
}

TEST_CASE("a certificate is exactly one, with nothing behind it", "[cms]") {
  const std::string der = Identity().certificate.der();
  CHECK_THROWS_AS(Certificate::from_der(der + "x"), TrustError);
  CHECK_THROWS_AS(Certificate::from_der(der.substr(0, der.size() - 1)), TrustError);
  CHECK_THROWS_AS(Certificate::from_der(""), TrustError);
  CHECK_THROWS_AS(Certificate::from_pem("not PEM"), TrustError);
  CHECK_THROWS_AS(PrivateKey::from_pem("not PEM"), TrustError);
  CHECK_THROWS_AS(PrivateKey::from_pem(Identity().certificate.pem()), TrustError);
}

TEST_CASE("each key has an id of its own", "[cms]") {
  std::set<Digest> ids;
  for (int i = 0; i < 5; ++i) ids.insert(Identity().certificate.key_id());
  CHECK(ids.size() == 5);
}
