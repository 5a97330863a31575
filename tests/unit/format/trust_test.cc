// SPDX-License-Identifier: Apache-2.0
#include "format/trust.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

const Time created = *Time::parse("2026-11-23T12:00:00Z");

struct Signing {
  PrivateKey key = PrivateKey::generate(KeyType::p256);
  Certificate certificate = Certificate::self_signed(key, "test-only", *Time::parse("2026-01-01T00:00:00Z"));
};

TrustFile trust_in(const std::vector<Signing>& exporters, std::uint64_t threshold) {
  TrustFile trust;
  trust.lineage = id(1);
  trust.created = created;
  trust.root.certificates = {Signing().certificate};
  trust.exporter.threshold = threshold;
  for (const Signing& signer : exporters) trust.exporter.certificates.push_back(signer.certificate);
  return trust;
}

Manifest manifest() {
  Manifest made;
  made.tool = "test";
  made.compressor = "none";
  made.bundle_name = "all_g0-g1_full";
  made.created = created;
  made.next_expected = created;
  made.valid_until = created;
  made.publisher_name = "hq";
  made.feed = "all";
  made.target = {1, sha256("state")};
  made.volumes = {{}};
  return made;
}

std::string sign(const Signing& signer, Time time = created, const std::string& bytes = encode(manifest())) {
  return cms_sign(bytes, {signer.key, signer.certificate}, time);
}

ExitCode verify(const TrustFile& trust, std::vector<std::string> signatures,
                const std::string& bytes = encode(manifest())) {
  return code_of([&] { static_cast<void>(verify_manifest({bytes, std::move(signatures)}, trust)); });
}

std::string with(std::string bytes, const std::string& from, const std::string& to) {
  const auto at = bytes.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  return bytes.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a trust file says after reading what it said before writing", "[trust]") {
  const std::vector<Signing> signers(2);
  const TrustFile trust = trust_in(signers, 2);
  const TrustFile again = parse_trust(encode(trust));
  CHECK(encode(again) == encode(trust));
  CHECK(again.version == 1);
  CHECK(again.lineage == id(1));
  CHECK(again.created == created);
  CHECK(again.exporter.threshold == 2);
  REQUIRE(again.exporter.certificates.size() == 2);
  CHECK(again.exporter.certificates[1].der() == signers[1].certificate.der());
}

TEST_CASE("only the canonical bytes are a trust file", "[trust]") {
  const std::string good = encode(trust_in({Signing()}, 1));
  REQUIRE_NOTHROW(parse_trust(good));
  for (const std::string& bad :
       {std::string(), good + "\n", " " + good, with(good, "threshold=\"1\"", "threshold=\"01\""),
        with(good, "version=\"1\" ", ""), with(good, "version=\"1\"", "version=\"1\" expires=\"never\""),
        with(good, "<root", " <root"), with(good, "<root", "<!-- --><root"), with(good, "trust:1", "trust:2"),
        with(good, "</exporter>", "</exporter>\n  <other/>"), with(good, "</certificate>", "\n</certificate>"),
        with(good, "key=\"", "key=\"0"), with(good, "<exporter", "<exporters"), with(good, "</root>\n", "</root>")}) {
    INFO(bad.substr(0, 300));
    CHECK(code_of([&] { static_cast<void>(parse_trust(bad)); }) == ExitCode::trust);
  }
}

TEST_CASE("no single changed byte of a trust file goes unnoticed", "[trust]") {
  const std::string good = encode(trust_in({Signing()}, 1));
  std::size_t unnoticed = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    try {
      unnoticed += encode(parse_trust(bad)) == good ? 1U : 0U;
    } catch (const TrustError&) {  // most; the rest is another valid trust file with another fingerprint
    }
  }
  CHECK(unnoticed == 0);
}

TEST_CASE("a threshold that nobody or everybody reaches is refused", "[trust]") {
  const std::vector<Signing> signers(2);
  CHECK_NOTHROW(parse_trust(encode(trust_in(signers, 2))));
  CHECK_THROWS_AS(parse_trust(encode(trust_in(signers, 0))), TrustError);
  CHECK_THROWS_AS(parse_trust(encode(trust_in(signers, 3))), TrustError);
  CHECK_THROWS_AS(parse_trust(encode(trust_in({}, 1))), TrustError);
}

TEST_CASE("a key that is named twice is refused, also with two certificates", "[trust]") {
  const Signing signer;
  Signing renamed = signer;
  renamed.certificate = Certificate::self_signed(signer.key, "another name", created);
  CHECK_THROWS_WITH(parse_trust(encode(trust_in({signer, signer}, 2))), Catch::Contains("twice"));
  CHECK_THROWS_WITH(parse_trust(encode(trust_in({signer, renamed}, 2))), Catch::Contains("twice"));
}

TEST_CASE("a fingerprint can be read aloud and differs with every file", "[trust]") {
  const std::string bytes = encode(trust_in({Signing()}, 1));
  const std::string text = fingerprint(bytes);
  CHECK(text.size() == 16 * 4 + 15);
  CHECK(text.substr(0, 4) == sha256(bytes).hex().substr(0, 4));
  CHECK(text[4] == ' ');
  CHECK(fingerprint(bytes + " ") != text);
  CHECK(trust_file_name(1) == "trust-0001.xml");
  CHECK(trust_signature_name(2, 1) == "trust-0002.01.p7s");
}

TEST_CASE("a manifest is verified by a key of the exporter role and by no other", "[trust]") {
  const Signing signer;
  const TrustFile trust = trust_in({signer}, 1);
  const VerifiedManifest verified = verify_manifest({encode(manifest()), {sign(signer)}}, trust);
  CHECK(verified.get() == manifest());
  CHECK(verified.digest() == sha256(encode(manifest())));
  REQUIRE(verified.signatures().size() == 1);
  CHECK(verified.signatures()[0].key_id == signer.certificate.key_id());
  CHECK(verify(trust, {}) == ExitCode::trust);
  CHECK(verify(trust, {sign(Signing())}) == ExitCode::trust);
  CHECK(verify(trust, {""}) == ExitCode::trust);
}

TEST_CASE("the root key signs trust files and not bundles", "[trust]") {
  const Signing root;
  TrustFile trust = trust_in({Signing()}, 1);
  trust.root.certificates = {root.certificate};
  CHECK(verify(trust, {sign(root)}) == ExitCode::trust);
}

TEST_CASE("the threshold counts distinct keys, not signatures", "[trust]") {
  const std::vector<Signing> signers(3);
  const TrustFile trust = trust_in(signers, 2);
  CHECK(verify(trust, {sign(signers[0])}) == ExitCode::trust);
  CHECK(verify(trust, {sign(signers[0]), sign(signers[0])}) == ExitCode::trust);
  // Another certificate of the same key is the same key.
  Signing renamed = signers[0];
  renamed.certificate = Certificate::self_signed(renamed.key, "another name", created);
  CHECK(verify(trust, {sign(signers[0]), sign(renamed)}) == ExitCode::trust);
  CHECK(verify(trust, {sign(signers[0]), sign(signers[2])}) == ExitCode::done);
  CHECK(verify(trust, {sign(signers[2]), sign(signers[1]), sign(signers[0])}) == ExitCode::done);
}

TEST_CASE("one authority in the role cannot reach a threshold of two by issuing two certificates", "[trust]") {
  // "Some certificates, of which `threshold` distinct keys must sign": with one of two keys stolen, a bundle
  // must still be refused. An authority as one of them can make as many distinct leaf keys as it likes.
  const Scratch scratch;
  const std::string dir = "cd " + scratch.path().native() + " && ";
  const auto extensions = [&scratch](const std::string& name, const std::string& lines) {
    write(scratch / (name + ".cnf"), "[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=ext\n[dn]\nCN=" + name +
                                         "\n[ext]\n" + lines +
                                         "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
  };
  extensions("ca", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,digitalSignature\n");
  REQUIRE(run(dir + "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem "
                    "-days 3 -config ca.cnf"));
  std::vector<std::string> signatures;
  write(scratch / "manifest", encode(manifest()));
  for (const std::string name : {"one", "two"}) {
    extensions(name, "basicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n");
    REQUIRE(run(dir + "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + name +
                ".key -out " + name + ".csr -config " + name + ".cnf && openssl x509 -req -in " + name +
                ".csr -CA ca.pem -CAkey ca.key -out " + name + ".pem -days 3 -extfile " + name +
                ".cnf -extensions ext && " +
                "openssl cms -sign -binary -cades -md sha256 -in manifest -outform DER -out " + name + ".p7s -signer " +
                name + ".pem -inkey " + name + ".key"));
    signatures.push_back(read(scratch / (name + ".p7s")));
  }
  TrustFile trust = trust_in({Signing()}, 2);
  trust.exporter.certificates.push_back(Certificate::from_pem(read(scratch / "ca.pem")));
  // Either the trust file is refused for naming an authority, or the two leaves do not count twice.
  const ExitCode code = code_of([&] {
    static_cast<void>(verify_manifest({encode(manifest()), signatures}, parse_trust(encode(trust))));
  });
  CHECK(code == ExitCode::trust);
}

TEST_CASE("a junk signature neither helps nor harms", "[trust]") {
  const std::vector<Signing> signers(2);
  const TrustFile trust = trust_in(signers, 2);
  const std::vector<std::string> junk{"",
                                      "junk",
                                      std::string(max_signature_bytes + 1, '0'),
                                      sign(Signing()),
                                      sign(signers[0], created, "other content"),
                                      sign(signers[0]) + "x"};
  for (const std::string& bad : junk) {
    CHECK(verify(trust, {bad, sign(signers[0]), sign(signers[1])}) == ExitCode::done);
    CHECK(verify(trust, {sign(signers[0]), bad, sign(signers[1])}) == ExitCode::done);
    CHECK(verify(trust, {sign(signers[0]), bad}) == ExitCode::trust);
  }
}

TEST_CASE("a refusal tells the fault of each signature", "[trust]") {
  const std::vector<Signing> signers(2);
  const std::string message = message_of([&] {
    static_cast<void>(verify_manifest({encode(manifest()), {sign(signers[0]), "junk"}}, trust_in(signers, 2)));
  });
  CHECK(contains(message, "1 of 2 signatures are valid"));
  CHECK(contains(message, "signature 2:"));
}

TEST_CASE("no byte of a signed manifest can be changed", "[trust]") {
  const Signing signer;
  const TrustFile trust = trust_in({signer}, 1);
  const std::string good = encode(manifest());
  const std::string signature = sign(signer);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    CHECK(verify(trust, {signature}, bad) == ExitCode::trust);
  }
}

TEST_CASE("a bundle cannot have been signed before it was created, ten minutes of clock aside", "[trust]") {
  const Signing signer;
  const TrustFile trust = trust_in({signer}, 1);
  CHECK(verify(trust, {sign(signer, Time{created.seconds - 601})}) == ExitCode::trust);
  CHECK(verify(trust, {sign(signer, Time{created.seconds - 600})}) == ExitCode::done);
  CHECK(verify(trust, {sign(signer, Time{created.seconds + 86400})}) ==
        ExitCode::done);  // a second person, a day later
}

TEST_CASE("what is signed and is no manifest is damaged; what is too new says so", "[trust]") {
  const Signing signer;
  const TrustFile trust = trust_in({signer}, 1);
  CHECK(verify(trust, {sign(signer, created, "hello")}, "hello") == ExitCode::damaged);
  const std::string newer = with(encode(manifest()), "format-version=\"1.0\"", "format-version=\"9.0\"");
  CHECK(verify(trust, {sign(signer, created, newer)}, newer) == ExitCode::too_new);
  CHECK(verify(trust, {}, newer) == ExitCode::trust);  // nobody's word is parsed
}
