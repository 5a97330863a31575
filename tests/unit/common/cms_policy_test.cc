// SPDX-License-Identifier: Apache-2.0
// Signatures as others make them, with the openssl program: what a PKI may bring, and what OpenSSL's own
// verification would let pass (RELIABILITY 3.3) and ours must not.
#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "common/cms.h"
#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/common/cms_support.h"
#include "tests/unit/common/workshop.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

TEST_CASE("signatures of keys on the list are accepted, whoever made them", "[cms]") {
  Workshop shop;
  shop.make("p256", p256, leaf_extensions);
  shop.make("p384", "ec -pkeyopt ec_paramgen_curve:P-384", leaf_extensions);
  shop.make("rsa", "rsa:3072", leaf_extensions);
  CHECK(verify_with(shop.sign("p256"), content, {shop.certificate("p256")}).signer == "CN=p256");
  CHECK(verify_with(shop.sign("p384", "-cades -md sha384"), content, {shop.certificate("p384")}).signer == "CN=p384");
  CHECK(verify_with(shop.sign("rsa"), content, {shop.certificate("rsa")}).signer == "CN=rsa");
  CHECK(verify_with(shop.sign("rsa", "-cades -md sha256 -keyopt rsa_padding_mode:pss"), content,
                    {shop.certificate("rsa")})
            .signer == "CN=rsa");
}

TEST_CASE("a leaf under a trusted authority is accepted, one under a trusted leaf is not", "[cms]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("leaf", p256, leaf_extensions, "ca");
  CHECK_NOTHROW(verify_with(shop.sign("leaf"), content, {shop.certificate("ca")}));
  // The holder of a signing key must not make itself a second, "distinct" key.
  shop.make("below", p256, leaf_extensions, "leaf");
  CHECK_THROWS_AS(
      verify_with(shop.sign("below", "-cades -md sha256 -certfile leaf.pem"), content, {shop.certificate("leaf")}),
      TrustError);
  CHECK_THROWS_AS(
      verify_with(shop.sign("below", "-cades -md sha256 -certfile leaf.pem"), content, {shop.certificate("ca")}),
      TrustError);
}

TEST_CASE("a certificate for another purpose does not sign catalogs", "[cms]") {
  Workshop shop;
  shop.make("server", p256, "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n");
  shop.make("none", p256, "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n");
  shop.make("any", p256,
            "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=anyExtendedKeyUsage\n");
  shop.make("agree", p256, "basicConstraints=CA:FALSE\nkeyUsage=keyAgreement\nextendedKeyUsage=codeSigning\n");
  for (const char* name : {"server", "none", "any", "agree"}) {
    INFO(name);
    CHECK_THROWS_AS(verify_with(shop.sign(name), content, {shop.certificate(name)}), TrustError);
  }
}

TEST_CASE("weak digests are refused although OpenSSL takes them", "[cms]") {
  Workshop shop;
  shop.make("p256", p256, leaf_extensions);
  shop.make("rsa", "rsa:3072", leaf_extensions);
  CHECK_THROWS_WITH(verify_with(shop.sign("rsa", "-cades -md md5"), content, {shop.certificate("rsa")}),
                    Catch::Contains("digest algorithm is MD5"));
  for (const char* name : {"p256", "rsa"}) {
    CHECK_THROWS_WITH(verify_with(shop.sign(name, "-cades -md sha1"), content, {shop.certificate(name)}),
                      Catch::Contains("digest algorithm is SHA1"));
    CHECK_THROWS_AS(verify_with(shop.sign(name, "-cades -md sha224"), content, {shop.certificate(name)}), TrustError);
  }
}

TEST_CASE("weak and unlisted keys are refused, as trusted ones and under a trusted authority", "[cms]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("rsa1024", "rsa:1024", leaf_extensions, "ca");
  shop.make("rsa2048", "rsa:2048", leaf_extensions, "ca");
  shop.make("koblitz", "ec -pkeyopt ec_paramgen_curve:secp256k1", leaf_extensions, "ca");
  for (const char* name : {"rsa1024", "rsa2048", "koblitz"}) {
    INFO(name);
    CHECK_THROWS_AS(shop.certificate(name), TrustError);
    CHECK_THROWS_AS(PrivateKey::from_pem(read(shop.path(std::string(name) + ".key"))), TrustError);
    CHECK_THROWS_AS(verify_with(shop.sign(name), content, {shop.certificate("ca")}), TrustError);
  }
}

TEST_CASE("Ed25519 is refused where a key enters, since CMS of OpenSSL 3.0 cannot sign with it", "[cms]") {
  Workshop shop;
  shop.make("edwards", "ed25519", leaf_extensions);
  CHECK_THROWS_WITH(shop.certificate("edwards"), Catch::Contains("key type is not on the list"));
  CHECK_THROWS_AS(PrivateKey::from_pem(read(shop.path("edwards.key"))), TrustError);
}

TEST_CASE("a key behind a password is an error and no question at the terminal", "[cms]") {
  Workshop shop;
  shop.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes-256-cbc -pass pass:x -out locked.key");
  const std::string pem = read(shop.path("locked.key"));
  // In a process without a terminal, so that a question ends in a file and not before a person.
  std::fflush(nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setsid();
    const bool redirected = std::freopen("/dev/null", "r", stdin) != nullptr &&
                            std::freopen(shop.path("asked").c_str(), "w", stderr) != nullptr;
    const bool refused = code_of([&] { static_cast<void>(PrivateKey::from_pem(pem)); }) == ExitCode::trust;
    std::fflush(stderr);
    ::_exit(redirected && refused ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(read(shop.path("asked")).empty());
}

TEST_CASE("a signature without every signed attribute is refused", "[cms]") {
  Workshop shop;
  shop.make("a", p256, leaf_extensions);
  CHECK_THROWS_WITH(verify_with(shop.sign("a", "-noattr -md sha256"), content, {shop.certificate("a")}),
                    Catch::Contains("signed attribute"));
  // Without -cades there is no signingCertificateV2: another certificate of the same key could be put in.
  CHECK_THROWS_WITH(verify_with(shop.sign("a", "-md sha256"), content, {shop.certificate("a")}),
                    Catch::Contains("signingCertificateV2"));
}

TEST_CASE("one file holds one signer, even if both are trusted or the same", "[cms]") {
  Workshop shop;
  shop.make("a", p256, leaf_extensions);
  shop.make("b", p256, leaf_extensions);
  const std::vector<Certificate> both{shop.certificate("a"), shop.certificate("b")};
  CHECK_THROWS_WITH(verify_with(shop.sign("a", "-cades -md sha256 -signer b.pem -inkey b.key"), content, both),
                    Catch::Contains("has 2 signers"));
  const std::string once = shop.sign("a");
  std::string_view rest = once;
  Der twice = Der::parse(rest);
  std::vector<Der>& signers = twice.parts.at(1).parts.at(0).parts.back().parts;
  signers.push_back(signers.at(0));
  CHECK_THROWS_WITH(verify_with(twice.bytes(), content, both), Catch::Contains("has 2 signers"));
}

TEST_CASE("only a detached signature over plain data counts", "[cms]") {
  Workshop shop;
  shop.make("a", p256, leaf_extensions);
  const std::vector<Certificate> trusted{shop.certificate("a")};
  CHECK_THROWS_AS(verify_with(shop.sign("a", "-cades -md sha256 -nodetach"), content, trusted), TrustError);
  CHECK_THROWS_AS(verify_with(shop.sign("a", "-cades -md sha256 -econtent_type 1.2.3.4"), content, trusted),
                  TrustError);
  shop.openssl("cms -encrypt -binary -in content -outform DER -out sealed -aes256 a.pem");
  CHECK_THROWS_AS(verify_with(read(shop.path("sealed")), content, trusted), TrustError);
  shop.openssl("crl2pkcs7 -nocrl -certfile a.pem -outform DER -out certificates");
  CHECK_THROWS_WITH(verify_with(read(shop.path("certificates")), content, trusted), Catch::Contains("0 signers"));
}

TEST_CASE("signed attributes cannot be passed off as the content they were signed with", "[cms]") {
  // RELIABILITY 3.3, trap 1 (ePrint 2023/1801): without its signed attributes, a signature is one over their
  // DER form, which OpenSSL confirms.
  Workshop shop;
  shop.make("a", p256, leaf_extensions);
  const std::string good = shop.sign("a");
  std::string_view rest = good;
  Der message = Der::parse(rest);
  REQUIRE(message.bytes() == good);
  Der& signer = message.parts.at(1).parts.at(0).parts.back().parts.at(0);
  REQUIRE(signer.parts.at(3).tag == 0xA0);
  Der attributes = signer.parts[3];
  attributes.tag = 0x31;
  signer.parts.erase(signer.parts.begin() + 3);
  write(shop.path("forged.p7s"), message.bytes());
  write(shop.path("forged"), attributes.bytes());
  // The attack is real here; otherwise this test would show nothing.
  shop.openssl(
      "cms -verify -binary -inform DER -in forged.p7s -content forged -CAfile a.pem -partial_chain -purpose any");
  CHECK_THROWS_WITH(verify_with(message.bytes(), attributes.bytes(), {shop.certificate("a")}),
                    Catch::Contains("signed attribute"));
}

TEST_CASE("the system's trusted certificates play no part", "[cms]") {
  Workshop shop;
  shop.make("ca", p256, ca_extensions);
  shop.make("stranger", p256, leaf_extensions, "ca");
  shop.make("ours", p256, leaf_extensions);
  const std::string signature = shop.sign("stranger");
  std::filesystem::create_directory(shop.path("store"));
  std::filesystem::copy_file(shop.path("ca.pem"), shop.path("store/ca.pem"));
  shop.openssl("rehash store");
  ::setenv("SSL_CERT_FILE", shop.path("ca.pem").c_str(), 1);
  ::setenv("SSL_CERT_DIR", shop.path("store").c_str(), 1);
  // For the openssl program the system now trusts the stranger's authority.
  shop.openssl("cms -verify -binary -inform DER -in stranger.p7s -content content -purpose any");
  CHECK_THROWS_AS(verify_with(signature, content, {shop.certificate("ours")}), TrustError);
  CHECK_THROWS_AS(verify_with(signature, content, {}), TrustError);
  ::unsetenv("SSL_CERT_FILE");
  ::unsetenv("SSL_CERT_DIR");
}

TEST_CASE("PSS is accepted with one digest throughout and a salt as long as it", "[cms]") {
  Workshop shop;
  shop.make("rsa", "rsa:3072", leaf_extensions);
  const std::vector<Certificate> trusted{shop.certificate("rsa")};
  const std::string pss = "-cades -keyopt rsa_padding_mode:pss ";
  for (const char* good : {"-md sha256", "-md sha256 -keyopt rsa_pss_saltlen:32", "-md sha384 -keyopt rsa_pss_saltlen:48",
                           "-md sha512 -keyopt rsa_mgf1_md:sha512"}) {
    INFO(good);
    CHECK_NOTHROW(verify_with(shop.sign("rsa", pss + good), content, trusted));
  }
  for (const char* bad : {"-md sha256 -keyopt rsa_mgf1_md:sha512", "-md sha256 -keyopt rsa_mgf1_md:sha1",
                          "-md sha256 -keyopt rsa_pss_saltlen:31", "-md sha256 -keyopt rsa_pss_saltlen:0"}) {
    INFO(bad);
    CHECK_THROWS_WITH(verify_with(shop.sign("rsa", pss + bad), content, trusted), Catch::Contains("PSS"));
  }
  CHECK_THROWS_WITH(verify_with(shop.sign("rsa", pss + "-md sha1"), content, trusted),
                    Catch::Contains("digest algorithm is SHA1"));
}

TEST_CASE("PSS parameters that are left out, and so mean SHA-1, are refused", "[cms]") {
  Workshop shop;
  shop.make("rsa", "rsa:3072", leaf_extensions);
  const std::string good = shop.sign("rsa", "-cades -md sha256 -keyopt rsa_padding_mode:pss");
  std::string_view rest = good;
  Der message = Der::parse(rest);
  Der& parameters = message.parts.at(1).parts.at(0).parts.back().parts.at(0).parts.at(4).parts.at(1);
  REQUIRE(parameters.tag == 0x30);
  REQUIRE(parameters.parts.size() == 3);
  const std::vector<Der> whole = parameters.parts;
  for (std::size_t keep = 0; keep < 3; ++keep) {
    parameters.parts = {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(keep)};
    CHECK_THROWS_AS(verify_with(message.bytes(), content, {shop.certificate("rsa")}), TrustError);
  }
}

TEST_CASE("we sign with the padding and the digest that fit the key", "[cms]") {
  Workshop shop;
  shop.make("p384", "ec -pkeyopt ec_paramgen_curve:P-384", leaf_extensions);
  shop.make("p256", p256, leaf_extensions);
  shop.make("rsa", "rsa:3072", leaf_extensions);
  shop.make("only-pss", "rsa-pss -pkeyopt rsa_keygen_bits:3072", leaf_extensions);
  const Time now = SystemClock().now();
  const auto check = [&](const char* name, bool prefers_pss, SignatureAlgorithm algorithm, const std::string& digest) {
    INFO(name);
    const std::string signature = cms_sign(content, shop.signer(name), now, prefers_pss);
    SignaturePolicy policy;
    policy.trusted = {shop.certificate(name)};
    for (const SignatureAlgorithm allowed : all_signature_algorithms()) {
      policy.algorithms = {allowed};
      CHECK((code_of([&] { static_cast<void>(cms_verify(signature, content, policy)); }) == ExitCode::done) ==
            (allowed == algorithm));
    }
    policy.algorithms.clear();
    CHECK_THROWS_WITH(cms_verify(signature, content, policy), Catch::Contains(std::string(name_of(algorithm))));
    write(shop.path("ours.p7s"), signature);
    // Stock openssl agrees, with both flags that keep the system's certificates out.
    shop.openssl(std::string("cms -verify -binary -inform DER -in ours.p7s -content content -partial_chain -purpose any "
                             "-no-CApath -no-CAstore -out /dev/null -CAfile ") +
                 name + ".pem");
    CHECK(run("cd " + shop.path("").native() + " && openssl cms -cmsout -print -inform DER -in ours.p7s | " +
              "grep -A1 digestAlgorithms | grep -q 'algorithm: " + digest + "'"));
  };
  check("p256", false, SignatureAlgorithm::ecdsa_p256, "sha256");
  check("p384", false, SignatureAlgorithm::ecdsa_p384, "sha384");
  check("p384", true, SignatureAlgorithm::ecdsa_p384, "sha384");
  check("rsa", false, SignatureAlgorithm::rsa_pkcs1, "sha256");
  check("rsa", true, SignatureAlgorithm::rsa_pss, "sha256");
  check("only-pss", false, SignatureAlgorithm::rsa_pss, "sha256");
}

TEST_CASE("a signer named by key identifier is accepted, and no byte of that signature can be changed", "[cms]") {
  Workshop shop;
  shop.make("a", p256, leaf_extensions);
  const std::vector<Certificate> trusted{shop.certificate("a")};
  const std::string signature = shop.sign("a", "-cades -md sha256 -keyid");
  REQUIRE(verify_with(signature, content, trusted).key_id == trusted[0].key_id());
  for (std::size_t at = 0; at < signature.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x40U}) {
      std::string changed = signature;
      changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ flip);
      if (code_of([&] { verify_with(changed, content, trusted); }) != ExitCode::trust) FAIL_CHECK("byte " << at);
    }
  }
}

TEST_CASE("an object identifier is written with dots and numbers in one way only", "[cms]") {
  for (const char* good : {"1.3.6.1.5.5.7.3.3", "2.5.29.37", "1.3.6.1.4.1.99999.1", "0.9.2342", "2.999"})
    CHECK(is_object_identifier(good));
  for (const char* bad : {"", "codeSigning", "1", "1.", ".1", "1..3", "1.3.", "3.1", "1.40", "1 3 6", "1.3 6", "1.3.06",
                          "1.3.-1", " 1.3", "1.3\n", "1.3.x"}) {
    INFO(bad);
    CHECK_FALSE(is_object_identifier(bad));
  }
}
