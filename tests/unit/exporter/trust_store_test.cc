// SPDX-License-Identifier: Apache-2.0
#include "exporter/trust_store.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "common/file.h"
#include "exporter/trust_edit.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::exporter;
namespace fs = std::filesystem;

namespace {

// A point whose trust file names two root keys that must both sign; the second one lies on a stick.
class Office {
 public:
  Office() : point(format::Point::create(scratch_ / "point", "hq", "[point]\nname = \"hq\"\n")) {
    make_directories(stick());
    format::TrustFile trust;
    trust.lineage = id(1);
    trust.created = clock.now();
    trust.root.threshold = 2;
    trust.root.certificates = {make(point.key_directory(), "root-1"), make(stick(), "root-2")};
    trust.exporter.certificates = {make(point.key_directory(), "exporter-1")};
    install_first(point, trust);
  }
  [[nodiscard]] Certificate make(const fs::path& directory, const std::string& name) const {
    return make_key({{directory}, {}, {}, {}}, directory, {name, KeyType::p256, name, false});
  }
  [[nodiscard]] fs::path stick() const { return scratch_ / "stick"; }
  [[nodiscard]] KeyStore keys() const { return key_store(point); }
  [[nodiscard]] KeyStore all_keys() const { return key_store(point, {stick().native()}); }
  [[nodiscard]] format::TrustChain chain() const { return load_chain(point); }
  [[nodiscard]] fs::path draft(const std::string& name) const { return point.trust_directory() / "draft" / name; }
  // The next version with one thing changed.
  [[nodiscard]] format::TrustFile next() const {
    format::TrustFile changed = next_version(chain().current(), clock.now());
    changed.broadcast = !changed.broadcast;
    return changed;
  }

  FixedClock clock;

 private:
  Scratch scratch_;

 public:
  format::Point point;
};

}  // namespace

TEST_CASE("the first trust file is installed once", "[trust_store]") {
  const Scratch scratch;
  const format::Point point = format::Point::create(scratch / "p", "hq", "[point]\nname = \"hq\"\n");
  CHECK_THROWS_AS(load_chain(point), NotFoundError);
  const format::TrustFile trust = make_trust(point, FixedClock());
  CHECK(load_chain(point).files().front().bytes == encode(trust));
  CHECK_THROWS_AS(install_first(point, trust), UsageError);
  CHECK(load_chain(point).files().size() == 1);
}

TEST_CASE("a version with all its signatures is in force at once, and nothing waits", "[trust_store]") {
  const Office office;
  const Draft made = propose(office.point, office.chain(), office.next(), office.all_keys(), office.clock.now());
  CHECK(made.signatures.complete);
  CHECK(office.chain().current().version == 2);
  CHECK_FALSE(office.chain().current().broadcast);
  CHECK_FALSE(load_draft(office.point, office.chain()));
  CHECK_FALSE(fs::exists(office.draft("trust-0002.xml")));
  CHECK(office.chain().files().at(1).signatures.size() == 2);
}

TEST_CASE("a version that lacks a signature is a draft and not in force until it has all", "[trust_store]") {
  const Office office;
  const Draft made = propose(office.point, office.chain(), office.next(), office.keys(), office.clock.now());
  CHECK_FALSE(made.signatures.complete);
  CHECK(made.signatures.of_current == 1);
  CHECK(office.chain().current().version == 1);
  CHECK(fs::exists(office.draft("trust-0002.xml")));
  REQUIRE(load_draft(office.point, office.chain()));
  CHECK(load_draft(office.point, office.chain())->trust == made.trust);
  // No second proposal beside it, and the same keys add nothing.
  CHECK_THROWS_AS(propose(office.point, office.chain(), office.next(), office.keys(), office.clock.now()), UsageError);
  CHECK(sign_draft(office.point, office.chain(), office.keys(), office.clock.now()).trust.signatures.size() == 1);
  const Draft complete = sign_draft(office.point, office.chain(), office.all_keys(), office.clock.now());
  CHECK(complete.signatures.complete);
  CHECK(complete.trust.bytes == made.trust.bytes);
  CHECK(office.chain().current().version == 2);
  CHECK_THROWS_AS(sign_draft(office.point, office.chain(), office.all_keys(), office.clock.now()), NotFoundError);
}

TEST_CASE("the holder of another root key signs the draft where it lies, without the point", "[trust_store]") {
  const Office office;
  const Draft made = propose(office.point, office.chain(), office.next(), office.keys(), office.clock.now());
  KeyStore stick;
  stick.directories = {office.stick()};
  const fs::path file = office.draft("trust-0002.xml");
  CHECK(sign_trust_file(file, {}, stick, office.clock.now()) == 1);
  CHECK(sign_trust_file(file, {}, stick, office.clock.now()) == 0);
  const Draft complete = sign_draft(office.point, office.chain(), office.keys(), office.clock.now());
  CHECK(complete.signatures.complete);
  CHECK(office.chain().current().version == 2);
  CHECK(complete.trust.bytes == made.trust.bytes);
}

TEST_CASE("a trust file is signed only under its own name and by keys that it or the version before names",
          "[trust_store]") {
  const Office office;
  const Scratch elsewhere;
  format::TrustFile next = office.next();
  write(elsewhere / "trust-0003.xml", encode(next));
  CHECK_THROWS_AS(sign_trust_file(elsewhere / "trust-0003.xml", {}, office.all_keys(), office.clock.now()), UsageError);
  write(elsewhere / "trust-0002.xml", "junk");
  CHECK_THROWS_AS(sign_trust_file(elsewhere / "trust-0002.xml", {}, office.all_keys(), office.clock.now()), TrustError);
  // Other root keys from now on: those before count only when somebody says what was before.
  next.root.certificates = {office.make(elsewhere.path(), "fresh")};
  next.root.threshold = 1;
  write(elsewhere / "trust-0002.xml", encode(next));
  CHECK(sign_trust_file(elsewhere / "trust-0002.xml", {}, office.all_keys(), office.clock.now()) == 0);
  CHECK(sign_trust_file(elsewhere / "trust-0002.xml", office.chain().current(), office.all_keys(),
                        office.clock.now()) == 2);
  // Nobody signs what cannot follow.
  next.lineage = id(99);
  write(elsewhere / "trust-0002.xml", encode(next));
  CHECK_THROWS_AS(
      sign_trust_file(elsewhere / "trust-0002.xml", office.chain().current(), office.all_keys(), office.clock.now()),
      TrustError);
}

TEST_CASE("a draft that was put there and cannot follow gets no signature", "[trust_store]") {
  const Office office;
  format::TrustFile foreign = office.next();
  foreign.lineage = id(99);
  for (const std::string& bytes : {std::string("junk"), encode(foreign), office.chain().files().front().bytes}) {
    write(office.draft("trust-0002.xml"), bytes);
    for (const KeyStore& keys : {office.keys(), office.all_keys()}) {
      CHECK(code_of([&] { sign_draft(office.point, office.chain(), keys, office.clock.now()); }) == ExitCode::trust);
      CHECK_FALSE(fs::exists(office.draft("trust-0002.01.p7s")));
    }
    CHECK(office.chain().current().version == 1);
  }
}

TEST_CASE("junk among the signatures of a draft does no harm", "[trust_store]") {
  const Office office;
  static_cast<void>(propose(office.point, office.chain(), office.next(), office.keys(), office.clock.now()));
  write(office.draft("trust-0002.02.p7s"), "junk");
  CHECK(sign_draft(office.point, office.chain(), office.all_keys(), office.clock.now()).signatures.complete);
  CHECK(office.chain().current().version == 2);
}

TEST_CASE("a change that no site could follow is refused before anything is written", "[trust_store]") {
  const Office office;
  const auto refused = [&](const format::TrustFile& next) {
    const ExitCode code = code_of(
        [&] { static_cast<void>(propose(office.point, office.chain(), next, office.all_keys(), office.clock.now())); });
    CHECK(office.chain().files().size() == 1);
    CHECK_FALSE(load_draft(office.point, office.chain()));
    return code == ExitCode::trust;
  };
  format::TrustFile next = office.next();
  next.version = 3;
  CHECK(refused(next));
  next = office.next();
  next.root.threshold = 3;
  CHECK(refused(next));
  next = office.next();
  next.exporter.certificates.clear();
  CHECK(refused(next));
  next = office.next();
  next.exporter.purpose = "no object identifier";
  CHECK(refused(next));
  next = office.next();
  next.exporter.algorithms.clear();
  CHECK(refused(next));
}

TEST_CASE("signatures without their trust file, as a crash leaves them, are no version", "[trust_store]") {
  const Office office;
  for (const char* name : {"trust-0002.01.p7s", "trust-0002.02.p7s", "trust-0002.03.p7s"})
    write(office.point.trust_directory() / name, "what a run that died had written");
  CHECK(office.chain().files().size() == 1);
  // Another try takes their place, and none of them travels with it.
  CHECK(
      propose(office.point, office.chain(), office.next(), office.all_keys(), office.clock.now()).signatures.complete);
  REQUIRE(office.chain().files().size() == 2);
  CHECK(office.chain().files()[1].signatures.size() == 2);
}

TEST_CASE("a crash after the new version was written and before the draft was removed is no matter", "[trust_store]") {
  const Office office;
  static_cast<void>(propose(office.point, office.chain(), office.next(), office.keys(), office.clock.now()));
  const Scratch kept;
  fs::copy(office.point.trust_directory() / "draft", kept / "draft");
  REQUIRE(sign_draft(office.point, office.chain(), office.all_keys(), office.clock.now()).signatures.complete);
  fs::copy(kept / "draft", office.point.trust_directory() / "draft");
  CHECK(office.chain().current().version == 2);
  CHECK_FALSE(load_draft(office.point, office.chain()));
  CHECK(
      propose(office.point, office.chain(), office.next(), office.all_keys(), office.clock.now()).signatures.complete);
  CHECK(office.chain().current().version == 3);
}

TEST_CASE("trust files that do not follow from each other are an error that names the folder", "[trust_store]") {
  const Office office;
  REQUIRE(
      propose(office.point, office.chain(), office.next(), office.all_keys(), office.clock.now()).signatures.complete);
  fs::remove(office.point.trust_directory() / "trust-0002.01.p7s");
  CHECK_THROWS_AS(office.chain(), TrustError);
  CHECK(contains(message_of([&] { static_cast<void>(office.chain()); }), office.point.trust_directory().native()));
}

TEST_CASE("the certificates for checks by hand are those of the newest version", "[trust_store]") {
  const Office office;
  format::TrustFile next = office.next();
  const Certificate fresh = office.make(office.point.key_directory(), "exporter-2");
  next.exporter.certificates = {fresh};
  REQUIRE(propose(office.point, office.chain(), next, office.all_keys(), office.clock.now()).signatures.complete);
  CHECK(read(office.point.trust_directory() / "exporters.pem") == fresh.pem());
}
