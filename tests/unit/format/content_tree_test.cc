// SPDX-License-Identifier: Apache-2.0
#include "format/content_tree.h"

#include <catch2/catch.hpp>

#include "common/text.h"
#include "format/wsus/content_path.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

// A store with these files, and what updates want of them.
struct TreeSetting {
  Scratch scratch;
  ContentStore store{scratch / "content"};
  FilesWanted wanted;

  std::string add(const std::string& bytes, const std::string& name = "Setup.exe", bool is_held = true) {
    WantedFile file;
    file.sha1 = sha1(bytes);
    file.sha256 = sha256(bytes);
    file.size = bytes.size();
    file.name = name;
    if (is_held) {
      IncomingContent incoming = store.receive(sha256(bytes));
      incoming.write(bytes);
      file.held = incoming.publish();
    }
    wanted[file.sha1] = file;
    return wsus::content_path(file.sha1, name);
  }
  [[nodiscard]] std::filesystem::path tree() const { return scratch / "WsusContent"; }
  TreeWritten write_tree() {
    return write_content_tree(store, ContentTree(tree()), wanted, true, [](std::uint64_t) {});
  }
  TreeCheck check_tree() {
    return check_content_tree(ContentTree(tree()), wanted, wanted, [](std::uint64_t) {});
  }
};

}  // namespace

TEST_CASE("a tree is written once and found complete afterwards", "[content][tree]") {
  TreeSetting setting;
  const std::string one = setting.add("one");
  const std::string two = setting.add("two", "licence.txt");
  const TreeWritten written = setting.write_tree();
  CHECK(written.added == 2);
  CHECK(written.bytes == 6);
  CHECK(read(setting.tree() / one) == "one");
  CHECK(read(setting.tree() / two) == "two");
  const auto before = std::filesystem::last_write_time(setting.tree() / one);
  const TreeWritten again = setting.write_tree();
  CHECK(again.added == 0);
  CHECK(again.there == 2);
  CHECK(std::filesystem::last_write_time(setting.tree() / one) == before);
  const TreeCheck check = setting.check_tree();
  CHECK(check.sound == 2);
  CHECK(check.missing.empty());
  CHECK(check.wrong.empty());
  CHECK(check.orphaned.empty());
}

TEST_CASE("a file of another size is replaced where it stands, one in lower case counts", "[content][tree]") {
  TreeSetting setting;
  const std::string one = setting.add("one");
  const std::string two = setting.add("two");
  write(setting.tree() / one, "cut");
  std::filesystem::resize_file(setting.tree() / one, 2);
  write(setting.tree() / to_lower(two), "two");
  const TreeWritten written = setting.write_tree();
  CHECK(written.replaced == 1);
  CHECK(written.there == 1);
  CHECK(read(setting.tree() / one) == "one");
  CHECK_FALSE(std::filesystem::exists(setting.tree() / two));
}

TEST_CASE("missing, wrong and orphaned files are told apart", "[content][tree]") {
  TreeSetting setting;
  const std::string one = setting.add("one");
  setting.add("two");
  setting.add("lost", "lost.cab", false);
  CHECK(setting.write_tree().missing.size() == 1);
  write(setting.tree() / "AB" / "stranger.txt", "stranger");
  write(setting.tree() / wsus::content_path(sha1("old"), "old.cab"), "old");
  // A linked file is the store's own, so a new one takes the name.
  std::filesystem::remove(setting.tree() / one);
  write(setting.tree() / one, "eno");
  const TreeCheck check = setting.check_tree();
  CHECK(check.sound == 1);
  REQUIRE(check.missing.size() == 1);
  CHECK(check.missing[0].name == "lost.cab");
  REQUIRE(check.wrong.size() == 1);
  CHECK(check.wrong[0].file.path == one);
  CHECK(contains(check.wrong[0].problem, "SHA-1"));
  CHECK(check.orphaned.size() == 2);
}

TEST_CASE("what a run that died left behind is neither a file of the tree nor in the way", "[content][tree]") {
  TreeSetting setting;
  const std::filesystem::path one = setting.tree() / setting.add("one");
  write(one.parent_path() / (".ferry-" + one.filename().native()), "on");
  CHECK(setting.write_tree().added == 1);
  CHECK(read(one) == "one");
  CHECK(setting.check_tree().orphaned.empty());
}
