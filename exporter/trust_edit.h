// SPDX-License-Identifier: Apache-2.0
// What can be changed from one trust file to the next, on the file alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "format/trust.h"

namespace ferry::exporter {

// The next version with nothing changed but the number and the time.
[[nodiscard]] format::TrustFile next_version(const format::TrustFile& current, Time now);

// "root" or "exporter"; throws UsageError.
[[nodiscard]] format::Role& role_named(format::TrustFile& trust, std::string_view name);

// Adds a key to a role. Throws UsageError when the role names it already.
void add_key(format::Role& role, const Certificate& certificate);
void add_pin(format::Role& role, const Digest& key);
// Takes a key out of a role; false when it is not there.
bool remove_key(format::Role& role, const Digest& key);

// A key by its whole SHA-256 or by the first digits, at least 8, that only one key of both roles has. A whole
// one may be of any key, such as one that an authority certified. Throws NotFoundError, UsageError.
[[nodiscard]] Digest find_key(const format::TrustFile& trust, std::string_view text);

// Throws UsageError for a key that only the other role names, and for one that no role names where the role is "root":
// to rotate it there would leave a new key and the old one.
void require_key_of(format::TrustFile& trust, std::string_view role, const Digest& key);

// From when on a key of the exporter role counts no more: bundles that lead up to the current generations
// stay good.
using FeedGenerations = std::vector<format::Revocation::From>;

// Signatures by the key count from the next generation of each feed on no more. It stays in its role, so that
// what is on its way can still be checked. No-op for a key that is revoked already, which stays so.
void retire_key(format::TrustFile& trust, const Digest& key, const FeedGenerations& next_generations);
// Signatures by the key count for nothing, and no role names it.
void revoke_key(format::TrustFile& trust, const Digest& key);

// "ecdsa-p256,rsa-pss" in ascending order; throws UsageError.
[[nodiscard]] std::vector<SignatureAlgorithm> parse_algorithm_list(std::string_view text);

// So many keys of each role as its threshold demands must be able to sign under its rules, as far as their
// certificates tell: a trust file that nobody can sign under would only be noticed at the sites. Throws UsageError.
void require_usable(const format::TrustFile& trust);

}  // namespace ferry::exporter
