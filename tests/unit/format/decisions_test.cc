// SPDX-License-Identifier: Apache-2.0
// Decisions of a point, and what they make of approvals that came with feeds.
#include "format/catalog/decisions.h"

#include <catch2/catch.hpp>

#include "common/error.h"
#include "format/catalog/feed_policy.h"
#include "format/decision_commands.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;

namespace {

constexpr auto suggest = UpstreamApprovals::suggest;
constexpr auto apply = UpstreamApprovals::apply;
constexpr auto ignore = UpstreamApprovals::ignore;

// A point that holds updates 1 to 4 by a followed feed, whose publisher approved 1, 2 and the unknown 9.
struct Site {
  TestCatalog test;
  Catalog& catalog = test.catalog;
  Feed feed = create_feed(catalog, "all", id(100), true, "hq");
  Verdict anna{"anna", *Time::parse("2026-11-25T10:00:00Z")};

  Site() {
    hold({test.store(1, 1), test.store(2, 1), test.store(3, 1), test.store(4, 1)});
    set_feed_policy(catalog, feed, feed.generation, {"none", {"*"}}, {id(1), id(2), id(9)});
  }
  void hold(const std::vector<RevisionRow>& rows) {
    static_cast<void>(test.become(feed, rows));
    feed = *find_lineage(catalog, feed.lineage);
  }
  void approve(unsigned number, const std::string& group = std::string(all_computers)) {
    approve_update(catalog, id(number), {group, {}, anna});
  }
  DecisionStanding standing(unsigned number, UpstreamApprovals landing = suggest) {
    return decision_on(catalog, id(number), landing).standing(landing);
  }
  Attention attention(unsigned number) { return attention_of(catalog, decision_on(catalog, id(number), ignore)); }
};

}  // namespace

TEST_CASE("an approval is for a group, a decline for the whole update", "[decisions]") {
  Site site;
  site.approve(3);
  approve_update(site.catalog, id(3), {"pilot", site.anna.at, site.anna});
  Decision decision = decision_on(site.catalog, id(3), suggest);
  REQUIRE(decision.approvals.size() == 2);
  CHECK(decision.approvals[0].group == all_computers);
  CHECK_FALSE(decision.approvals[0].deadline);
  CHECK(decision.approvals[1].group == "pilot");
  CHECK(decision.approvals[1].deadline == site.anna.at);
  CHECK(decision.approvals[1].verdict.by == "anna");
  site.approve(3, "pilot");  // in its place
  CHECK_FALSE(decision_on(site.catalog, id(3), suggest).approvals[1].deadline);
  decline_update(site.catalog, id(3), site.anna);
  decision = decision_on(site.catalog, id(3), suggest);
  CHECK(decision.approvals.empty());
  CHECK(decision.standing(suggest) == DecisionStanding::declined);
  site.approve(3);
  decision = decision_on(site.catalog, id(3), suggest);
  CHECK_FALSE(decision.declined);
  CHECK(decision.standing(suggest) == DecisionStanding::approved);
}

TEST_CASE("what was decided can be taken back, of one group or all", "[decisions]") {
  Site site;
  site.approve(3);
  site.approve(3, "pilot");
  note_update(site.catalog, id(3), {"why", site.anna});
  CHECK_FALSE(undecide_update(site.catalog, id(3), "others"));
  CHECK(undecide_update(site.catalog, id(3), "pilot"));
  CHECK(site.standing(3) == DecisionStanding::approved);
  decline_update(site.catalog, id(3), site.anna);
  CHECK_FALSE(undecide_update(site.catalog, id(3), std::string(all_computers)));
  CHECK(undecide_update(site.catalog, id(3), {}));
  CHECK_FALSE(undecide_update(site.catalog, id(3), {}));
  CHECK(site.standing(3) == DecisionStanding::undecided);
  CHECK(decision_on(site.catalog, id(3), suggest).note->text == "why");
  note_update(site.catalog, id(3), {"", site.anna});
  CHECK_FALSE(decision_on(site.catalog, id(3), suggest).is_local());
}

TEST_CASE("a hidden update is decided as before", "[decisions]") {
  Site site;
  site.approve(3);
  hide_update(site.catalog, id(3), site.anna);
  CHECK(site.standing(3) == DecisionStanding::approved);
  CHECK(decision_on(site.catalog, id(3), suggest).hidden);
  const auto listed = [&site](bool shows_hidden, bool only_hidden) {
    ListFilter filter;
    filter.shows_hidden = shows_hidden;
    filter.only_hidden = only_hidden;
    std::size_t count = 0;
    list_updates(site.catalog, filter, [&count](const ListedUpdate&) { ++count; });
    return count;
  };
  CHECK(listed(false, false) == 3);
  CHECK(listed(true, false) == 4);
  CHECK(listed(false, true) == 1);
  CHECK(unhide_update(site.catalog, id(3)));
  CHECK_FALSE(unhide_update(site.catalog, id(3)));
  CHECK(listed(false, false) == 4);
}

TEST_CASE("a publisher's approval lands as the point says, and what was decided here wins", "[decisions]") {
  Site site;
  CHECK(site.standing(1, suggest) == DecisionStanding::suggested);
  CHECK(site.standing(1, apply) == DecisionStanding::approved);
  CHECK(site.standing(1, ignore) == DecisionStanding::undecided);
  CHECK(effective_approvals(site.catalog, suggest).empty());
  decline_update(site.catalog, id(1), site.anna);
  site.approve(3);
  CHECK(site.standing(1, apply) == DecisionStanding::declined);
  CHECK(effective_approvals(site.catalog, suggest) == std::vector<UpdateId>{id(3)});
  CHECK(effective_approvals(site.catalog, apply) == std::vector<UpdateId>{id(2), id(3), id(9)});
  // What is not held is no suggestion.
  CHECK(site.standing(9) == DecisionStanding::undecided);
  CHECK(all_decisions(site.catalog, suggest).count(id(9)) == 0);
  CHECK(all_decisions(site.catalog, ignore).size() == 2);
}

TEST_CASE("decisions are worth a look when their update is superseded, expired or gone", "[decisions]") {
  Site site;
  for (const unsigned number : {1U, 2U, 3U}) site.approve(number);
  decline_update(site.catalog, id(4), site.anna);
  CHECK(decisions_to_look_at(site.catalog).empty());
  DocumentSpec newer;
  newer.number = 7;
  newer.relations = "<upd:SupersededUpdates><upd:UpdateIdentity UpdateID=\"" + id(1).text() +
                    "\"/><upd:UpdateIdentity UpdateID=\"" + id(4).text() + "\"/></upd:SupersededUpdates>";
  DocumentSpec expired;
  expired.number = 2;
  expired.revision = 2;
  expired.state = "Expired";
  site.hold({site.test.store(1, 1), site.test.store(4, 1), site.test.store(update_document(newer)),
             site.test.store(update_document(expired))});
  CHECK(site.attention(1) == Attention::superseded);
  CHECK(site.attention(2) == Attention::expired);
  CHECK(site.attention(3) == Attention::removed);
  CHECK(site.attention(4) == Attention::none);  // one declines what is superseded
  CHECK(decisions_to_look_at(site.catalog).size() == 3);
  undecide_update(site.catalog, id(3), {});
  CHECK(site.attention(3) == Attention::none);
  site.hold({});
  CHECK(site.attention(4) == Attention::removed);
}

TEST_CASE("notes and groups are short printable text", "[decisions]") {
  CHECK_NOTHROW(require_note(""));
  CHECK_NOTHROW(require_note(std::string(2000, 'x')));
  CHECK_NOTHROW(require_note("geprüft, läuft"));
  for (const std::string& bad : {std::string(2001, 'x'), std::string("a\nb"), std::string("a\x1b[31m"),
                                 std::string("\xff"), std::string("a\xe2\x80\xae"), std::string("a\0b", 3)}) {
    INFO(bad);
    CHECK_THROWS_AS(require_note(bad), UsageError);
    CHECK_THROWS_AS(require_group(bad), UsageError);
  }
  CHECK_NOTHROW(require_group("pilot ring 2"));
  for (const std::string& bad : {std::string(), std::string(" "), std::string(" pilot"), std::string(101, 'g')})
    CHECK_THROWS_AS(require_group(bad), UsageError);
}

TEST_CASE("what is shown of a decision cannot harm a terminal", "[decisions]") {
  Decision decision;
  decision.approvals.push_back({"g\x1b[31m", {}, {"a\nb", {}}});
  decision.note = Note{"n\x1b]0;x", {"anna", {}}};
  decision.upstream = {"f\x1b"};
  for (const std::string& line : describe(decision, suggest)) {
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK(line.find('\n') == std::string::npos);
  }
}
