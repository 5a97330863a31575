// SPDX-License-Identifier: Apache-2.0
// The exporting point's keys and the trust files that name them. FORMAT.md, "Trust file".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/clock.h"
#include "format/bundle.h"
#include "format/point.h"
#include "format/trust.h"

namespace ferry::exporter {

struct TrustInit {
  std::uint64_t exporters = 1;  // signing keys to make
  std::uint64_t threshold = 1;  // how many of them must sign a bundle
};

// Makes a root key, the exporter keys (keys/*.pem, mode 0600, P-256) and trust/trust-0001.xml that names
// them, and trust/exporters.pem for checks by hand. Throws UsageError when there is a trust file already.
format::TrustFile init_trust(const format::Point& point, const TrustInit& init, const Clock& clock);

// All trust files of the point, version 1 first. Throws NotFoundError before `trust init`.
[[nodiscard]] std::vector<std::string> load_trust_files(const format::Point& point);

// The keys in keys/ that the trust file's exporter role names. Throws TrustError when they are fewer than
// its threshold.
[[nodiscard]] std::vector<format::Signer> load_signers(const format::Point& point, const format::TrustFile& trust);

}  // namespace ferry::exporter
