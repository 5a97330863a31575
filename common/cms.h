// SPDX-License-Identifier: Apache-2.0
// Detached CMS signatures (RFC 5652) under our own, narrow policy; keys and certificates for them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/hash.h"

namespace ferry {

// Shared, immutable. Copying shares the key.
class PrivateKey {
 public:
  [[nodiscard]] static PrivateKey generate_p256();
  // PEM, PKCS#8, not encrypted. Throws TrustError.
  [[nodiscard]] static PrivateKey from_pem(std::string_view pem);
  [[nodiscard]] std::string pem() const;

  struct Native;
  [[nodiscard]] const Native& native() const noexcept { return *native_; }

 private:
  std::shared_ptr<const Native> native_;
};

class Certificate {
 public:
  // A self-signed signing certificate: key usage digitalSignature, extended key usage codeSigning, no CA,
  // without a well-defined end (RFC 5280 4.1.2.5): who may sign is the trust file's word, not a date's.
  [[nodiscard]] static Certificate self_signed(const PrivateKey& key, std::string_view common_name, Time not_before);
  [[nodiscard]] static Certificate from_der(std::string_view der);  // throws TrustError
  [[nodiscard]] static Certificate from_pem(std::string_view pem);  // throws TrustError

  [[nodiscard]] std::string der() const;
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] std::string subject() const;  // one line, RFC 2253; untrusted text
  // SHA-256 of the SubjectPublicKeyInfo: what "a distinct key" means.
  [[nodiscard]] Digest key_id() const;
  [[nodiscard]] bool belongs_to(const PrivateKey& key) const;

  struct Native;
  [[nodiscard]] const Native& native() const noexcept { return *native_; }

 private:
  std::shared_ptr<const Native> native_;
};

// The most that one signature file may have; a signature with a short chain has 2 KB.
inline constexpr std::size_t max_signature_bytes = 64 * 1024;

// Signs `content`: DER, one signer, SHA-256, signed attributes contentType, messageDigest, signingTime and
// signingCertificateV2. Throws TrustError.
[[nodiscard]] std::string cms_sign(std::string_view content, const PrivateKey& key, const Certificate& certificate,
                                   Time signing_time);

struct VerifiedSignature {
  Digest key_id;
  Time signed_at;
  std::string signer;  // subject of the certificate; untrusted text
};

// Checks one signature file against `content`, in this order: size and exact DER length, detached data
// signed by exactly one signer, algorithms on our list, all four signed attributes once each, chain up to
// one of `trusted` at the signing time that the signature itself covers, purpose of the leaf. The system's
// certificate store and clock play no part. Throws TrustError that says which step failed.
[[nodiscard]] VerifiedSignature cms_verify(std::string_view signature, std::string_view content,
                                           const std::vector<Certificate>& trusted);

}  // namespace ferry
