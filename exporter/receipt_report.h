// SPDX-License-Identifier: Apache-2.0
// Taking a receipt with everything that people, scripts and the log are told of it; for `receipt` and `run`.
#pragma once

#include <functional>
#include <string>

#include "common/cli.h"
#include "exporter/receipt_job.h"

namespace ferry::exporter {

// Throws what reading it does, and TrustError (11) as format::verify_receipt().
[[nodiscard]] format::VerifiedReceipt read_receipt(const std::filesystem::path& file);

struct ReceiptOutcome {
  Json json;  // as `receipt --json` lists it
  ExitCode code = ExitCode::done;
};
// Does the job, which takes what `from` names (a file; empty: what was typed). An Error of it is told and becomes the
// code.
[[nodiscard]] ReceiptOutcome take_and_say(const Console& console, const format::Point& point, const Clock& clock,
                                          const std::string& from, const std::function<TakenReceipt()>& job);

// Every receipt in the folder, in the order of their names; those that were taken before, and a relay's own, are passed
// over. A folder that cannot be read is one refusal. REQUIRES: the point's lock.
[[nodiscard]] std::vector<ReceiptOutcome> take_inbox(const Console& console, const format::Point& point,
                                                     format::Catalog& catalog, const format::PointConfig& config,
                                                     const std::filesystem::path& folder, const Clock& clock);

}  // namespace ferry::exporter
