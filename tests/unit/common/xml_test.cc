// SPDX-License-Identifier: Apache-2.0
#include "common/xml.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "tests/unit/common/drip.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;

namespace {

using namespace std::string_literals;

class Ignore final : public XmlVisitor {
 public:
  void start(const XmlElement& /*element*/) override { ++elements; }
  void end(std::uint64_t /*end_offset*/) override {}
  std::size_t elements = 0;
};

void parse(std::string_view bytes, bool plain = false) {
  Ignore visitor;
  XmlLimits limits;
  limits.plain = plain;
  parse_xml(bytes, limits, visitor);
}

// The bytes of every element, by the offsets that the visitor gets.
class Cutter final : public XmlVisitor {
 public:
  explicit Cutter(std::string_view bytes) : bytes_(bytes) {}
  void start(const XmlElement& element) override { starts_.push_back(element.offset); }
  void end(std::uint64_t end_offset) override {
    pieces.emplace_back(bytes_.substr(starts_.back(), end_offset - starts_.back()));
    starts_.pop_back();
  }
  std::vector<std::string> pieces;

 private:
  std::string_view bytes_;
  std::vector<std::uint64_t> starts_;
};

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += "<a>";
  for (std::size_t i = 0; i < depth; ++i) text += "</a>";
  return text;
}

}  // namespace

TEST_CASE("elements, attributes and text arrive with their namespaces", "[xml]") {
  const XmlNode root = parse_xml_tree("<x:r xmlns:x='urn:x' xmlns='urn:d' a='1' b='&lt;&#65;'>t<c/>u</x:r>", {});
  CHECK(root.name == "r");
  CHECK(root.name_space == "urn:x");
  REQUIRE(root.attributes.size() == 2);
  CHECK(root.attributes[0] == std::pair<std::string, std::string>("a", "1"));
  CHECK(root.attributes[1].second == "<A");
  CHECK(root.text == "tu");
  REQUIRE(root.children.size() == 1);
  CHECK(root.children[0].name_space == "urn:d");
}

TEST_CASE("a document type declaration is refused, whatever it declares", "[xml]") {
  for (const char* bad :
       {"<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM \"http://example.org/a.dtd\"><a/>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<!DOCTYPE a [<!ENTITY x SYSTEM \"/etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % x SYSTEM \"/etc/passwd\"> %x;]><a/>",
        "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>"})
    CHECK_THROWS_WITH(parse(bad), Catch::Contains("document type declaration"));
}

TEST_CASE("an entity that nobody can have defined is an error", "[xml]") {
  CHECK_THROWS_AS(parse("<a>&x;</a>"), FormatError);
  CHECK_THROWS_AS(parse("<a b='&x;'/>"), FormatError);
  CHECK_NOTHROW(parse("<a b='&amp;&lt;&gt;&quot;&apos;'>&#x41;</a>"));
}

TEST_CASE("depth and attributes are bounded where the limits say", "[xml]") {
  Ignore visitor;
  XmlLimits limits;
  limits.max_depth = 5;
  limits.max_attributes = 2;
  CHECK_NOTHROW(parse_xml(nested(5), limits, visitor));
  CHECK_THROWS_AS(parse_xml(nested(6), limits, visitor), FormatError);
  CHECK_NOTHROW(parse_xml("<a b='' c=''/>", limits, visitor));
  CHECK_THROWS_AS(parse_xml("<a b='' c='' d=''/>", limits, visitor), FormatError);
  // A million levels must end in an error and not in a stack overflow.
  CHECK_THROWS_AS(parse(nested(1'000'000)), FormatError);
}

TEST_CASE("what other parsers wink at is not well-formed here", "[xml]") {
  for (const std::string& bad : {""s,
                                 " "s,
                                 "text"s,
                                 "<a/><b/>"s,
                                 "<a/>text"s,
                                 "<a>"s,
                                 "<a></b>"s,
                                 "<a b='1' b='2'/>"s,
                                 "<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>"s,
                                 "<x:a/>"s,
                                 "<a>\xff</a>"s,
                                 "<a>\xc0\xaf</a>"s,
                                 "<a>\xed\xa0\x80</a>"s,
                                 "<a>\0</a>"s,
                                 "<a/>\0"s,
                                 "<a>&#0;</a>"s,
                                 "<a>\x01</a>"s,
                                 "<a>&#1;</a>"s,
                                 "<a>\xef\xbf\xbf</a>"s,
                                 "<a b=1/>"s,
                                 "<a b='<'/>"s,
                                 "<a>]]></a>"s,
                                 "<a><!-- -- --></a>"s,
                                 " <?xml version='1.0'?><a/>"s})
    CHECK_THROWS_AS(parse(bad), FormatError);
}

TEST_CASE("an error says where and is a damaged file", "[xml]") {
  CHECK(contains(message_of([] { parse("<a>\n<b></c>\n</a>"); }), "line 2"));
  CHECK(code_of([] { parse("<a>"); }) == ExitCode::damaged);
}

TEST_CASE("comments, instructions and CDATA are read where they may be and refused in plain documents", "[xml]") {
  for (const char* extra : {"<!-- c -->", "<?pi data?>", "<![CDATA[text]]>"}) {
    const std::string document = "<a>"s + extra + "</a>";
    CHECK_NOTHROW(parse(document));
    CHECK_THROWS_AS(parse(document, true), FormatError);
  }
  CHECK_THROWS_AS(parse("<!-- before --><a/>", true), FormatError);
  CHECK_THROWS_AS(parse("<a/><?after?>", true), FormatError);
  CHECK_NOTHROW(parse("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>", true));
}

TEST_CASE("where only UTF-8 is wanted, no other encoding is read", "[xml]") {
  const auto parse_utf8 = [](const std::string& bytes) {
    Ignore visitor;
    XmlLimits limits;
    limits.utf8_only = true;
    parse_xml(bytes, limits, visitor);
  };
  const auto parse_dripping = [](const std::string& bytes) {
    Ignore visitor;
    XmlLimits limits;
    limits.utf8_only = true;
    Drip source(bytes);
    parse_xml(source, limits, visitor);
  };
  CHECK_NOTHROW(parse_utf8("<?xml version='1.0' encoding='utf-8'?><a>\xc3\xbc</a>"));
  CHECK_NOTHROW(parse_utf8("\xef\xbb\xbf<a/>"));
  CHECK_NOTHROW(parse_utf8("<?xml version='1.0'?><a/>"));
  CHECK_THROWS_AS(parse_utf8("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>"), FormatError);
  CHECK_THROWS_AS(parse_utf8("\xff\xfe<\0a\0/\0>\0"s), FormatError);
  CHECK_THROWS_AS(parse_utf8("\xfe\xff\0<\0a\0/\0>"s), FormatError);
  CHECK_THROWS_AS(parse_utf8("<\0a\0/\0>\0"s), FormatError);
  CHECK_NOTHROW(parse_dripping("\xef\xbb\xbf<a/>"));
  CHECK_THROWS_AS(parse_dripping("\xff\xfe<\0a\0/\0>\0"s), FormatError);
  CHECK_THROWS_AS(parse_dripping("<\0a\0/\0>\0"s), FormatError);
}

TEST_CASE("the offsets of start and end cut exactly the element's bytes", "[xml]") {
  const std::string document =
      "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- ü --><r>\n <e a='&gt;>'/>text &amp; ü<f>\r\n<g></g >x</f></r>\n";
  Cutter cutter(document);
  parse_xml(document, {}, cutter);
  REQUIRE(cutter.pieces.size() == 4);
  CHECK(cutter.pieces[0] == "<e a='&gt;>'/>");
  CHECK(cutter.pieces[1] == "<g></g >");
  CHECK(cutter.pieces[2] == "<f>\r\n<g></g >x</f>");
  CHECK(cutter.pieces[3] == document.substr(document.find("<r>"), document.rfind('>') + 1 - document.find("<r>")));
}

TEST_CASE("offsets stay right in a document longer than one parsing step", "[xml]") {
  // The parser is fed by the megabyte; an element may lie across the seam.
  const std::string filler(1024 * 1024 - 8, ' ');
  const std::string document = "<r>" + filler + "<element attribute='value'>text</element></r>";
  Cutter cutter(document);
  parse_xml(document, {}, cutter);
  REQUIRE(cutter.pieces.size() == 2);
  CHECK(cutter.pieces[0] == "<element attribute='value'>text</element>");
}

TEST_CASE("an exception of the visitor stops the parser and reaches the caller", "[xml]") {
  class Thrower final : public XmlVisitor {
   public:
    void start(const XmlElement& /*element*/) override {
      ++calls;
      throw std::runtime_error("enough");
    }
    void end(std::uint64_t /*end_offset*/) override { ++calls; }
    int calls = 0;
  };
  Thrower visitor;
  CHECK_THROWS_WITH(parse_xml("<a><b/></a>", {}, visitor), "enough");
  CHECK(visitor.calls == 1);
}

TEST_CASE("a tree takes no attribute with a namespace", "[xml]") {
  CHECK_THROWS_AS(parse_xml_tree("<a xmlns:x='urn:x' x:b='1'/>", {}), FormatError);
}

TEST_CASE("an attribute is found by its plain name only", "[xml]") {
  class Looker final : public XmlVisitor {
   public:
    void start(const XmlElement& element) override { found = std::string(element.attribute("b").value_or("none")); }
    void end(std::uint64_t /*end_offset*/) override {}
    std::string found;
  };
  Looker visitor;
  parse_xml("<a xmlns:x='urn:x' x:b='no' b='yes'/>", {}, visitor);
  CHECK(visitor.found == "yes");
  parse_xml("<a xmlns:x='urn:x' x:b='no'/>", {}, visitor);
  CHECK(visitor.found == "none");
}

TEST_CASE("the writer gives the canonical form", "[xml]") {
  XmlWriter xml;
  xml.open("a", XmlAttributes{{"xmlns", "urn:a"}, {"z", "1"}, {"b", "2"}});
  xml.empty("c", XmlAttributes{{"d", "x"}});
  xml.open("e");
  xml.leaf("f", XmlAttributes{}, "text");
  xml.close();
  xml.close();
  CHECK(xml.take() ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"urn:a\" z=\"1\" b=\"2\">\n  <c d=\"x\"/>\n"
        "  <e>\n    <f>text</f>\n  </e>\n</a>\n");
}

TEST_CASE("everything written is read back the same", "[xml]") {
  const std::string hard = "a&b<c>d\"e'f\tg\nh\ri ü 日本 \xf0\x9f\x9a\xa2 ]]> --";
  XmlWriter xml;
  xml.open("a", XmlAttributes{{"value", hard}});
  xml.leaf("b", XmlAttributes{}, hard);
  xml.close();
  XmlLimits plain;
  plain.plain = true;
  const XmlNode root = parse_xml_tree(xml.take(), plain);
  CHECK(root.attributes.at(0).second == hard);
  CHECK(root.children.at(0).text == hard);
}

TEST_CASE("escaping leaves nothing that could end a value", "[xml]") {
  CHECK(xml_escaped("<&>\"\t\n\r") == "&lt;&amp;&gt;&quot;&#9;&#10;&#13;");
  CHECK(xml_escaped("plain ü") == "plain ü");
}

namespace {

// Everything that it is told, as text.
class Transcript final : public XmlVisitor {
 public:
  void start(const XmlElement& element) override { said += "S(" + std::string(element.name) + ")"; }
  void text(std::string_view part) override { said += "T(" + std::string(part) + ")"; }
  void end(std::uint64_t /*end_offset*/) override { said += "E"; }
  void instruction(std::string_view target, std::string_view data) override {
    said += "I(" + std::string(target) + "|" + std::string(data) + ")";
  }
  void raw(std::string_view part) override {
    said += "R";
    all.append(part);
  }
  std::string said;
  std::string all;
};

}  // namespace

TEST_CASE("raw gives every byte as it is written, a start tag behind its start and all else before", "[xml]") {
  const std::string xml =
      "<?xml version='1.0'?>\r\n<!-- c --><a  b='1'\r\n>x&amp;\r\n<b/><![CDATA[<]]><?do it?></a >\n<!-- end -->";
  XmlLimits limits;
  limits.raw = true;
  Transcript transcript;
  parse_xml(xml, limits, transcript);
  CHECK(transcript.all == xml.substr(xml.find("\r\n")));
  CHECK(transcript.said.find("S(a)R") != std::string::npos);
  CHECK(transcript.said.find("S(b)RRE") != std::string::npos);
  CHECK(transcript.said.find("RI(do|it)") != std::string::npos);
  CHECK(transcript.said.find("RE") != std::string::npos);
}

TEST_CASE("a document of any length is read from a stream, with the same limits and errors", "[xml]") {
  std::string xml = "<a>";
  for (int i = 0; i < 100'000; ++i) xml += "<b c=\"" + std::to_string(i) + "\">text</b>";
  xml += "</a>";
  Transcript whole;
  Transcript streamed;
  parse_xml(xml, {}, whole);
  MemorySource source(xml);
  parse_xml(source, {}, streamed);
  // Texts may be cut in other places.
  CHECK(std::count(whole.said.begin(), whole.said.end(), 'S') ==
        std::count(streamed.said.begin(), streamed.said.end(), 'S'));
  MemorySource cut(std::string_view(xml).substr(0, xml.size() - 2));
  const std::string message = message_of([&cut] {
    Transcript ignored;
    parse_xml(cut, {}, ignored);
  });
  CHECK(contains(message, "cut short"));
  XmlLimits limits;
  limits.max_token_bytes = 1000;
  const std::string endless = "<a " + std::string(4'000'000, 'x');
  MemorySource long_tag(endless);
  CHECK(contains(message_of([&] {
                   Transcript ignored;
                   parse_xml(long_tag, limits, ignored);
                 }),
                 "longer than 1000 bytes"));
}

TEST_CASE("bytes that were brought to UTF-8 are read as that, whatever their declaration says", "[xml]") {
  XmlLimits limits;
  limits.is_utf8 = true;
  Transcript transcript;
  parse_xml("<?xml version=\"1.0\" encoding=\"utf-16\"?><a>\xc3\xbc</a>", limits, transcript);
  CHECK(transcript.said == "S(a)T(\xc3\xbc)E");
}
