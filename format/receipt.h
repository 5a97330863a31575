// SPDX-License-Identifier: Apache-2.0
// A receipt: what a site holds, signed by the site, carried back to the point that feeds it. FORMAT.md, "Receipt".
//
// It is input from outside like any other: bounded, signed, and read only after its signature holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/cms.h"
#include "common/guid.h"
#include "common/hash.h"

namespace ferry::format {

inline constexpr std::string_view receipt_namespace = "urn:ferry:receipt:1";
inline constexpr std::string_view receipt_extension = ".receipt";
inline constexpr std::uint64_t max_receipt_bytes = 4ULL * 1024 * 1024;
inline constexpr std::size_t max_receipt_feeds = 1000;
inline constexpr std::size_t max_receipt_children = 10'000;
inline constexpr std::size_t max_path_depth = 16;

// Where the site stands with one feed that it follows.
struct ReceiptFeed {
  std::string name;
  Guid lineage;
  std::uint64_t epoch = 0;
  std::uint64_t generation = 0;
  Digest state;
  std::uint64_t sequence = 0;  // of the newest bundle that it took; 0: none is known
  Digest manifest;             // of that bundle; zeros where none is known
  std::uint64_t missing_files = 0;
  std::uint64_t missing_bytes = 0;
  bool operator==(const ReceiptFeed&) const = default;
};

// A site below the one that writes, as that one knows it.
struct ReceiptChild {
  std::string path;  // site names from there down: "line-3", "line-3/cell-1"
  std::string feed;
  std::uint64_t generation = 0;  // that the child holds
  std::uint64_t current = 0;     // of the feed at the child's parent
  std::optional<Time> made;      // of the child's receipt; nothing: none came
  std::uint64_t missing_files = 0;
  std::uint64_t missing_bytes = 0;
  bool operator==(const ReceiptChild&) const = default;
};

struct Receipt {
  std::string site;
  Guid point;
  std::uint64_t serial = 1;  // counts the receipts of a point
  Time made;                 // the later of the site's clock and what it knows to be past
  Time clock;                // what the site's clock says
  std::string tool;          // "ferry-import 0.1.0"; untrusted text
  std::uint64_t trust_version = 0;
  Digest trust;  // SHA-256 of that trust file
  std::vector<ReceiptFeed> feeds;
  std::vector<ReceiptChild> children;
  bool operator==(const Receipt&) const = default;
};

[[nodiscard]] std::string encode(const Receipt& receipt);
// Canonical bytes only. Throws FormatError.
[[nodiscard]] Receipt parse_receipt(std::string_view bytes);

// The whole file: the XML and behind it the signature as PEM ("CMS").
[[nodiscard]] std::string sign_receipt(const Receipt& receipt, const Signer& signer);

// A receipt whose signature holds, by whichever key: whose it is, the caller decides. Made by verify_receipt() alone.
class VerifiedReceipt {
 public:
  [[nodiscard]] const Receipt& get() const noexcept { return receipt_; }
  [[nodiscard]] const Receipt* operator->() const noexcept { return &receipt_; }
  [[nodiscard]] const Digest& key() const noexcept { return key_; }        // SHA-256 of the SubjectPublicKeyInfo
  [[nodiscard]] const Digest& digest() const noexcept { return digest_; }  // of the signed bytes

 private:
  friend VerifiedReceipt verify_receipt(std::string_view file);
  Receipt receipt_;
  Digest key_;
  Digest digest_;
};
// Throws TrustError (11): not a receipt, a signature that does not hold, or signed bytes that are no receipt.
[[nodiscard]] VerifiedReceipt verify_receipt(std::string_view file);

// The key that signs a site's receipts, as words to compare by voice.
[[nodiscard]] std::string key_fingerprint(const Digest& key);

// What can be read out and typed: two lines for each feed,
//   <site> <feed> <generation>
//   <five words: the first eight bytes of the state digest and a check sum over both lines>
// A person vouches for it, no signature does.
struct SpokenReceipt {
  std::string site;
  std::string feed;
  std::uint64_t generation = 0;
  std::string state_prefix;  // 8 bytes
};
[[nodiscard]] std::string spoken_lines(const std::string& site, const ReceiptFeed& feed);
// Words may be separated by anything; letter case does not matter. Throws UsageError for a check sum that does not fit.
[[nodiscard]] std::vector<SpokenReceipt> parse_spoken(std::string_view text);

}  // namespace ferry::format
