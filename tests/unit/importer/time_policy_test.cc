// SPDX-License-Identifier: Apache-2.0
#include "importer/time_policy.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/catalog/journal.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::importer;

namespace {

constexpr std::int64_t day = 86'400;

// Days and seconds after one Monday.
Time at(std::int64_t days, std::int64_t seconds = 0) {
  return Time{Time::parse("2026-11-23T12:00:00Z")->seconds + days * day + seconds};
}

format::Manifest made(Time created, std::int64_t valid_days = 100'000) {
  format::Manifest manifest;
  manifest.bundle_name = "all_g0-g1_full";
  manifest.created = created;
  manifest.valid_until = Time{created.seconds + valid_days * day};
  return manifest;
}

// What is said of the bundle: "ok", "12" for a refusal, or the words that the warnings begin to differ with.
std::string verdict(const format::Manifest& manifest, const KnownTimes& known, const format::TimePolicy& policy = {},
                    bool accept = false) {
  std::string said;
  try {
    for (const std::string& warning : check_dates(manifest, known, policy, accept)) {
      said += said.empty() ? "" : ", ";
      if (contains(warning, "set the clock")) {
        said += "behind";
      } else if (contains(warning, "after what the clock of this machine says")) {
        said += "after";
      } else if (contains(warning, "one of the two clocks is wrong")) {
        said += "future";
      } else if (contains(warning, "after the newest thing accepted here")) {
        said += "step";
      } else if (contains(warning, "before the last one accepted of its feed")) {
        said += "back";
      } else if (contains(warning, "point.toml refuses so old ones")) {
        said += "age";
      } else if (contains(warning, "was valid until")) {
        said += "stale";
      } else {
        said += "? " + warning;
      }
    }
  } catch (const StateError& error) {
    CHECK(error.code() == ExitCode::stale);
    CHECK(contains(error.what(), "--accept-dates"));
    return "12";
  }
  return said.empty() ? "ok" : said;
}

}  // namespace

TEST_CASE("a bundle's date is judged by the clock, the newest date accepted and the policy", "[time_policy]") {
  struct Row {
    std::string what;
    Time clock;
    Time newest;
    Time created;
    std::string trusted;    // where the clock is trusted
    std::string untrusted;  // where it is not
    std::string accepted;   // with --accept-dates, the clock trusted
  };
  const std::vector<Row> rows{
      {"all as it should be", at(10), at(0), at(9), "ok", "ok", "ok"},
      {"made now", at(10), at(0), at(10), "ok", "ok", "ok"},
      {"a time zone ahead", at(10), at(0), at(11), "ok", "ok", "ok"},
      {"more than a time zone ahead", at(10), at(0), at(11, 1), "12", "after", "future"},
      {"a year ahead", at(10), at(0), at(400), "12", "after", "future"},
      {"more than 400 days ahead of all that is known", at(10), at(0), at(400, 1), "12", "12", "future"},
      {"in the year 9999", at(10), at(0), *Time::parse("9999-12-31T23:59:59Z"), "12", "12", "future"},
      {"the clock stands at 1970", Time{0}, at(0), at(9), "behind, after", "behind, after", "behind, after"},
      {"the clock stands at 1970, a year later", Time{0}, at(0), at(400), "behind, after", "behind, after",
       "behind, after"},
      {"the clock stands at 1970, too far ahead", Time{0}, at(0), at(400, 1), "12", "12", "behind, step"},
      {"the clock stands at 1970, older bundle", Time{0}, at(9), at(9), "behind", "behind", "behind"},
      {"the clock is a day behind", at(0), at(1), at(1), "ok", "ok", "ok"},
      {"the clock is more than a day behind", at(0), at(1, 1), at(1), "behind", "behind", "behind"},
      {"the newest date was in the future once", at(10), at(300), at(299), "behind", "behind", "behind"},
      {"an old bundle", at(1000), at(0), at(1), "ok", "ok", "ok"},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const KnownTimes known{row.clock, row.newest, {}};
    format::TimePolicy policy;
    CHECK(verdict(made(row.created), known, policy) == row.trusted);
    CHECK(verdict(made(row.created), known, policy, true) == row.accepted);
    policy.trusts_clock = false;
    CHECK(verdict(made(row.created), known, policy) == row.untrusted);
  }
}

TEST_CASE("a bundle from before the last one of its feed is refused, a day of clocks aside", "[time_policy]") {
  const KnownTimes known{at(100), at(50), at(50)};
  CHECK(verdict(made(at(50)), known) == "ok");
  CHECK(verdict(made(at(49)), known) == "ok");
  CHECK(verdict(made(at(49, -1)), known) == "12");
  CHECK(verdict(made(at(49, -1)), known, {}, true) == "back");
  // A feed that is new here, or has entered a new epoch, has no last one.
  CHECK(verdict(made(at(1)), {at(100), at(50), {}}) == "ok");
}

TEST_CASE("an age is a reason to refuse only where the point says so", "[time_policy]") {
  format::TimePolicy policy;
  const KnownTimes known{at(100), at(0), {}};
  CHECK(verdict(made(at(1)), known, policy) == "ok");
  policy.max_age_days = 30;
  CHECK(verdict(made(at(70)), known, policy) == "ok");
  CHECK(verdict(made(at(70, -1)), known, policy) == "12");
  CHECK(verdict(made(at(70, -1)), known, policy, true) == "age");
  // A clock that was set back does not make a bundle young.
  CHECK(verdict(made(at(1)), {Time{0}, at(100), {}}, policy) == "12");
  policy.max_age_days = 36'500;
  CHECK(verdict(made(at(1)), known, policy) == "ok");
}

TEST_CASE("a bundle past its day of validity is taken with a warning, always", "[time_policy]") {
  format::TimePolicy policy;
  policy.max_age_days = 200;
  CHECK(verdict(made(at(0), 31), {at(31), at(0), {}}, policy) == "ok");
  CHECK(verdict(made(at(0), 31), {at(31, 1), at(0), {}}, policy) == "stale");
  // The newest date counts too where the clock is behind.
  CHECK(verdict(made(at(0), 31), {at(0), at(40), {}}, policy) == "behind, stale");
}

TEST_CASE("each fault of the dates is told when all are accepted", "[time_policy]") {
  format::TimePolicy policy;
  policy.max_age_days = 10;
  CHECK(verdict(made(at(0), 1), {at(50), at(60), at(20)}, policy, true) == "behind, back, age, stale");
}

TEST_CASE("now is the later of the clock and of what was signed and accepted", "[time_policy]") {
  CHECK(KnownTimes{at(1), at(0), {}}.now() == at(1));
  CHECK(KnownTimes{at(0), at(1), {}}.now() == at(1));
  CHECK_FALSE(KnownTimes{at(0), at(1), {}}.clock_is_behind());
  CHECK(KnownTimes{at(0), at(1, 1), {}}.clock_is_behind());
}

TEST_CASE("the newest date is one of this epoch: an earlier one may be a thief's", "[time_policy]") {
  const Scratch scratch;
  format::Catalog catalog = format::Catalog::create(scratch / "catalog.db", "plant-1");
  const format::Feed feed = create_feed(catalog, "all", id(1), true, "hq");
  const format::Feed other = create_feed(catalog, "drivers", id(2), true, "hq");
  const auto imported = [&catalog](const format::Feed& of, std::uint64_t epoch, Time created) {
    format::ImportEntry entry;
    entry.feed = of.id;
    entry.epoch = epoch;
    entry.created = created;
    format::log_import(catalog, entry);
  };
  format::TrustFile trust;
  trust.created = at(0);
  CHECK(known_times(catalog, trust, feed, at(100)).newest == at(0));
  CHECK_FALSE(known_times(catalog, trust, feed, at(100)).feed_newest);
  imported(feed, 0, at(5));
  imported(feed, 0, at(3));
  imported(other, 0, at(7));
  CHECK(known_times(catalog, trust, feed, at(100)).newest == at(7));
  CHECK(known_times(catalog, trust, feed, at(100)).feed_newest == at(5));
  CHECK_FALSE(known_times(catalog, trust, {}, at(100)).feed_newest);
  imported(feed, 0, at(99'999));  // the thief
  trust.epoch = 1;
  trust.created = at(20);
  CHECK(known_times(catalog, trust, feed, at(100)).newest == at(20));
  CHECK_FALSE(known_times(catalog, trust, feed, at(100)).feed_newest);
  imported(feed, 1, at(30));
  CHECK(known_times(catalog, trust, feed, at(100)).newest == at(30));
  CHECK(known_times(catalog, trust, feed, at(100)).feed_newest == at(30));
}
