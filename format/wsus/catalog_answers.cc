// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/catalog_answers.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/text.h"
#include "format/catalog/feed_policy.h"
#include "format/wsus/content_path.h"
#include "format/wsus/languages.h"
#include "format/wsus/protocol_fault.h"
#include "format/wsus/sync_anchor.h"
#include "format/wsus/update_blob.h"

namespace ferry::format::wsus {
namespace {

constexpr std::string_view config_prefix = "c1/";
constexpr std::size_t config_mark_digits = 12;
constexpr std::uint32_t max_decryptions_in_request = 100;
constexpr std::size_t sha1_bytes = 20;

// Of documents as they travel; in base64 and XML they are a third larger, which is what our own client reads.
constexpr std::uint64_t max_answer_document_bytes = max_response_bytes * 2 / 3;

std::vector<LanguageData> served_languages(const std::vector<ContentPolicy>& policies) {
  std::set<std::string> enabled;
  for (const ContentPolicy& policy : policies) {
    enabled.insert(policy.languages.begin(), policy.languages.end());
    if (policy.languages.empty()) enabled.insert("*");
  }
  const bool all = enabled.count("*") > 0;
  std::vector<LanguageData> languages;
  for (const KnownLanguage& known : known_languages())
    languages.push_back({known.id, std::string(known.short_name), std::string(known.long_name),
                         all || (known.id != all_languages && enabled.count(std::string(known.short_name)) > 0)});
  return languages;
}

std::string config_anchor(const std::vector<LanguageData>& languages) {
  std::string enabled;
  for (const LanguageData& language : languages) enabled += language.is_enabled ? '1' : '0';
  return std::string(config_prefix) + sha256(enabled).hex().substr(0, config_mark_digits);
}

bool is_config_anchor(std::string_view text) {
  return text.size() == config_prefix.size() + config_mark_digits && text.starts_with(config_prefix);
}

[[noreturn]] void refuse_anchor(AnchorTrouble trouble, std::string_view parameter) {
  if (trouble == AnchorTrouble::malformed)
    throw ProtocolFault::parameter(std::string(parameter), "the anchor is none that an update server gives");
  throw ProtocolFault(FaultCode::server_changed,
                      "the anchor is of another server, or of a state that this catalog is not in any more; "
                      "synchronize without anchors",
                      "");
}

std::vector<CategoryChoice> choices(const std::vector<IdAndDelta>& wanted) {
  std::vector<CategoryChoice> chosen;
  for (const IdAndDelta& one : wanted) chosen.push_back({one.id, one.delta});
  return chosen;
}

void require_count(std::size_t count, std::uint32_t most, std::string_view parameter) {
  if (count == 0 || count > most)
    throw ProtocolFault::parameter(std::string(parameter), fmt::format("{} entries; expected 1 to {}", count, most));
}

RevisionRow served_row(Serving& serving, const RevisionId& id) {
  const auto row = serving.find(id);
  if (!row)
    throw ProtocolFault(FaultCode::internal_server_error,
                        fmt::format("update {} revision {} is not served here; it may have been withdrawn since it was "
                                    "listed, so synchronize again",
                                    id.update.text(), id.number),
                        "");
  return *row;
}

std::string sendable_document(Documents& documents, RevisionRow row, const RevisionId& id) {
  std::string document = documents.load(row);
  if (!is_utf8(document))
    throw ProtocolFault(FaultCode::internal_server_error,
                        fmt::format("the document of update {} revision {} is not in UTF-8, which this server cannot "
                                    "send",
                                    id.update.text(), id.number),
                        "");
  return document;
}

}  // namespace

GetConfigDataResponse config_answer(Catalog& catalog, const std::vector<ServedFeed>& feeds,
                                    const GetConfigDataRequest& request) {
  std::vector<ContentPolicy> policies;
  for (const ServedFeed& served : feeds) policies.push_back(feed_policy(catalog, served.feed));
  const bool has_all_content = !policies.empty() && std::all_of(policies.begin(), policies.end(),
                                                                [](const auto& one) { return one.kind == "all"; });
  GetConfigDataResponse answer;
  answer.lazy_sync = !has_all_content;
  answer.server_hosts_psf_files = has_all_content;
  answer.max_updates = max_updates_in_request;
  answer.max_decryption_updates = max_decryptions_in_request;
  answer.protocol_version = std::string(protocol_version);
  answer.languages = served_languages(policies);
  answer.anchor = config_anchor(answer.languages);
  const std::string asked = request.config_anchor.value_or("");
  if (asked == answer.anchor) answer.languages.clear();
  // That of a WSUS: the list is whole, so nothing is amiss.
  std::vector<ServedFeed> none;
  if (!asked.empty() && !is_config_anchor(asked) && apply_anchor(catalog, asked, none) == AnchorTrouble::malformed)
    refuse_anchor(AnchorTrouble::malformed, "configAnchor");
  return answer;
}

GetRevisionIdListResponse revision_list_answer(Catalog& catalog, std::vector<ServedFeed> feeds,
                                               const GetRevisionIdListRequest& request) {
  if (request.anchor && !request.anchor->empty()) {
    if (const auto trouble = apply_anchor(catalog, *request.anchor, feeds)) refuse_anchor(*trouble, "filter");
  }
  GetRevisionIdListResponse answer;
  answer.anchor = sync_anchor(feeds);
  Serving serving(catalog, std::move(feeds));
  // Languages choose nothing: documents are never cut, so a new language brings no document that is not here.
  answer.revisions = serving.list({request.get_config, choices(request.categories), choices(request.classifications)});
  return answer;
}

GetUpdateDataResponse update_data_answer(Catalog& catalog, std::vector<ServedFeed> feeds,
                                         const GetUpdateDataRequest& request, std::string_view content_url) {
  require_count(request.updates.size(), max_updates_in_request, "updateIds");
  GetUpdateDataResponse answer;
  Serving serving(catalog, std::move(feeds));
  Documents documents(catalog);
  std::set<std::string> told;
  std::uint64_t bytes = 0;
  for (const RevisionId& id : request.updates) {
    const RevisionRow row = served_row(serving, id);
    UpdateData update;
    update.id = id;
    put_document(update, sendable_document(documents, row, id));
    bytes += update.blob ? update.blob->size() : update.compressed_blob->size();
    if (bytes > max_answer_document_bytes)
      throw ProtocolFault(FaultCode::internal_server_error,
                          fmt::format("the documents of these {} updates have more than {}; ask for fewer at once",
                                      request.updates.size(), format_size(max_answer_document_bytes)),
                          "");
    for (const Serving::File& file : serving.files(row)) {
      update.file_digests.push_back(file.sha1);
      if (!told.insert(file.sha1).second) continue;
      UrlData url;
      url.file_digest = file.sha1;
      url.url = std::string(content_url) + content_path(file.sha1, file.name);
      answer.urls.push_back(std::move(url));
    }
    answer.updates.push_back(std::move(update));
  }
  return answer;
}

GetUpdateDecryptionDataResponse decryption_answer(Catalog& catalog, std::vector<ServedFeed> feeds,
                                                  const GetUpdateDecryptionDataRequest& request) {
  require_count(request.updates.size(), max_decryptions_in_request, "updateIds");
  GetUpdateDecryptionDataResponse answer;
  Serving serving(catalog, std::move(feeds));
  for (const RevisionId& id : request.updates) {
    UpdateDecryption update;
    update.id = id;
    for (const Serving::File& file : serving.files(served_row(serving, id))) update.files.push_back({file.sha1, {}});
    answer.updates.push_back(std::move(update));
  }
  return answer;
}

DownloadFilesResponse download_answer(Catalog& catalog, std::vector<ServedFeed> feeds,
                                      const DownloadFilesRequest& request) {
  require_count(request.file_digests.size(), max_files_in_request, "fileDigestList");
  Serving serving(catalog, std::move(feeds));
  std::string missing;
  for (const std::string& digest : request.file_digests) {
    if (digest.size() != sha1_bytes)
      throw ProtocolFault::parameter("fileDigestList",
                                     fmt::format("a digest of {} bytes; expected {}", digest.size(), sha1_bytes));
    if (!serving.names_file(digest)) missing.append(missing.empty() ? "" : "|").append(to_base64(digest));
  }
  if (!missing.empty())
    throw ProtocolFault(FaultCode::file_digests_missing, "no update that is served here names these files", missing);
  return {};
}

}  // namespace ferry::format::wsus
