// SPDX-License-Identifier: Apache-2.0
// Detached CMS signatures (RFC 5652) under our own, narrow policy.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/certificate.h"
#include "common/clock.h"
#include "common/hash.h"
#include "common/key.h"

namespace ferry {

// By key and padding; the digest is SHA-256, SHA-384 or SHA-512 with each.
enum class SignatureAlgorithm { ecdsa_p256, ecdsa_p384, rsa_pkcs1, rsa_pss };
[[nodiscard]] std::string_view name_of(SignatureAlgorithm algorithm);
[[nodiscard]] const std::vector<SignatureAlgorithm>& all_signature_algorithms();  // ascending

// Extended key usages, as dotted object identifiers.
inline constexpr std::string_view code_signing_purpose = "1.3.6.1.5.5.7.3.3";
[[nodiscard]] bool is_object_identifier(std::string_view text);

// A key with its certificate and what a reader needs to believe that: certificates between it and an
// authority, and lists of what these authorities revoked.
struct Signer {
  PrivateKey key;
  Certificate certificate;
  std::vector<Certificate> chain = {};
  std::vector<RevocationList> revocation_lists = {};
};

// The most that one signature file may have; a signature with a short chain has 2 KB.
inline constexpr std::size_t max_signature_bytes = 64 * 1024;

// Signs `content`: DER, one signer, SHA-256 (SHA-384 for P-384), signed attributes contentType, messageDigest,
// signingTime and signingCertificateV2. An RSA key uses PSS when `prefers_pss`, or when it can do nothing
// else. Throws TrustError.
[[nodiscard]] std::string cms_sign(std::string_view content, const Signer& signer, Time signing_time,
                                   bool prefers_pss = false);

struct VerifiedSignature {
  Digest key_id;
  Time signed_at;
  std::string signer;         // subject of the certificate; untrusted text
  std::vector<Digest> chain;  // keys from the signer's to the trusted one
};

struct SignaturePolicy {
  std::vector<Certificate> trusted;  // of signers, or of authorities above them
  std::vector<Digest> pinned;        // keys; a certificate that travels with the signature may have one
  std::string purpose{code_signing_purpose};
  std::vector<SignatureAlgorithm> algorithms = all_signature_algorithms();
  bool needs_crl = false;  // a revocation list of the signer's authority must travel with the signature
  std::optional<Time> at;  // judges certificates at this time; at the signing time where there is none
};

// Checks one signature file against `content`, in this order: size and exact DER length, detached data
// signed by exactly one signer, algorithms on our list, all four signed attributes once each, chain up to
// a trusted certificate or pinned key at the signing time that the signature itself covers, purpose of the
// leaf and of every authority that states purposes, allowed algorithm. The system's certificate store and
// clock play no part. Throws TrustError that says which step failed.
[[nodiscard]] VerifiedSignature cms_verify(std::string_view signature, std::string_view content,
                                           const SignaturePolicy& policy);

// As cms_verify(), but by whichever key: the one certificate that travels with the signature is taken as trusted. So
// the content comes from a holder of that key, and the caller must know whose it is. Throws TrustError as above, and
// for a signature that travels with none or several.
[[nodiscard]] VerifiedSignature cms_verify_any(std::string_view signature, std::string_view content);

// Why no signature by this signer's key can ever hold under the policy, judged from the certificate alone;
// nothing for one that may, and for an authority, whose signers are not known.
[[nodiscard]] std::optional<std::string> signing_problem(const Certificate& certificate, const SignaturePolicy& policy);

}  // namespace ferry
