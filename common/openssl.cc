// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "common/error.h"
#include "common/internal/openssl.h"

namespace ferry::internal {
namespace {

// OpenSSL says only how the search for a trusted certificate ended. Where it found none, that is what a reader must
// know.
std::string certificate_problem(std::string_view verify_error) {
  for (const std::string_view untrusted :
       {"self-signed certificate", "self-signed certificate in certificate chain",
        "unable to get local issuer certificate", "unable to get issuer certificate"}) {
    if (verify_error == untrusted)
      return fmt::format("no trusted key stands behind its certificate ({})", verify_error);
  }
  return fmt::format("its certificate cannot be trusted ({})", verify_error);
}

}  // namespace

std::string openssl_reason() {
  std::string reason;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    const char* text = ERR_reason_error_string(code);
    reason = text == nullptr ? "unknown reason" : text;
    // Of a certificate that does not verify, only this says why.
    constexpr std::string_view verify_error = "Verify error: ";
    if ((flags & ERR_TXT_STRING) != 0 && std::string_view(data).starts_with(verify_error))
      reason = certificate_problem(std::string_view(data).substr(verify_error.size()));
  }
  return reason.empty() ? "unknown reason" : reason;
}

void fail(std::string_view what) { throw TrustError(fmt::format("{}: {}", what, openssl_reason())); }

Bio memory(std::string_view bytes) {
  Bio bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  if (!bio) throw std::bad_alloc();
  return bio;
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

// P-256, P-384 and RSA from 3072 bits: what an existing PKI may bring. Curves by name, not by size alone.
void require_key_on_list(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_is_a(key, "EC") != 0) {
    std::array<char, 64> group{};
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1) {
      const std::string_view name(group.data(), size);
      if (name == "prime256v1" || name == "secp384r1") return;
    }
    throw TrustError(fmt::format("elliptic-curve key of {} bits; expected P-256 or P-384", bits));
  }
  if (EVP_PKEY_is_a(key, "RSA") != 0 || EVP_PKEY_is_a(key, "RSA-PSS") != 0) {
    // The upper bound keeps a hostile certificate from costing minutes.
    if (bits >= 3072 && bits <= 8192) return;
    throw TrustError(fmt::format("RSA key of {} bits; expected 3072 to 8192", bits));
  }
  throw TrustError("key type is not on the list; expected P-256, P-384 or RSA");
}

Digest key_digest(X509* certificate) { return sha256(der_of(X509_get_X509_PUBKEY(certificate), i2d_X509_PUBKEY)); }

std::string subject_line(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  return contents(bio.get());
}

}  // namespace ferry::internal
