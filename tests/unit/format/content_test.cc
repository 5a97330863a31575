// SPDX-License-Identifier: Apache-2.0
// Payload files in the store, in the catalog, in volumes and in lists.
#include "format/catalog/content.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/catalog/journal.h"
#include "format/distribution.h"
#include "format/limits.h"
#include "format/need_list.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

const Time now = *Time::parse("2026-11-25T10:00:00Z");

std::vector<Digest> digests(std::initializer_list<const char*> names) {
  std::vector<Digest> list;
  for (const char* name : names) list.push_back(sha256(name));
  std::sort(list.begin(), list.end());
  return list;
}

// A series of exports of one feed to one site.
struct Series {
  Scratch scratch;
  Catalog catalog = Catalog::create(scratch / "catalog.db", "hq");
  Feed feed = create_feed(catalog, "all", id(1), false, "");

  void bundle(std::uint64_t base, std::uint64_t target, std::initializer_list<const char*> files,
              const char* kind = "delta") {
    ExportEntry entry;
    entry.site = "plant-1";
    entry.feed = feed.id;
    entry.name = "x";
    entry.kind = kind;
    entry.base = base;
    entry.target = target;
    entry.made = now;
    promise_files(catalog, "plant-1", feed, log_export(catalog, entry), digests(files));
  }
  std::vector<Digest> at(std::uint64_t base) { return files_at_sites(catalog, "plant-1", feed, base); }
};

std::vector<VolumeContents> distributed(const std::vector<std::uint64_t>& sizes, std::uint64_t max_volume_bytes) {
  BundleParts parts;
  for (std::size_t i = 0; i < sizes.size(); ++i) parts.files.push_back({sha256(std::to_string(i)), {}, sizes[i]});
  parts.max_volume_bytes = max_volume_bytes;
  return distribute_members(parts, 4096);
}

}  // namespace

TEST_CASE("a site at a base has what every bundle since promised", "[content]") {
  Series series;
  CHECK(series.at(0).empty());
  series.bundle(0, 1, {"a", "b"}, "full");
  CHECK(series.at(0).empty());
  CHECK(series.at(1) == digests({"a", "b"}));
  series.bundle(0, 2, {"a", "c"});
  // A site at 1 or later may have come by the second bundle alone, or by the first alone.
  CHECK(series.at(1) == digests({"a"}));
  CHECK(series.at(2) == digests({"a", "c"}));
  series.bundle(1, 3, {"a", "b", "c"});
  CHECK(series.at(1) == digests({"a"}));  // b was not promised by the second
  CHECK(series.at(2) == digests({"a", "c"}));
  CHECK(series.at(3) == digests({"a", "b", "c"}));
  CHECK(files_at_sites(series.catalog, "plant-2", series.feed, 3).empty());
}

TEST_CASE("a bundle of files alone is counted on by no delta", "[content]") {
  Series series;
  series.bundle(0, 1, {"a"}, "full");
  series.bundle(0, 1, {"a", "late"}, "content");
  CHECK(series.at(1) == digests({"a"}));
  CHECK(files_ever_promised(series.catalog, "plant-1", series.feed) == digests({"a", "late"}));
  CHECK(exports_to(series.catalog, "plant-1", series.feed.id, 10).size() == 1);
}

TEST_CASE("content is known by both digests until it is forgotten", "[content]") {
  Series series;
  const ContentFile file{sha256("x"), sha1("x"), 1};
  add_content(series.catalog, file, now);
  add_content(series.catalog, file, now);
  REQUIRE(find_content(series.catalog, file.sha256));
  CHECK(find_content(series.catalog, file.sha256)->sha1 == sha1("x"));
  std::size_t count = 0;
  visit_content(series.catalog, [&count](const ContentFile&) { ++count; });
  CHECK(count == 1);
  CHECK_FALSE(is_named(series.catalog, file));
  forget_content(series.catalog, file.sha256);
  CHECK_FALSE(find_content(series.catalog, file.sha256));
}

TEST_CASE("the store takes bytes only under their digest", "[content]") {
  const Scratch scratch;
  const ContentStore store(scratch / "content");
  {
    IncomingContent wrong = store.receive(sha256("good"));
    wrong.write("bad!");
    CHECK(code_of([&wrong] { static_cast<void>(wrong.publish()); }) == ExitCode::damaged);
  }
  CHECK_FALSE(store.holds(sha256("good"), 4));
  IncomingContent right = store.receive(sha256("good"));
  right.write("go");
  right.write("od");
  CHECK(right.publish().sha1 == sha1("good"));
  CHECK(store.holds(sha256("good"), 4));
  CHECK_FALSE(store.holds(sha256("good"), 5));
  std::size_t files = 0;
  std::size_t others = 0;
  store.visit([&files](const Digest&, std::uint64_t) { ++files; }, [&others](const auto&) { ++others; });
  CHECK(files == 1);
  CHECK(others == 0);
  // A folder's file comes under its digest, whatever it is called, if it is wanted.
  write(scratch / "some name.bin", "payload");
  const auto never = [](const ContentFile&) { return false; };
  const auto always = [](const ContentFile&) { return true; };
  CHECK_FALSE(store.take(scratch / "some name.bin", true, never, {}).is_wanted);
  CHECK_FALSE(store.holds(sha256("payload"), 7));
  CHECK_FALSE(store.take(scratch / "some name.bin", false, always, {}).was_there);
  CHECK(store.take(scratch / "some name.bin", false, always, {}).was_there);
  CHECK(store.read(sha256("payload"))->sha256 == sha256("payload"));
  write(store.path_of(sha256("payload")), "other");
  CHECK(store.read(sha256("payload"))->sha256 == sha256("other"));
  store.remove(sha256("payload"));
  CHECK_FALSE(store.read(sha256("payload")));
}

TEST_CASE("files fill volumes, and one that is larger than a volume is cut without a gap", "[content]") {
  const std::uint64_t limit = 100'000;
  const auto volumes = distributed({250'000, 40'000, 40'000, 300, 0}, limit);
  std::uint64_t cut = 0;
  std::uint64_t number = 0;
  std::size_t whole = 0;
  for (const VolumeContents& contents : volumes) {
    std::uint64_t used = 4096 + tar_trailer_bytes;
    for (const FilePart& part : contents.files) {
      used += tar_stored_bytes(part.size);
      if (part.is_whole()) {
        ++whole;
        continue;
      }
      CHECK(part.offset == cut);
      CHECK(part.number == ++number);
      cut += part.size;
    }
    CHECK(used <= limit);
  }
  CHECK(cut == 250'000);
  CHECK(whole == 4);
  CHECK(volumes.size() == 4);
  CHECK(distributed({250'000, 40'000}, 0).size() == 1);
  CHECK_THROWS_AS(distributed({250'000}, 5'000), UsageError);
}

TEST_CASE("a member has at most 4 GiB, and the limit of a medium holds beyond 32 bits", "[content]") {
  const std::uint64_t gib = 1024ULL * 1024 * 1024;
  const auto one = distributed({9 * gib}, 0);
  REQUIRE(one.size() == 1);
  CHECK(one[0].files.size() == 3);
  CHECK(one[0].files[2].offset == 8 * gib);
  const auto discs = distributed({20 * gib, 3 * gib}, 4'700'000'000);
  CHECK(discs.size() == 6);
  for (const VolumeContents& contents : discs) {
    std::uint64_t used = 4096 + tar_trailer_bytes;
    for (const FilePart& part : contents.files) used += tar_stored_bytes(part.size);
    CHECK(used <= 4'700'000'000);
  }
  CHECK(distributed(std::vector<std::uint64_t>(70'000, 1), 0)[0].files.size() == 70'000);
}

TEST_CASE("a list of what a site needs is read as it is written, and nothing else is", "[content]") {
  const NeedList list{
      "plant-1", "all", id(7), 12, {{sha1("a"), sha256("a"), 5'000'000'000, "a b.cab"}, {sha1("b"), {}, 0, "b.txt"}}};
  const NeedList read = parse_need_list(encode(list));
  CHECK(encode(read) == encode(list));
  CHECK(read.files.at(0).name == "a b.cab");
  CHECK(read.files.at(0).size == 5'000'000'000);
  CHECK_FALSE(read.files.at(1).sha256);
  for (const std::string& bad :
       {std::string(), std::string("\n"), encode(list) + "nonsense\n", encode(list) + "00 - 1 x\n",
        "ferry-need 2" + encode(list).substr(12), encode(list) + std::string(40, '0') + " - 99999999999999999999 x\n",
        std::string("ferry-need 1 ../x all ") + id(7).text() + " 1\n"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_need_list(bad), UsageError);
  }
}
