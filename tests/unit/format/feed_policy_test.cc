// SPDX-License-Identifier: Apache-2.0
// Policy and approvals of a feed, by generation.
#include "format/catalog/feed_policy.h"

#include <catch2/catch.hpp>

#include "format/catalog/content.h"
#include "format/catalog/ignored.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

struct Followed {
  TestCatalog test;
  Catalog& catalog = test.catalog;
  Feed feed = create_feed(catalog, "all", id(100), true, "hq");
  Verdict anna{"anna", test.now};

  void next(const ContentPolicy& policy, const std::vector<UpdateId>& approvals) {
    static_cast<void>(test.become(feed, std::vector<RevisionRow>{test.store(1, 1), test.store(2, 1)}));
    feed = *find_lineage(catalog, feed.lineage);
    set_feed_policy(catalog, feed, feed.generation, policy, approvals);
  }
};

}  // namespace

TEST_CASE("languages have one form", "[feed-policy]") {
  CHECK(canonical_languages({"EN", "de", "en"}) == std::vector<std::string>{"de", "en"});
  CHECK(canonical_languages({}) == std::vector<std::string>{"*"});
  CHECK(canonical_languages({"de", "*"}) == std::vector<std::string>{"*"});
}

TEST_CASE("policy and approvals come and go with generations", "[feed-policy]") {
  Followed followed;
  followed.next({"eula", {"de", "en"}}, {id(1)});
  followed.next({"all", {"*"}}, {id(2), id(2)});
  CHECK(feed_policy(followed.catalog, followed.feed).kind == "all");
  CHECK(feed_approvals(followed.catalog, followed.feed) == std::vector<UpdateId>{id(2)});
  restore_feed_policy(followed.catalog, followed.feed, 1, 2);
  const ContentPolicy policy = feed_policy(followed.catalog, followed.feed);
  CHECK(policy.kind == "eula");
  CHECK(policy.languages == std::vector<std::string>{"de", "en"});
  CHECK(feed_approvals(followed.catalog, followed.feed) == std::vector<UpdateId>{id(1)});
  set_feed_policy(followed.catalog, followed.feed, 2, {"none", {"*"}}, {});
  CHECK(feed_approvals(followed.catalog, followed.feed).empty());
  restore_feed_policy(followed.catalog, followed.feed, 1, 2);
  restore_feed_policy(followed.catalog, followed.feed, 0, 1);
  CHECK(feed_policy(followed.catalog, followed.feed).kind == "none");
  CHECK(feed_approvals(followed.catalog, followed.feed).empty());
}

TEST_CASE("files of approved updates: the publisher's and one's own, but none that is declined here", "[feed-policy]") {
  Followed followed;
  followed.next({"approved", {"*"}}, {id(1), id(2)});
  constexpr auto suggest = UpstreamApprovals::suggest;
  CHECK(approved_updates(followed.catalog, followed.feed, suggest) == std::vector<UpdateId>{id(1), id(2)});
  decline_update(followed.catalog, id(1), followed.anna);
  approve_update(followed.catalog, id(5), {std::string(all_computers), {}, followed.anna});
  CHECK(approved_updates(followed.catalog, followed.feed, suggest) == std::vector<UpdateId>{id(2), id(5)});
}

TEST_CASE("an own feed carries the effective approvals of its members", "[feed-policy]") {
  Followed followed;
  followed.next({"none", {"*"}}, {id(1), id(2)});
  Feed own = create_feed(followed.catalog, "cell", id(101), false, "");
  static_cast<void>(
      followed.test.become(own, std::vector<RevisionRow>{followed.test.store(1, 1), followed.test.store(3, 1)}));
  own = *find_lineage(followed.catalog, own.lineage);
  for (const unsigned number : {3U, 4U})
    approve_update(followed.catalog, id(number), {std::string(all_computers), {}, followed.anna});
  CHECK(approvals_to_carry(followed.catalog, own, UpstreamApprovals::suggest) == std::vector<UpdateId>{id(3)});
  CHECK(approvals_to_carry(followed.catalog, own, UpstreamApprovals::apply) == std::vector<UpdateId>{id(1), id(3)});
  decline_update(followed.catalog, id(1), followed.anna);
  CHECK(approvals_to_carry(followed.catalog, own, UpstreamApprovals::apply) == std::vector<UpdateId>{id(3)});
}

TEST_CASE("an ignored category stays ignored until it is told of again", "[feed-policy]") {
  TestCatalog test;
  CHECK(ignore_category(test.catalog, id(7), "anna", test.now));
  CHECK_FALSE(ignore_category(test.catalog, id(7), "otto", test.now));
  REQUIRE(ignored_categories(test.catalog).size() == 1);
  CHECK(ignored_categories(test.catalog)[0].by == "anna");
  CHECK(heed_category(test.catalog, id(7)));
  CHECK_FALSE(heed_category(test.catalog, id(7)));
  CHECK(ignored_categories(test.catalog).empty());
}
