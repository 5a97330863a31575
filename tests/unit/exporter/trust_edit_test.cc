// SPDX-License-Identifier: Apache-2.0
#include "exporter/trust_edit.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>

#include "common/error.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/trust_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::exporter;

namespace {

using Algorithms = std::vector<SignatureAlgorithm>;

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

TEST_CASE("the next version differs in number and time alone, and time never runs back", "[trust_edit]") {
  const format::TrustFile current = trust_with({Holder()}, 1, {Holder()});
  format::TrustFile next = next_version(current, Time{trust_time.seconds + 5});
  CHECK(next.version == 2);
  CHECK(next.created.seconds == trust_time.seconds + 5);
  CHECK(next_version(current, Time{0}).created == trust_time);
  next.version = 1;
  next.created = trust_time;
  CHECK(encode(next) == encode(current));
}

TEST_CASE("roles have two names", "[trust_edit]") {
  format::TrustFile trust;
  CHECK(&role_named(trust, "root") == &trust.root);
  CHECK(&role_named(trust, "exporter") == &trust.exporter);
  CHECK_THROWS_AS(role_named(trust, "Root"), UsageError);
  CHECK_THROWS_AS(role_named(trust, ""), UsageError);
}

TEST_CASE("a key is in a role once, as certificate or as pin", "[trust_edit]") {
  const Holder holder;
  format::Role role;
  add_key(role, holder.certificate);
  CHECK_THROWS_AS(add_key(role, holder.certificate), UsageError);
  CHECK_THROWS_AS(add_pin(role, holder.id()), UsageError);
  add_pin(role, sha256("pin"));
  CHECK_THROWS_AS(add_pin(role, sha256("pin")), UsageError);
  CHECK(role.keys() == std::vector<Digest>{holder.id(), sha256("pin")});
  CHECK(remove_key(role, holder.id()));
  CHECK_FALSE(remove_key(role, holder.id()));
  CHECK(remove_key(role, sha256("pin")));
  CHECK(role.keys().empty());
  CHECK_NOTHROW(add_pin(role, holder.id()));
}

TEST_CASE("a key is rotated in the role that names it and in no other", "[trust_edit]") {
  const Holder root;
  const Holder exporter;
  format::TrustFile trust = trust_with({root}, 1, {exporter});
  CHECK_NOTHROW(require_key_of(trust, "root", root.id()));
  CHECK_NOTHROW(require_key_of(trust, "exporter", exporter.id()));
  CHECK_THROWS_AS(require_key_of(trust, "exporter", root.id()), UsageError);
  CHECK_THROWS_AS(require_key_of(trust, "root", exporter.id()), UsageError);
  // Authorities certify signers whom no role names; root keys are all named.
  CHECK_NOTHROW(require_key_of(trust, "exporter", sha256("elsewhere")));
  CHECK_THROWS_AS(require_key_of(trust, "root", sha256("elsewhere")), UsageError);
  trust = trust_with({root}, 1, {root});
  CHECK_NOTHROW(require_key_of(trust, "exporter", root.id()));
  CHECK_NOTHROW(require_key_of(trust, "root", root.id()));
}

TEST_CASE("a key is found by its first digits, by all of them, and never by too few", "[trust_edit]") {
  const Holder root;
  const Holder exporter;
  const format::TrustFile trust = trust_with({root}, 1, {exporter});
  const std::string hex = exporter.id().hex();
  CHECK(find_key(trust, hex.substr(0, 8)) == exporter.id());
  CHECK(find_key(trust, upper(hex.substr(0, 12))) == exporter.id());
  CHECK(find_key(trust, hex) == exporter.id());
  CHECK(find_key(trust, root.id().hex().substr(0, 16)) == root.id());
  CHECK_THROWS_AS(find_key(trust, hex.substr(0, 7)), UsageError);
  CHECK_THROWS_AS(find_key(trust, ""), UsageError);
  CHECK_THROWS_AS(find_key(trust, "0123456789abcdef"), NotFoundError);
  CHECK_THROWS_AS(find_key(trust, "not hexadecimal"), NotFoundError);
  // A whole one may be of any key, such as one that an authority certified.
  CHECK(find_key(trust, sha256("elsewhere").hex()) == sha256("elsewhere"));
  CHECK(find_key(trust, upper(sha256("elsewhere").hex())) == sha256("elsewhere"));
  // One key in both roles is one key; two that begin alike are a question.
  CHECK(find_key(trust_with({root}, 1, {root}), root.id().hex().substr(0, 8)) == root.id());
  format::TrustFile alike = trust;
  Digest twin = exporter.id();
  twin.value[31] = static_cast<unsigned char>(twin.value[31] ^ 1U);
  alike.exporter.pins.push_back(twin);
  CHECK_THROWS_WITH(find_key(alike, hex.substr(0, 20)), Catch::Contains("more digits"));
}

TEST_CASE("a stolen key leaves its roles and counts for nothing", "[trust_edit]") {
  const Holder both;
  const Holder other;
  format::TrustFile trust = trust_with({both, other}, 1, {both, other});
  revoke_key(trust, both.id());
  CHECK(trust.root.keys() == std::vector<Digest>{other.id()});
  CHECK(trust.exporter.keys() == std::vector<Digest>{other.id()});
  CHECK(trust.is_revoked_entirely(both.id()));
  revoke_key(trust, both.id());
  CHECK(trust.revoked.size() == 1);
  CHECK_NOTHROW(format::parse_trust(encode(trust)));
}

TEST_CASE("a retired key stays in its role and counts up to the current generations", "[trust_edit]") {
  const Holder holder;
  format::TrustFile trust = trust_with({Holder()}, 1, {holder, Holder()});
  retire_key(trust, holder.id(), {{id(5), 8}, {id(6), 3}});
  CHECK(trust.exporter.certificates.size() == 2);
  CHECK_FALSE(trust.is_revoked(holder.id(), id(5), 7));
  CHECK(trust.is_revoked(holder.id(), id(5), 8));
  CHECK(trust.is_revoked(holder.id(), id(6), 3));
  CHECK_NOTHROW(format::parse_trust(encode(trust)));
  // Without a feed there is nothing on its way.
  format::TrustFile early = trust_with({Holder()}, 1, {holder, Holder()});
  retire_key(early, holder.id(), {});
  CHECK(early.is_revoked_entirely(holder.id()));
}

TEST_CASE("a key that was retired and is stolen then counts for nothing", "[trust_edit]") {
  const Holder holder;
  format::TrustFile trust = trust_with({Holder()}, 1, {holder, Holder()});
  retire_key(trust, holder.id(), {{id(5), 8}});
  revoke_key(trust, holder.id());
  CHECK(trust.is_revoked(holder.id(), id(5), 1));
  CHECK(trust.revoked.size() == 1);
}

TEST_CASE("retiring a key never makes more of its signatures count", "[trust_edit]") {
  const Holder holder;
  format::TrustFile trust = trust_with({Holder()}, 1, {holder, Holder()});
  retire_key(trust, holder.id(), {{id(5), 8}});
  retire_key(trust, holder.id(), {{id(5), 20}, {id(6), 20}});
  CHECK(trust.is_revoked(holder.id(), id(5), 8));
  CHECK(trust.is_revoked(holder.id(), id(6), 1));
  revoke_key(trust, holder.id());
  retire_key(trust, holder.id(), {{id(5), 20}});
  CHECK(trust.is_revoked_entirely(holder.id()));
  CHECK(trust.revoked.size() == 1);
}

TEST_CASE("a list of algorithms is put in order, and a name that nobody knows is refused", "[trust_edit]") {
  CHECK(parse_algorithm_list("ecdsa-p256") == Algorithms{SignatureAlgorithm::ecdsa_p256});
  CHECK(parse_algorithm_list("rsa-pss, ecdsa-p384,rsa-pss") ==
        Algorithms{SignatureAlgorithm::ecdsa_p384, SignatureAlgorithm::rsa_pss});
  CHECK(parse_algorithm_list("rsa-pss,rsa-pkcs1,ecdsa-p384,ecdsa-p256") == all_signature_algorithms());
  for (const char* bad : {"", ",", "rsa", "rsa-pss,", "ecdsa-p256 rsa-pss", "RSA-PSS", "ed25519"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_algorithm_list(bad), UsageError);
  }
}

TEST_CASE("a trust file that nobody can sign under is refused", "[trust_edit]") {
  const Holder one;
  format::TrustFile trust = trust_with({Holder()}, 1, {one, Holder()}, 2);
  CHECK_NOTHROW(require_usable(trust));
  trust.revoked.push_back({one.id(), {}});
  CHECK_THROWS_AS(require_usable(trust), UsageError);
  trust.revoked.clear();
  trust.exporter.algorithms = {SignatureAlgorithm::rsa_pss};
  CHECK_THROWS_AS(require_usable(trust), UsageError);
  trust.exporter.algorithms = {SignatureAlgorithm::ecdsa_p256};
  trust.exporter.purpose = "1.3.6.1.4.1.99999.1";
  CHECK_THROWS_AS(require_usable(trust), UsageError);
  trust.exporter.purpose = std::string(code_signing_purpose);
  trust.exporter.needs_crl = true;
  CHECK_THROWS_AS(require_usable(trust), UsageError);
  // What a pin's certificate will be like is not known.
  trust.exporter.certificates.clear();
  trust.exporter.pins = {sha256("one"), sha256("two")};
  CHECK_NOTHROW(require_usable(trust));
}
