// SPDX-License-Identifier: Apache-2.0
#include "format/record.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/limits.h"
#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

const std::string guid = "00000001-0000-4000-8000-000000000001";

void read_all_records(const std::string& chunk) {
  RecordReader reader(chunk);
  while (reader.next()) {
  }
}

}  // namespace

TEST_CASE("records come back as they were written, in order", "[record]") {
  std::string chunk;
  append_put(chunk, {id(1), 202}, Dialect::upd, "<Update/>\nput drop\n");
  append_drop(chunk, {id(2), 0x7FFFFFFF}, DropReason::deselected);
  append_put(chunk, {id(3), 1}, Dialect::sdp, std::string("\0\xff", 2));
  append_drop(chunk, {id(4), 1}, DropReason::replaced);
  append_drop(chunk, {id(5), 1}, DropReason::removed);
  RecordReader reader(chunk);
  auto record = reader.next();
  REQUIRE(record);
  CHECK(record->kind == Record::Kind::put);
  CHECK(record->id == RevisionId{id(1), 202});
  CHECK(record->dialect == Dialect::upd);
  CHECK(record->document == "<Update/>\nput drop\n");
  record = reader.next();
  REQUIRE(record);
  CHECK(record->kind == Record::Kind::drop);
  CHECK(record->id == RevisionId{id(2), 0x7FFFFFFF});
  CHECK(record->reason == DropReason::deselected);
  record = reader.next();
  REQUIRE(record);
  CHECK(record->dialect == Dialect::sdp);
  CHECK(record->document == std::string("\0\xff", 2));
  CHECK(reader.next()->reason == DropReason::replaced);
  CHECK(reader.next()->reason == DropReason::removed);
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.next());  // the end stays the end
}

TEST_CASE("the text of a record is what the format says", "[record]") {
  std::string chunk;
  append_put(chunk, {id(1), 7}, Dialect::upd, "<a/>");
  append_drop(chunk, {id(1), 6}, DropReason::replaced);
  CHECK(chunk == "put " + guid + " 7 upd 4\n<a/>\ndrop " + guid + " 6 replaced\n");
}

TEST_CASE("a chunk without records is empty", "[record]") {
  RecordReader reader("");
  CHECK_FALSE(reader.next());
}

TEST_CASE("every malformed line is refused with its offset", "[record]") {
  const std::string good = "drop " + guid + " 1 removed\n";
  REQUIRE_NOTHROW(read_all_records(good));
  REQUIRE_NOTHROW(read_all_records("put " + guid + " 1 upd 1\nx\n"));
  for (const std::string& bad : std::vector<std::string>{"\n",
                                                         " \n",
                                                         "x",
                                                         "drop\n",
                                                         "put\n",
                                                         "Drop " + guid + " 1 removed\n",
                                                         "keep " + guid + " 1 removed\n",
                                                         "drop " + guid + " 1 removed",  // no line end
                                                         "drop " + guid + " 1 removed \n",
                                                         "drop " + guid + "  1 removed\n",
                                                         " drop " + guid + " 1 removed\n",
                                                         "drop " + guid + " 1 removed\r\n",
                                                         "drop\t" + guid + " 1 removed\n",
                                                         "drop " + guid + " 1 removed more\n",
                                                         "drop " + guid + " 1 lost\n",
                                                         "drop " + guid + " 1 Removed\n",
                                                         "drop " + guid + " 1 \n",
                                                         "drop " + guid + " 0 removed\n",
                                                         "drop " + guid + " -1 removed\n",
                                                         "drop " + guid + " 01 removed\n",
                                                         "drop " + guid + " +1 removed\n",
                                                         "drop " + guid + " 2147483648 removed\n",
                                                         "drop " + guid + " 1x removed\n",
                                                         "drop " + guid + " 99999999999999999999 removed\n",
                                                         "drop {" + guid + "} 1 removed\n",
                                                         "drop 0000000A-0000-4000-8000-000000000001 1 removed\n",
                                                         "drop " + guid.substr(1) + " 1 removed\n",
                                                         "put " + guid + " 1 upd\n",
                                                         "put " + guid + " 1 upd 1 1\nx\n",
                                                         "put " + guid + " 1 UPD 1\nx\n",
                                                         "put " + guid + " 1 xml 1\nx\n",
                                                         "put " + guid + " 1 upd 0\n\n",
                                                         "put " + guid + " 1 upd 01\nx\n",
                                                         "put " + guid + " 1 upd -1\nx\n",
                                                         "put " + guid + " 1 upd 2\nx\n",
                                                         "put " + guid + " 1 upd 1\nxy\n",
                                                         "put " + guid + " 1 upd 1\nx",
                                                         "put " + guid + " 1 upd 1\n",
                                                         "put " + guid + " 1 upd 1",
                                                         "put " + guid + " 1 upd 67108865\nx\n",
                                                         "put " + guid + " 1 upd 18446744073709551615\nx\n",
                                                         std::string(1000, 'x')}) {
    INFO(bad.substr(0, 100));
    CHECK_THROWS_AS(read_all_records(bad), FormatError);
    // The same behind a good record: the offset is that of the bad one.
    CHECK_THROWS_WITH(read_all_records(good + bad), Catch::Contains("at offset " + std::to_string(good.size())));
  }
}

TEST_CASE("a chunk that is cut anywhere but between records is refused", "[record]") {
  std::string chunk;
  append_put(chunk, {id(1), 7}, Dialect::upd, "<a>some text</a>");
  const std::size_t between = chunk.size();
  append_drop(chunk, {id(1), 6}, DropReason::replaced);
  for (std::size_t length = 1; length < chunk.size(); ++length) {
    if (length == between) continue;
    CHECK_THROWS_AS(read_all_records(chunk.substr(0, length)), FormatError);
  }
}

TEST_CASE("the longest line of a record stays below what is reserved for it", "[record]") {
  std::string put;
  append_put(put, {id(0xFFFFFFFF), 0x7FFFFFFF}, Dialect::upd, std::string(10, 'x'));
  CHECK(put.size() - 10 + std::to_string(limits::max_document_bytes).size() <= max_record_line_bytes);
  std::string drop;
  append_drop(drop, {id(0xFFFFFFFF), 0x7FFFFFFF}, DropReason::deselected);
  CHECK(drop.size() <= max_record_line_bytes);
}
