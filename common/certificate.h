// SPDX-License-Identifier: Apache-2.0
// X.509 certificates and revocation lists (RFC 5280), as far as signing bundles needs them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/hash.h"
#include "common/key.h"

namespace ferry {

// Shared, immutable.
class Certificate {
 public:
  // A self-signed signing certificate: key usage digitalSignature, extended key usage codeSigning, no CA,
  // without a well-defined end (RFC 5280 4.1.2.5): who may sign is the trust file's word, not a date's.
  [[nodiscard]] static Certificate self_signed(const PrivateKey& key, std::string_view common_name, Time not_before);
  [[nodiscard]] static Certificate from_der(std::string_view der);  // throws TrustError
  [[nodiscard]] static Certificate from_pem(std::string_view pem);  // the first one; throws TrustError
  // Every one in the file, at least one. Throws TrustError.
  [[nodiscard]] static std::vector<Certificate> all_from_pem(std::string_view pem);

  [[nodiscard]] std::string der() const;
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] std::string subject() const;  // one line, RFC 2253; untrusted text
  [[nodiscard]] Time not_after() const;
  // SHA-256 of the SubjectPublicKeyInfo: what "a distinct key" means.
  [[nodiscard]] Digest key_id() const;
  [[nodiscard]] bool belongs_to(const PrivateKey& key) const;
  // By names and key identifiers; says nothing of the signature on it.
  [[nodiscard]] bool names_issuer(const Certificate& issuer) const;

  struct Native;
  [[nodiscard]] const Native& native() const noexcept { return *native_; }

 private:
  std::shared_ptr<const Native> native_;
};

// A certificate revocation list.
class RevocationList {
 public:
  [[nodiscard]] static RevocationList from_pem_or_der(std::string_view bytes);  // throws TrustError

  struct Native;
  [[nodiscard]] const Native& native() const noexcept { return *native_; }

 private:
  std::shared_ptr<const Native> native_;
};

}  // namespace ferry
