// SPDX-License-Identifier: Apache-2.0
// The JSON part of point_status.h.
#include "format/point_status.h"

#include "format/unchosen_report.h"

namespace ferry::format {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::optional<Time>& time) { return time ? Json(time->text()) : Json(nullptr); }

Json to_json(const SiteStatus& site) {
  Json receipt;
  if (site.receipt)
    receipt = Json{{"made", site.receipt->made.text()},
                   {"files_missing", site.receipt->files_missing},
                   {"bytes_missing", site.receipt->bytes_missing},
                   {"went_backwards", site.receipt->went_backwards}};
  return Json{{"name", site.name},
              {"feed", site.feed},
              {"acknowledged", or_null(site.acknowledged)},
              {"acknowledged_at", or_null(site.acknowledged_at)},
              {"held_since", or_null(site.held_since)},
              {"exported", or_null(site.exported)},
              {"exported_at", or_null(site.exported_at)},
              {"generation", site.generation},
              {"behind", or_null(site.behind)},
              {"age_seconds", or_null(site.age_seconds)},
              {"next_bytes", site.next_bytes},
              {"next_document_bytes", site.next_document_bytes},
              {"standing", name_of(site.standing)},
              {"receipt", receipt},
              {"children", to_json(site.children)}};
}

Json to_json(const SourceStatus& source) {
  Json last;
  if (source.last)
    last = Json{{"ended", source.last->ended.text()},
                {"failed", source.last->failed},
                {"first_failure", source.last->first_failure}};
  return Json{{"name", source.name},
              {"kind", source.kind},
              {"updates", source.updates},
              {"synced", source.synced},
              {"last_run", last}};
}

Json freshness_json(const std::vector<FeedStatus>& feeds) {
  Json list = Json::array();
  for (const FeedStatus& feed : feeds) {
    if (!feed.freshness) continue;
    const ImportEntry& last = feed.freshness->last;
    list.push_back(Json{{"feed", last.feed_name},
                        {"bundle", last.name},
                        {"created", last.created.text()},
                        {"imported", last.imported.text()},
                        {"next_expected", last.next_expected.text()},
                        {"valid_until", last.valid_until.text()},
                        {"age_seconds", feed.freshness->age_seconds},
                        {"overdue", feed.freshness->is_overdue},
                        {"stale", feed.freshness->is_stale}});
  }
  return list;
}

Json imports_json(const std::vector<ImportEntry>& imports) {
  Json list = Json::array();
  for (const ImportEntry& entry : imports)
    list.push_back(Json{{"name", entry.name},
                        {"feed", entry.feed_name},
                        {"generation", entry.target},
                        {"created", entry.created.text()},
                        {"imported", entry.imported.text()},
                        {"added", entry.added},
                        {"removed", entry.removed},
                        {"undone", or_null(entry.undone)}});
  return list;
}

Json trust_keys_json(const TrustStatus& trust) {
  Json list = Json::array();
  for (const KeyStatus& key : trust.keys)
    list.push_back(Json{{"role", key.role},
                        {"key", key.key.hex()},
                        {"subject", key.subject},
                        {"not_after", or_null(key.not_after)},
                        {"revoked", key.is_revoked}});
  return list;
}

Json runs_json(const LogSummary& log) {
  Json list = Json::array();
  for (const auto& [command, run] : log.runs)
    list.push_back(Json{{"command", command},
                        {"run", run.run},
                        {"ended", run.ended.text()},
                        {"code", run.code},
                        {"seconds", or_null(run.seconds)},
                        {"error", run.error}});
  return list;
}

Json open_runs_json(const LogSummary& log) {
  Json list = Json::array();
  for (const auto& [command, run] : log.open)
    list.push_back(
        Json{{"command", command}, {"run", run.run}, {"begun", run.begun.text()}, {"goes_on", run.goes_on}});
  return list;
}

Json errors_json(const LogSummary& log) {
  Json list = Json::array();
  for (const LoggedError& error : log.errors)
    list.push_back(Json{{"time", error.time.text()}, {"run", error.run}, {"text", error.text}});
  return list;
}

Json findings_json(const PointStatus& status) {
  Json list = Json::array();
  for (const Finding& finding : status.findings())
    list.push_back(Json{{"severity", name_of(finding.severity)}, {"text", finding.text}});
  return list;
}

}  // namespace

Json to_json(const std::vector<FeedStatus>& feeds) {
  Json list = Json::array();
  for (const FeedStatus& feed : feeds)
    list.push_back(
        Json{{"name", feed.feed.name},
             {"generation", feed.feed.generation},
             {"state", feed.feed.state.hex()},
             {"updates", feed.current ? feed.current->updates : 0},
             {"revisions", feed.current ? feed.current->revisions : 0},
             {"made", feed.current ? feed.current->made.text() : ""},
             {"publisher", feed.feed.publisher},
             {"followed", feed.feed.imported},
             {"sequence", feed.chain.sequence},
             {"fingerprint", feed.chain.sequence == 0 ? Json(nullptr) : Json(chain_fingerprint(feed.chain.manifest))}});
  return list;
}

Json to_json(const std::vector<SiteStatus>& sites) {
  Json list = Json::array();
  for (const SiteStatus& site : sites) list.push_back(to_json(site));
  return list;
}

Json to_json(const PointStatus& status) {
  Json content = Json::array();
  for (const FeedContent& feed : status.content) content.push_back(to_json(feed));
  Json json{{"version", 1}, {"point", status.point}, {"now", status.now.text()}};
  if (status.is_exporter()) {
    Json sources = Json::array();
    for (const SourceStatus& source : status.sources) sources.push_back(to_json(source));
    json["sources"] = sources;
  } else {
    const auto& imports = status.imports;
    json["site"] = status.site;
    json["freshness"] = freshness_json(status.feeds);
    json["clock_is_behind"] = status.clock_is_behind;
    json["imports"] = imports_json(imports);
    json["last_import"] = imports.empty() ? Json(nullptr)
                                          : Json{{"name", imports.front().name},
                                                 {"created", imports.front().created.text()},
                                                 {"imported", imports.front().imported.text()}};
  }
  json["feeds"] = to_json(status.feeds);
  json["content"] = content;
  json["sites"] = to_json(status.sites);
  if (status.is_exporter()) {
    json["unchosen"] = unchosen_json(status.unchosen);
    json["ignored"] = ignored_json(status.ignored);
  } else {
    json["drop_folder"] = status.drop_folder;
  }
  json["attention"] = status.attention;
  json["trust"] = status.trust ? status.trust->json : Json(nullptr);
  json["trust_keys"] = status.trust ? trust_keys_json(*status.trust) : Json::array();
  json["runs"] = runs_json(status.log);
  json["open_runs"] = open_runs_json(status.log);
  json["errors"] = errors_json(status.log);
  json["findings"] = findings_json(status);
  return json;
}

}  // namespace ferry::format
