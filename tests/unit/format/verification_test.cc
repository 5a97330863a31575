// SPDX-License-Identifier: Apache-2.0
// Which signatures count, and for what. The threshold and the manifest itself: trust_test.cc.
#include "format/verification.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "common/error.h"
#include "format/bundle.h"
#include "tests/unit/common/workshop.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/trust_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

std::size_t count(const std::vector<std::string>& signatures, const Role& role) {
  const RoleSignatures found = count_signatures(content, signatures, role);
  UNSCOPED_INFO(found.faults);
  return found.counted.size();
}

// The count is the same in every order of signatures and of the role's certificates.
void check_count(std::vector<std::string> signatures, Role role, std::size_t expected) {
  std::vector<std::size_t> order(signatures.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    std::vector<std::string> shuffled;
    for (const std::size_t at : order) shuffled.push_back(signatures[at]);
    for (std::size_t turn = 0; turn < std::max<std::size_t>(1, role.certificates.size()); ++turn) {
      CHECK(count(shuffled, role) == expected);
      if (!role.certificates.empty())
        std::rotate(role.certificates.begin(), role.certificates.begin() + 1, role.certificates.end());
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

// An authority over two signers and over another authority, which has two of its own.
struct Pki {
  Pki() {
    shop.make("root", p256, ca_extensions);
    shop.make("mid", p256, ca_extensions, "root");
    shop.make("a", p256, leaf_extensions, "root");
    shop.make("b", p256, leaf_extensions, "root");
    shop.make("c", p256, leaf_extensions, "mid");
    shop.make("d", p256, leaf_extensions, "mid");
    now = Time{SystemClock().now().seconds + 60};  // certificates hold only from when they were made
  }
  [[nodiscard]] Role role(const std::vector<std::string>& names) const {
    Role made;
    for (const std::string& name : names) made.certificates.push_back(shop.certificate(name));
    return made;
  }
  [[nodiscard]] std::string sign(const std::string& name, std::string_view bytes = content) const {
    return cms_sign(bytes, shop.signer(name, {"mid", "root"}), now);
  }
  [[nodiscard]] Digest key(const std::string& name) const { return shop.certificate(name).key_id(); }

  Workshop shop;
  Time now;
};

// Certificates of a workshop hold only from now on.
std::string manifest_at(Time time) { return encode(small_manifest(time)); }

ExitCode verify(const TrustFile& trust, std::vector<std::string> signatures, const std::string& bytes,
                const VerifyOptions& options = {}) {
  return code_of([&] { static_cast<void>(verify_manifest({bytes, std::move(signatures)}, trust, options)); });
}

}  // namespace

TEST_CASE("each key of a role counts once, in whatever order signatures come", "[verification]") {
  const std::vector<Holder> holders(3);
  const Role role = role_of(holders);
  const std::string one = holders[0].sign(content);
  const std::string two = holders[1].sign(content);
  check_count({}, role, 0);
  check_count({one, two}, role, 2);
  check_count({one, one, two}, role, 2);
  check_count({one, holders[0].sign(content), "junk", two}, role, 2);
  check_count({Holder().sign(content)}, role, 0);
  const RoleSignatures found = count_signatures(content, std::vector<std::string>{one, one, "junk"}, role);
  REQUIRE(found.counted.size() == 1);
  CHECK(found.counted[0].role_key == holders[0].id());
  CHECK(found.counted[0].signature.key_id == holders[0].id());
  CHECK(contains(found.faults, "signature 2: "));
  CHECK(contains(found.faults, "signature 3: "));
}

TEST_CASE("an authority counts once, however many certificates it issued", "[verification]") {
  const Pki pki;
  check_count({pki.sign("a")}, pki.role({"root"}), 1);
  check_count({pki.sign("a"), pki.sign("b"), pki.sign("c")}, pki.role({"root"}), 1);
  Role pinned;
  pinned.pins = {pki.key("root")};
  check_count({pki.sign("a"), pki.sign("b")}, pinned, 1);
  CHECK(count_signatures(content, std::vector<std::string>{pki.sign("a")}, pinned).counted.at(0).role_key ==
        pki.key("root"));
}

TEST_CASE("one signature counts once although its signer and the authority above are both in the role",
          "[verification]") {
  const Pki pki;
  check_count({pki.sign("a")}, pki.role({"root", "a"}), 1);
  CHECK(count_signatures(content, std::vector<std::string>{pki.sign("a")}, pki.role({"root", "a"}))
            .counted.at(0)
            .role_key == pki.key("a"));
  // The authority is left for a signer who needs it.
  check_count({pki.sign("a"), pki.sign("b")}, pki.role({"root", "a"}), 2);
  check_count({pki.sign("a"), pki.sign("b"), pki.sign("c")}, pki.role({"root", "a"}), 2);
}

TEST_CASE("a signature rests on the nearest authority of the role, so another stays free", "[verification]") {
  const Pki pki;
  check_count({pki.sign("c"), pki.sign("a")}, pki.role({"root", "mid"}), 2);
  Role pinned;
  pinned.pins = {pki.key("root"), pki.key("mid")};
  check_count({pki.sign("c"), pki.sign("a")}, pinned, 2);
}

TEST_CASE("one stolen authority cannot reach two, not even with the one above it in the role", "[verification]") {
  const Pki pki;
  // Whoever has the key of "mid" can issue "c" and "d".
  check_count({pki.sign("c"), pki.sign("d")}, pki.role({"root", "mid"}), 1);
}

TEST_CASE("an authority's own signature and one of a signer below it are of one key", "[verification]") {
  Pki pki;
  pki.shop.make("both", p256,
                "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,digitalSignature\n"
                "extendedKeyUsage=codeSigning\n",
                "root");
  pki.shop.make("below", p256, leaf_extensions, "both");
  const std::string own = pki.sign("both");
  const std::string below = cms_sign(content, pki.shop.signer("below", {"both"}), pki.now);
  check_count({own}, pki.role({"both", "root"}), 1);
  check_count({own, below}, pki.role({"both", "root"}), 1);
}

TEST_CASE("signatures that lie beside the volumes count like those within", "[verification]") {
  const std::vector<Holder> holders(2);
  const TrustFile trust = trust_with({Holder()}, 1, holders, 2);
  const std::string bytes = encode(small_manifest());
  const std::vector<std::string> one{holders[0].sign(bytes)};
  const std::vector<std::string> two{holders[1].sign(bytes, Time{trust_time.seconds + 3 * 86'400})};
  const std::vector<std::string> both{one[0], two[0]};
  CHECK(verify(trust, one, bytes) == ExitCode::trust);
  CHECK(verify(trust, one, bytes, {two, {}}) == ExitCode::done);
  CHECK(verify(trust, {}, bytes, {both, {}}) == ExitCode::done);
  CHECK(verify(trust, one, bytes, {one, {}}) == ExitCode::trust);
  const VerifiedManifest verified = verify_manifest({bytes, one}, trust, {two, {}});
  REQUIRE(verified.signatures().size() == 2);
  CHECK(verified.signatures()[1].key_id == holders[1].id());
}

TEST_CASE("a revoked key signs nothing, though its signature is valid", "[verification]") {
  const std::vector<Holder> holders(3);
  TrustFile trust = trust_with({Holder()}, 1, holders, 2);
  trust.revoked.push_back({holders[0].id(), {}});
  const std::string bytes = encode(small_manifest());
  CHECK(verify(trust, {holders[0].sign(bytes), holders[1].sign(bytes)}, bytes) == ExitCode::trust);
  CHECK(verify(trust, {holders[0].sign(bytes), holders[1].sign(bytes), holders[2].sign(bytes)}, bytes) ==
        ExitCode::done);
  CHECK(contains(message_of([&] {
                   static_cast<void>(verify_manifest({bytes, {holders[0].sign(bytes), holders[1].sign(bytes)}}, trust));
                 }),
                 "is revoked"));
  // What a revoked key alone signed is not even parsed.
  CHECK(verify(trust, {holders[0].sign("hello"), holders[0].sign("hello")}, "hello") == ExitCode::trust);
}

TEST_CASE("a retired key is good for what leads up to a generation of its feeds and for nothing else",
          "[verification]") {
  const Holder holder;
  const auto verify_at = [&holder](std::uint64_t generation, const Guid& lineage,
                                   const std::vector<Revocation::From>& from) {
    TrustFile trust = trust_with({Holder()}, 1, {holder, Holder()});
    trust.revoked.push_back({holder.id(), from});
    Manifest manifest = small_manifest();
    manifest.target.generation = generation;
    manifest.lineage = lineage;
    manifest.bundle_name = bundle_name(manifest);
    return verify(trust, {holder.sign(encode(manifest))}, encode(manifest));
  };
  const std::vector<Revocation::From> from{{id(2), 6}, {id(3), 1}};
  CHECK(verify_at(5, id(2), from) == ExitCode::done);
  CHECK(verify_at(6, id(2), from) == ExitCode::trust);
  CHECK(verify_at(7, id(2), from) == ExitCode::trust);
  CHECK(verify_at(1, id(3), from) == ExitCode::trust);
  CHECK(verify_at(1, id(4), from) == ExitCode::trust);  // a feed that is not listed
}

TEST_CASE("a revoked signer or authority takes down what rests on it, and nothing beside it", "[verification]") {
  const Pki pki;
  const std::string bytes = manifest_at(pki.now);
  TrustFile trust = trust_with({Holder()}, 1, {Holder()});
  trust.exporter = pki.role({"root"});
  const auto revoking = [&](const std::string& name) {
    TrustFile changed = trust;
    changed.revoked.push_back({pki.key(name), {}});
    return changed;
  };
  CHECK(verify(trust, {pki.sign("c", bytes)}, bytes) == ExitCode::done);
  CHECK(verify(revoking("c"), {pki.sign("c", bytes)}, bytes) == ExitCode::trust);
  CHECK(verify(revoking("mid"), {pki.sign("c", bytes)}, bytes) == ExitCode::trust);
  CHECK(verify(revoking("root"), {pki.sign("c", bytes)}, bytes) == ExitCode::trust);
  CHECK(verify(revoking("mid"), {pki.sign("a", bytes)}, bytes) == ExitCode::done);
}

TEST_CASE("a signature by a revoked key does not take the place of a good one", "[verification]") {
  const Pki pki;
  const std::string bytes = manifest_at(pki.now);
  TrustFile trust = trust_with({Holder()}, 1, {Holder()});
  trust.exporter = pki.role({"root"});
  const std::vector<std::string> signatures{pki.sign("a", bytes), pki.sign("b", bytes)};
  REQUIRE(verify(trust, signatures, bytes) == ExitCode::done);
  trust.revoked = {{pki.key("a"), {}}};
  CHECK(verify(trust, signatures, bytes) == ExitCode::done);
  trust.revoked = {{pki.key("a"), {{id(2), 5}}}};  // from the generation that this bundle leads to
  CHECK(verify(trust, signatures, bytes) == ExitCode::done);
  // Nor does one from before the bundle.
  trust.revoked.clear();
  const Time later{pki.now.seconds + 3600};
  const std::string late = manifest_at(later);
  const std::string good = cms_sign(late, pki.shop.signer("b"), later);
  CHECK(verify(trust, {pki.sign("a", late), good}, late) == ExitCode::done);
}

TEST_CASE("a bundle of an epoch that the trust file does not know is refused", "[verification]") {
  const Holder holder;
  TrustFile trust = trust_with({Holder()}, 1, {holder});
  trust.epoch = 2;
  for (const std::uint64_t epoch : {0U, 1U, 2U, 3U}) {
    Manifest manifest = small_manifest();
    manifest.epoch = epoch;
    CHECK(verify(trust, {holder.sign(encode(manifest))}, encode(manifest)) ==
          (epoch <= 2 ? ExitCode::done : ExitCode::trust));
  }
}

TEST_CASE("a trust file can demand a later format than a bundle has", "[verification]") {
  const Holder holder;
  TrustFile trust = trust_with({Holder()}, 1, {holder});
  const std::string bytes = encode(small_manifest());
  for (const char* accepted : {"0.9", "1.0"}) {
    trust.minimum_format = accepted;
    CHECK(verify(trust, {holder.sign(bytes)}, bytes) == ExitCode::done);
  }
  for (const char* later : {"1.1", "1.10", "2.0"}) {
    trust.minimum_format = later;
    CHECK(verify(trust, {holder.sign(bytes)}, bytes) == ExitCode::trust);
  }
}

TEST_CASE("certificates can be judged at another time than the signing time", "[verification]") {
  const Pki pki;  // certificates for 30 days
  const std::string bytes = manifest_at(pki.now);
  TrustFile trust = trust_with({Holder()}, 1, {Holder()});
  trust.exporter = pki.role({"root"});
  const std::vector<std::string> signatures{pki.sign("a", bytes)};
  CHECK(verify(trust, signatures, bytes, {{}, Time{pki.now.seconds + 29 * 86'400}}) == ExitCode::done);
  CHECK(verify(trust, signatures, bytes, {{}, Time{pki.now.seconds + 31 * 86'400}}) == ExitCode::trust);
  CHECK(verify(trust, signatures, bytes) == ExitCode::done);
}

TEST_CASE("a role decides the padding that is signed with, the purpose and the algorithms", "[verification]") {
  Workshop shop;
  shop.make("rsa", "rsa:3072", leaf_extensions);
  Role role;
  role.certificates = {shop.certificate("rsa")};
  const Time now = SystemClock().now();
  const auto sign_and_count = [&](const Role& signing, const Role& counting) {
    return count({sign_for(signing, content, shop.signer("rsa"), now)}, counting);
  };
  Role pss = role;
  pss.algorithms = {SignatureAlgorithm::rsa_pss};
  Role pkcs1 = role;
  pkcs1.algorithms = {SignatureAlgorithm::rsa_pkcs1};
  CHECK(sign_and_count(pss, pss) == 1);
  CHECK(sign_and_count(pkcs1, pkcs1) == 1);
  CHECK(sign_and_count(role, role) == 1);
  CHECK(sign_and_count(pss, pkcs1) == 0);
  CHECK(sign_and_count(pkcs1, pss) == 0);
  Role other = role;
  other.purpose = "1.3.6.1.4.1.99999.1";
  CHECK(sign_and_count(role, other) == 0);
  Role listed = role;
  listed.needs_crl = true;
  CHECK(sign_and_count(listed, listed) == 0);
}

TEST_CASE("a bundle's name follows from its parts, and names are safe", "[verification]") {
  const Holder holder;
  const auto code_with = [&holder](const std::function<void(Manifest&)>& change) {
    Manifest manifest = small_manifest();
    change(manifest);
    const std::string bytes = encode(manifest);
    return verify(trust_with({Holder()}, 1, {holder}), {holder.sign(bytes)}, bytes);
  };
  CHECK(code_with([](Manifest&) {}) == ExitCode::done);
  CHECK(code_with([](Manifest& manifest) { manifest.bundle_name = "all_g7-g8_delta"; }) == ExitCode::damaged);
  CHECK(code_with([](Manifest& manifest) { manifest.bundle_name = "../all_g0-g5_full"; }) == ExitCode::damaged);
  CHECK(code_with([](Manifest& manifest) {
          manifest.feed = "..";
          manifest.bundle_name = bundle_name(manifest);
        }) == ExitCode::damaged);
  CHECK(code_with([](Manifest& manifest) {
          manifest.recipients = {"../plant"};
          manifest.bundle_name = bundle_name(manifest);
        }) == ExitCode::damaged);
}
