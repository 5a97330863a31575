// SPDX-License-Identifier: Apache-2.0
#include "common/file.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "common/error.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
namespace fs = std::filesystem;

namespace {

std::size_t files_in(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a file that is not published leaves nothing behind", "[file]") {
  const Scratch scratch;
  {
    AtomicFile file(scratch / "target");
    file.write("bytes");
    CHECK(file.partial() == scratch / ".target.partial");
    CHECK(fs::exists(scratch / ".target.partial"));
    CHECK_FALSE(fs::exists(scratch / "target"));
  }
  CHECK(files_in(scratch.path()) == 0);
  {
    AtomicFile file(scratch / "target");
    file.write("bytes");
    file.seal();  // sealed is durable, but still not there
  }
  CHECK(files_in(scratch.path()) == 0);
}

TEST_CASE("publishing replaces an older file as a whole", "[file]") {
  const Scratch scratch;
  write_file(scratch / "target", "an older and longer file");
  AtomicFile file(scratch / "target");
  file.write("new");
  CHECK(read(scratch / "target") == "an older and longer file");
  file.publish();
  CHECK(read(scratch / "target") == "new");
  CHECK(files_in(scratch.path()) == 1);
}

TEST_CASE("small and large writes come out in their order", "[file]") {
  const Scratch scratch;
  std::string expected;
  AtomicFile file(scratch / "target");
  for (const std::size_t size : {1UL, 300'000UL, 0UL, 7UL, 262'144UL, 262'145UL, 3UL}) {
    const std::string part(size, static_cast<char>('a' + size % 26));
    file.write(part);
    expected += part;
  }
  CHECK(file.size() == expected.size());
  file.publish();
  CHECK(read(scratch / "target") == expected);
}

TEST_CASE("the left-over of a dead run is overwritten and a planted link is not followed", "[file]") {
  const Scratch scratch;
  write(scratch / "victim", "keep me");
  fs::create_symlink(scratch / "victim", scratch / ".target.partial");
  write_file(scratch / "target", "bytes");
  CHECK(read(scratch / "victim") == "keep me");
  CHECK(read(scratch / "target") == "bytes");
  CHECK_FALSE(fs::is_symlink(scratch / "target"));
}

TEST_CASE("a file is only ever readable for those it is meant for", "[file]") {
  const Scratch scratch;
  AtomicFile file(scratch / "key", 0600);
  struct stat status {};
  REQUIRE(::stat(file.partial().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);  // from the first moment, not by a later chmod
}

TEST_CASE("a moved atomic file is published once and by its new owner", "[file]") {
  const Scratch scratch;
  {
    AtomicFile first(scratch / "target");
    first.write("bytes");
    AtomicFile second(std::move(first));
    second.publish();
  }
  CHECK(read(scratch / "target") == "bytes");
}

TEST_CASE("writing where nothing can be written is an error that names the file", "[file]") {
  const Scratch scratch;
  CHECK_THROWS_WITH(AtomicFile(scratch / "no-such-directory/target"), Catch::Contains("no-such-directory"));
  write(scratch / "plain", "x");
  CHECK_THROWS_AS(make_directories(scratch / "plain/below"), IoError);
}

TEST_CASE("a file is read up to the bound and not beyond", "[file]") {
  const Scratch scratch;
  write(scratch / "five", "12345");
  CHECK(read_file(scratch / "five", 5) == "12345");
  CHECK(code_of([&] { static_cast<void>(read_file(scratch / "five", 4)); }) == ExitCode::failed);
  CHECK_THROWS_AS(read_file(scratch / "five", 4), FormatError);
  write(scratch / "empty", "");
  CHECK(read_file(scratch / "empty", 0).empty());
}

TEST_CASE("only a regular file that is there is read", "[file]") {
  const Scratch scratch;
  CHECK_THROWS_AS(read_file(scratch / "missing", 1), NotFoundError);
  CHECK_THROWS_AS(read_file(scratch.path(), 1), IoError);
  REQUIRE(::mkfifo((scratch / "fifo").c_str(), 0600) == 0);
  CHECK_THROWS_AS(read_file(scratch / "fifo", 1), IoError);  // and does not wait for a writer
}

TEST_CASE("a source can go back and read again", "[file]") {
  const Scratch scratch;
  write(scratch / "file", "0123456789");
  FileSource source(scratch / "file");
  CHECK(source.size() == 10);
  CHECK(read_all(source, 10, "file") == "0123456789");
  source.seek(7);
  CHECK(read_all(source, 10, "file") == "789");
}

TEST_CASE("a plain file is new or an error", "[file]") {
  const Scratch scratch;
  PlainFile file(scratch / "chunk");
  file.write("abc");
  file.write("");
  file.write("def");
  file.close();
  CHECK(read(scratch / "chunk") == "abcdef");
  CHECK_THROWS_AS(PlainFile(scratch / "chunk"), IoError);
  fs::create_symlink(scratch / "elsewhere", scratch / "link");
  CHECK_THROWS_AS(PlainFile(scratch / "link"), IoError);
  CHECK_FALSE(fs::exists(scratch / "elsewhere"));
}

TEST_CASE("the second holder of a lock gets exit code 18 and hears who has it", "[file]") {
  const Scratch scratch;
  {
    const FileLock first(scratch / "lock", "the point");
    const auto second = [&] { const FileLock lock(scratch / "lock", "the point"); };
    CHECK(code_of(second) == ExitCode::locked);
    CHECK(contains(message_of(second), "process " + std::to_string(::getpid())));
    CHECK(contains(message_of(second), "the point"));
  }
  const FileLock again(scratch / "lock", "the point");  // a lock file that stays locks nothing
}

TEST_CASE("a temporary directory is private and goes with all it holds", "[file]") {
  const Scratch scratch;
  fs::path path;
  {
    TempDir first(scratch.path(), "spool-");
    TempDir moved(std::move(first));
    path = moved.path();
    CHECK(path.filename().native().starts_with("spool-"));
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
    write(path / "below/file", "x");
  }
  CHECK_FALSE(fs::exists(path));
  CHECK_THROWS_AS(TempDir(scratch / "missing", "x-"), IoError);
}

TEST_CASE("too little space is found before the work, with exit code 17", "[file]") {
  const Scratch scratch;
  CHECK(code_of([&] { require_space(scratch.path(), ~std::uint64_t{0}, "a test"); }) == ExitCode::no_space);
  CHECK_NOTHROW(require_space(scratch.path(), 1, "a test"));
  CHECK_THROWS_AS(free_space(scratch / "missing"), IoError);
}

TEST_CASE("a file can be read at any place without moving where it is read", "[file]") {
  const Scratch scratch;
  write(scratch / "a", "0123456789");
  FileSource source(scratch / "a");
  std::string buffer(4, '\0');
  CHECK(source.read_at(5, buffer) == 4);
  CHECK(buffer == "5678");
  CHECK(source.read_at(8, buffer) == 2);
  CHECK(buffer.substr(0, 2) == "89");
  CHECK(source.read_at(10, buffer) == 0);
  CHECK(source.read_at(1ULL << 40U, buffer) == 0);
  CHECK(source.read(buffer) == 4);
  CHECK(buffer == "0123");
}

TEST_CASE("a file can be written in any order and has zeros where nothing was written", "[file]") {
  const Scratch scratch;
  AtomicFile file(scratch / "a");
  file.write_at(6, "end");
  file.write_at(0, "ab");
  CHECK(file.size() == 9);
  file.publish();
  CHECK(read(scratch / "a") == std::string("ab\0\0\0\0end", 9));
}
