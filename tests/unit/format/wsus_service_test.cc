// SPDX-License-Identifier: Apache-2.0
// The server side of MS-WSUSSS on a small catalog, asked as a downstream server asks.
#include "format/wsus/sync_service.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "common/encoding.h"
#include "format/catalog/feed_policy.h"
#include "format/wsus/update_blob.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/catalog_support.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;
using namespace ferry::format::wsus;

namespace {

std::string belongs_to(const std::vector<unsigned>& numbers) {
  std::string text;
  for (const unsigned number : numbers)
    text += "<upd:AtLeastOne IsCategory=\"true\"><upd:UpdateIdentity UpdateID=\"" + id(number).text() +
            "\"/></upd:AtLeastOne>";
  return text;
}

// Two products (12, 13) of a family (11), two classifications (20, 21), a detectoid (30).
// 1: product 12, security; bundles 2, which bundles 3. 4: product 13, security. 5: product 12, tools; needs 6, which is
// in no category.
class Upstream {
 public:
  Upstream() {
    feed_id = create_feed(test.catalog, "all", id(100), true, "hq").id;
    category(11, "ProductFamily", {});
    category(12, "Product", {11});
    category(13, "Product", {11});
    category(20, "UpdateClassification", {});
    category(21, "UpdateClassification", {});
    DocumentSpec detectoid;
    detectoid.number = 30;
    detectoid.type = "Detectoid";
    add(update_document(detectoid));
    update(3, {});
    update(2, {}, "", bundles({{3, 1}}));
    update(1, {12, 20}, "", bundles({{2, 1}}));
    update(4, {13, 20});
    update(6, {});
    update(5, {12, 21}, needs_one(6));
    publish();
  }

  static std::string needs_one(unsigned number) {
    return "<upd:UpdateIdentity UpdateID=\"" + id(number).text() + "\"/>";
  }
  RevisionRow add(const std::string& document) {
    const RevisionRow row = test.store(document);
    rows.insert(row);
    return row;
  }
  void category(unsigned number, const std::string& type, const std::vector<unsigned>& above) {
    DocumentSpec spec;
    spec.number = number;
    spec.type = "Category";
    spec.category_type = type;
    if (!above.empty()) spec.relations = "<upd:Prerequisites>" + belongs_to(above) + "</upd:Prerequisites>";
    add(update_document(spec));
  }
  RevisionRow update(unsigned number, const std::vector<unsigned>& categories, const std::string& more = "",
                     const std::string& after = "", unsigned revision = 1, const std::string& extra = "") {
    DocumentSpec spec;
    spec.number = number;
    spec.revision = revision;
    spec.extra = extra;
    spec.relations = "<upd:Prerequisites>" + belongs_to(categories) + more + "</upd:Prerequisites>" + after;
    return add(update_document(spec));
  }
  [[nodiscard]] Feed feed() { return *find_lineage(test.catalog, id(100)); }
  void publish() { static_cast<void>(test.become(feed(), rows)); }

  TestCatalog test;
  std::set<RevisionRow> rows;
  std::int64_t feed_id = 0;
};

// A downstream server: authorizes itself and asks. What is no fault must decode.
class Downstream {
 public:
  explicit Downstream(Upstream& upstream, UpstreamApprovals landing = UpstreamApprovals::suggest)
      : pool_(upstream.test.path()), service_(pool_, clock, options(landing)) {}

  SyncServiceOptions options(UpstreamApprovals landing) {
    SyncServiceOptions set;
    set.landing = landing;
    set.told_deployments = scratch_ / "serve/deployments";
    set.report = [this](const std::string& text) { reported += text + "\n"; };
    return set;
  }

  template <typename Request>
  SoapBody raw(const Request& request) {
    const SyncService::Answer answer = service_.answer(encode(request), "http://server:8530");
    status = answer.status;
    return SoapBody(answer.envelope, max_response_bytes);
  }
  template <typename Response, typename Request>
  Response ask(const Request& request) {
    const SoapBody body = raw(request);
    if (const auto fault = body.fault()) FAIL("fault: " + fault->text);
    CHECK(status == 200);
    return decode<Response>(body);
  }
  // "code message" of the fault.
  template <typename Request>
  std::string fault(const Request& request) {
    const auto told = raw(request).fault();
    if (!told) return "none";
    CHECK(status == 500);
    return std::string(name_of(told->code)) + (told->message.empty() ? "" : " " + told->message);
  }
  AuthorizationCookie authorize() {
    GetAuthorizationCookieRequest request;
    request.account_name = "wsus.plant.example";
    request.account_guid = id(900).text();
    return ask<GetAuthorizationCookieResponse>(request).cookie;
  }
  void log_in() {
    GetCookieRequest request;
    request.auth_cookies = {authorize()};
    request.protocol_version = "1.20";
    cookie = ask<GetCookieResponse>(request).cookie;
  }
  GetRevisionIdListRequest list_request(bool config, const std::string& anchor = "") {
    GetRevisionIdListRequest request;
    request.cookie = cookie;
    request.get_config = config;
    if (!anchor.empty()) request.anchor = anchor;
    return request;
  }
  // Ids as small numbers, in the order of the answer.
  std::vector<unsigned> list(const GetRevisionIdListRequest& request) {
    const auto answer = ask<GetRevisionIdListResponse>(request);
    anchor = answer.anchor;
    std::vector<unsigned> numbers;
    for (const RevisionId& one : answer.revisions)
      numbers.push_back(static_cast<unsigned>(std::stoul(one.update.text().substr(0, 8), nullptr, 16)));
    return numbers;
  }
  std::set<unsigned> chosen(const std::vector<IdAndDelta>& products, const std::vector<IdAndDelta>& classes,
                            const std::string& since = "") {
    GetRevisionIdListRequest request = list_request(false, since);
    request.categories = products;
    request.classifications = classes;
    const std::vector<unsigned> numbers = list(request);
    const std::set<unsigned> set(numbers.begin(), numbers.end());
    CHECK(set.size() == numbers.size());
    return set;
  }

 private:
  Scratch scratch_;

 public:
  FixedClock clock;
  Cookie cookie;
  std::string anchor;
  std::string reported;
  unsigned status = 0;

 private:
  CatalogPool pool_;
  SyncService service_;
};

using Numbers = std::set<unsigned>;

std::size_t place(const std::vector<unsigned>& list, unsigned number) {
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
  CHECK(place(categories, 11) < place(categories, 12));
  const std::vector<unsigned> updates = downstream.list(downstream.list_request(false));
  CHECK(Numbers(updates.begin(), updates.end()) == Numbers{1, 2, 3, 4, 5, 6});
  CHECK(place(updates, 3) < place(updates, 2));
  CHECK(place(updates, 2) < place(updates, 1));
  CHECK(place(updates, 6) < place(updates, 5));
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

TEST_CASE("documents come as they are stored, large ones in a cabinet, a hundred at most", "[wsus][serve]") {
  Upstream upstream;
  const RevisionRow large = upstream.update(40, {12, 20}, "", "", 1, std::string(5000, 'x') + "\xc3\xa4");
  upstream.publish();
  Downstream downstream(upstream);
  downstream.log_in();
  GetUpdateDataRequest request;
  request.cookie = downstream.cookie;
  request.updates = {{id(40), 1}, {id(1), 1}, {id(12), 1}};
  const auto answer = downstream.ask<GetUpdateDataResponse>(request);
  REQUIRE(answer.updates.size() == 3);
  CHECK(answer.updates[0].compressed_blob);
  CHECK(answer.updates[1].blob);
  CHECK(document_of(answer.updates[0]) == upstream.test.documents.load(large));
  for (const UpdateData& update : answer.updates)
    CHECK(document_of(update) ==
          upstream.test.documents.load(revisions_of(upstream.test.catalog, update.id.update, true).front()));

  request.updates.assign(101, {id(1), 1});
  CHECK(downstream.fault(request) == "InvalidParameters updateIds");
  request.updates.clear();
  CHECK(downstream.fault(request) == "InvalidParameters updateIds");
  request.updates = {{id(1), 1}, {id(1), 99}};
  CHECK(downstream.fault(request) == "InternalServerError");
  CHECK(contains(downstream.reported, "is not served here"));
}

TEST_CASE("what was withdrawn, and what is no update document, is not served", "[wsus][serve]") {
  Upstream upstream;
  const RevisionRow gone = upstream.update(41, {12, 20});
  upstream.add(sdp_document(42, "Firmware"));
  upstream.publish();
  upstream.rows.erase(gone);
  upstream.publish();
  Downstream downstream(upstream);
  downstream.log_in();
  CHECK(downstream.chosen({}, {}) == Numbers{1, 2, 3, 4, 5, 6});
  GetUpdateDataRequest request;
  request.cookie = downstream.cookie;
  for (const unsigned number : {41U, 42U}) {
    request.updates = {{id(number), 1}};
    CHECK(downstream.fault(request) == "InternalServerError");
  }
}

TEST_CASE("payload files come with their digest and a URL of this server", "[wsus][serve]") {
  Upstream upstream;
  const std::string digest(20, '\x5a');
  DocumentSpec spec;
  spec.number = 50;
  std::string document = update_document(spec);
  const std::string end = "</upd:Update>";
  document.insert(document.size() - end.size(), "<upd:Files><upd:File Digest=\"" + to_base64(digest) +
                                                    "\" DigestAlgorithm=\"SHA1\" FileName=\"setup.exe\" Size=\"7\" "
                                                    "Modified=\"2026-01-01T00:00:00Z\"/></upd:Files>");
  upstream.add(document);
  upstream.publish();
  Downstream downstream(upstream);
  downstream.log_in();
  GetUpdateDataRequest request;
  request.cookie = downstream.cookie;
  request.updates = {{id(50), 1}, {id(1), 1}};
  const auto answer = downstream.ask<GetUpdateDataResponse>(request);
  CHECK(answer.updates.at(0).file_digests == std::vector<std::string>{digest});
  CHECK(answer.updates.at(1).file_digests.empty());
  REQUIRE(answer.urls.size() == 1);
  CHECK(answer.urls[0].file_digest == digest);
  CHECK(answer.urls[0].url == "http://server:8530/Content/5A/5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A.exe");

  GetUpdateDecryptionDataRequest decryption;
  decryption.cookie = downstream.cookie;
  decryption.updates = {{id(50), 1}};
  const auto keys = downstream.ask<GetUpdateDecryptionDataResponse>(decryption);
  REQUIRE(keys.updates.at(0).files.size() == 1);
  CHECK_FALSE(keys.updates[0].files[0].decryption_key);

  DownloadFilesRequest download;
  download.cookie = downstream.cookie;
  download.file_digests = {digest};
  static_cast<void>(downstream.ask<DownloadFilesResponse>(download));
  download.file_digests = {digest, std::string(20, 'b'), std::string(20, 'c')};
  CHECK(downstream.fault(download) ==
        "FileDigestsMissing " + to_base64(std::string(20, 'b')) + "|" + to_base64(std::string(20, 'c')));
  download.file_digests = {"short"};
  CHECK(downstream.fault(download) == "InvalidParameters fileDigestList");
  download.file_digests.assign(101, digest);
  CHECK(downstream.fault(download) == "InvalidParameters fileDigestList");
}

TEST_CASE("a replica is told of approvals, groups and declines, and of what became of them", "[wsus][serve]") {
  Upstream upstream;
  Catalog& catalog = upstream.test.catalog;
  const Verdict verdict{"anna", *Time::parse("2026-11-20T08:00:00Z")};
  approve_update(catalog, id(1), {"Pilot", Time::parse("2026-12-24T00:00:00Z"), verdict});
  approve_update(catalog, id(4), {std::string(all_computers), {}, verdict});
  approve_update(catalog, id(99), {std::string(all_computers), {}, verdict});  // not held
  decline_update(catalog, id(5), verdict);
  hide_update(catalog, id(6), verdict);
  Downstream downstream(upstream);
  downstream.log_in();
  GetDeploymentsRequest request;
  request.cookie = downstream.cookie;
  CHECK(downstream.fault(request) == "InvalidParameters syncAnchor");
  static_cast<void>(downstream.list(downstream.list_request(false)));
  request.sync_anchor = downstream.anchor;
  const auto first = downstream.ask<GetDeploymentsResponse>(request);
  REQUIRE(first.groups.size() == 3);
  CHECK(first.groups[0].name == "All Computers");
  CHECK(first.groups[0].parent == Guid{});
  CHECK(first.groups[1].name == "Unassigned Computers");
  CHECK(first.groups[2].name == "Pilot");
  CHECK(first.groups[2].id == group_id("PILOT"));
  CHECK_FALSE(first.groups[2].is_builtin);
  REQUIRE(first.deployments.size() == 2);
  CHECK(first.deployments[0].update == RevisionId{id(1), 1});
  CHECK(first.deployments[0].target_group == group_id("Pilot"));
  CHECK(first.deployments[0].deadline == "2026-12-24T00:00:00Z");
  CHECK(first.deployments[0].admin_name == "anna");
  CHECK(first.deployments[0].action == 0);
  CHECK(first.deployments[1].deadline == no_deadline);
  CHECK(first.deployments[1].target_group.text() == all_computers_group);
  CHECK(first.hidden_updates == std::vector<Guid>{id(5)});
  CHECK(first.dead_deployments.empty());

  request.deployment_anchor = first.anchor;
  const auto same = downstream.ask<GetDeploymentsResponse>(request);
  CHECK(same.deployments.empty());
  CHECK(same.groups.size() == 3);
  CHECK(same.hidden_updates.size() == 1);

  // One is taken back, one gets another deadline, and one moves on with a new revision.
  static_cast<void>(undecide_update(catalog, id(4), std::nullopt));
  approve_update(catalog, id(1), {"Pilot", Time::parse("2026-12-31T00:00:00Z"), verdict});
  const auto second = downstream.ask<GetDeploymentsResponse>(request);
  REQUIRE(second.deployments.size() == 1);
  CHECK(second.deployments[0].deadline == "2026-12-31T00:00:00Z");
  const std::set<Guid> dead(second.dead_deployments.begin(), second.dead_deployments.end());
  CHECK(dead == std::set<Guid>{first.deployments[0].id, first.deployments[1].id});
  upstream.update(1, {12, 20}, "", "", 2);
  upstream.publish();
  CHECK(downstream.ask<GetDeploymentsResponse>(request).deployments.at(0).update == RevisionId{id(1), 2});
  // Approved again as it was: alive again.
  approve_update(catalog, id(4), {std::string(all_computers), {}, verdict});
  const auto third = downstream.ask<GetDeploymentsResponse>(request);
  CHECK(std::count(third.dead_deployments.begin(), third.dead_deployments.end(), first.deployments[1].id) == 0);

  request.deployment_anchor = "garbage";
  CHECK(downstream.fault(request) == "InvalidParameters deploymentAnchor");
  request.deployment_anchor.reset();
  request.sync_anchor = "f1/ffffffffffff-1-0123456789ab";
  CHECK(downstream.fault(request) == "ServerChanged");
}

TEST_CASE("a publisher's approvals reach a replica where they are applied", "[wsus][serve]") {
  Upstream upstream;
  set_feed_policy(upstream.test.catalog, upstream.feed(), 1, {"none", {"*"}}, {id(4)});
  for (const auto& [landing, expected] : std::map<UpstreamApprovals, std::size_t>{
           {UpstreamApprovals::apply, 1}, {UpstreamApprovals::suggest, 0}, {UpstreamApprovals::ignore, 0}}) {
    Downstream downstream(upstream, landing);
    downstream.log_in();
    static_cast<void>(downstream.list(downstream.list_request(false)));
    GetDeploymentsRequest request;
    request.cookie = downstream.cookie;
    request.sync_anchor = downstream.anchor;
    CHECK(downstream.ask<GetDeploymentsResponse>(request).deployments.size() == expected);
  }
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
