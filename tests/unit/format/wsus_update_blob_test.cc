// SPDX-License-Identifier: Apache-2.0
// Cabinets as servers send them, made by gcab, and what a hostile one may hold.
#include "format/wsus/update_blob.h"

#include <catch2/catch.hpp>

#include "common/encoding.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::format;
using namespace ferry::tests;
using namespace std::string_literals;

namespace {

// A cabinet of files with these contents, MSZIP or stored.
std::string cabinet_of(const std::vector<std::string>& contents, const std::string& option = "--zip") {
  const Scratch scratch;
  std::string command = "cd " + scratch.path().native() + " && gcab --create --nopath " + option + " made.cab";
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const std::string name = "blob" + (i == 0 ? "" : std::to_string(i));
    write(scratch / name, contents[i]);
    command += " " + name;
  }
  REQUIRE(run(command));
  return read(scratch / "made.cab");
}

std::string refusal_of(const std::string& cabinet) {
  REQUIRE(code_of([&] { static_cast<void>(wsus::document_from_cabinet(cabinet)); }) == ExitCode::failed);
  return message_of([&] { static_cast<void>(wsus::document_from_cabinet(cabinet)); });
}

}  // namespace

TEST_CASE("a document of any characters comes out of a cabinet as the same bytes", "[format][wsus]") {
  std::string large = "<a>";
  while (large.size() < 300'000)
    large += "\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80\xef\xbb\xbf\r\n" + std::to_string(large.size());
  for (const std::string& document : {std::string("<a/>"), std::string("\xef\xbb\xbf<a/>"), large})
    for (const char* option : {"--zip", ""})
      CHECK(wsus::document_from_cabinet(cabinet_of({utf16le_from_utf8(document)}, option)) == document);
}

TEST_CASE("more than 5,120 bytes of UTF-16 travel as a cabinet, whatever they take in UTF-8", "[format][wsus]") {
  CHECK_FALSE(wsus::travels_as_cabinet(std::string(2560, 'a')));
  CHECK(wsus::travels_as_cabinet(std::string(2561, 'a')));
  std::string wide;
  for (int i = 0; i < 1280; ++i) wide += "\xf0\x9f\x98\x80";
  CHECK_FALSE(wsus::travels_as_cabinet(wide));
  CHECK(wsus::travels_as_cabinet(wide + "a"));
}

TEST_CASE("a blob that is no whole UTF-16 text is refused with the reason", "[format][wsus]") {
  CHECK(contains(refusal_of(cabinet_of({"<\0a"s})), "holds 3 bytes; expected an even number"));
  CHECK(contains(refusal_of(cabinet_of({"\x3d\xd8"s})), "half of a surrogate pair"));
  CHECK(contains(refusal_of(cabinet_of({"\x3d\xd8\x3d\xd8"s})), "half of a surrogate pair"));
  CHECK(contains(refusal_of(cabinet_of({"\x00\xde<\0"s})), "half of a surrogate pair"));
  CHECK(contains(refusal_of(cabinet_of({"<\0"s, "<\0"s})), "several files"));
}

TEST_CASE("a blob that is no cabinet, or a damaged one, is refused", "[format][wsus]") {
  CHECK(contains(refusal_of(""), "XmlUpdateBlobCompressed"));
  CHECK(contains(refusal_of("<upd:Update/>"), "XmlUpdateBlobCompressed"));
  std::string whole = cabinet_of({utf16le_from_utf8(std::string(100'000, 'a') + "b")});
  static_cast<void>(refusal_of(whole.substr(0, whole.size() / 2)));
  whole[whole.size() - 20] = static_cast<char>(whole[whole.size() - 20] ^ 0x55);
  static_cast<void>(refusal_of(whole));
}

TEST_CASE("a blob that unpacks to more than a document may have is refused before it is held", "[format][wsus]") {
  const std::string bomb = cabinet_of({std::string(129ULL * 1024 * 1024, '\0')});
  CHECK(bomb.size() < 2ULL * 1024 * 1024);
  CHECK(contains(refusal_of(bomb), "134217728"));
}

TEST_CASE("an update has its document in exactly one form", "[format][wsus]") {
  wsus::UpdateData update;
  update.id = {id(1), 2};
  CHECK(contains(message_of([&] { static_cast<void>(wsus::document_of(update)); }), "has neither"));
  update.blob = "<a/>";
  CHECK(wsus::document_of(update) == "<a/>");
  update.compressed_blob = cabinet_of({utf16le_from_utf8("<b/>")});
  CHECK(contains(message_of([&] { static_cast<void>(wsus::document_of(update)); }), "has both"));
  update.blob.reset();
  CHECK(wsus::document_of(update) == "<b/>");
  update.compressed_blob = "no cabinet";
  CHECK(contains(message_of([&] { static_cast<void>(wsus::document_of(update)); }), id(1).text() + " revision 2: "));
}
