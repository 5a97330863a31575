// SPDX-License-Identifier: Apache-2.0
// What a replica downstream server is told of this point's decisions: approvals as deployments, target groups,
// declines.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "common/clock.h"
#include "format/catalog/decisions.h"
#include "format/catalog/serving.h"
#include "format/wsus/messages.h"

namespace ferry::format::wsus {

// The group's GUID is made from its name, so that it is the same at every server; two are the protocol's own.
[[nodiscard]] Guid group_id(std::string_view name);

// Which deployments were ever told, so that one that is no more can be told to be dead. The catalog keeps only what is
// decided now. A file in a directory of the point, made when it is needed. Threads may share it.
class ToldDeployments {
 public:
  explicit ToldDeployments(std::filesystem::path file) : file_(std::move(file)) {}

  // Takes in those that are alive; gives those that were told before and are not among them, until a year and a month
  // after they died. Throws IoError; then nothing may be answered, since it would be forgotten.
  [[nodiscard]] std::vector<Guid> dead(const std::vector<Deployment>& alive, Time now);

 private:
  std::filesystem::path file_;
  std::mutex mutex_;
};

// Deployments and dead ones are told whole, whatever the anchor says, unless nothing changed since: a replica takes one
// that it has as that one. An update that is approved here counts as one whose licence terms are accepted.
// Throws ProtocolFault, IoError. REQUIRES: a Snapshot.
[[nodiscard]] GetDeploymentsResponse deployments_answer(Catalog& catalog, std::vector<ServedFeed> feeds,
                                                        UpstreamApprovals landing, ToldDeployments& told, Time now,
                                                        const GetDeploymentsRequest& request);

}  // namespace ferry::format::wsus
