// SPDX-License-Identifier: Apache-2.0
// The server side of MS-WSUSSS on a small catalog: documents, files and deployments.
#include <catch2/catch.hpp>

#include "common/encoding.h"
#include "format/catalog/feed_policy.h"
#include "format/wsus/update_blob.h"
#include "tests/unit/expect.h"
#include "tests/unit/format/wsus_downstream.h"

using namespace ferry;
using namespace ferry::tests;
using namespace ferry::format;
using namespace ferry::format::wsus;

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
  CHECK(downstream.chosen({}, {}) == std::set<unsigned>{1, 2, 3, 4, 5, 6});
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
