// SPDX-License-Identifier: Apache-2.0
#include "format/manifest.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/limits.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

Manifest delta() {
  Manifest manifest;
  manifest.tool = "ferry-export 0.1.0";
  manifest.compressor = "zstd 1.5.4";
  manifest.bundle_name = "all_plant-1_g3-g5_delta";
  manifest.kind = BundleKind::delta;
  manifest.created = *Time::parse("2026-11-23T12:00:00Z");
  manifest.next_expected = manifest.created;
  manifest.valid_until = manifest.created;
  manifest.publisher_id = id(1);
  manifest.publisher_name = "hq & \"co\" <ü>";
  manifest.feed = "all";
  manifest.lineage = id(2);
  manifest.recipients = {"plant-1"};
  manifest.bases = {{3, sha256("3")}, {4, sha256("4")}};
  manifest.target = {5, sha256("5")};
  manifest.updates = 10;
  manifest.revisions = 12;
  manifest.puts = 3;
  manifest.drops = 1;
  manifest.document_bytes = 4711;
  manifest.chain = {7, sha256("six")};
  manifest.earlier = {{"all_plant-1_g0-g1_full", 0, 1, 2, sha256("two")},
                      {"all_plant-1_g1-g3_delta", 1, 3, 6, sha256("six")}};
  manifest.provenance = {{"head <quarters>", "fleet", id(3), 9, 12, sha256("twelve")}};
  manifest.volumes = {{{{chunk_name(1), 100, 1000, 2, sha256("a")}, {chunk_name(2), 200, 2000, 1, sha256("b")}}, {}},
                      {{{chunk_name(3), 300, 3000, 1, sha256("c")}}, {}}};
  return manifest;
}

Manifest full() {
  Manifest manifest = delta();
  manifest.kind = BundleKind::full;
  manifest.bases.clear();
  manifest.recipients.clear();
  manifest.earlier.clear();
  return manifest;
}

std::string with(const std::string& from, const std::string& to, std::string bytes = encode(delta())) {
  const auto at = bytes.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  return bytes.replace(at, from.size(), to);
}

// Adds a line behind the root's start tag, indented as the others are.
std::string with_line(const std::string& line) { return with("  <bundle", "  " + line + "\n  <bundle"); }

ExitCode code(const std::string& bytes) {
  return code_of([&] { static_cast<void>(parse_manifest(bytes)); });
}

}  // namespace

TEST_CASE("a manifest says after reading what it said before writing", "[manifest]") {
  CHECK(parse_manifest(encode(delta())) == delta());
  CHECK(parse_manifest(encode(full())) == full());
  Manifest empty = full();
  empty.puts = empty.drops = 0;
  empty.volumes = {{{{chunk_name(1), 9, 0, 0, sha256("")}}, {}}};
  CHECK(parse_manifest(encode(empty)) == empty);
  empty.volumes = {{}};
  CHECK(parse_manifest(encode(empty)) == empty);
}

TEST_CASE("two manifests that differ have different bytes", "[manifest]") {
  Manifest other = delta();
  other.earlier[0].base = 1;
  CHECK(encode(other) != encode(delta()));
  other = delta();
  other.volumes[1].chunks[0].sha256 = sha256("x");
  CHECK(encode(other) != encode(delta()));
}

TEST_CASE("only the canonical bytes are a manifest", "[manifest]") {
  const std::string good = encode(delta());
  CHECK(code(good) == ExitCode::done);
  for (const std::string& bad :
       {with("name=\"all\" lineage=\"" + id(2).text() + "\"", "lineage=\"" + id(2).text() + "\" name=\"all\""),
        with("<feed ", "<feed  "), with("<feed", " <feed"), with("\n  <feed", "<feed"), good + "\n", " " + good,
        "\xef\xbb\xbf" + good, with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", ""),
        with("encoding=\"UTF-8\"", "encoding=\"utf-8\""), with("\"all\"", "'all'"), with("\"all\"", "\"&#97;ll\""),
        with("<feed name", "<feed xmlns=\"urn:ferry:manifest:1\" name"), with(id(2).text(), "{" + id(2).text() + "}"),
        with("puts=\"3\"", "puts=\"03\""), with("kind=\"delta\"", "kind=\"delta\" new=\"1\""),
        with("<manifest ", "<f:manifest xmlns:f=\"urn:ferry:manifest:1\" ", with("</manifest>", "</f:manifest>")),
        with("/>\n  <feed", "></publisher>\n  <feed"), with("\n", "\r\n")}) {
    INFO(bad.substr(0, 300));
    CHECK(code(bad) == ExitCode::damaged);
  }
}

TEST_CASE("unknown, repeated and missing elements are refused", "[manifest]") {
  CHECK(code(with_line("<optional/>")) == ExitCode::damaged);
  CHECK(code(with_line("<feed name=\"all\" lineage=\"" + id(2).text() + "\"/>")) == ExitCode::damaged);
  CHECK(code(with_line("text")) == ExitCode::damaged);
  CHECK(code(with_line("<!-- comment -->")) == ExitCode::damaged);
  CHECK(code(with_line("<![CDATA[x]]>")) == ExitCode::damaged);
  CHECK(code(with_line("<?pi?>")) == ExitCode::damaged);
  CHECK(code("<!DOCTYPE manifest>" + encode(delta())) == ExitCode::damaged);
  for (const char* gone : {"<bundle", "<publisher", "<feed", "<target", "<content", "<base", "<volume"}) {
    INFO(gone);
    CHECK(code(with(gone, "<gone")) == ExitCode::damaged);
  }
  CHECK(code("") == ExitCode::damaged);
  CHECK(code("<manifest/>") == ExitCode::damaged);
  CHECK(code(with("urn:ferry:manifest:1", "urn:ferry:manifest:2")) == ExitCode::damaged);
}

TEST_CASE("every cut of a manifest is refused", "[manifest]") {
  const std::string good = encode(delta());
  for (std::size_t length = 0; length < good.size(); ++length) CHECK(code(good.substr(0, length)) == ExitCode::damaged);
}

TEST_CASE("a later format is told from a damaged one: exit code 19", "[manifest]") {
  CHECK(code(with("format-version=\"1.0\"", "format-version=\"1.1\"")) == ExitCode::too_new);
  CHECK(code(with("format-version=\"1.0\"", "format-version=\"2.0\"")) == ExitCode::too_new);
  // Even when nothing else in it can be understood.
  CHECK(code("<manifest xmlns=\"urn:ferry:manifest:1\" format-version=\"2.0\"><new/></manifest>") == ExitCode::too_new);
  Manifest manifest = delta();
  manifest.required_features = {"parity"};
  CHECK(code(encode(manifest)) == ExitCode::too_new);
  CHECK(contains(message_of([&] { static_cast<void>(parse_manifest(encode(manifest))); }), "'parity'"));
  CHECK(code(with(" format-version=\"1.0\"", "")) == ExitCode::damaged);
}

TEST_CASE("counts that do not add up are refused", "[manifest]") {
  for (const char* bad : {"puts=\"2\"", "puts=\"4\"", "puts=\"-3\"", "puts=\"3.0\"", "puts=\"\"",
                          "puts=\"9007199254740992\"", "puts=\"99999999999999999999\""}) {
    INFO(bad);
    CHECK(code(with("puts=\"3\"", bad)) == ExitCode::damaged);
  }
  CHECK(code(with("records=\"2\"", "records=\"3\"")) == ExitCode::damaged);
}

TEST_CASE("volumes and chunks are numbered without gaps", "[manifest]") {
  CHECK(code(with("index=\"2\"", "index=\"3\"")) == ExitCode::damaged);
  CHECK(code(with("index=\"1\"", "index=\"0\"")) == ExitCode::damaged);
  CHECK(code(with("chunks/000002.zst", "chunks/000003.zst")) == ExitCode::damaged);
  CHECK(code(with("chunks/000003.zst", "chunks/000002.zst")) == ExitCode::damaged);
  CHECK(code(with("chunks/000001.zst", "../../etc/passwd")) == ExitCode::damaged);
  Manifest manifest = full();
  manifest.volumes.clear();
  manifest.puts = manifest.drops = 0;
  CHECK(code(encode(manifest)) == ExitCode::damaged);
}

TEST_CASE("a chunk may not claim more than an importer will hold", "[manifest]") {
  Manifest manifest = delta();
  manifest.volumes[0].chunks[0].raw_size = limits::max_chunk_raw_bytes;
  CHECK(code(encode(manifest)) == ExitCode::done);
  manifest.volumes[0].chunks[0].raw_size = limits::max_chunk_raw_bytes + 1;
  CHECK(code(encode(manifest)) == ExitCode::damaged);
  manifest.volumes[0].chunks[0].raw_size = 1;
  manifest.volumes[0].chunks[0].size = limits::max_chunk_raw_bytes + 1;
  CHECK(code(encode(manifest)) == ExitCode::damaged);
}

TEST_CASE("the accepted bases are all generations up to the target", "[manifest]") {
  const auto with_bases = [](std::vector<std::uint64_t> numbers, std::uint64_t target, BundleKind kind) {
    Manifest manifest = delta();
    manifest.kind = kind;
    manifest.bases.clear();
    for (const std::uint64_t number : numbers) manifest.bases.push_back({number, sha256("x")});
    manifest.target.generation = target;
    return code(encode(manifest));
  };
  CHECK(with_bases({1, 2, 3, 4}, 5, BundleKind::delta) == ExitCode::done);
  CHECK(with_bases({2, 4}, 5, BundleKind::delta) == ExitCode::damaged);
  CHECK(with_bases({4, 3}, 5, BundleKind::delta) == ExitCode::damaged);
  CHECK(with_bases({3}, 5, BundleKind::delta) == ExitCode::damaged);
  CHECK(with_bases({4, 5}, 5, BundleKind::delta) == ExitCode::damaged);
  CHECK(with_bases({3, 3, 4}, 5, BundleKind::delta) == ExitCode::damaged);
  CHECK(with_bases({}, 5, BundleKind::delta) == ExitCode::damaged);
  CHECK(with_bases({4}, 5, BundleKind::full) == ExitCode::damaged);
  CHECK(with_bases({}, 0, BundleKind::full) == ExitCode::damaged);
}

TEST_CASE("values that are not what they should be are refused", "[manifest]") {
  CHECK(code(with("2026-11-23T12:00:00Z", "2026-11-23")) == ExitCode::damaged);
  CHECK(code(with(id(1).text(), "x")) == ExitCode::damaged);
  CHECK(code(with("kind=\"delta\"", "kind=\"Delta\"")) == ExitCode::damaged);
  CHECK(code(with(sha256("a").hex(), sha256("a").hex().substr(2))) == ExitCode::damaged);
  CHECK(code(with("<feed name=\"all\"", "<feed name=\"../all\"")) == ExitCode::damaged);
  CHECK(code(with("hq &amp;", std::string(limits::max_text_bytes + 1, 'x'))) == ExitCode::damaged);
}

TEST_CASE("a name that becomes part of file names is harmless on every medium", "[manifest]") {
  for (const char* good : {"all", "plant-1", "a.b", "0", "windows-11.24h2"}) CHECK_FALSE(name_problem(good));
  for (const char* bad : {"", "All", "a b", "a/b", "..", ".a", "-a", "a_b", "ü", "a\\b", "a:b", "a*", "a\n"}) {
    INFO(bad);
    CHECK(name_problem(bad));
  }
  CHECK_FALSE(name_problem(std::string(limits::max_name_bytes, 'a')));
  CHECK(name_problem(std::string(limits::max_name_bytes + 1, 'a')));
}
