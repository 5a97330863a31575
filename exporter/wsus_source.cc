// SPDX-License-Identifier: Apache-2.0
// An update server as a source: categories first, then what is in the products and classifications that this point
// chose, each list from where it ended the last time.
//
// A list's new anchor counts only when every revision in it is in the catalog. Documents are kept beside the catalog as
// they come, so a run that died is gone on with; the catalog itself changes in one transaction, at the end.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/text.h"
#include "exporter/source.h"
#include "exporter/wsus_client.h"
#include "exporter/wsus_languages.h"
#include "format/catalog/fetched.h"
#include "format/catalog/selection.h"
#include "format/catalog/source_memory.h"
#include "format/limits.h"
#include "format/wsus/content_path.h"
#include "format/wsus/update_blob.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;
namespace wsus = format::wsus;

constexpr std::string_view server_anchor = "server";  // whose anchors the others are
constexpr std::string_view category_anchor = "categories";
constexpr std::string_view update_anchor = "updates";
constexpr std::string_view full_list_time = "full-list";  // when all was asked for, and told, the last time

// Servers take 100 at a time; one that names more is not asked for so many that an answer must be too long.
constexpr std::size_t max_batch = 200;
// Fewer removals than this never stop a full list, as with imports.
constexpr std::uint64_t min_stopping_removals = 10;
// So many updates in a row that cannot be had are no matter of single updates.
constexpr unsigned max_failures_in_a_row = 8;

WsusClientOptions client_options(const format::SourceConfig& source, const SourceContext& context) {
  const format::UpstreamConfig& upstream = source.upstream;
  WsusClientOptions options;
  options.url = upstream.url;
  options.http.proxy = upstream.proxy;
  options.http.ca = upstream.ca;
  options.account_name = upstream.account_name.empty() ? context.config.name : upstream.account_name;
  options.account_guid = upstream.account.value_or(context.catalog.point_id()).text();
  options.answer_within = std::chrono::seconds(upstream.answer_seconds);
  options.retries = static_cast<unsigned>(upstream.retries);
  return options;
}

class WsusSource final : public UpdateSource {
 public:
  WsusSource(const format::SourceConfig& config, const SourceContext& context)
      : config_(config), context_(context), fetched_path_(context.point.fetched_path(config.name)) {}

  [[nodiscard]] format::Coverage coverage() const override {
    return tells_all_ ? format::Coverage::everything : format::Coverage::changes;
  }
  void read(const Visitor& visitor) override;
  void committed() override { format::FetchedDocuments::remove(fetched_path_); }

 private:
  // What one run needs; the file of fetched documents is closed with it.
  struct Run {
    const Visitor& visitor;
    WsusClient client;
    format::SourceMemory memory;
    format::FetchedDocuments fetched;
    std::size_t batch = 1;
    unsigned failures_in_a_row = 0;
    bool is_complete = true;  // so far of the list that is being read
    bool is_full = false;     // the lists are asked for whole, so that what is not on them is gone
    std::set<format::UpdateId> listed_categories = {};
  };

  [[nodiscard]] bool is_full_list_due(Run& run) const;
  // False where not all of a list could be had.
  [[nodiscard]] bool read_categories(Run& run);
  [[nodiscard]] bool read_updates(Run& run);
  [[nodiscard]] bool may_remove(Run& run) const;
  void read_approvals(Run& run);
  [[nodiscard]] wsus::GetRevisionIdListResponse list(Run& run, std::string_view anchor,
                                                     wsus::GetRevisionIdListRequest request);
  void take(Run& run, std::vector<format::RevisionId> revisions);
  void fetch(Run& run, const std::vector<format::RevisionId>& ids);
  void keep(Run& run, const std::vector<format::RevisionId>& ids, const wsus::GetUpdateDataResponse& answer);
  void fail(Run& run, const format::RevisionId& id, const std::string& error);
  [[nodiscard]] std::string location_of(const Run& run, const wsus::UrlData& url) const;
  [[nodiscard]] std::set<format::UpdateId> chosen(Run& run, format::CategoryKind kind);

  format::SourceConfig config_;
  SourceContext context_;
  fs::path fetched_path_;
  bool tells_all_ = false;
};

std::string revision_text(const format::RevisionId& id) {
  return fmt::format("{} revision {}", id.update.text(), id.number);
}

// A name that a person may be shown and may type.
bool is_fit(const std::string& name) {
  constexpr std::size_t max_name_bytes = 100;
  return !name.empty() && name.size() <= max_name_bytes && for_terminal(name) == name && trimmed(name) == name;
}

void WsusSource::read(const Visitor& visitor) {
  Run run{visitor, WsusClient(client_options(config_, context_)), format::SourceMemory(context_.catalog, config_.name),
          format::FetchedDocuments(fetched_path_)};
  const wsus::GetConfigDataResponse server = run.client.config();
  run.batch = std::clamp<std::size_t>(server.max_updates, 1, max_batch);
  if (const std::string version = server.protocol_version.value_or("1.0"); !version.starts_with("1."))
    throw Error(fmt::format("{} speaks version {} of the protocol; expected 1.x, such as {}",
                            shown_url(run.client.base_url()), quote(version), wsus::protocol_version));
  if (const auto missing = languages_not_offered(context_.config.feeds, server.languages); !missing.empty())
    visitor.warning(fmt::format("the server has not enabled {}, which feeds carry files of: those files it may lack",
                                for_terminal(fmt::format("{}", fmt::join(missing, ", ")), 200)));
  // Anchors of another server say nothing; what is offered stays, and is compared by identity.
  if (run.memory.anchor(server_anchor) != run.client.base_url()) run.memory.forget();
  run.is_full = is_full_list_due(run);
  const bool has_categories = read_categories(run);
  const bool has_updates = read_updates(run);
  if (run.is_full && has_categories && has_updates && may_remove(run)) {
    tells_all_ = true;
    run.memory.set_anchor(full_list_time, context_.now.text());
  } else if (run.is_full && !(has_categories && has_updates)) {
    run.visitor.warning("the full list could not be had whole; nothing is taken as removed until it is");
  }
  if (config_.upstream.approvals) {
    read_approvals(run);
  } else {
    run.memory.set_approvals({});
  }
  run.memory.set_anchor(server_anchor, run.client.base_url());
  run.fetched.visit_locations(visitor.location);
}

bool WsusSource::is_full_list_due(Run& run) const {
  if (context_.full_list.is_asked_for) return true;
  if (config_.upstream.full_list_days == 0) return false;
  const auto last = Time::parse(run.memory.anchor(full_list_time).value_or(""));
  constexpr std::int64_t day = 86'400;
  return !last ||
         context_.now.seconds - last->seconds >= static_cast<std::int64_t>(config_.upstream.full_list_days) * day;
}

// A server that was set up anew, or lost its database, lists little, and means nothing by it.
bool WsusSource::may_remove(Run& run) const {
  const format::SourceMemory::Gone gone = run.memory.gone();
  const std::uint64_t most = context_.full_list.max_removals.value_or(config_.upstream.max_removals);
  if (gone.gone < min_stopping_removals || gone.gone * 100 <= gone.offered * most) return true;
  run.visitor.failed(
      "full list",
      fmt::format("{} of {} updates are not on it, more than the {} percent that may go at once: nothing was removed; "
                  "if that is right: ferry-export sync {} --full-list --max-removals 100",
                  format_count(gone.gone), format_count(gone.offered), most, config_.name));
  return false;
}

bool WsusSource::read_categories(Run& run) {
  wsus::GetRevisionIdListRequest request;
  request.get_config = true;
  const wsus::GetRevisionIdListResponse answer = list(run, category_anchor, request);
  for (const format::RevisionId& id : answer.revisions) run.listed_categories.insert(id.update);
  run.is_complete = true;
  take(run, answer.revisions);
  if (run.is_complete) run.memory.set_anchor(category_anchor, answer.anchor);
  return run.is_complete;
}

bool WsusSource::read_updates(Run& run) {
  const std::set<format::UpdateId> products = chosen(run, format::CategoryKind::product);
  const std::set<format::UpdateId> classifications = chosen(run, format::CategoryKind::classification);
  // A server gives nothing for one without the other.
  if (products.empty() || classifications.empty()) {
    run.visitor.warning(
        fmt::format("no {} that this server has is chosen by a feed or by the source; only categories were taken",
                    products.empty() ? "product" : "classification"));
    return false;
  }
  // What is asked for the first time is asked for whole; of the rest, what is new since the anchor.
  const std::set<format::UpdateId> known = run.is_full ? std::set<format::UpdateId>() : run.memory.filters();
  wsus::GetRevisionIdListRequest request;
  for (const format::UpdateId& id : products) request.categories.push_back({id, known.contains(id)});
  for (const format::UpdateId& id : classifications) request.classifications.push_back({id, known.contains(id)});
  const wsus::GetRevisionIdListResponse answer = list(run, update_anchor, request);
  run.is_complete = true;
  take(run, answer.revisions);
  if (!run.is_complete) return false;
  run.memory.set_anchor(update_anchor, answer.anchor);
  std::set<format::UpdateId> asked = products;
  asked.insert(classifications.begin(), classifications.end());
  run.memory.set_filters(asked);
  return true;
}

// All of them each time: then nothing hangs on which of them an anchor covers.
void WsusSource::read_approvals(Run& run) {
  wsus::GetDeploymentsRequest request;
  request.sync_anchor = run.memory.anchor(update_anchor);
  const wsus::GetDeploymentsResponse answer = run.client.deployments(request);
  std::map<Guid, std::string> groups;
  for (const wsus::TargetGroup& group : answer.groups) groups[group.id] = group.name;
  groups[*Guid::parse(wsus::all_computers_group)] = format::all_computers;
  std::vector<format::SourceApproval> approvals;
  for (const wsus::Deployment& deployment : answer.deployments) {
    if (deployment.action != static_cast<std::uint32_t>(wsus::DeploymentAction::install)) continue;
    format::SourceApproval approval{deployment.update.update, groups[deployment.target_group], "",
                                    deployment.admin_name};
    if (!is_fit(approval.group)) approval.group = deployment.target_group.text();
    if (!is_fit(approval.by)) approval.by = config_.name;
    const auto deadline = wsus::parse_date_time(deployment.deadline);
    if (deadline && *deadline < wsus::parse_date_time(wsus::no_deadline)) approval.deadline = deadline->text();
    approvals.push_back(std::move(approval));
  }
  run.memory.set_approvals(approvals);
}

wsus::GetRevisionIdListResponse WsusSource::list(Run& run, std::string_view anchor,
                                                 wsus::GetRevisionIdListRequest request) {
  if (!run.is_full) request.anchor = run.memory.anchor(anchor);
  try {
    return run.client.list(request);
  } catch (const WsusFault& fault) {
    // The server was set up anew, or does not take its own anchor any more: from the beginning, once.
    const bool is_about_anchor = fault.code_of_fault == wsus::FaultCode::server_changed ||
                                 fault.code_of_fault == wsus::FaultCode::invalid_parameters;
    if (!is_about_anchor || !request.anchor) throw;
  }
  run.visitor.warning("the server no longer knows where the last list ended; it was asked for all of it again");
  run.memory.forget();
  request.anchor.reset();
  for (auto* filters : {&request.categories, &request.classifications}) {
    for (wsus::IdAndDelta& filter : *filters) filter.delta = false;
  }
  try {
    return run.client.list(request);
  } catch (WsusFault& fault) {
    // Most likely a category was deleted there, which only a full list tells.
    if (fault.code_of_fault == wsus::FaultCode::invalid_parameters)
      fault.add_context(
          fmt::format("the server refuses the list also without an anchor (see: ferry-export sync {} "
                      "--full-list)",
                      config_.name));
    throw;
  }
}

// The ids below what the feeds and the source choose, as far as this server has them: others would be refused.
std::set<format::UpdateId> WsusSource::chosen(Run& run, format::CategoryKind kind) {
  const bool is_product = kind == format::CategoryKind::product;
  std::vector<std::string> wishes = is_product ? config_.upstream.products : config_.upstream.classifications;
  for (const format::FeedDefinition& feed : context_.config.feeds) {
    const std::vector<std::string>& more = is_product ? feed.products : feed.classifications;
    wishes.insert(wishes.end(), more.begin(), more.end());
  }
  std::set<format::UpdateId> offered = run.memory.categories(!is_product);
  if (run.is_full) std::erase_if(offered, [&run](const auto& id) { return !run.listed_categories.contains(id); });
  if (std::find(wishes.begin(), wishes.end(), "*") != wishes.end()) return offered;
  std::set<format::UpdateId> ids;
  for (const format::UpdateId& id : format::resolve_categories(context_.catalog, wishes, kind).ids) {
    if (offered.contains(id)) ids.insert(id);
  }
  return ids;
}

void WsusSource::take(Run& run, std::vector<format::RevisionId> revisions) {
  std::sort(revisions.begin(), revisions.end());
  revisions.erase(std::unique(revisions.begin(), revisions.end()), revisions.end());
  std::vector<format::RevisionId> batch;
  for (const format::RevisionId& id : revisions) {
    if (run.memory.offers(id)) {
      if (run.is_full) run.visitor.unchanged(revision_text(id));
      continue;
    }
    if (run.fetched.holds(id)) {
      if (!run.visitor.identified(revision_text(id), id, run.fetched.load(id))) run.is_complete = false;
      continue;
    }
    batch.push_back(id);
    if (batch.size() < run.batch) continue;
    fetch(run, batch);
    batch.clear();
  }
  if (!batch.empty()) fetch(run, batch);
}

// One update that the server stumbles over makes the whole call fail; halves find it.
void WsusSource::fetch(Run& run, const std::vector<format::RevisionId>& ids) {
  std::string trouble;
  try {
    keep(run, ids, run.client.updates(ids));
    return;
  } catch (const WsusFault& fault) {
    if (fault.code_of_fault == wsus::FaultCode::incompatible_protocol_version ||
        fault.code_of_fault == wsus::FaultCode::server_changed)
      throw;
    trouble = fault.what();
  } catch (const WsusAnswerError& error) {
    trouble = error.what();
  }
  if (ids.size() == 1) {
    fail(run, ids.front(), trouble);
    return;
  }
  const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
  fetch(run, {ids.begin(), middle});
  fetch(run, {middle, ids.end()});
}

void WsusSource::keep(Run& run, const std::vector<format::RevisionId>& ids, const wsus::GetUpdateDataResponse& answer) {
  std::set<format::RevisionId> missing(ids.begin(), ids.end());
  std::vector<format::FetchedDocuments::Document> documents;
  for (const wsus::UpdateData& update : answer.updates) {
    if (missing.erase(update.id) == 0) continue;  // not asked for, or there twice
    try {
      std::string document = document_of(update);
      if (run.visitor.identified(revision_text(update.id), update.id, document)) {
        documents.emplace_back(update.id, std::move(document));
        run.failures_in_a_row = 0;
      } else {
        run.is_complete = false;
      }
    } catch (const FormatError& error) {
      fail(run, update.id, error.what());
    }
  }
  std::vector<format::FetchedDocuments::Location> locations;
  for (const wsus::UrlData& url : answer.urls) {
    std::string location = location_of(run, url);
    if (!location.empty()) locations.emplace_back(url.file_digest, std::move(location));
  }
  run.fetched.add(documents, locations);
  fault_point("wsus source: batch kept");
  for (const format::RevisionId& id : missing) fail(run, id, "the server does not send it, though it lists it");
}

void WsusSource::fail(Run& run, const format::RevisionId& id, const std::string& error) {
  run.is_complete = false;
  if (++run.failures_in_a_row > max_failures_in_a_row)
    throw Error(fmt::format("more than {} updates in a row cannot be had; the last, {}: {}", max_failures_in_a_row,
                            revision_text(id), error));
  run.visitor.failed(revision_text(id), error);
}

std::string WsusSource::location_of(const Run& run, const wsus::UrlData& url) const {
  constexpr std::size_t sha1_size = 20;
  if (url.file_digest.size() != sha1_size || url.url.size() > format::limits::max_text_bytes) return {};
  if (!config_.upstream.has_content) return url.url;
  const std::string_view plain = std::string_view(url.url).substr(0, url.url.find_first_of("?#"));
  return fmt::format("{}/Content/{}", run.client.base_url(), wsus::content_path(url.file_digest, plain));
}

}  // namespace

std::unique_ptr<UpdateSource> make_wsus_source(const format::SourceConfig& config, const SourceContext& context) {
  return std::make_unique<WsusSource>(config, context);
}

}  // namespace ferry::exporter
