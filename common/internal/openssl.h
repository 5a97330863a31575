// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects with owners, for the files of common/ that speak to it. Not for anybody else.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "common/certificate.h"
#include "common/handle.h"
#include "common/key.h"

namespace ferry::internal {

inline void free_certificates(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, &X509_free); }
inline void free_crls(STACK_OF(X509_CRL) * stack) { sk_X509_CRL_pop_free(stack, &X509_CRL_free); }
inline void free_stack_only(STACK_OF(X509) * stack) { sk_X509_free(stack); }

using Key = Handle<EVP_PKEY, &EVP_PKEY_free>;
using X509Handle = Handle<X509, &X509_free>;
using CrlHandle = Handle<X509_CRL, &X509_CRL_free>;
using Bio = Handle<BIO, &BIO_free_all>;
using Asn1Time = Handle<ASN1_TIME, &ASN1_TIME_free>;
using CertificateStack = Handle<STACK_OF(X509), &free_certificates>;
using BorrowedCertificates = Handle<STACK_OF(X509), &free_stack_only>;
using CrlStack = Handle<STACK_OF(X509_CRL), &free_crls>;

// What OpenSSL has to say, and an empty error queue for the next call.
[[nodiscard]] std::string openssl_reason();
// Throws TrustError "what: OpenSSL's reason".
[[noreturn]] void fail(std::string_view what);

[[nodiscard]] Bio memory(std::string_view bytes);  // borrows the bytes
[[nodiscard]] std::string contents(BIO* bio);

// What OpenSSL's encoder makes of one object.
template <typename T, typename Encode>
std::string der_of(T* object, Encode encode) {
  unsigned char* der = nullptr;
  const int size = encode(object, &der);
  if (size < 0) fail("cannot encode an ASN.1 object");
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

// A private key that stays in a token, through the token's library `module`; an empty PIN is none. Throws TrustError.
[[nodiscard]] Key token_key(const std::string& uri, const std::filesystem::path& module, const std::string& pin);

// Throws TrustError unless it is P-256, P-384 or RSA from 3072 bits.
void require_key_on_list(EVP_PKEY* key);

[[nodiscard]] Digest key_digest(X509* certificate);         // SHA-256 of the SubjectPublicKeyInfo
[[nodiscard]] std::string subject_line(X509* certificate);  // RFC 2253

}  // namespace ferry::internal

namespace ferry {

struct PrivateKey::Native {
  internal::Key key;
};
struct Certificate::Native {
  internal::X509Handle certificate;
};
struct RevocationList::Native {
  internal::CrlHandle list;
};

}  // namespace ferry
