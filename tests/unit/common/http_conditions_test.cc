// SPDX-License-Identifier: Apache-2.0
#include "common/http_conditions.h"

#include <catch2/catch.hpp>

#include <map>

using namespace ferry;

namespace {

HttpHeaderLookup with_headers(const std::map<std::string, std::string>& headers) {
  return [headers](const char* name) {
    const auto found = headers.find(name);
    return found == headers.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

const HttpValidators sunday{"\"a1\"", Time{1'795'959'088}};

}  // namespace

TEST_CASE("dates of HTTP go out and come back, and nothing else is taken for one", "[common][http]") {
  CHECK(http_date(Time{1'795'959'088}) == "Sun, 29 Nov 2026 13:31:28 GMT");
  CHECK(http_date(Time{0}) == "Thu, 01 Jan 1970 00:00:00 GMT");
  for (const std::int64_t seconds : {0LL, 951'782'400LL, 1'795'959'088LL, 4'102'444'799LL})
    CHECK(parse_http_date(http_date(Time{seconds})) == Time{seconds});
  for (const char* junk :
       {"", "Sunday, 29-Nov-26 13:31:28 GMT", "Sun Nov 29 13:31:28 2026", "Mon, 29 Nov 2026 13:31:28 GMT",
        "Sun, 29 Nov 2026 13:31:28 CET", "Sun, 31 Nov 2026 13:31:28 GMT", "Sun, 29 nov 2026 13:31:28 GMT",
        "Sun, 29 Nov 2026 25:31:28 GMT", "Sun, 29 Nov 2026 13:31:28 GMT ", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})
    CHECK_FALSE(parse_http_date(junk));
}

TEST_CASE("who names the tag of a file has it; where a tag is named the date says nothing", "[common][http]") {
  const std::string now = http_date(*sunday.modified);
  const std::string earlier = http_date(Time{sunday.modified->seconds - 1});
  CHECK_FALSE(has_same_file(with_headers({}), sunday));
  for (const char* tags : {"\"a1\"", "W/\"a1\"", "\"b\", \"a1\"", "*"})
    CHECK(has_same_file(with_headers({{"If-None-Match", tags}}), sunday));
  for (const char* tags : {"\"a2\"", "a1", "", "\"a1", "\"a1\"x"}) {
    CHECK_FALSE(has_same_file(with_headers({{"If-None-Match", tags}}), sunday));
    CHECK_FALSE(has_same_file(with_headers({{"If-None-Match", tags}, {"If-Modified-Since", now}}), sunday));
  }
  CHECK(has_same_file(with_headers({{"If-Modified-Since", now}}), sunday));
  CHECK_FALSE(has_same_file(with_headers({{"If-Modified-Since", earlier}}), sunday));
  CHECK_FALSE(has_same_file(with_headers({{"If-Modified-Since", "yesterday"}}), sunday));
  CHECK_FALSE(has_same_file(with_headers({{"If-None-Match", "*"}, {"If-Modified-Since", now}}), HttpValidators{}));
}

TEST_CASE("a range of another file than the client has a part of is not sent", "[common][http]") {
  CHECK(may_send_range(with_headers({}), sunday));
  CHECK(may_send_range(with_headers({{"If-Range", "\"a1\""}}), sunday));
  CHECK(may_send_range(with_headers({{"If-Range", http_date(*sunday.modified)}}), sunday));
  for (const char* other : {"\"a2\"", "W/\"a1\"", "Sun, 29 Nov 2026 13:31:29 GMT", "", "junk"})
    CHECK_FALSE(may_send_range(with_headers({{"If-Range", other}}), sunday));
  CHECK_FALSE(may_send_range(with_headers({{"If-Range", "\"\""}}), HttpValidators{}));
}
