// SPDX-License-Identifier: Apache-2.0
// The server side of MS-WSUSSS on a small catalog: sessions, configuration, lists and anchors.
#include <catch2/catch.hpp>

#include "format/catalog/feed_policy.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/wsus_downstream.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;
using namespace ferry::format::wsus;

namespace {

using Numbers = std::set<unsigned>;

std::size_t place_in(const std::vector<unsigned>& list, unsigned number) {
  return static_cast<std::size_t>(std::find(list.begin(), list.end(), number) - list.begin());
}

}  // namespace

TEST_CASE("a session takes an authorization, which takes a name and a GUID", "[wsus][serve]") {
  Upstream upstream;
  Downstream downstream(upstream);
  const auto config = downstream.ask<GetAuthConfigResponse>(GetAuthConfigRequest{});
  REQUIRE(config.plug_ins.size() == 1);
  CHECK(config.plug_ins[0].id == "DssTargeting");
  CHECK(config.plug_ins[0].service_url == "DssAuthWebService/DssAuthWebService.asmx");

  GetAuthorizationCookieRequest nobody;
  nobody.account_name = "name";
  nobody.account_guid = "no guid";
  CHECK(downstream.fault(nobody) == "InvalidParameters accountGuid");
  nobody.account_guid = id(1).text();
  nobody.account_name = "";
  CHECK(downstream.fault(nobody) == "InvalidParameters accountName");

  GetCookieRequest request;
  request.protocol_version = "1.20";
  CHECK(downstream.fault(request) == "InvalidParameters authCookies");
  request.auth_cookies = {{"DssTargeting", "made up, and long enough to hold a tag of thirty-two bytes"}};
  CHECK(downstream.fault(request) == "InvalidAuthorizationCookie");
  request.auth_cookies = {downstream.authorize()};
  for (const auto& [version, fault] : std::map<std::string, std::string>{{"2.0", "IncompatibleProtocolVersion"},
                                                                         {"one", "InvalidParameters protocolVersion"},
                                                                         {"1", "InvalidParameters protocolVersion"},
                                                                         {"1.3", "none"}}) {
    request.protocol_version = version;
    CHECK(downstream.fault(request) == fault);
  }
  request.protocol_version = "1.20";
  request.auth_cookies[0].data.back() = static_cast<char>(request.auth_cookies[0].data.back() ^ 1);
  CHECK(downstream.fault(request) == "InvalidAuthorizationCookie");
}

TEST_CASE("a cookie holds for 240 minutes, at the server that gave it, as what it is", "[wsus][serve]") {
  Upstream upstream;
  Downstream downstream(upstream);
  CHECK(downstream.fault(downstream.list_request(true)) == "InvalidCookie");
  downstream.log_in();
  CHECK(downstream.cookie.expiration == "2026-11-23T16:00:00Z");
  CHECK(downstream.fault(downstream.list_request(true)) == "none");
  downstream.clock.set("2026-11-23T15:59:59Z");
  CHECK(downstream.fault(downstream.list_request(true)) == "none");
  downstream.clock.set("2026-11-23T16:00:00Z");
  CHECK(downstream.fault(downstream.list_request(true)) == "InvalidCookie");
  downstream.cookie.data = downstream.authorize().data;
  CHECK(downstream.fault(downstream.list_request(true)) == "InvalidCookie");
  Downstream other(upstream);
  other.log_in();
  downstream.cookie = other.cookie;
  CHECK(downstream.fault(downstream.list_request(true)) == "InvalidCookie");
}

TEST_CASE("the configuration names the languages of the feeds, and again only when they change", "[wsus][serve]") {
  Upstream upstream;
  set_feed_policy(upstream.test.catalog, upstream.feed(), 1, {"all", {"de", "pt-br"}}, {});
  Downstream downstream(upstream);
  downstream.log_in();
  GetConfigDataRequest request;
  request.cookie = downstream.cookie;
  auto config = downstream.ask<GetConfigDataResponse>(request);
  CHECK(config.max_updates == 100);
  CHECK(config.protocol_version == "1.20");
  CHECK_FALSE(config.catalog_only_sync);
  CHECK_FALSE(config.lazy_sync);
  std::set<std::string> enabled;
  for (const LanguageData& language : config.languages) {
    if (language.is_enabled) enabled.insert(language.short_name);
  }
  CHECK(config.languages.size() == 39);
  CHECK(enabled == std::set<std::string>{"de", "pt-br"});
  request.config_anchor = config.anchor;
  CHECK(downstream.ask<GetConfigDataResponse>(request).languages.empty());

  set_feed_policy(upstream.test.catalog, upstream.feed(), 1, {"eula", {"*"}}, {});
  config = downstream.ask<GetConfigDataResponse>(request);
  REQUIRE(config.languages.size() == 39);
  CHECK(config.languages[0].id == 0);
  CHECK(std::all_of(config.languages.begin(), config.languages.end(), [](const auto& one) { return one.is_enabled; }));
  CHECK(config.lazy_sync);
  request.config_anchor = "9438,2026-10-04 16:33:26.750";
  CHECK(downstream.ask<GetConfigDataResponse>(request).languages.size() == 39);
  request.config_anchor = "garbage";
  CHECK(downstream.fault(request) == "InvalidParameters configAnchor");
}

TEST_CASE("categories and detectoids are one list, updates the other, needed ones first", "[wsus][serve]") {
  Upstream upstream;
  Downstream downstream(upstream);
  downstream.log_in();
  const std::vector<unsigned> categories = downstream.list(downstream.list_request(true));
  CHECK(Numbers(categories.begin(), categories.end()) == Numbers{11, 12, 13, 20, 21, 30});
  CHECK(place_in(categories, 11) < place_in(categories, 12));
  const std::vector<unsigned> updates = downstream.list(downstream.list_request(false));
  CHECK(Numbers(updates.begin(), updates.end()) == Numbers{1, 2, 3, 4, 5, 6});
  CHECK(place_in(updates, 3) < place_in(updates, 2));
  CHECK(place_in(updates, 2) < place_in(updates, 1));
  CHECK(place_in(updates, 6) < place_in(updates, 5));
}

TEST_CASE("an update is listed for a product and a classification, with what it bundles and needs", "[wsus][serve]") {
  Upstream upstream;
  Downstream downstream(upstream);
  downstream.log_in();
  CHECK(downstream.chosen({{id(12), false}}, {{id(20), false}}) == Numbers{1, 2, 3});
  CHECK(downstream.chosen({{id(12), false}}, {{id(21), false}}) == Numbers{5, 6});
  CHECK(downstream.chosen({{id(11), false}}, {{id(20), false}}) == Numbers{1, 2, 3, 4});  // the family
  CHECK(downstream.chosen({{id(12), false}, {id(13), false}}, {{id(20), false}, {id(21), false}}) ==
        Numbers{1, 2, 3, 4, 5, 6});
  CHECK(downstream.chosen({{id(13), false}}, {{id(21), false}}).empty());
  CHECK(downstream.chosen({{id(77), false}}, {{id(20), false}}).empty());
  CHECK(downstream.chosen({{id(12), false}}, {}).empty());
  CHECK(downstream.chosen({}, {{id(20), false}}).empty());
}

TEST_CASE("an anchor leaves only what is newer, and Delta decides it for each category", "[wsus][serve]") {
  Upstream upstream;
  Downstream downstream(upstream);
  downstream.log_in();
  static_cast<void>(downstream.list(downstream.list_request(false)));
  const std::string first = downstream.anchor;
  CHECK(downstream.list(downstream.list_request(false, first)).empty());
  CHECK(downstream.list(downstream.list_request(true, first)).empty());

  upstream.update(1, {12, 20}, "", bundles({{2, 1}}), 2);
  upstream.update(7, {13, 21});
  upstream.publish();
  const std::vector<unsigned> newer = downstream.list(downstream.list_request(false, first));
  CHECK(Numbers(newer.begin(), newer.end()) == Numbers{1, 7});
  CHECK(newer.size() == 2);
  const std::string second = downstream.anchor;
  CHECK(second != first);
  CHECK(downstream.list(downstream.list_request(false, second)).empty());
  CHECK(downstream.list(downstream.list_request(true, first)).empty());

  CHECK(downstream.chosen({{id(12), true}}, {{id(20), true}}, first) == Numbers{1});
  // A product that is new to the downstream server comes whole, the other one only as far as it moved.
  CHECK(downstream.chosen({{id(12), true}, {id(13), false}}, {{id(20), true}}, first) == Numbers{1, 4});
  // A classification that is new brings what is in the known products, too.
  CHECK(downstream.chosen({{id(12), true}}, {{id(20), true}, {id(21), false}}, second) == Numbers{5, 6});
  CHECK(downstream.chosen({{id(12), true}}, {{id(20), true}}, second).empty());
}

TEST_CASE("anchors that say nothing here are told apart from garbage", "[wsus][serve]") {
  Upstream upstream;
  Downstream downstream(upstream);
  downstream.log_in();
  static_cast<void>(downstream.list(downstream.list_request(false)));
  const std::string first = downstream.anchor;
  for (const char* garbage : {"garbage", "f1/x", "f1/0-0-0", "9438;2026-10-04", "f1/000000000000-1-0123456789zz"})
    CHECK(downstream.fault(downstream.list_request(false, garbage)) == "InvalidParameters filter");
  for (const char* foreign :
       {"9438,2026-10-04 16:33:26.750", "2026-10-05 17:27:44.393", "f1/ffffffffffff-1-0123456789ab"})
    CHECK(downstream.fault(downstream.list_request(false, foreign)) == "ServerChanged");

  upstream.update(7, {13, 21});
  upstream.publish();
  static_cast<void>(downstream.list(downstream.list_request(false)));
  const std::string second = downstream.anchor;
  // The catalog goes back, as after an undo or a restored backup: what was seen since is seen no more.
  Database& database = upstream.test.catalog.database();
  const auto before = generation(upstream.test.catalog, upstream.feed_id, 1);
  database.execute("DELETE FROM generation WHERE feed = ? AND number = 2", upstream.feed_id);
  database.execute("UPDATE feed SET generation = 1, state = ? WHERE id = ?", Blob{before->state.bytes()},
                   upstream.feed_id);
  database.execute("DELETE FROM member WHERE since = 2");
  CHECK(downstream.fault(downstream.list_request(false, second)) == "ServerChanged");
  CHECK(downstream.list(downstream.list_request(false, first)).empty());
  upstream.update(8, {13, 21});
  upstream.publish();  // another second generation
  CHECK(downstream.fault(downstream.list_request(false, second)) == "ServerChanged");
}

TEST_CASE("what is no message of the protocol is refused without harm", "[wsus][serve]") {
  Upstream upstream;
  CatalogPool pool(upstream.test.path());
  const FixedClock clock;
  const Scratch scratch;
  SyncServiceOptions options;
  options.told_deployments = scratch / "told";
  SyncService service(pool, clock, options);
  for (const char* junk : {"", "<", "<a/>", "<!DOCTYPE a><a/>", "\xff\xfe"})
    CHECK_THROWS_AS(service.answer(junk, "http://server"), FormatError);
  const auto fault_of = [&service](const std::string& element) {
    const auto answer = service.answer(in_envelope(element), "http://server");
    CHECK(answer.status == 500);
    const auto told = SoapBody(answer.envelope, max_response_bytes).fault();
    return told ? std::string(name_of(told->code)) + "/" + told->method : "none";
  };
  CHECK(fault_of("<Delete xmlns=\"http://www.microsoft.com/SoftwareDistribution\"/>") == "/Delete");
  CHECK(fault_of("<GetCookie xmlns=\"urn:other\"/>") == "/GetCookie");
  CHECK(fault_of("<GetCookie xmlns=\"http://www.microsoft.com/SoftwareDistribution\"/>") ==
        "InvalidParameters/GetCookie");
  CHECK(fault_of("<GetDriverIdList xmlns=\"http://www.microsoft.com/SoftwareDistribution\"/>") ==
        "InvalidCookie/GetDriverIdList");
}
