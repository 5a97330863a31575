// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/deployments.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/document.h"
#include "format/wsus/protocol_fault.h"
#include "format/wsus/sync_anchor.h"

namespace ferry::format::wsus {
namespace {

constexpr std::string_view deployment_prefix = "d1/";
constexpr std::size_t deployment_mark_digits = 16;
constexpr std::string_view unassigned_computers = "unassigned computers";
constexpr std::uint64_t max_told_bytes = 256ULL * 1024 * 1024;
constexpr std::int64_t dead_for_seconds = 400LL * 86'400;

// Made up for these two kinds of names; never change them, they are in replicas' databases.
const Guid& group_namespace() {
  static const Guid value = *Guid::parse("6b0d7f0e-5a2c-4c56-9b4e-3d0e8a1f7c21");
  return value;
}
const Guid& deployment_namespace() {
  static const Guid value = *Guid::parse("6b0d7f0e-5a2c-4c56-9b4e-3d0e8a1f7c22");
  return value;
}

Guid all_computers_id() { return *Guid::parse(all_computers_group); }

std::vector<TargetGroup> built_in_groups() {
  return {{all_computers_id(), Guid{}, "All Computers", true},
          {*Guid::parse(unassigned_computers_group), all_computers_id(), "Unassigned Computers", true}};
}

// Another deadline, group, revision or hour of decision is another deployment: a replica never changes one it has.
Guid deployment_id(const Deployment& deployment) {
  return Guid::from_name(
      deployment_namespace(),
      fmt::format("{} {} {} {} {} {}", deployment.update.update.text(), deployment.update.number,
                  deployment.target_group.text(), deployment.deadline, deployment.go_live_time, deployment.admin_name));
}

Deployment deployment_of(const RevisionId& revision, const Approval& approval) {
  Deployment deployment;
  deployment.update = revision;
  deployment.action = static_cast<std::uint32_t>(DeploymentAction::install);
  deployment.admin_name = approval.verdict.by;
  if (approval.deadline) deployment.deadline = approval.deadline->text();
  deployment.is_assigned = true;
  deployment.go_live_time = approval.verdict.at.text();
  deployment.target_group = group_id(approval.group);
  deployment.id = deployment_id(deployment);
  return deployment;
}

// What the publisher of a followed feed approved, where point.toml says that this counts.
Approval publishers_approval(const Decision& decision) {
  Approval approval;
  approval.verdict.by = decision.upstream.front();
  return approval;
}

class DecisionReader {
 public:
  DecisionReader(Catalog& catalog, Serving& serving, UpstreamApprovals landing, GetDeploymentsResponse& answer)
      : serving_(serving), landing_(landing), answer_(answer), documents_(catalog) {}

  void take(const Decision& decision) {
    const auto revision = serving_.newest(decision.update);
    if (!revision) return;
    if (decision.declined) {
      answer_.hidden_updates.push_back(decision.update);
      return;
    }
    if (decision.standing(landing_) != DecisionStanding::approved) return;
    if (decision.approvals.empty()) {
      answer_.deployments.push_back(deployment_of(*revision, publishers_approval(decision)));
    }
    for (const Approval& approval : decision.approvals) {
      answer_.deployments.push_back(deployment_of(*revision, approval));
      add_group(approval.group);
    }
    accept_terms(*revision);
  }

 private:
  void add_group(const std::string& name) {
    const Guid id = group_id(name);
    const bool is_known = std::any_of(answer_.groups.begin(), answer_.groups.end(),
                                      [&id](const TargetGroup& group) { return group.id == id; });
    if (!is_known) answer_.groups.push_back({id, all_computers_id(), name, false});
  }

  void accept_terms(const RevisionId& revision) {
    const auto row = serving_.find(revision);
    if (!row || !serving_.has_terms(*row)) return;
    const auto terms = Guid::parse(parse_document(documents_.load(*row)).eula_id);
    if (terms && accepted_.insert(*terms).second) answer_.accepted_eulas.push_back(*terms);
  }

  Serving& serving_;
  UpstreamApprovals landing_;
  GetDeploymentsResponse& answer_;
  Documents documents_;
  std::set<Guid> accepted_;
};

std::string deployment_anchor(const std::vector<Deployment>& deployments) {
  std::vector<std::string> ids;
  for (const Deployment& deployment : deployments) ids.push_back(deployment.id.text());
  std::sort(ids.begin(), ids.end());
  return std::string(deployment_prefix) +
         sha256(fmt::format("{}", fmt::join(ids, " "))).hex().substr(0, deployment_mark_digits);
}

void check_anchors(Catalog& catalog, std::vector<ServedFeed>& feeds, const GetDeploymentsRequest& request) {
  const std::string sync = request.sync_anchor.value_or("");
  const auto trouble = apply_anchor(catalog, sync, feeds);
  if (sync.empty() || trouble == AnchorTrouble::malformed)
    throw ProtocolFault::parameter("syncAnchor", "the anchor of the last list of revisions is missing");
  if (trouble)
    throw ProtocolFault(FaultCode::server_changed, "the anchor is of another server or an earlier catalog", "");
  const std::string asked = request.deployment_anchor.value_or("");
  const bool is_ours =
      asked.size() == deployment_prefix.size() + deployment_mark_digits && asked.starts_with(deployment_prefix);
  std::vector<ServedFeed> none;
  if (!asked.empty() && !is_ours && apply_anchor(catalog, asked, none) == AnchorTrouble::malformed)
    throw ProtocolFault::parameter("deploymentAnchor", "the anchor is none that an update server gives");
}

}  // namespace

Guid group_id(std::string_view name) {
  const std::string lower = to_lower(name);
  if (lower == all_computers) return all_computers_id();
  if (lower == unassigned_computers) return *Guid::parse(unassigned_computers_group);
  return Guid::from_name(group_namespace(), lower);
}

std::vector<Guid> ToldDeployments::dead(const std::vector<Deployment>& alive, Time now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::map<Guid, Time> told;  // when it was last alive
  const std::string before = file_exists(file_) ? read_file(file_, max_told_bytes) : "";
  for (const std::string_view line : split(before, '\n')) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) continue;
    const auto id = Guid::parse(line.substr(0, space));
    const auto time = Time::parse(line.substr(space + 1));
    if (!id || !time)
      throw IoError(
          fmt::format("{} has a line that is not a deployment and a time; remove the file, and have the "
                      "replicas synchronize anew",
                      quote(file_.native())));
    told.emplace(*id, *time);
  }
  std::set<Guid> living;
  bool is_changed = false;
  constexpr std::int64_t day_seconds = 86'400;
  for (const Deployment& deployment : alive) {
    living.insert(deployment.id);
    const auto [place, is_new] = told.emplace(deployment.id, now);
    if (!is_new && now.seconds - place->second.seconds < day_seconds) continue;
    place->second = now;
    is_changed = true;
  }
  std::vector<Guid> dead;
  std::string text;
  for (const auto& [id, time] : told) {
    const bool is_dead = living.count(id) == 0;
    if (is_dead && now.seconds - time.seconds > dead_for_seconds) {
      is_changed = true;
      continue;
    }
    if (is_dead) dead.push_back(id);
    text += fmt::format("{} {}\n", id.text(), time.text());
  }
  if (is_changed) {
    make_directories(file_.parent_path());
    write_file(file_, text);
  }
  return dead;
}

GetDeploymentsResponse deployments_answer(Catalog& catalog, std::vector<ServedFeed> feeds, UpstreamApprovals landing,
                                          ToldDeployments& told, Time now, const GetDeploymentsRequest& request) {
  check_anchors(catalog, feeds, request);
  GetDeploymentsResponse answer;
  answer.groups = built_in_groups();
  Serving serving(catalog, std::move(feeds));
  DecisionReader reader(catalog, serving, landing, answer);
  for (const auto& [update, decision] : all_decisions(catalog, landing)) reader.take(decision);
  answer.anchor = deployment_anchor(answer.deployments);
  answer.dead_deployments = told.dead(answer.deployments, now);
  if (request.deployment_anchor == answer.anchor) {
    answer.deployments.clear();
    answer.dead_deployments.clear();
  }
  return answer;
}

}  // namespace ferry::format::wsus
