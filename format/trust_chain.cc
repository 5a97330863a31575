// SPDX-License-Identifier: Apache-2.0
#include "format/trust_chain.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/verification.h"

namespace ferry::format {
namespace {

constexpr std::string_view do_not_use = "do not use what it came with, ask its publisher";

// A key that is revoked, for whatever bundles, decides no more about who is trusted.
RoleSignatures count_by_root_role(const TrustFile& by, const SignedTrust& next) {
  return count_signatures(next.bytes, next.signatures, by.root,
                          [&by](const Digest& key) { return by.names_revoked(key); });
}

void require_root_threshold(const TrustFile& by, const SignedTrust& next, std::string_view whose) {
  const RoleSignatures found = count_by_root_role(by, next);
  if (found.counted.size() >= by.root.threshold) return;
  throw TrustError(
      fmt::format("the trust file after version {} has {} of {} signatures that the root role {} demands{}; {}",
                  by.version, found.counted.size(), by.root.threshold, whose, found.faults, do_not_use));
}

}  // namespace

void require_successor(const TrustFile& current, const TrustFile& next) {
  if (next.version != current.version + 1)
    throw TrustError(fmt::format("trust file has version {}; expected {}, the one after the version installed; {}",
                                 next.version, current.version + 1, do_not_use));
  if (next.lineage != current.lineage)
    throw TrustError(fmt::format("trust file {} is of the chain {}; expected {}: it is of another publisher; {}",
                                 next.version, next.lineage.text(), current.lineage.text(), do_not_use));
  if (next.epoch < current.epoch)
    throw TrustError(fmt::format("trust file {} has epoch {}; expected {} or higher; {}", next.version, next.epoch,
                                 current.epoch, do_not_use));
}

RootSignatures count_root_signatures(const TrustFile& current, const SignedTrust& next) {
  const TrustFile parsed = parse_trust(next.bytes);
  RootSignatures count;
  count.of_current = count_by_root_role(current, next).counted.size();
  count.of_next = count_by_root_role(parsed, next).counted.size();
  count.complete = count.of_current >= current.root.threshold && count.of_next >= parsed.root.threshold;
  return count;
}

TrustChain::TrustChain(SignedTrust anchor) : current_(parse_trust(anchor.bytes)) {
  files_.push_back(std::move(anchor));
}

TrustChain TrustChain::walk(const std::vector<SignedTrust>& files) {
  if (files.empty()) throw TrustError("there is no trust file");
  TrustChain chain(files.front());
  for (std::size_t i = 1; i < files.size(); ++i) chain.append(files[i]);
  return chain;
}

void TrustChain::append(SignedTrust next) {
  // Nothing of it is parsed before those who may decide it have signed it.
  require_root_threshold(current_, next, fmt::format("of version {}", current_.version));
  TrustFile parsed = parse_trust(next.bytes);
  require_successor(current_, parsed);
  // Who will decide the version after this one must have agreed to it: so no key is named that nobody holds.
  require_root_threshold(parsed, next, "that it names");
  files_.push_back(std::move(next));
  current_ = std::move(parsed);
}

std::size_t TrustChain::follow(const std::vector<SignedTrust>& brought) {
  TrustChain longer = *this;
  for (std::size_t i = 0; i < brought.size(); ++i) {
    const std::uint64_t version = i + 1;
    if (version < longer.anchor_version()) continue;
    if (version <= longer.current_.version) {
      if (brought[i].bytes != longer.files_[version - longer.anchor_version()].bytes)
        throw TrustError(
            fmt::format("trust file {} in the bundle is not the one installed here; do not use this bundle, ask its "
                        "publisher",
                        version));
      continue;
    }
    longer.append(brought[i]);
  }
  const std::size_t appended = longer.files_.size() - files_.size();
  *this = std::move(longer);
  return appended;
}

}  // namespace ferry::format
