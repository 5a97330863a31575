// SPDX-License-Identifier: Apache-2.0
// Signatures under a PKI that exists already: authorities, pins, purposes, revocation lists, validity.
#include <catch2/catch.hpp>

#include <chrono>

#include "common/cms.h"
#include "common/encoding.h"
#include "common/error.h"
#include "tests/unit/common/workshop.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

constexpr std::int64_t hour = 3600;
constexpr std::int64_t day = 24 * hour;

Time after(std::int64_t seconds) { return Time{SystemClock().now().seconds + seconds}; }

SignaturePolicy trusting(const std::vector<Certificate>& certificates, const std::vector<Digest>& pins = {}) {
  SignaturePolicy policy;
  policy.trusted = certificates;
  policy.pinned = pins;
  return policy;
}

// Why the signature does not hold; empty when it does.
std::string fault(const std::string& signature, const SignaturePolicy& policy) {
  return message_of([&] { static_cast<void>(cms_verify(signature, content, policy)); });
}

std::string purposes(const std::string& list) {
  return "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=" + list + "\n";
}

}  // namespace

TEST_CASE("a signer's certificate may be trusted through authorities that travel with the signature", "[cms]") {
  Workshop shop;
  shop.make("root", p256, ca_extensions);
  shop.make("mid", p256, ca_extensions, "root");
  shop.make("leaf", p256, leaf_extensions, "mid");
  const Digest root = shop.certificate("root").key_id();
  const Digest mid = shop.certificate("mid").key_id();
  const Digest leaf = shop.certificate("leaf").key_id();
  const std::string whole = cms_sign(content, shop.signer("leaf", {"mid", "root"}), after(5));
  using Chain = std::vector<Digest>;
  CHECK(cms_verify(whole, content, trusting({shop.certificate("root")})).chain == Chain{leaf, mid, root});
  CHECK(cms_verify(whole, content, trusting({shop.certificate("mid")})).chain == Chain{leaf, mid});
  CHECK(cms_verify(whole, content, trusting({shop.certificate("leaf")})).chain == Chain{leaf});
  CHECK(cms_verify(whole, content, trusting({}, {root})).chain == Chain{leaf, mid, root});
  // Without what lies between, nothing leads to the root.
  const std::string bare = cms_sign(content, shop.signer("leaf"), after(5));
  CHECK(fault(bare, trusting({shop.certificate("mid")})).empty());
  CHECK_FALSE(fault(bare, trusting({shop.certificate("root")})).empty());
}

TEST_CASE("a certificate that may not sign others is no authority", "[cms]") {
  Workshop shop;
  shop.make("root", p256, ca_extensions);
  shop.make("end", p256, leaf_extensions, "root");
  shop.make("leaf", p256, leaf_extensions, "end");
  const std::string signature = cms_sign(content, shop.signer("leaf", {"end"}), after(5));
  CHECK_FALSE(fault(signature, trusting({shop.certificate("root")})).empty());
  CHECK_FALSE(fault(signature, trusting({}, {shop.certificate("end").key_id()})).empty());
}

TEST_CASE("a pin trusts a certificate with that key, when it travels with the signature", "[cms]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("leaf", p256, leaf_extensions, "ca");
  shop.make("other", p256, leaf_extensions, "ca");
  const Digest ca = shop.certificate("ca").key_id();
  const Digest leaf = shop.certificate("leaf").key_id();
  const std::string whole = cms_sign(content, shop.signer("leaf", {"ca"}), after(5));
  const std::string bare = cms_sign(content, shop.signer("leaf"), after(5));
  CHECK(fault(bare, trusting({}, {leaf})).empty());
  CHECK(fault(whole, trusting({}, {ca})).empty());
  CHECK(fault(whole, trusting({}, {sha256("none"), ca})).empty());
  CHECK_FALSE(fault(bare, trusting({}, {ca})).empty());
  CHECK_FALSE(fault(whole, trusting({}, {shop.certificate("other").key_id()})).empty());
  CHECK_FALSE(fault(whole, trusting({}, {Digest()})).empty());
  // The pinned certificate is there, but of another branch.
  const std::string beside = cms_sign(content, shop.signer("leaf", {"other"}), after(5));
  CHECK_FALSE(fault(beside, trusting({}, {shop.certificate("other").key_id()})).empty());
  // Without any certificate nothing can have the pinned key.
  CHECK_FALSE(fault(shop.sign("leaf", "-cades -md sha256 -nocerts"), trusting({}, {leaf})).empty());
}

TEST_CASE("who has no pinned key cannot put a certificate of it before his own signature", "[cms]") {
  Workshop shop;
  shop.make("ours", p256, leaf_extensions);
  shop.make("thief", p256, leaf_extensions);
  const Digest pin = shop.certificate("ours").key_id();
  const std::string forged = cms_sign(content, shop.signer("thief", {"ours"}), after(5));
  CHECK_FALSE(fault(forged, trusting({}, {pin})).empty());
  Signer claimed = shop.signer("thief");
  claimed.certificate = shop.certificate("ours");
  CHECK_THROWS_AS(cms_sign(content, claimed, after(5)), TrustError);
}

TEST_CASE("a purpose of one's own is demanded of the signer", "[cms]") {
  Workshop shop;
  shop.make("own", p256, purposes("1.3.6.1.4.1.99999.1"));
  shop.make("both", p256, purposes("codeSigning,1.3.6.1.4.1.99999.1"));
  shop.make("code", p256, purposes("codeSigning"));
  shop.make("near", p256, purposes("1.3.6.1.4.1.99999.11"));
  const std::vector<Certificate> all{shop.certificate("own"), shop.certificate("both"), shop.certificate("code"),
                                     shop.certificate("near")};
  SignaturePolicy policy = trusting(all);
  policy.purpose = "1.3.6.1.4.1.99999.1";
  CHECK(fault(shop.sign("own"), policy).empty());
  CHECK(fault(shop.sign("both"), policy).empty());
  CHECK(contains(fault(shop.sign("code"), policy), "is not for 1.3.6.1.4.1.99999.1"));
  CHECK(contains(fault(shop.sign("near"), policy), "is not for"));
  CHECK(contains(fault(shop.sign("own"), trusting(all)), "is not for code signing"));
  policy.purpose = "no object identifier";
  CHECK_FALSE(fault(shop.sign("own"), policy).empty());
}

TEST_CASE("an authority that states purposes can pass on only those", "[cms]") {
  Workshop shop;
  const std::string ca(ca_extensions);
  shop.make("silent", p256, ca);
  shop.make("code", p256, ca + "extendedKeyUsage=codeSigning\n");
  shop.make("web", p256, ca + "extendedKeyUsage=serverAuth\n");
  shop.make("any", p256, ca + "extendedKeyUsage=anyExtendedKeyUsage\n");
  for (const std::string name : {"silent", "code", "web", "any"}) {
    const std::string leaf = "leaf-of-" + name;
    shop.make(leaf, p256, leaf_extensions, name);
    const std::string why = fault(shop.sign(leaf), trusting({shop.certificate(name)}));
    INFO(name << ": " << why);
    CHECK(why.empty() == (name == "silent" || name == "code"));
    if (name == "web") CHECK(contains(why, "'CN=web' is not for code signing"));
  }
  // The one in the middle counts too, under a root that says nothing.
  shop.make("mid", p256, ca + "extendedKeyUsage=serverAuth\n", "silent");
  shop.make("below", p256, leaf_extensions, "mid");
  CHECK(contains(fault(cms_sign(content, shop.signer("below", {"mid"}), after(5)), trusting({shop.certificate("silent")})),
                 "'CN=mid' is not for"));
}

TEST_CASE("where a revocation list is demanded, only a current one of the signer's authority helps", "[cms]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("foreign", p256, ca_extensions);
  shop.make("leaf", p256, leaf_extensions, "ca");
  shop.make("other", p256, leaf_extensions, "ca");
  SignaturePolicy policy = trusting({shop.certificate("ca")});
  policy.needs_crl = true;
  const auto with = [&](const std::vector<RevocationList>& lists, std::int64_t later = 5) {
    Signer signer = shop.signer("leaf");
    signer.revocation_lists = lists;
    return cms_sign(content, signer, after(later));
  };
  const RevocationList clean = shop.revocation_list("ca", {});
  const RevocationList without_us = shop.revocation_list("ca", {"other"});
  const RevocationList with_us = shop.revocation_list("ca", {"other", "leaf"});
  const RevocationList short_lived = shop.revocation_list("ca", {}, "-crlhours 1");
  const RevocationList foreign = shop.revocation_list("foreign", {});
  CHECK(fault(with({clean}), policy).empty());
  CHECK(fault(with({without_us}), policy).empty());
  CHECK(fault(with({foreign, clean}), policy).empty());
  CHECK_FALSE(fault(with({}), policy).empty());
  CHECK(contains(fault(with({with_us}), policy), "revoked"));
  CHECK_FALSE(fault(with({foreign}), policy).empty());
  CHECK(fault(with({short_lived}, hour / 2), policy).empty());
  CHECK(contains(fault(with({short_lived}, 2 * hour), policy), "expired"));
  // Certificates are judged at another time, and so is the list.
  SignaturePolicy later = policy;
  later.at = after(2 * hour);
  CHECK_FALSE(fault(with({short_lived}), later).empty());
  CHECK(fault(with({clean}), later).empty());
  // Where none is demanded, none is needed.
  CHECK(fault(with({}), trusting({shop.certificate("ca")})).empty());
}

TEST_CASE("a revocation list that somebody else signed in the authority's name is none", "[cms]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("leaf", p256, leaf_extensions, "ca");
  Workshop forger;
  forger.make("ca", p256, ca_extensions);
  Signer signer = shop.signer("leaf");
  signer.revocation_lists = {forger.revocation_list("ca", {})};
  SignaturePolicy policy = trusting({shop.certificate("ca")});
  policy.needs_crl = true;
  CHECK_FALSE(fault(cms_sign(content, signer, after(5)), policy).empty());
}

TEST_CASE("a certificate that has expired since it signed is good, unless one judges as of now", "[cms]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("leaf", p256, leaf_extensions, "ca");  // both for 30 days
  for (const char* anchor : {"ca", "leaf"}) {
    INFO(anchor);
    SignaturePolicy policy = trusting({shop.certificate(anchor)});
    const std::string in_time = cms_sign(content, shop.signer("leaf", {"ca"}), after(5 * day));
    const std::string too_late = cms_sign(content, shop.signer("leaf", {"ca"}), after(31 * day));
    CHECK(fault(in_time, policy).empty());
    CHECK(contains(fault(too_late, policy), "expired"));
    policy.at = after(31 * day);
    CHECK(contains(fault(in_time, policy), "expired"));
    policy.at = after(20 * day);
    CHECK(fault(in_time, policy).empty());
    CHECK(fault(too_late, policy).empty());  // the time given decides alone
    policy.at = after(-day);
    CHECK(contains(fault(in_time, policy), "not yet valid"));
  }
}

TEST_CASE("an RSA key of 9000 bits costs no time worth naming", "[cms]") {
  // Nobody needs the private half to make a reader work on the public one.
  const auto der = [](unsigned char tag, std::string body) { return Der{tag, std::move(body), {}}.bytes(); };
  std::string modulus(9000 / 8, '\xA5');
  std::string exponent(9000 / 8 - 1, '\x5B');
  const std::string numbers =
      der(0x30, der(0x02, std::string(1, '\0') + modulus) + der(0x02, exponent));
  const std::string oid = *from_hex("06092a864886f70d010101") + *from_hex("0500");
  const std::string info = der(0x30, der(0x30, oid) + der(0x03, std::string(1, '\0') + numbers));
  Workshop shop;
  write(shop.path("huge.der"), info);
  shop.make("ca", p256, ca_extensions);
  shop.make("leaf", "rsa:3072", leaf_extensions, "ca");
  const std::string good = shop.sign("leaf");
  shop.openssl("pkey -pubin -inform DER -in huge.der -out huge.pub");
  shop.openssl("x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -out huge.pem -days 30 -extfile leaf.cnf "
               "-extensions ext -force_pubkey huge.pub");
  const std::string pem = read(shop.path("huge.pem"));
  // The same signature with that certificate in it.
  shop.openssl("x509 -in huge.pem -outform DER -out certificate.der");
  shop.openssl("x509 -in leaf.pem -noout -serial");
  std::string_view rest = good;
  Der message = Der::parse(rest);
  const std::string certificate = read(shop.path("certificate.der"));
  std::string_view certificate_rest = certificate;
  Der& signed_data = message.parts.at(1).parts.at(0);
  const Der parsed = Der::parse(certificate_rest);
  signed_data.parts.at(3).parts.at(0) = parsed;
  // Named by the serial number of the new one.
  signed_data.parts.back().parts.at(0).parts.at(1).parts.at(1) = parsed.parts.at(0).parts.at(1);
  const auto begin = std::chrono::steady_clock::now();
  CHECK_THROWS_WITH(Certificate::from_pem(pem), Catch::Contains("9000 bits"));
  CHECK_FALSE(fault(message.bytes(), trusting({shop.certificate("ca")})).empty());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}
