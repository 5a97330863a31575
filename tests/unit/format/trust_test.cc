// SPDX-License-Identifier: Apache-2.0
#include "format/trust.h"

#include <catch2/catch.hpp>

#include <cctype>

#include "common/error.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/trust_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

TrustFile trust_in(const std::vector<Holder>& exporters, std::uint64_t threshold) {
  return trust_with({Holder()}, 1, exporters, threshold);
}

std::string sign(const Holder& signer, Time time = trust_time, const std::string& bytes = encode(small_manifest())) {
  return signer.sign(bytes, time);
}

ExitCode outcome(const TrustFile& trust, std::vector<std::string> signatures,
                const std::string& bytes = encode(small_manifest())) {
  return code_of([&] { static_cast<void>(verify_manifest({bytes, std::move(signatures)}, trust)); });
}

std::string to_upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string with(std::string bytes, const std::string& from, const std::string& to) {
  const auto at = bytes.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  return bytes.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a trust file says after reading what it said before writing", "[trust]") {
  const std::vector<Holder> signers(2);
  const TrustFile trust = trust_in(signers, 2);
  const TrustFile again = parse_trust(encode(trust));
  CHECK(encode(again) == encode(trust));
  CHECK(again.version == 1);
  CHECK(again.lineage == id(1));
  CHECK(again.created == trust_time);
  CHECK(again.exporter.threshold == 2);
  REQUIRE(again.exporter.certificates.size() == 2);
  CHECK(again.exporter.certificates[1].der() == signers[1].certificate.der());
}

TEST_CASE("only the canonical bytes are a trust file", "[trust]") {
  const std::string good = encode(trust_in({Holder()}, 1));
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
  const std::string good = encode(trust_in({Holder()}, 1));
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
  const std::vector<Holder> signers(2);
  CHECK_NOTHROW(parse_trust(encode(trust_in(signers, 2))));
  CHECK_THROWS_AS(parse_trust(encode(trust_in(signers, 0))), TrustError);
  CHECK_THROWS_AS(parse_trust(encode(trust_in(signers, 3))), TrustError);
  CHECK_THROWS_AS(parse_trust(encode(trust_in({}, 1))), TrustError);
}

TEST_CASE("a key that is named twice is refused, also with two certificates", "[trust]") {
  const Holder signer;
  Holder renamed = signer;
  renamed.certificate = Certificate::self_signed(signer.key, "another name", trust_time);
  CHECK_THROWS_WITH(parse_trust(encode(trust_in({signer, signer}, 2))), Catch::Contains("twice"));
  CHECK_THROWS_WITH(parse_trust(encode(trust_in({signer, renamed}, 2))), Catch::Contains("twice"));
}

TEST_CASE("every field of a trust file survives its text form", "[trust]") {
  TrustFile trust = trust_in(std::vector<Holder>(2), 2);
  trust.version = 7;
  trust.epoch = 3;
  trust.minimum_format = "0.9";
  trust.broadcast = false;
  trust.root.needs_crl = true;
  trust.root.purpose = "1.3.6.1.4.1.99999.1";
  trust.root.algorithms = {SignatureAlgorithm::ecdsa_p384};
  trust.exporter.algorithms = {SignatureAlgorithm::ecdsa_p256, SignatureAlgorithm::rsa_pss};
  trust.exporter.pins = {sha256("one"), sha256("two")};
  trust.revoked = {{sha256("three"), {}}, {sha256("one"), {{id(5), 9}, {id(6), 1}}}};
  const TrustFile again = parse_trust(encode(trust));
  CHECK(encode(again) == encode(trust));
  CHECK(again.version == 7);
  CHECK(again.epoch == 3);
  CHECK(again.minimum_format == "0.9");
  CHECK_FALSE(again.broadcast);
  CHECK(again.root.needs_crl);
  CHECK_FALSE(again.exporter.needs_crl);
  CHECK(again.root.purpose == "1.3.6.1.4.1.99999.1");
  CHECK(again.exporter.purpose == code_signing_purpose);
  CHECK(again.root.algorithms == trust.root.algorithms);
  CHECK(again.exporter.algorithms == trust.exporter.algorithms);
  CHECK(again.exporter.pins == trust.exporter.pins);
  CHECK(again.revoked == trust.revoked);
  CHECK(again.exporter.keys().size() == 4);
}

TEST_CASE("a value that a trust file cannot have is refused", "[trust]") {
  TrustFile trust = trust_in({Holder()}, 1);
  trust.exporter.pins = {sha256("pin")};
  trust.revoked = {{sha256("lost"), {{id(5), 9}}}};
  const std::string good = encode(trust);
  REQUIRE_NOTHROW(parse_trust(good));
  const std::string algorithms = "algorithms=\"ecdsa-p256 ecdsa-p384 rsa-pkcs1 rsa-pss\"";
  const auto with_algorithms = [&](const std::string& list) {
    return with(good, algorithms, "algorithms=\"" + list + "\"");
  };
  REQUIRE_NOTHROW(parse_trust(with_algorithms("ecdsa-p256 rsa-pss")));
  const std::string purpose = "purpose=\"1.3.6.1.5.5.7.3.3\"";
  const std::string pin = sha256("pin").hex();
  for (const std::string& bad : {with_algorithms(""),
                                 with_algorithms("md5"),
                                 with_algorithms("ecdsa-p256 ed25519"),
                                 with_algorithms("rsa-pss ecdsa-p256"),
                                 with_algorithms("ecdsa-p256 ecdsa-p256"),
                                 with_algorithms("ecdsa-p256  rsa-pss"),
                                 with_algorithms("ecdsa-p256,rsa-pss"),
                                 with_algorithms("ECDSA-P256"),
                                 with(good, purpose, "purpose=\"codeSigning\""),
                                 with(good, purpose, "purpose=\"\""),
                                 with(good, purpose, "purpose=\"1.3.6.1.5.5.7.3.3 \""),
                                 with(good, purpose, "purpose=\"1 3 6 1\""),
                                 with(good, "crl=\"none\"", "crl=\"no\""),
                                 with(good, "crl=\"none\"", "crl=\"\""),
                                 with(good, "crl=\"none\"", "crl=\"Required\""),
                                 with(good, "broadcast=\"yes\"", "broadcast=\"true\""),
                                 with(good, "epoch=\"0\"", "epoch=\"-1\""),
                                 with(good, "epoch=\"0\"", "epoch=\"9007199254740992\""),
                                 with(good, "minimum-format=\"1.0\"", "minimum-format=\"one\""),
                                 with(good, "version=\"1\"", "version=\"0\""),
                                 with(good, "version=\"1\"", "version=\"1025\""),
                                 with(good, pin, pin.substr(1)),
                                 with(good, "generation=\"9\"", "generation=\"many\""),
                                 with(good, "<from ", "<until ")}) {
    INFO(bad.substr(0, 400));
    CHECK(code_of([&] { static_cast<void>(parse_trust(bad)); }) == ExitCode::trust);
  }
}

TEST_CASE("a key is revoked once, and for a feed from one generation on", "[trust]") {
  TrustFile trust = trust_in({Holder()}, 1);
  const Digest lost = sha256("lost");
  const auto code_with = [&trust](const std::vector<Revocation>& revoked) {
    trust.revoked = revoked;
    return code_of([&] { static_cast<void>(parse_trust(encode(trust))); });
  };
  CHECK(code_with({{lost, {}}, {sha256("other"), {}}}) == ExitCode::done);
  CHECK(code_with({{lost, {}}, {lost, {}}}) == ExitCode::trust);
  CHECK(code_with({{lost, {{id(5), 9}}}, {lost, {}}}) == ExitCode::trust);
  CHECK(code_with({{lost, {{id(5), 9}, {id(6), 9}}}}) == ExitCode::done);
  CHECK(code_with({{lost, {{id(5), 9}, {id(5), 4}}}}) == ExitCode::trust);
}

TEST_CASE("keys that are revoked do not help to reach a threshold", "[trust]") {
  const std::vector<Holder> signers(3);
  TrustFile trust = trust_in(signers, 2);
  const auto code = [&trust] { return code_of([&] { static_cast<void>(parse_trust(encode(trust))); }); };
  trust.revoked = {{signers[0].certificate.key_id(), {}}};
  CHECK(code() == ExitCode::done);
  trust.revoked.push_back({signers[1].certificate.key_id(), {{id(5), 9}}});  // retired counts as gone
  CHECK(code() == ExitCode::trust);
  trust.exporter.pins = {sha256("a pin")};
  CHECK(code() == ExitCode::done);
  trust.revoked.push_back({sha256("a pin"), {}});
  CHECK(code() == ExitCode::trust);
  trust = trust_in(signers, 2);
  trust.revoked = {{trust.root.certificates[0].key_id(), {}}};  // the root role has one key
  CHECK(code() == ExitCode::trust);
}

TEST_CASE("a role has at most 32 keys, certificates and pins together, and none twice", "[trust]") {
  const Holder signer;
  TrustFile trust = trust_in({signer}, 1);
  for (int i = 1; i < 32; ++i) trust.exporter.pins.push_back(sha256(std::to_string(i)));
  CHECK_NOTHROW(parse_trust(encode(trust)));
  trust.exporter.pins.push_back(sha256("one more"));
  CHECK_THROWS_WITH(parse_trust(encode(trust)), Catch::Contains("at most 32"));
  trust.exporter.pins = {signer.certificate.key_id()};
  CHECK_THROWS_WITH(parse_trust(encode(trust)), Catch::Contains("twice"));
  trust.exporter.pins = {sha256("pin"), sha256("pin")};
  CHECK_THROWS_WITH(parse_trust(encode(trust)), Catch::Contains("twice"));
}

TEST_CASE("a key that is revoked for some feeds from a generation on is revoked for all others", "[trust]") {
  TrustFile trust = trust_in({Holder()}, 1);
  const Digest stolen = sha256("stolen");
  const Digest retired = sha256("retired");
  trust.revoked = {{stolen, {}}, {retired, {{id(5), 9}, {id(6), 0}}}};
  CHECK(trust.is_revoked(stolen, id(5), 0));
  CHECK(trust.is_revoked_entirely(stolen));
  CHECK_FALSE(trust.is_revoked(retired, id(5), 8));
  CHECK(trust.is_revoked(retired, id(5), 9));
  CHECK(trust.is_revoked(retired, id(5), 10));
  CHECK(trust.is_revoked(retired, id(6), 0));
  CHECK(trust.is_revoked(retired, id(7), 1));
  CHECK_FALSE(trust.is_revoked_entirely(retired));
  CHECK_FALSE(trust.is_revoked(sha256("another"), id(5), 9));
  CHECK_FALSE(trust.is_revoked_entirely(sha256("another")));
}

TEST_CASE("a fingerprint is recognized in both forms however it is typed, and no other is", "[trust]") {
  const std::string bytes = encode(trust_in({Holder()}, 1));
  const std::string digits = fingerprint(bytes);
  const std::string words = fingerprint_words(bytes);
  CHECK(words.size() == 16 * 5 + 15);
  const auto changed = [](std::string text, char from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, 1, to);
    return text;
  };
  for (const std::string& good :
       {digits, changed(digits, ' ', ""), changed(digits, ' ', ":"), changed(digits, ' ', "\n  "), to_upper(digits),
        words, changed(words, '-', " "), changed(words, '-', ""), to_upper(words), " " + words + "\n"}) {
    INFO(good);
    CHECK(is_fingerprint(good, bytes));
  }
  std::string other = digits;
  other[0] = other[0] == '0' ? '1' : '0';
  for (const std::string& bad : {std::string(), std::string(" - : "), other, digits.substr(0, digits.size() - 1),
                                 digits + "0", words.substr(6), words + "-" + words.substr(0, 5), words + digits}) {
    INFO(bad);
    CHECK_FALSE(is_fingerprint(bad, bytes));
  }
  CHECK_FALSE(is_fingerprint(digits, bytes + " "));
}

TEST_CASE("a fingerprint can be read aloud and differs with every file", "[trust]") {
  const std::string bytes = encode(trust_in({Holder()}, 1));
  const std::string text = fingerprint(bytes);
  CHECK(text.size() == 16 * 4 + 15);
  CHECK(text.substr(0, 4) == sha256(bytes).hex().substr(0, 4));
  CHECK(text[4] == ' ');
  CHECK(fingerprint(bytes + " ") != text);
  CHECK(trust_file_name(1) == "trust-0001.xml");
  CHECK(trust_signature_name(2, 1) == "trust-0002.01.p7s");
}

TEST_CASE("a manifest is verified by a key of the exporter role and by no other", "[trust]") {
  const Holder signer;
  const TrustFile trust = trust_in({signer}, 1);
  const VerifiedManifest verified = verify_manifest({encode(small_manifest()), {sign(signer)}}, trust);
  CHECK(verified.get() == small_manifest());
  CHECK(verified.digest() == sha256(encode(small_manifest())));
  REQUIRE(verified.signatures().size() == 1);
  CHECK(verified.signatures()[0].key_id == signer.certificate.key_id());
  CHECK(outcome(trust, {}) == ExitCode::trust);
  CHECK(outcome(trust, {sign(Holder())}) == ExitCode::trust);
  CHECK(outcome(trust, {""}) == ExitCode::trust);
}

TEST_CASE("the root key signs trust files and not bundles", "[trust]") {
  const Holder root;
  TrustFile trust = trust_in({Holder()}, 1);
  trust.root.certificates = {root.certificate};
  CHECK(outcome(trust, {sign(root)}) == ExitCode::trust);
}

TEST_CASE("the threshold counts distinct keys, not signatures", "[trust]") {
  const std::vector<Holder> signers(3);
  const TrustFile trust = trust_in(signers, 2);
  CHECK(outcome(trust, {sign(signers[0])}) == ExitCode::trust);
  CHECK(outcome(trust, {sign(signers[0]), sign(signers[0])}) == ExitCode::trust);
  // Another certificate of the same key is the same key.
  Holder renamed = signers[0];
  renamed.certificate = Certificate::self_signed(renamed.key, "another name", trust_time);
  CHECK(outcome(trust, {sign(signers[0]), sign(renamed)}) == ExitCode::trust);
  CHECK(outcome(trust, {sign(signers[0]), sign(signers[2])}) == ExitCode::done);
  CHECK(outcome(trust, {sign(signers[2]), sign(signers[1]), sign(signers[0])}) == ExitCode::done);
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
  write(scratch / "manifest", encode(small_manifest()));
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
  TrustFile trust = trust_in({Holder()}, 2);
  trust.exporter.certificates.push_back(Certificate::from_pem(read(scratch / "ca.pem")));
  // Either the trust file is refused for naming an authority, or the two leaves do not count twice.
  const ExitCode code = code_of([&] {
    static_cast<void>(verify_manifest({encode(small_manifest()), signatures}, parse_trust(encode(trust))));
  });
  CHECK(code == ExitCode::trust);
}

TEST_CASE("a junk signature neither helps nor harms", "[trust]") {
  const std::vector<Holder> signers(2);
  const TrustFile trust = trust_in(signers, 2);
  const std::vector<std::string> junk{"",
                                      "junk",
                                      std::string(max_signature_bytes + 1, '0'),
                                      sign(Holder()),
                                      sign(signers[0], trust_time, "other content"),
                                      sign(signers[0]) + "x"};
  for (const std::string& bad : junk) {
    CHECK(outcome(trust, {bad, sign(signers[0]), sign(signers[1])}) == ExitCode::done);
    CHECK(outcome(trust, {sign(signers[0]), bad, sign(signers[1])}) == ExitCode::done);
    CHECK(outcome(trust, {sign(signers[0]), bad}) == ExitCode::trust);
  }
}

TEST_CASE("a refusal tells the fault of each signature", "[trust]") {
  const std::vector<Holder> signers(2);
  const std::string message = message_of([&] {
    static_cast<void>(verify_manifest({encode(small_manifest()), {sign(signers[0]), "junk"}}, trust_in(signers, 2)));
  });
  CHECK(contains(message, "1 of 2 signatures are valid"));
  CHECK(contains(message, "signature 2:"));
}

TEST_CASE("no byte of a signed manifest can be changed", "[trust]") {
  const Holder signer;
  const TrustFile trust = trust_in({signer}, 1);
  const std::string good = encode(small_manifest());
  const std::string signature = sign(signer);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    CHECK(outcome(trust, {signature}, bad) == ExitCode::trust);
  }
}

TEST_CASE("a bundle cannot have been signed before it was created, ten minutes of clock aside", "[trust]") {
  const Holder signer;
  const TrustFile trust = trust_in({signer}, 1);
  CHECK(outcome(trust, {sign(signer, Time{trust_time.seconds - 601})}) == ExitCode::trust);
  CHECK(outcome(trust, {sign(signer, Time{trust_time.seconds - 600})}) == ExitCode::done);
  CHECK(outcome(trust, {sign(signer, Time{trust_time.seconds + 86400})}) ==
        ExitCode::done);  // a second person, a day later
}

TEST_CASE("what is signed and is no manifest is damaged; what is too new says so", "[trust]") {
  const Holder signer;
  const TrustFile trust = trust_in({signer}, 1);
  CHECK(outcome(trust, {sign(signer, trust_time, "hello")}, "hello") == ExitCode::damaged);
  const std::string newer = with(encode(small_manifest()), "format-version=\"1.0\"", "format-version=\"9.0\"");
  CHECK(outcome(trust, {sign(signer, trust_time, newer)}, newer) == ExitCode::too_new);
  CHECK(outcome(trust, {}, newer) == ExitCode::trust);  // nobody's word is parsed
}
