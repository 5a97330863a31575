// SPDX-License-Identifier: Apache-2.0
// The messages of MS-WSUSSS, in both directions, and against exchanges that were recorded from real servers.
#include "format/wsus/messages.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <vector>

#include "common/encoding.h"
#include "format/document.h"
#include "format/wsus/update_blob.h"
#include "tests/support/test_support.h"
#include "tests/unit/expect.h"

using namespace ferry;
using namespace ferry::format;
using namespace ferry::format::wsus;
using namespace ferry::tests;
namespace fs = std::filesystem;

namespace {

wsus::SoapBody body_of(const std::string& bytes) { return wsus::SoapBody(bytes, wsus::max_response_bytes); }

// What comes out of encoding, decoding and encoding again; the same text when nothing is lost.
template <typename Message>
bool survives(const Message& message) {
  const std::string once = encode(message);
  return encode(decode<Message>(body_of(once))) == once;
}

const Cookie cookie{"2026-10-04T20:33:26.65455Z", std::string("\0\1\xff", 3)};

// A folder of recorded exchanges, where this machine has them; the case is skipped by name where not.
fs::path captures() {
  const char* root = std::getenv("FERRY_SOURCE_ROOT");
  const fs::path folder = fs::path(root == nullptr ? "." : root) / "../shared/data/wsus-captures";
  if (fs::exists(folder)) return folder;
  WARN("SKIP no ../shared/data/wsus-captures");
  return {};
}

// Every element in order with its text, names without prefixes; what matters of a message.
void list_elements(const wsus::SoapBody& body, wsus::SoapBody::Node node, std::string& out) {
  out += "<" + std::string(body.name(node)) + ">" + std::string(body.text(node));
  for (auto child = body.first(node); child != wsus::SoapBody::none; child = body.next(child))
    list_elements(body, child, out);
  out += "</>";
}
std::string elements_of(const std::string& bytes) {
  const wsus::SoapBody body = body_of(bytes);
  std::string out(body.name_space());
  list_elements(body, 0, out);
  return out;
}

std::string envelope(const std::string& inside) {
  return "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>" + inside +
         "</e:Body></e:Envelope>";
}
const std::string sync_xmlns = " xmlns=\"http://www.microsoft.com/SoftwareDistribution\"";

}  // namespace

TEST_CASE("every request survives being written and read, with the characters that XML escapes", "[format][wsus]") {
  const std::string odd = "a<b>&\"'\r\n\t \xc3\xa4\xf0\x9f\x98\x80";
  CHECK(survives(GetAuthConfigRequest{}));
  CHECK(survives(GetAuthorizationCookieRequest{odd, "877b3058-07c9-4c06-8d8c-3d9a6d1f6c3c"}));
  CHECK(survives(GetCookieRequest{{{"DssTargeting", "bytes"}, {odd, ""}}, {}, "1.20"}));
  CHECK(survives(GetCookieRequest{{}, cookie, "1.20"}));
  CHECK(survives(GetConfigDataRequest{cookie, {}}));
  CHECK(survives(GetConfigDataRequest{cookie, odd}));
  CHECK(survives(GetRevisionIdListRequest{cookie, {}, true, {}, {}, {}}));
  CHECK(survives(GetRevisionIdListRequest{
      cookie, "1,2", false, {{id(1), true}, {id(2), false}}, {{id(3), true}}, {{1033, false}}}));
  CHECK(survives(GetUpdateDataRequest{cookie, {{id(1), 100}, {id(2), 2147483647}}}));
  CHECK(survives(GetUpdateDecryptionDataRequest{cookie, {{id(1), 100}}}));
  CHECK(survives(GetDeploymentsRequest{cookie, "d", {}}));
  CHECK(survives(GetDeploymentsRequest{cookie, {}, "s"}));
  CHECK(survives(DownloadFilesRequest{cookie, {std::string(20, '\xab'), std::string(20, '\0')}}));
  CHECK(survives(PingRequest{3}));
}

TEST_CASE("every response survives being written and read", "[format][wsus]") {
  const std::string odd = "a<b>&\"'\r\n\t";
  CHECK(survives(GetAuthConfigResponse{"2026-01-01T00:00:00Z", {{"DssTargeting", "a/b.asmx", {}}, {"x", odd, "p"}}}));
  CHECK(survives(GetAuthorizationCookieResponse{{"DssTargeting", std::string(496, 'c')}}));
  CHECK(survives(GetCookieResponse{cookie}));
  GetConfigDataResponse config{true, false, true, 1, 2, 3, 100, "anchor", "1.20", {{1033, "en", "English", true}}, 500};
  CHECK(survives(config));
  config.anchor.reset();
  config.languages.clear();
  CHECK(survives(config));
  CHECK(survives(GetRevisionIdListResponse{"1,2026-10-04 16:33:26.750", {{id(1), 1}, {id(1), 2}}}));
  CHECK(survives(GetRevisionIdListResponse{"a", {}}));
  CHECK(survives(GetUpdateDataResponse{{{{id(1), 1}, "<a>&amp;\r\n</a>", {"digest"}, {}}, {{id(2), 1}, {}, {}, "MSCF"}},
                                       {{"digest", "http://a/b?c&d", "", "key"}, {"e", "", {}, {}}}}));
  CHECK(survives(GetUpdateDecryptionDataResponse{{{{id(1), 1}, {{"digest", "key"}, {"other", {}}}}}}));
  GetDeploymentsResponse deployments;
  deployments.anchor = "7,x";
  deployments.groups = {{id(1), Guid(), odd, true}};
  deployments.deployments.push_back(
      {{id(2), 200}, 3, "WSUS\\admin", std::string(no_deadline), true, "2026-01-01T00:00:00", id(3), id(1), 1});
  deployments.dead_deployments = {id(4)};
  deployments.accepted_eulas = {id(5), id(6)};
  CHECK(survives(deployments));
  CHECK(survives(DownloadFilesResponse{}));
  CHECK(survives(PingResponse{}));
}

TEST_CASE("values arrive as they were sent, not only their text", "[format][wsus]") {
  const auto list = decode<GetRevisionIdListRequest>(
      body_of(encode(GetRevisionIdListRequest{cookie, "a\r\nb", false, {{id(1), true}}, {{id(2), false}}, {}})));
  CHECK(list.anchor == "a\r\nb");
  CHECK(list.cookie.data == cookie.data);
  CHECK(list.cookie.expiration == cookie.expiration);
  REQUIRE(list.categories.size() == 1);
  CHECK(list.categories[0].id == id(1));
  CHECK(list.categories[0].delta);
  REQUIRE(list.classifications.size() == 1);
  CHECK_FALSE(list.classifications[0].delta);
  const std::string document = "<upd:Update a=\"1\">&amp;\r\n\t\xc3\xa4</upd:Update>";
  const auto data = decode<GetUpdateDataResponse>(
      body_of(encode(GetUpdateDataResponse{{{{id(1), 7}, document, {std::string(20, '\0')}, {}}}, {}})));
  REQUIRE(data.updates.size() == 1);
  CHECK(data.updates[0].id == RevisionId{id(1), 7});
  CHECK(document_of(data.updates[0]) == document);
  CHECK(data.updates[0].file_digests == std::vector<std::string>{std::string(20, '\0')});
}

TEST_CASE("a request's operation is known by name and namespace, and its SOAPAction is quoted", "[format][wsus]") {
  CHECK(body_of(encode(GetCookieRequest{})).requested() == Operation::get_cookie);
  CHECK(body_of(encode(GetAuthorizationCookieRequest{})).requested() == Operation::get_authorization_cookie);
  CHECK(body_of(envelope("<GetDriverIdList" + sync_xmlns + "/>")).requested() == Operation::get_driver_id_list);
  CHECK_FALSE(body_of(envelope("<GetCookie xmlns=\"urn:other\"/>")).requested());
  CHECK_FALSE(body_of(encode(GetCookieResponse{})).requested());
  CHECK(soap_action(Operation::get_cookie) == "\"http://www.microsoft.com/SoftwareDistribution/GetCookie\"");
  CHECK(soap_action(Operation::get_authorization_cookie) ==
        "\"http://www.microsoft.com/SoftwareDistribution/Server/DssAuthWebService/GetAuthorizationCookie\"");
}

TEST_CASE("every fault is told with its code, and one that is not known is another", "[format][wsus]") {
  for (const FaultCode code : {FaultCode::other, FaultCode::invalid_parameters, FaultCode::invalid_cookie,
                               FaultCode::invalid_authorization_cookie, FaultCode::incompatible_protocol_version,
                               FaultCode::internal_server_error, FaultCode::server_changed,
                               FaultCode::file_digests_missing, FaultCode::server_busy}) {
    const auto fault = body_of(encode(Fault{code, "a|b", id(1), "GetCookie", "text <&>"})).fault();
    REQUIRE(fault);
    CHECK(fault->code == code);
    CHECK(fault->message == "a|b");
    CHECK(fault->id == id(1));
    CHECK(fault->method == "GetCookie");
    CHECK(fault->text == "text <&>");
  }
  const auto unknown = body_of(envelope("<e:Fault xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><faultstring>x"
                                        "</faultstring><detail><ErrorCode>New</ErrorCode></detail></e:Fault>"))
                           .fault();
  REQUIRE(unknown);
  CHECK(unknown->code == FaultCode::other);
  CHECK(unknown->text == "x");
  CHECK_FALSE(body_of(encode(GetCookieResponse{})).fault());
}

TEST_CASE("elements may come in any order, with others between, and nil is not there", "[format][wsus]") {
  const auto response = decode<GetConfigDataResponse>(body_of(
      envelope("<GetConfigDataResponse" + sync_xmlns +
               " xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:o=\"urn:o\">"
               "\n <GetConfigDataResult><New>1</New><o:CatalogOnlySync>x</o:CatalogOnlySync>"
               "<MaxNumberOfUpdatesPerRequest> 100 </MaxNumberOfUpdatesPerRequest><NewConfigAnchor i:nil=\"true\"/>"
               "<CatalogOnlySync>1</CatalogOnlySync></GetConfigDataResult></GetConfigDataResponse>")));
  CHECK(response.catalog_only_sync);
  CHECK(response.max_updates == 100);
  CHECK_FALSE(response.anchor);
}

TEST_CASE("what a message lacks or has wrong is named, with what was expected", "[format][wsus]") {
  const auto list = [](const std::string& inside) {
    return message_of([&] {
      static_cast<void>(decode<GetRevisionIdListResponse>(
          body_of(envelope("<GetRevisionIdListResponse" + sync_xmlns + "><GetRevisionIdListResult>" + inside +
                           "</GetRevisionIdListResult></GetRevisionIdListResponse>"))));
    });
  };
  CHECK(contains(list(""), "'GetRevisionIdListResult' has no Anchor"));
  const auto revision = [&](const std::string& one) {
    return list("<Anchor>a</Anchor><NewRevisions><UpdateIdentity>" + one + "</UpdateIdentity></NewRevisions>");
  };
  CHECK(contains(revision("<RevisionNumber>1</RevisionNumber>"), "has no UpdateID"));
  CHECK(contains(revision("<UpdateID>1</UpdateID><RevisionNumber>1</RevisionNumber>"), "'1'; expected a GUID"));
  for (const std::string number : {"-1", "2147483648", "1.5", "", "99999999999999999999"})
    CHECK(contains(revision("<UpdateID>" + id(1).text() + "</UpdateID><RevisionNumber>" + number + "</RevisionNumber>"),
                   "expected a whole number below 2^31"));
  CHECK(contains(message_of([] { static_cast<void>(decode<GetCookieResponse>(body_of(encode(GetCookieRequest{})))); }),
                 "'GetCookie'"));
  CHECK(contains(message_of([] {
                   static_cast<void>(decode<DownloadFilesRequest>(body_of(
                       envelope("<DownloadFiles" + sync_xmlns +
                                "><cookie><Expiration/><EncryptedData/></cookie>"
                                "<fileDigestList><base64Binary>%</base64Binary></fileDigestList></DownloadFiles>"))));
                 }),
                 "'%'; expected base64"));
}

TEST_CASE("what is no SOAP message, or too much of one, is refused as an ordinary failure", "[format][wsus]") {
  const auto refused = [](const std::string& bytes) {
    return code_of([&] { static_cast<void>(wsus::SoapBody(bytes, 100'000)); }) == ExitCode::failed;
  };
  CHECK(refused(""));
  CHECK(refused("<html>Not Found</html>"));
  CHECK(refused(envelope("")));
  CHECK(refused(envelope("<a/><b/>")));
  CHECK(refused(envelope("<a>")));
  CHECK(refused("<!DOCTYPE a [<!ENTITY b \"c\">]>" + envelope("<a/>")));
  CHECK(refused("<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Body><a/></Body></Envelope>"));
  CHECK(refused(envelope("<a>" + std::string(100'000, ' ') + "</a>")));
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "<a>";
  for (int i = 0; i < 20; ++i) deep += "</a>";
  CHECK(refused(envelope(deep)));
  std::string names;
  for (int i = 0; i < 600; ++i) names += "<a" + std::to_string(i) + "/>";
  CHECK(refused(envelope("<a>" + names + "</a>")));
  CHECK_FALSE(refused(envelope("<a/>")));
}

TEST_CASE("a message of elements alone cannot take many times its size in memory", "[format][wsus]") {
  const auto code = [](std::size_t elements) {
    std::string list;
    for (std::size_t i = 0; i < elements; ++i) list += "<b/>";
    return code_of([&] { static_cast<void>(body_of(envelope("<a>" + list + "</a>"))); });
  };
  CHECK(code(1'900'000) == ExitCode::done);
  CHECK(code(2'000'000) == ExitCode::failed);
}

TEST_CASE("times of servers are read with and without fraction and zone", "[format][wsus]") {
  CHECK(parse_date_time("2026-10-04T20:33:26.65455Z") == Time::parse("2026-10-04T20:33:26Z"));
  CHECK(parse_date_time(" 2026-10-04T20:33:26 ") == Time::parse("2026-10-04T20:33:26Z"));
  CHECK(parse_date_time("2026-10-04T20:33:26-04:00") == Time::parse("2026-10-05T00:33:26Z"));
  CHECK(parse_date_time("2026-10-04T20:33:26.1+05:30") == Time::parse("2026-10-04T15:03:26Z"));
  CHECK(parse_date_time(no_deadline) == Time::parse("9999-12-31T23:59:59Z"));
  for (const std::string text :
       {"", "2026-10-04", "2026-10-04 20:33:26", "2026-10-04T20:33:26.", "2026-10-04T20:33:26.1x",
        "2026-10-04T20:33:26+5:30", "2026-10-04T20:33:26+99:00", "2026-13-04T20:33:26Z"})
    CHECK_FALSE(parse_date_time(text));
}

TEST_CASE("recorded answers to GetUpdateData hold the documents, byte for byte", "[format][wsus]") {
  const fs::path folder = captures();
  if (folder.empty()) return;
  const auto answer = [&](const char* number) {
    return decode<GetUpdateDataResponse>(body_of(read(folder / "exchanges" / number / "response.body")));
  };
  const GetUpdateDataResponse leaf = answer("000014");
  REQUIRE(leaf.updates.size() == 1);
  CHECK(document_of(leaf.updates[0]) == read(folder / "documents/266f6222-c89d-43f2-9f8a-69340271e677-r200.xml"));
  CHECK(*leaf.updates[0].compressed_blob == read(folder / "blobs/266f6222-r200.blob.cab"));
  REQUIRE(leaf.urls.size() == 1);
  CHECK(leaf.urls[0].url ==
        "http://download.windowsupdate.com/c/msdownload/update/software/defu/2026/10/"
        "am_delta_87f5bd0469585006aa5d3a77d1c662fd2895ddcd.exe");
  CHECK(to_hex(leaf.urls[0].file_digest) == "87f5bd0469585006aa5d3a77d1c662fd2895ddcd");
  CHECK(leaf.urls[0].uss_url == "");
  const Update update = parse_document(document_of(leaf.updates[0]));
  REQUIRE(update.files.size() == 1);
  CHECK(update.files[0].sha1 == leaf.urls[0].file_digest);
  CHECK(travels_as_cabinet(document_of(leaf.updates[0])));

  const GetUpdateDataResponse company = answer("000016");
  REQUIRE(company.updates.size() == 1);
  CHECK(company.updates[0].id.number == 101);
  CHECK(document_of(company.updates[0]) == read(folder / "documents/56309036-4c77-4dd9-951a-99ee9c246a94-r101.xml"));
  CHECK(company.urls.empty());
}

TEST_CASE("a recorded request and answer for a list of revisions are understood and written the same",
          "[format][wsus]") {
  const fs::path folder = captures();
  if (folder.empty()) return;
  const std::string request = read(folder / "exchanges/000009/request.body");
  CHECK(elements_of(encode(decode<GetRevisionIdListRequest>(body_of(request)))) == elements_of(request));
  GetRevisionIdListRequest ours;
  ours.cookie = {"2026-10-04T20:33:26.65455Z", decode<GetRevisionIdListRequest>(body_of(request)).cookie.data};
  ours.categories = {{*Guid::parse("8c3fcc84-7410-4a95-8b89-a166a0190486"), false}};
  ours.classifications = {{*Guid::parse("e0789628-ce08-4437-be74-2495b842f43b"), false}};
  CHECK(elements_of(encode(ours)) == elements_of(request));
  const std::string response = read(folder / "exchanges/000009/response.body");
  const auto list = decode<GetRevisionIdListResponse>(body_of(response));
  CHECK(list.anchor == "9438,2026-10-04 16:33:26.750");
  CHECK(list.revisions.size() == 30);
  CHECK(list.revisions.front() == RevisionId{*Guid::parse("8c55755c-2b9d-48cc-be8b-aedbf20911ec"), 201});
  CHECK(elements_of(encode(list)) == elements_of(response));
}

TEST_CASE("the configuration of Microsoft's own server is understood", "[format][wsus]") {
  const fs::path folder = captures();
  if (folder.empty()) return;
  const auto config = decode<GetConfigDataResponse>(body_of(read(folder / "microsoft_sync_config_20261006.xml")));
  CHECK(config.languages.size() == 39);
  CHECK(config.protocol_version == "1.21");
  CHECK(config.max_updates == 100);
  CHECK(config.max_hardware_ids == 450);
  CHECK(config.catalog_only_sync);
  CHECK(config.anchor == "2026-10-05 17:27:44.393");
  CHECK(config.languages.back().short_name == "all");
  CHECK(config.languages.back().is_enabled);
}
