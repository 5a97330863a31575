// SPDX-License-Identifier: Apache-2.0
// The archives are made by other programs, as a vendor's are: Python's zipfile, gcab, GNU tar.
#include "common/archive.h"

#include <catch2/catch.hpp>

#include <map>

#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
namespace fs = std::filesystem;

namespace {

// Runs Python on `script` with the path of the archive as its argument.
void make_zip(const fs::path& path, const std::string& script) {
  const fs::path file = path.native() + ".py";
  write(file, "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\n" + script +
                  "\nz.close()\n");
  REQUIRE(run("python3 " + file.native() + " " + path.native()));
}

std::map<std::string, std::string> files_of(const fs::path& path) {
  std::map<std::string, std::string> files;
  ArchiveReader reader(path);
  while (const auto member = reader.next()) {
    if (member->is_file) files[member->name] = reader.read(1U << 20U);
  }
  return files;
}

}  // namespace

TEST_CASE("the members of a zip file are read in order, folders told from files", "[archive]") {
  const Scratch scratch;
  make_zip(scratch / "a.zip",
           "z.writestr('first.sdp', 'one')\nz.writestr('folder/', '')\n"
           "z.writestr('folder/second.sdp', 'x' * 200000)\nz.writestr('empty.sdp', '')");
  ArchiveReader reader(scratch / "a.zip");
  auto member = reader.next();
  REQUIRE(member);
  CHECK(member->name == "first.sdp");
  CHECK(member->is_file);
  CHECK(reader.read(3) == "one");
  member = reader.next();
  REQUIRE(member);
  CHECK_FALSE(member->is_file);
  member = reader.next();
  REQUIRE(member);
  CHECK(member->name == "folder/second.sdp");
  CHECK(reader.read(200'000) == std::string(200'000, 'x'));
  member = reader.next();
  REQUIRE(member);
  CHECK(reader.read(0).empty());
  CHECK_FALSE(reader.next());
}

TEST_CASE("a member need not be read, and one beyond the bound is an error that spares the next", "[archive]") {
  const Scratch scratch;
  make_zip(scratch / "a.zip",
           "z.writestr('long', 'x' * 100000)\nz.writestr('skipped', 'y')\nz.writestr('short', 'ok')");
  ArchiveReader reader(scratch / "a.zip");
  REQUIRE(reader.next());
  CHECK_THROWS_AS(reader.read(99'999), FormatError);
  REQUIRE(reader.next());
  REQUIRE(reader.next());
  CHECK(reader.read(2) == "ok");
}

TEST_CASE("hostile names are data and nothing is written for them", "[archive]") {
  const Scratch scratch;
  make_zip(scratch / "in/a.zip",
           "z.writestr('../../evil.sdp', 'up')\nz.writestr('/abs.sdp', 'root')\nz.writestr('gr\\u00fc\\u00dfe.sdp', "
           "'utf-8')");
  const auto files = files_of(scratch / "in/a.zip");
  CHECK(files.size() == 3);
  CHECK(files.count("grüße.sdp") == 1);
  CHECK_FALSE(fs::exists(scratch / "evil.sdp"));
  CHECK_FALSE(fs::exists("/abs.sdp"));
}

TEST_CASE("a damaged member is an error and not other bytes", "[archive]") {
  const Scratch scratch;
  make_zip(scratch / "a.zip", "z.writestr('a.sdp', ''.join(chr(33 + i * i % 90) for i in range(5000)))");
  const std::string good = read(scratch / "a.zip");
  const std::string content = files_of(scratch / "a.zip").at("a.sdp");
  std::size_t wrong = 0;
  for (std::size_t at = 0; at < good.size(); at += 13) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    write(scratch / "bad.zip", bad);
    try {
      for (const auto& [name, bytes] : files_of(scratch / "bad.zip")) wrong += bytes != content ? 1U : 0U;
    } catch (const FormatError& error) {
      CHECK(error.code() == ExitCode::failed);  // not a damaged medium: it is the vendor's file
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("an archive that is cut short is an error", "[archive]") {
  const Scratch scratch;
  make_zip(scratch / "a.zip", "z.writestr('a.sdp', ''.join(chr(33 + i * i % 90) for i in range(5000)))");
  const std::string good = read(scratch / "a.zip");
  write(scratch / "cut.zip", good.substr(0, 60));
  CHECK_THROWS_AS(files_of(scratch / "cut.zip"), FormatError);
}

TEST_CASE("only zip and cabinet files are archives here", "[archive]") {
  const Scratch scratch;
  write(scratch / "text.zip", "this is no archive");
  CHECK_THROWS_AS(files_of(scratch / "text.zip"), FormatError);
  write(scratch / "empty.zip", "");
  CHECK_THROWS_AS(files_of(scratch / "empty.zip"), FormatError);
  // libarchive could read it; the fewer formats, the fewer parsers for hostile bytes.
  REQUIRE(run("tar -cf " + (scratch / "tar.zip").native() + " -C " + scratch.path().native() + " text.zip"));
  CHECK_THROWS_AS(files_of(scratch / "tar.zip"), FormatError);
  CHECK_THROWS_AS(ArchiveReader(scratch / "missing.zip"), NotFoundError);
  CHECK_THROWS_AS(ArchiveReader(scratch.path()), IoError);
}

TEST_CASE("a cabinet is read like a zip file", "[archive]") {
  if (!fs::exists("/usr/bin/gcab")) {
    WARN("gcab is not installed; cabinets are not tried");
    return;
  }
  const Scratch scratch;
  write(scratch / "one.sdp", "one");
  write(scratch / "two.sdp", std::string(100'000, 'x'));
  REQUIRE(run("cd " + scratch.path().native() + " && gcab -c -z a.cab one.sdp two.sdp"));
  const auto files = files_of(scratch / "a.cab");
  CHECK(files.size() == 2);
  CHECK(files.at("one.sdp") == "one");
  CHECK(files.at("two.sdp") == std::string(100'000, 'x'));
}

TEST_CASE("a zip file that was written is read by this reader and by unzip, and is the same twice", "[archive]") {
  const Scratch scratch;
  const std::string large(200'000, 'x');
  for (const char* name : {"a.zip", "b.zip"}) {
    ZipWriter zip(scratch / name);
    zip.add("one.sdp", "one");
    zip.add("\xc3\xbc.sdp", large);
    zip.add("empty", "");
    zip.finish();
  }
  CHECK(read(scratch / "a.zip") == read(scratch / "b.zip"));
  CHECK(std::filesystem::file_size(scratch / "a.zip") < 10'000);
  CHECK(run("unzip -tq " + (scratch / "a.zip").native()));
  const auto files = files_of(scratch / "a.zip");
  CHECK(files == std::map<std::string, std::string>{{"one.sdp", "one"}, {"\xc3\xbc.sdp", large}, {"empty", ""}});
}

TEST_CASE("a zip file that was given up is no archive", "[archive]") {
  const Scratch scratch;
  {
    ZipWriter zip(scratch / "a.zip");
    zip.add("one.sdp", "one");
  }
  CHECK_FALSE(run("unzip -tq " + (scratch / "a.zip").native()));
  CHECK(code_of([&] { ZipWriter zip(scratch / "missing/a.zip"); }) != ExitCode::done);
}

TEST_CASE("a zip file that does not fit the disk ends with 17", "[archive]") {
  CHECK(code_of([] {
          ZipWriter zip("/dev/full");
          zip.add("a", std::string(1'000'000, 'x'));
          zip.finish();
        }) == ExitCode::no_space);
}
