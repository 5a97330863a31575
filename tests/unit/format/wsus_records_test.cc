// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/metadata_records.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "format/limits.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

struct ReadRecord {
  RevisionId id;
  std::string document;
};

std::vector<ReadRecord> records_of(std::string_view text) {
  std::vector<ReadRecord> records;
  MemorySource source(text);
  wsus::read_metadata_records(source, [&records](const RevisionId& revision, std::string_view document) {
    records.push_back({revision, std::string(document)});
  });
  return records;
}

std::string record_text(const RevisionId& revision, std::string_view document) {
  StringSink sink;
  wsus::write_metadata_record(sink, revision, document);
  return sink.take();
}

std::string big_endian(std::string units) {
  for (std::size_t i = 0; i + 1 < units.size(); i += 2) std::swap(units[i], units[i + 1]);
  return units;
}

const std::string ship = "\xf0\x9f\x9a\xa2";  // outside the first 65,536 characters: two UTF-16 code units

}  // namespace

TEST_CASE("a record says its revision and length in eight hexadecimal digits, the length in UTF-16 code units",
          "[wsus][records]") {
  CHECK(record_text({id(7), 200}, "<a>\xc3\xbc" + ship + "</a>") ==
        "00000007-0000-4000-8000-000000000007,000000c8,0000000a,<a>\xc3\xbc" + ship + "</a>\r\n");
}

TEST_CASE("documents that hold line ends and what looks like a record come back as they were", "[wsus][records]") {
  const std::string first = "<a>\r\n\n" + record_text({id(9), 1}, "<x/>") + "</a>\r\n";
  const std::string text = record_text({id(1), 1}, first) + record_text({id(2), 300}, "<b/>");
  const auto records = records_of(text);
  REQUIRE(records.size() == 2);
  CHECK(records[0].document == first);
  CHECK(records[1].id == RevisionId{id(2), 300});
  CHECK(records[1].document == "<b/>");
}

TEST_CASE("the same records are read in every encoding that a writer may have used", "[wsus][records]") {
  const std::string text = record_text({id(1), 1}, "<a>" + ship + "\xc3\xbc</a>") + record_text({id(2), 2}, "<b/>");
  const std::string units = utf16le_from_utf8(text);
  for (const std::string& encoded :
       {text, "\xef\xbb\xbf" + text, "\xff\xfe" + units, units, "\xfe\xff" + big_endian(units), big_endian(units)}) {
    const auto records = records_of(encoded);
    REQUIRE(records.size() == 2);
    CHECK(records[0].document == "<a>" + ship + "\xc3\xbc</a>");
    CHECK(records[1].document == "<b/>");
  }
}

TEST_CASE("line ends between records may be of any kind or missing at the end", "[wsus][records]") {
  std::string text = record_text({id(1), 1}, "<a/>");
  text.replace(text.size() - 2, 2, "\n\n");
  text += record_text({id(2), 1}, "<b/>");
  text.resize(text.size() - 2);
  CHECK(records_of(text).size() == 2);
  CHECK(records_of("").empty());
  CHECK(records_of("\r\n").empty());
}

TEST_CASE("a document longer than any buffer comes whole", "[wsus][records]") {
  std::string document;
  while (document.size() < 300'000) document += "x" + ship + "\xe2\x82\xac";
  const auto records = records_of(record_text({id(1), 1}, document) + record_text({id(2), 1}, "<b/>"));
  REQUIRE(records.size() == 2);
  CHECK(records[0].document == document);
}

TEST_CASE("a text that ends within a record is told as cut short, with the record", "[wsus][records]") {
  const std::string first = record_text({id(1), 1}, "<a/>");
  const std::string second = record_text({id(2), 1}, "<b>\xc3\xbc</b>");
  for (std::size_t size = first.size() + 1; size < first.size() + second.size() - 2; ++size) {
    const std::string message = message_of([&] { static_cast<void>(records_of((first + second).substr(0, size))); });
    INFO(size << ": " << message);
    CHECK(contains(message, "record 2"));
  }
  CHECK(contains(message_of([&] { static_cast<void>(records_of(first.substr(0, 57))); }), "cut short"));
}

TEST_CASE("a length that lies is refused where the next record should begin", "[wsus][records]") {
  std::string text = record_text({id(1), 1}, "<a>1</a>") + record_text({id(2), 1}, "<b/>");
  for (const char* length : {"00000007", "0000000b", "00000000", "0000ffff", "ffffffff"}) {
    std::string lying = text;
    lying.replace(46, 8, length);
    INFO(length);
    CHECK(code_of([&] { static_cast<void>(records_of(lying)); }) == ExitCode::failed);
  }
  // One that ends in the middle of a character of two code units.
  std::string half = record_text({id(1), 1}, ship);
  half.replace(46, 8, "00000001");
  CHECK(contains(message_of([&] { static_cast<void>(records_of(half)); }), "middle of a character"));
}

TEST_CASE("a length that is off by one is noticed, also where only line ends stand beside the document",
          "[wsus][records]") {
  const auto rejoined = [](const std::vector<std::string>& documents, std::string_view line_end, std::size_t place,
                           int off) {
    std::string text;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      std::string one = record_text({id(static_cast<unsigned>(i + 1)), 1}, documents[i]);
      one.replace(one.size() - 2, 2, line_end);
      if (i == place) {
        const auto units = static_cast<int>(utf16le_from_utf8(documents[i]).size() / 2);
        one.replace(46, 8, fmt::format("{:08x}", units + off));
      }
      text += one;
    }
    return text;
  };
  const std::vector<std::vector<std::string>> packages{{"<a/>"},
                                                       {"<a/>\n"},
                                                       {"<a/>\r\n"},
                                                       {"<a/>", "<b>2</b>"},
                                                       {"<a/>", "<b/>", "<c/>\n"},
                                                       {"<a/>\n", "<b/>\n", "<c/>\n"}};
  for (const auto& documents : packages) {
    for (const std::string_view line_end : {"\r\n", "\n"}) {
      for (std::size_t place = 0; place < documents.size(); ++place) {
        INFO(documents.size() << " documents, line ends of " << line_end.size() << ", record " << place + 1);
        CHECK(records_of(rejoined(documents, line_end, place, 0)).size() == documents.size());
        for (const int off : {-1, 1}) {
          // A document alone, with line ends of its own before those of a package with bare ones, may have any of them.
          const bool can_be_known = documents.size() > 1 || off > 0 || documents[0] != "<a/>\n" || line_end != "\n";
          INFO("off by " << off);
          if (can_be_known)
            CHECK(
                contains(message_of([&] { static_cast<void>(records_of(rejoined(documents, line_end, place, off))); }),
                         "record"));
        }
      }
    }
  }
}

TEST_CASE("what is no record is refused and shown harmlessly", "[wsus][records]") {
  const std::string junk = "this is no record at all \x1b[2J, but a text that somebody renamed to metadata.txt";
  const std::string message = message_of([&] { static_cast<void>(records_of(junk)); });
  CHECK(contains(message, "record 1"));
  CHECK_FALSE(contains(message, "\x1b"));
  CHECK(code_of([] { static_cast<void>(records_of(std::string(5000, '\n'))); }) == ExitCode::failed);
  std::string no_comma = record_text({id(1), 1}, "<a/>");
  no_comma[54] = ';';
  CHECK(code_of([&] { static_cast<void>(records_of(no_comma)); }) == ExitCode::failed);
}

TEST_CASE("a document beyond the limit is refused before it is held whole", "[wsus][records]") {
  std::string text = record_text({id(1), 1}, std::string(limits::max_document_bytes + 1, 'x'));
  CHECK(contains(message_of([&] { static_cast<void>(records_of(text)); }), "64.0 MiB"));
}

TEST_CASE("text that is neither UTF-8 nor UTF-16 is refused", "[wsus][records]") {
  const std::string latin = record_text({id(1), 1}, "<a>\xfc</a>");
  CHECK(code_of([&] { static_cast<void>(records_of(latin)); }) == ExitCode::failed);
  std::string odd = "\xff\xfe" + utf16le_from_utf8(record_text({id(1), 1}, "<a/>"));
  odd.pop_back();
  CHECK(code_of([&] { static_cast<void>(records_of(odd)); }) == ExitCode::failed);
  const std::string lone = "\xff\xfe" + utf16le_from_utf8(record_text({id(1), 1}, "<a/>")) + std::string("\x00\xd8", 2);
  CHECK(code_of([&] { static_cast<void>(records_of(lone)); }) == ExitCode::failed);
}
