// SPDX-License-Identifier: Apache-2.0
// The stored Merkle tree of a feed's members, kept in step at the cost of the change. FORMAT.md, "State digest".
#pragma once

#include <cstdint>
#include <vector>

#include "common/hash.h"
#include "common/sqlite.h"

namespace ferry::format {

class StateTree {
 public:
  StateTree(Database& database, std::int64_t feed);

  // The members in this bucket are others than before.
  void touch(std::int64_t bucket) { touched_.at(static_cast<std::size_t>(bucket)) = true; }

  struct Root {
    Digest state;
    std::uint64_t updates = 0;    // distinct update ids that are members
    std::uint64_t revisions = 0;  // members
  };
  // Computes the touched buckets and what is above them anew. REQUIRES: a transaction.
  Root update();

 private:
  Database& database_;
  std::int64_t feed_;
  std::vector<bool> touched_;
};

}  // namespace ferry::format
