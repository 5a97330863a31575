// SPDX-License-Identifier: Apache-2.0
#include "exporter/trust_edit.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/verification.h"

namespace ferry::exporter {
namespace {

void require_new(const format::Role& role, const Digest& key) {
  const std::vector<Digest> keys = role.keys();
  if (std::find(keys.begin(), keys.end(), key) != keys.end())
    throw UsageError(fmt::format("the role names the key {} already", key.hex()));
}

void require_usable(const format::TrustFile& trust, const format::Role& role, std::string_view name) {
  std::uint64_t usable = 0;
  std::string faults;
  for (const Digest& pin : role.pins) usable += trust.names_revoked(pin) ? 0U : 1U;
  for (const Certificate& certificate : role.certificates) {
    if (trust.names_revoked(certificate.key_id())) continue;
    if (const auto problem = signing_problem(certificate, format::signature_policy(role))) {
      faults += fmt::format("; certificate {}: {}", quote(certificate.subject()), *problem);
    } else {
      ++usable;
    }
  }
  if (usable < role.threshold)
    throw UsageError(fmt::format("role {} demands {}, and only {} of its keys can make one under these rules{}", name,
                                 counted(role.threshold, "signature", "signatures"), usable, faults));
}

}  // namespace

format::TrustFile next_version(const format::TrustFile& current, Time now) {
  format::TrustFile next = current;
  ++next.version;
  next.created = std::max(now, current.created);
  return next;
}

format::Role& role_named(format::TrustFile& trust, std::string_view name) {
  if (name == "root") return trust.root;
  if (name == "exporter") return trust.exporter;
  throw UsageError(fmt::format("role {} is not known; expected root or exporter", quote(name)));
}

void add_key(format::Role& role, const Certificate& certificate) {
  require_new(role, certificate.key_id());
  role.certificates.push_back(certificate);
}

void add_pin(format::Role& role, const Digest& key) {
  require_new(role, key);
  role.pins.push_back(key);
}

bool remove_key(format::Role& role, const Digest& key) {
  return std::erase_if(role.certificates, [&key](const Certificate& entry) { return entry.key_id() == key; }) +
             std::erase(role.pins, key) >
         0;
}

Digest find_key(const format::TrustFile& trust, std::string_view text) {
  if (const auto whole = Digest::from_hex(to_lower(text))) return *whole;
  std::vector<Digest> found;
  for (const format::Role* role : {&trust.root, &trust.exporter}) {
    for (const Digest& key : role->keys()) {
      if (key.hex().starts_with(to_lower(text)) && std::find(found.begin(), found.end(), key) == found.end())
        found.push_back(key);
    }
  }
  constexpr std::size_t min_digits = 8;
  if (text.size() < min_digits)
    throw UsageError(
        fmt::format("{} is too short for a key; expected at least {} of its hexadecimal digits, as "
                    "'trust show' prints them",
                    quote(text), min_digits));
  if (found.empty()) throw NotFoundError(fmt::format("trust file {} names no key {}", trust.version, quote(text)));
  if (found.size() > 1)
    throw UsageError(fmt::format("more than one key begins with {}; give more digits", quote(text)));
  return found.front();
}

void require_key_of(format::TrustFile& trust, std::string_view role, const Digest& key) {
  const auto names = [&](std::string_view name) {
    const auto keys = role_named(trust, name).keys();
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  const std::string_view other = role == "root" ? "exporter" : "root";
  if (names(role) || (role != "root" && !names(other))) return;
  const std::string short_key = key.hex().substr(0, 16);
  if (names(other))
    throw UsageError(fmt::format("key {} is of role {}, not of role {}; say --role {}", short_key, other, role, other));
  throw UsageError(fmt::format("key {} is not of role {}; 'trust show' lists the keys of each role", short_key, role));
}

void retire_key(format::TrustFile& trust, const Digest& key, const FeedGenerations& next_generations) {
  // What is revoked already stays so: the generations have moved on since, and a thief may have used them.
  const bool is_revoked = std::any_of(trust.revoked.begin(), trust.revoked.end(),
                                      [&key](const format::Revocation& other) { return other.key == key; });
  if (is_revoked) return;
  // Without a feed there is nothing on its way, and an empty list would read as revoked entirely; which it is.
  trust.revoked.push_back({key, next_generations});
}

void revoke_key(format::TrustFile& trust, const Digest& key) {
  remove_key(trust.root, key);
  remove_key(trust.exporter, key);
  std::erase_if(trust.revoked, [&key](const format::Revocation& other) { return other.key == key; });
  trust.revoked.push_back({key, {}});
}

std::vector<SignatureAlgorithm> parse_algorithm_list(std::string_view text) {
  std::vector<SignatureAlgorithm> chosen;
  for (const std::string_view word : split(text, ',')) {
    const auto& all = all_signature_algorithms();
    const auto known = std::find_if(
        all.begin(), all.end(), [&word](SignatureAlgorithm algorithm) { return name_of(algorithm) == trimmed(word); });
    if (known == all.end())
      throw UsageError(fmt::format(
          "algorithm {} is not known; expected some of ecdsa-p256, ecdsa-p384, rsa-pkcs1, rsa-pss", quote(word)));
    chosen.push_back(*known);
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

void require_usable(const format::TrustFile& trust) {
  require_usable(trust, trust.root, "root");
  require_usable(trust, trust.exporter, "exporter");
}

}  // namespace ferry::exporter
