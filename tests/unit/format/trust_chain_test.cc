// SPDX-License-Identifier: Apache-2.0
#include "format/trust_chain.h"

#include <catch2/catch.hpp>

#include <functional>

#include "common/error.h"
#include "format/limits.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/trust_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

// Version 1 with one root key, and that key.
struct Start {
  Holder root;
  Holder exporter;
  TrustFile first = trust_with({root}, 1, {exporter});
  TrustChain chain{SignedTrust{encode(first), {}}};
};

// Tries to append and says how that ended; a refusal must leave the chain as it was.
std::string refusal(TrustChain& chain, const SignedTrust& next) {
  const std::vector<SignedTrust> before = chain.files();
  const std::string current = encode(chain.current());
  try {
    chain.append(next);
    return {};
  } catch (const TrustError& error) {
    CHECK(chain.files() == before);
    CHECK(encode(chain.current()) == current);
    return error.what();
  }
}

}  // namespace

TEST_CASE("the next version, signed by the root key, is taken", "[trust_chain]") {
  Start start;
  TrustFile second = successor(start.first);
  second.epoch = 3;
  CHECK(refusal(start.chain, sign_trust(second, {start.root})).empty());
  CHECK(start.chain.current().version == 2);
  CHECK(start.chain.current().epoch == 3);
  CHECK(start.chain.anchor_version() == 1);
  CHECK(start.chain.files().size() == 2);
}

TEST_CASE("a trust file that does not follow is refused and changes nothing", "[trust_chain]") {
  Start start;
  start.first.epoch = 5;
  start.chain = TrustChain({encode(start.first), {}});
  const auto changed = [&](const std::function<void(TrustFile&)>& change) {
    TrustFile next = successor(start.first);
    change(next);
    return refusal(start.chain, sign_trust(next, {start.root}));
  };
  CHECK(contains(changed([](TrustFile& next) { next.version = 3; }), "version 3; expected 2"));
  CHECK(contains(changed([](TrustFile& next) { next.version = 1; }), "version 1; expected 2"));
  CHECK(contains(changed([](TrustFile& next) { next.lineage = id(2); }), "another publisher"));
  CHECK(contains(changed([](TrustFile& next) { next.epoch = 4; }), "epoch 4; expected 5"));
  CHECK(changed([](TrustFile& next) { next.epoch = 5; }).empty());
}

TEST_CASE("a trust file that the root keys did not sign is refused and changes nothing", "[trust_chain]") {
  Start start;
  const SignedTrust good = sign_trust(successor(start.first), {start.root});
  const auto signed_with = [&](std::vector<std::string> signatures) {
    return refusal(start.chain, {good.bytes, std::move(signatures)});
  };
  CHECK(contains(signed_with({}), "0 of 1 signatures"));
  CHECK_FALSE(signed_with({"junk"}).empty());
  CHECK_FALSE(signed_with({start.exporter.sign(good.bytes)}).empty());
  CHECK_FALSE(signed_with({Holder().sign(good.bytes)}).empty());
  CHECK_FALSE(signed_with({start.root.sign(encode(start.first))}).empty());
  CHECK(signed_with({"junk", Holder().sign(good.bytes), good.signatures[0]}).empty());
}

TEST_CASE("what is no trust file is refused although the root key signed it", "[trust_chain]") {
  Start start;
  for (const std::string& bytes : {std::string(), std::string("hello"), encode(successor(start.first)) + "\n"})
    CHECK(contains(refusal(start.chain, {bytes, {start.root.sign(bytes)}}), "not a usable trust file"));
  CHECK_THROWS_AS(TrustChain({"hello", {}}), TrustError);
  CHECK_THROWS_AS(TrustChain::walk({}), TrustError);
}

TEST_CASE("a changed byte of a trust file or its signature breaks the chain", "[trust_chain]") {
  Start start;
  const SignedTrust good = sign_trust(successor(start.first), {start.root});
  for (std::size_t at = 0; at < good.bytes.size(); at += 7) {
    SignedTrust bad = good;
    bad.bytes[at] = static_cast<char>(bad.bytes[at] ^ 1);
    CHECK_FALSE(refusal(start.chain, bad).empty());
  }
  for (std::size_t at = 0; at < good.signatures[0].size(); at += 7) {
    SignedTrust bad = good;
    bad.signatures[0][at] = static_cast<char>(bad.signatures[0][at] ^ 1);
    CHECK_FALSE(refusal(start.chain, bad).empty());
  }
  CHECK(refusal(start.chain, good).empty());
}

TEST_CASE("a new root key counts only when the old one names it and it has agreed itself", "[trust_chain]") {
  Start start;
  const Holder fresh;
  TrustFile second = successor(start.first);
  second.root = role_of({fresh});
  CHECK(contains(refusal(start.chain, sign_trust(second, {start.root})), "that it names"));
  CHECK(contains(refusal(start.chain, sign_trust(second, {fresh})), "of version 1"));
  REQUIRE(refusal(start.chain, sign_trust(second, {start.root, fresh})).empty());
  // From here on the old key is nothing.
  const TrustFile third = successor(second);
  CHECK_FALSE(refusal(start.chain, sign_trust(third, {start.root})).empty());
  CHECK(refusal(start.chain, sign_trust(third, {fresh})).empty());
}

TEST_CASE("a version 3 signed by keys that version 2 removed is refused, even straight from version 1",
          "[trust_chain]") {
  Start start;
  const Holder fresh;
  TrustFile second = successor(start.first);
  second.root = role_of({fresh});
  const SignedTrust two = sign_trust(second, {start.root, fresh});
  const TrustFile third = successor(start.first);
  const SignedTrust three = sign_trust(successor(third), {start.root});
  CHECK(contains(refusal(start.chain, three), "version 3; expected 2"));
  REQUIRE(refusal(start.chain, two).empty());
  CHECK_FALSE(refusal(start.chain, three).empty());
}

TEST_CASE("a threshold goes from one to three only in the hands of those who will have to reach it", "[trust_chain]") {
  const std::vector<Holder> keys(3);
  const auto version = [&](std::uint64_t number, std::size_t count, std::uint64_t threshold) {
    TrustFile trust =
        trust_with({keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count)}, threshold, {Holder()});
    trust.version = number;
    return trust;
  };
  TrustChain chain({encode(version(1, 1, 1)), {}});
  CHECK_FALSE(refusal(chain, sign_trust(version(2, 2, 2), {keys[0]})).empty());
  CHECK_FALSE(refusal(chain, sign_trust(version(2, 2, 2), {keys[1]})).empty());
  REQUIRE(refusal(chain, sign_trust(version(2, 2, 2), {keys[1], keys[0]})).empty());
  CHECK_FALSE(refusal(chain, sign_trust(version(3, 3, 3), {keys[0], keys[2]})).empty());
  REQUIRE(refusal(chain, sign_trust(version(3, 3, 3), {keys[0], keys[1], keys[2]})).empty());
  // And back: the three decide it.
  CHECK_FALSE(refusal(chain, sign_trust(version(4, 1, 1), {keys[0], keys[1]})).empty());
  CHECK(refusal(chain, sign_trust(version(4, 1, 1), keys)).empty());
}

TEST_CASE("the same root key twice is one signature, also under another certificate", "[trust_chain]") {
  const std::vector<Holder> keys(2);
  const TrustFile first = trust_with(keys, 2, {Holder()});
  TrustChain chain({encode(first), {}});
  Holder renamed = keys[0];
  renamed.certificate = Certificate::self_signed(renamed.key, "another name", Time{0});
  const TrustFile next = successor(first);
  CHECK_FALSE(refusal(chain, sign_trust(next, {keys[0], keys[0]})).empty());
  CHECK_FALSE(refusal(chain, sign_trust(next, {keys[0], renamed})).empty());
  CHECK(refusal(chain, sign_trust(next, {keys[0], renamed, keys[1]})).empty());
}

TEST_CASE("a root key that is revoked signs no trust file, whether a role still names it or not", "[trust_chain]") {
  const std::vector<Holder> keys(2);
  for (const bool entirely : {true, false}) {
    INFO(entirely);
    TrustFile first = trust_with(keys, 1, {Holder()});
    Revocation revocation{keys[0].id(), {}};
    if (!entirely) revocation.from.push_back({id(9), 7});
    first.revoked.push_back(revocation);
    TrustChain chain({encode(first), {}});
    CHECK_FALSE(refusal(chain, sign_trust(successor(first), {keys[0]})).empty());
    CHECK_FALSE(count_root_signatures(first, sign_trust(successor(first), {keys[0]})).complete);
    CHECK(refusal(chain, sign_trust(successor(first), {keys[1]})).empty());
  }
}

TEST_CASE("a key may sign the version that revokes it, and none after it", "[trust_chain]") {
  const std::vector<Holder> keys(2);
  const TrustFile first = trust_with(keys, 1, {Holder()});
  TrustChain chain({encode(first), {}});
  TrustFile second = successor(first);
  second.revoked.push_back({keys[0].id(), {}});
  CHECK_FALSE(refusal(chain, sign_trust(second, {keys[0]})).empty());  // its own rules do not count it
  REQUIRE(refusal(chain, sign_trust(second, {keys[0], keys[1]})).empty());
  CHECK_FALSE(refusal(chain, sign_trust(successor(second), {keys[0]})).empty());
}

TEST_CASE("signatures are counted by both rules before anything is decided", "[trust_chain]") {
  const std::vector<Holder> keys(3);
  const TrustFile current = trust_with({keys[0], keys[1]}, 2, {Holder()});
  TrustFile next = successor(current);
  next.root = role_of({keys[1], keys[2]}, 2);
  const auto count = [&](const std::vector<Holder>& holders) {
    const RootSignatures found = count_root_signatures(current, sign_trust(next, holders));
    return std::vector<std::size_t>{found.of_current, found.of_next, found.complete ? 1U : 0U};
  };
  CHECK(count({}) == std::vector<std::size_t>{0, 0, 0});
  CHECK(count({keys[0]}) == std::vector<std::size_t>{1, 0, 0});
  CHECK(count({keys[1]}) == std::vector<std::size_t>{1, 1, 0});
  CHECK(count({keys[0], keys[1]}) == std::vector<std::size_t>{2, 1, 0});
  CHECK(count(keys) == std::vector<std::size_t>{2, 2, 1});
}

TEST_CASE("a chain follows what a bundle brings, from wherever it stands", "[trust_chain]") {
  Start start;
  std::vector<SignedTrust> all{{encode(start.first), {}}};
  TrustFile trust = start.first;
  for (int i = 2; i <= 5; ++i) {
    trust = successor(trust);
    all.push_back(sign_trust(trust, {start.root}));
  }
  for (std::size_t anchor = 1; anchor <= 5; ++anchor) {
    for (std::size_t known = anchor; known <= 5; ++known) {
      const auto at = [&all](std::size_t count) { return all.begin() + static_cast<std::ptrdiff_t>(count); };
      const TrustChain chain = TrustChain::walk({at(anchor - 1), at(known)});
      CHECK(chain.anchor_version() == anchor);
      CHECK(chain.current().version == known);
      for (std::size_t brought = 0; brought <= 5; ++brought) {
        TrustChain walking = chain;
        const std::size_t appended = walking.follow({all.begin(), at(brought)});
        CHECK(appended == (brought > known ? brought - known : 0));
        CHECK(walking.current().version == std::max(known, brought));
        CHECK(walking.anchor_version() == anchor);
      }
    }
  }
}

TEST_CASE("a bundle whose trust files differ from known ones is refused and nothing is taken over", "[trust_chain]") {
  Start start;
  const TrustFile second = successor(start.first);
  const TrustFile third = successor(second);
  const std::vector<SignedTrust> all{
      {encode(start.first), {}}, sign_trust(second, {start.root}), sign_trust(third, {start.root})};
  TrustFile other = second;
  other.broadcast = false;
  std::vector<SignedTrust> forked = all;
  forked[1] = sign_trust(other, {start.root});  // the root key signed this one as well
  TrustChain chain = TrustChain::walk({all[0], all[1]});
  CHECK_THROWS_WITH(chain.follow(forked), Catch::Contains("trust file 2 in the bundle is not the one installed"));
  CHECK(chain.files().size() == 2);
  // Fresh signatures over the same bytes are no difference.
  std::vector<SignedTrust> again = all;
  again[1] = sign_trust(second, {start.root});
  CHECK(chain.follow(again) == 1);
  CHECK(chain.files()[1] == all[1]);
}

TEST_CASE("versions before the anchor say nothing, whatever they are", "[trust_chain]") {
  Start start;
  const TrustFile second = successor(start.first);
  TrustChain chain({encode(second), {}});  // came by hand as version 2
  CHECK(chain.anchor_version() == 2);
  CHECK(chain.follow({{"junk", {}}, {encode(second), {}}, sign_trust(successor(second), {start.root})}) == 1);
  CHECK(chain.current().version == 3);
  CHECK(chain.anchor_version() == 2);
}

TEST_CASE("a good step before a bad one is not taken over either", "[trust_chain]") {
  Start start;
  const TrustFile second = successor(start.first);
  const SignedTrust two = sign_trust(second, {start.root});
  const SignedTrust three = sign_trust(successor(second), {Holder()});
  CHECK_THROWS_AS(start.chain.follow({{encode(start.first), {}}, two, three}), TrustError);
  CHECK(start.chain.files().size() == 1);
  CHECK(start.chain.follow({{encode(start.first), {}}, two}) == 1);
}

TEST_CASE("forty steps with a new root key each are walked, and not one of them can be left out", "[trust_chain]") {
  constexpr std::size_t steps = 40;
  const std::vector<Holder> roots(steps);
  const Holder exporter;
  std::vector<SignedTrust> all;
  for (std::size_t i = 0; i < steps; ++i) {
    TrustFile trust = trust_with({roots[i]}, 1, {exporter});
    trust.version = i + 1;
    all.push_back(i == 0 ? sign_trust(trust, {}) : sign_trust(trust, {roots[i - 1], roots[i]}));
  }
  TrustChain chain(all.front());
  CHECK(chain.follow(all) == steps - 1);
  CHECK(chain.current().version == steps);
  for (std::size_t gap = 1; gap + 1 < steps; ++gap) {
    std::vector<SignedTrust> holed = all;
    holed.erase(holed.begin() + static_cast<std::ptrdiff_t>(gap));
    CHECK_THROWS_AS(TrustChain::walk(holed), TrustError);
  }
}
