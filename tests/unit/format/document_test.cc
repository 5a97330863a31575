// SPDX-License-Identifier: Apache-2.0
// What holds for documents of either dialect: they are hostile. The dialects: upd_ and sdp_document_test.cc.
#include "format/document.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/limits.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

std::string titled(const std::string& title) {
  DocumentSpec spec;
  spec.title = title;
  return update_document(spec);
}

std::vector<std::string> documents() { return {update_document({}), sdp_document(1, "title")}; }

std::string inserted(const std::string& document, const std::string& before, const std::string& text) {
  const auto at = document.find(before);
  REQUIRE(at != std::string::npos);
  return std::string(document).insert(at, text);
}

// Inside the root element of both dialects, as its last child.
std::string with_child(const std::string& document, const std::string& child) {
  return std::string(document).insert(document.rfind("</"), child);
}

}  // namespace

TEST_CASE("a byte order mark and a declaration change nothing", "[document]") {
  for (const std::string& document : documents()) {
    const Update plain = parse_document(document);
    const Update marked = parse_document("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n" + document);
    CHECK(marked.id == plain.id);
    CHECK(marked.title() == plain.title());
  }
}

TEST_CASE("a broken document is the publisher's fault: exit code 1, not 15", "[document]") {
  CHECK(code_of([] { static_cast<void>(parse_document("<a>")); }) == ExitCode::failed);
  CHECK(code_of([] { static_cast<void>(parse_document("<a/>")); }) == ExitCode::failed);
  CHECK(code_of([] { static_cast<void>(parse_document("")); }) == ExitCode::failed);
}

TEST_CASE("another root element is refused by name", "[document]") {
  CHECK_THROWS_WITH(parse_document("<catalog/>"), Catch::Contains("'catalog'"));
  CHECK_THROWS_AS(parse_document("<Update/>"), FormatError);  // the name without the namespace
  CHECK_THROWS_AS(parse_document("<u:Other xmlns:u='http://schemas.microsoft.com/msus/2002/12/Update'/>"), FormatError);
  CHECK_THROWS_AS(parse_document("<Update xmlns='http://schemas.microsoft.com/msus/2002/12/update'/>"), FormatError);
}

TEST_CASE("a document that is cut anywhere is refused", "[document]") {
  for (const std::string& document : documents()) {
    std::size_t accepted = 0;
    for (std::size_t length = 0; length < document.size(); ++length) {
      try {
        static_cast<void>(parse_document(std::string_view(document).substr(0, length)));
        ++accepted;
      } catch (const FormatError&) {
      }
    }
    CHECK(accepted == 0);
    CHECK_THROWS_AS(parse_document(document + document), FormatError);
  }
}

TEST_CASE("no document brings a document type or an entity", "[document]") {
  for (const std::string& document : documents()) {
    CHECK_THROWS_AS(parse_document("<!DOCTYPE x>" + document), FormatError);
    CHECK_THROWS_AS(parse_document("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + document), FormatError);
    CHECK_THROWS_AS(parse_document(inserted(document, "</", "&e;")), FormatError);
  }
}

TEST_CASE("elements may nest as deep as the limit and no deeper", "[document]") {
  for (const std::string& document : documents()) {
    const auto nested = [&document](std::size_t levels) {
      std::string text;
      for (std::size_t i = 0; i < levels; ++i) text += "<x>";
      for (std::size_t i = 0; i < levels; ++i) text += "</x>";
      return with_child(document, text);
    };
    CHECK_NOTHROW(parse_document(nested(limits::max_document_depth - 1)));
    CHECK_THROWS_WITH(parse_document(nested(limits::max_document_depth)), Catch::Contains("deeper than 200"));
  }
}

TEST_CASE("a text may have 64 KiB and no byte more, in elements and attributes", "[document]") {
  const auto title = [](std::size_t size) {
    return std::vector<std::string>{titled(std::string(size, 't')), sdp_document(1, std::string(size, 't')),
                                    sdp_document(1, "t", std::string(size, 'v'))};
  };
  for (const std::string& document : title(limits::max_text_bytes)) CHECK_NOTHROW(parse_document(document));
  for (const std::string& document : title(limits::max_text_bytes + 1))
    CHECK_THROWS_WITH(parse_document(document), Catch::Contains("65536"));
}

TEST_CASE("text that the model does not keep may be as long as it likes", "[document]") {
  // Package manifests of tens of megabytes stand in Metadata.
  const std::string rules = "<upd:ApplicabilityRules><upd:Metadata><m>" + std::string(300'000, 'x') +
                            "</m></upd:Metadata></upd:ApplicabilityRules>";
  CHECK_NOTHROW(parse_document(with_child(update_document({}), rules)));
}

TEST_CASE("a document of more than 64 MiB is refused before it is parsed", "[document]") {
  const std::string huge(limits::max_document_bytes + 1, ' ');
  CHECK_THROWS_WITH(parse_document(huge), Catch::Contains("at most"));
}

TEST_CASE("what the model does not know is left alone", "[document]") {
  for (const std::string& document : documents()) {
    const Update plain = parse_document(document);
    const Update more = parse_document(
        with_child(document, "<new xmlns='urn:later' a='b'>text<Title>not a title</Title></new><!-- note --><?pi?>"));
    CHECK(more.id == plain.id);
    CHECK(more.title() == plain.title());
    CHECK(more.texts.size() == plain.texts.size());
  }
}

TEST_CASE("text around unknown markup inside a title is kept whole", "[document]") {
  for (const std::string& document : {titled("one <b>two</b> three"), sdp_document(1, "one <b>two</b> three")}) {
    const std::string title = parse_document(document).title();
    CHECK(title.starts_with("one "));
    CHECK(title.ends_with(" three"));
  }
}

TEST_CASE("elements of another namespace are not mistaken for the dialect's own", "[document]") {
  const std::string document =
      with_child(update_document({}), "<x:Files xmlns:x='urn:x'><x:File Size='bad'/></x:Files>");
  CHECK(parse_document(document).files.empty());
}

TEST_CASE("only UTF-8 to the letter is read", "[document]") {
  for (const char* bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "&#0;", "&#xFFFE;"}) {
    CHECK_THROWS_AS(parse_document(titled(bytes)), FormatError);
    CHECK_THROWS_AS(parse_document(sdp_document(1, bytes)), FormatError);
  }
}

TEST_CASE("many relations and texts are read without a limit of our own", "[document]") {
  std::vector<unsigned> many;
  for (unsigned i = 2; i < 5000; ++i) many.push_back(i);
  DocumentSpec spec;
  spec.relations = needs(many);
  CHECK(parse_document(update_document(spec)).prerequisites.size() == many.size());
}
