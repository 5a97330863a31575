// SPDX-License-Identifier: Apache-2.0
#include "common/clock.h"

#include <catch2/catch.hpp>

#include <cstdlib>

#include "common/error.h"

using namespace ferry;

namespace {

// The variable goes back to what the harness set, since other tests of the process read the clock too.
class Epoch {
 public:
  explicit Epoch(const char* value) {
    if (const char* old = std::getenv("SOURCE_DATE_EPOCH")) old_ = old;
    ::setenv("SOURCE_DATE_EPOCH", value, 1);
  }
  ~Epoch() {
    if (old_) {
      ::setenv("SOURCE_DATE_EPOCH", old_->c_str(), 1);
    } else {
      ::unsetenv("SOURCE_DATE_EPOCH");
    }
  }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

 private:
  std::optional<std::string> old_;
};

}  // namespace

TEST_CASE("a time reads back as it was written, from 1970 to 9999", "[clock]") {
  for (const std::int64_t seconds : {0LL, 1LL, 951782400LL, 1795433535LL, 253402300799LL}) {
    const Time time{seconds};
    CHECK(Time::parse(time.text()) == time);
  }
  CHECK(Time{0}.text() == "1970-01-01T00:00:00Z");
  CHECK(Time{951782400}.text() == "2000-02-29T00:00:00Z");
  CHECK(Time{253402300799}.text() == "9999-12-31T23:59:59Z");
}

TEST_CASE("a time has one spelling", "[clock]") {
  for (const char* wrong :
       {"", "2026-11-23", "2026-11-23T12:00:00", "2026-11-23 12:00:00Z", "2026-11-23T12:00:00z",
        "2026-11-23T12:00:00+00:00", "2026-11-23T12:00:00.0Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z", "1969-12-31T23:59:59Z", "2026-1-01T00:00:000Z", " 026-01-01T00:00:00Z",
        "+026-01-01T00:00:00Z"})
    CHECK_FALSE(Time::parse(wrong));
}

TEST_CASE("SOURCE_DATE_EPOCH stands in for the system clock", "[clock]") {
  {
    const Epoch epoch("1795433535");
    CHECK(SystemClock().now().seconds == 1795433535);
  }
  for (const char* wrong : {"yesterday", "-1", "253402300800", "1.5"}) {
    const Epoch epoch(wrong);
    CHECK_THROWS_AS(SystemClock().now(), UsageError);
  }
  {
    const Epoch epoch("");
    CHECK(SystemClock().now() > *Time::parse("2024-01-01T00:00:00Z"));
  }
}
