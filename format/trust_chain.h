// SPDX-License-Identifier: Apache-2.0
// From one version of the trust file to the next. FORMAT.md, "Trust file".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/trust.h"

namespace ferry::format {

// One version as it travels: bytes that nobody has checked yet.
struct SignedTrust {
  std::string bytes;
  std::vector<std::string> signatures;  // by root keys; version 1 needs none
  bool operator==(const SignedTrust&) const = default;
};

// What a site trusts: a version that came by hand, the anchor, and the later ones that each followed from
// the one before. Every object holds a chain that was walked.
class TrustChain {
 public:
  // Throws TrustError when it is no trust file.
  explicit TrustChain(SignedTrust anchor);
  // `files` begin with the anchor. Throws TrustError when they do not follow from each other.
  [[nodiscard]] static TrustChain walk(const std::vector<SignedTrust>& files);

  [[nodiscard]] const TrustFile& current() const noexcept { return current_; }
  [[nodiscard]] std::uint64_t anchor_version() const noexcept { return current_.version + 1 - files_.size(); }
  [[nodiscard]] const std::vector<SignedTrust>& files() const noexcept { return files_; }  // anchor first

  // Takes one more version: exactly the next number, same lineage, no lower epoch, signed by the thresholds
  // of the root role of the current version and of its own. Throws TrustError; then nothing has changed.
  void append(SignedTrust next);

  // Goes along with what a bundle brings, its versions 1, 2, 3 …: those that are known must be equal, later
  // ones are appended, those before the anchor say nothing here. Gives how many were appended. Throws
  // TrustError; then nothing has changed.
  std::size_t follow(const std::vector<SignedTrust>& brought);

 private:
  std::vector<SignedTrust> files_;
  TrustFile current_;
};

// Could `next` follow `current`, signatures apart? Throws TrustError that says why not.
void require_successor(const TrustFile& current, const TrustFile& next);

// How far the signatures of `next` reach: by the rules of `current` and by its own.
struct RootSignatures {
  std::size_t of_current = 0;
  std::size_t of_next = 0;
  bool complete = false;
};
[[nodiscard]] RootSignatures count_root_signatures(const TrustFile& current, const SignedTrust& next);

}  // namespace ferry::format
