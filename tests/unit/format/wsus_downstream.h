// SPDX-License-Identifier: Apache-2.0
// A small catalog that is served, and a downstream server that asks for it without a network.
#pragma once

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "format/wsus/sync_service.h"
#include "tests/unit/format/catalog_support.h"

namespace ferry::tests {

[[nodiscard]] inline std::string belongs_to(const std::vector<unsigned>& numbers) {
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
    feed_id = format::create_feed(test.catalog, "all", id(100), true, "hq").id;
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
  format::RevisionRow add(const std::string& document) {
    const format::RevisionRow row = test.store(document);
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
  format::RevisionRow update(unsigned number, const std::vector<unsigned>& categories, const std::string& more = "",
                             const std::string& after = "", unsigned revision = 1, const std::string& extra = "") {
    DocumentSpec spec;
    spec.number = number;
    spec.revision = revision;
    spec.extra = extra;
    spec.relations = "<upd:Prerequisites>" + belongs_to(categories) + more + "</upd:Prerequisites>" + after;
    return add(update_document(spec));
  }
  [[nodiscard]] format::Feed feed() { return *format::find_lineage(test.catalog, id(100)); }
  void publish() { static_cast<void>(test.become(feed(), rows)); }

  TestCatalog test;
  std::set<format::RevisionRow> rows;
  std::int64_t feed_id = 0;
};

// A downstream server: authorizes itself and asks. What is no fault must decode.
class Downstream {
 public:
  explicit Downstream(Upstream& upstream, format::UpstreamApprovals landing = format::UpstreamApprovals::suggest)
      : pool_(upstream.test.path()), service_(pool_, clock, options(landing)) {}

  format::wsus::SyncServiceOptions options(format::UpstreamApprovals landing) {
    format::wsus::SyncServiceOptions set;
    set.landing = landing;
    set.told_deployments = scratch_ / "serve/deployments";
    set.report = [this](const std::string& text) { reported += text + "\n"; };
    return set;
  }

  template <typename Request>
  format::wsus::SoapBody raw(const Request& request) {
    const format::wsus::SyncService::Answer answer =
        service_.answer(format::wsus::encode(request), "http://server:8530");
    status = answer.status;
    return format::wsus::SoapBody(answer.envelope, format::wsus::max_response_bytes);
  }
  template <typename Response, typename Request>
  Response ask(const Request& request) {
    const format::wsus::SoapBody body = raw(request);
    if (const auto fault = body.fault()) FAIL("fault: " + fault->text);
    CHECK(status == 200);
    return format::wsus::decode<Response>(body);
  }
  // "code message" of the fault.
  template <typename Request>
  std::string fault(const Request& request) {
    const auto told = raw(request).fault();
    if (!told) return "none";
    CHECK(status == 500);
    return std::string(format::wsus::name_of(told->code)) + (told->message.empty() ? "" : " " + told->message);
  }
  format::wsus::AuthorizationCookie authorize() {
    format::wsus::GetAuthorizationCookieRequest request;
    request.account_name = "wsus.plant.example";
    request.account_guid = id(900).text();
    return ask<format::wsus::GetAuthorizationCookieResponse>(request).cookie;
  }
  void log_in() {
    format::wsus::GetCookieRequest request;
    request.auth_cookies = {authorize()};
    request.protocol_version = "1.20";
    cookie = ask<format::wsus::GetCookieResponse>(request).cookie;
  }
  format::wsus::GetRevisionIdListRequest list_request(bool config, const std::string& since = "") {
    format::wsus::GetRevisionIdListRequest request;
    request.cookie = cookie;
    request.get_config = config;
    if (!since.empty()) request.anchor = since;
    return request;
  }
  // Ids as small numbers, in the order of the answer.
  std::vector<unsigned> list(const format::wsus::GetRevisionIdListRequest& request) {
    const auto answer = ask<format::wsus::GetRevisionIdListResponse>(request);
    anchor = answer.anchor;
    std::vector<unsigned> numbers;
    for (const format::RevisionId& one : answer.revisions)
      numbers.push_back(static_cast<unsigned>(std::stoul(one.update.text().substr(0, 8), nullptr, 16)));
    return numbers;
  }
  std::set<unsigned> chosen(const std::vector<format::wsus::IdAndDelta>& products,
                            const std::vector<format::wsus::IdAndDelta>& classes, const std::string& since = "") {
    format::wsus::GetRevisionIdListRequest request = list_request(false, since);
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
  format::wsus::Cookie cookie;
  std::string anchor;
  std::string reported;
  unsigned status = 0;

 private:
  format::CatalogPool pool_;
  format::wsus::SyncService service_;
};

}  // namespace ferry::tests
