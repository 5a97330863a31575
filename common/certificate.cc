// SPDX-License-Identifier: Apache-2.0
#include "common/certificate.h"

#include <ctime>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include <fmt/format.h>

#include "common/error.h"
#include "common/internal/openssl.h"

namespace ferry {
namespace {

using internal::Asn1Time;
using internal::Bio;
using internal::der_of;
using internal::fail;
using internal::memory;
using Extension = Handle<X509_EXTENSION, &X509_EXTENSION_free>;

void add_extension(X509* certificate, int id, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) fail("cannot add a certificate extension");
}

}  // namespace

Certificate Certificate::self_signed(const PrivateKey& key, std::string_view common_name, Time not_before) {
  Certificate result;
  auto native = std::make_shared<Native>();
  native->certificate.reset(X509_new());
  X509* certificate = native->certificate.get();
  EVP_PKEY* native_key = key.native().key.get();
  if (certificate == nullptr || X509_set_version(certificate, X509_VERSION_3) != 1 ||
      X509_set_pubkey(certificate, native_key) != 1)
    fail("cannot make a certificate");
  // A serial number from the key: unique without a counter or more randomness.
  const Digest id = internal::key_digest(certificate);
  Handle<BIGNUM, &BN_free> serial(BN_bin2bn(id.value.data(), 16, nullptr));
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate));
  X509_NAME* name = X509_get_subject_name(certificate);
  const Asn1Time start(ASN1_TIME_set(nullptr, not_before.seconds));
  const Asn1Time end(ASN1_TIME_new());
  if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) != 1 ||
      X509_set_issuer_name(certificate, name) != 1 || !start || !end ||
      ASN1_TIME_set_string(end.get(), "99991231235959Z") != 1 || X509_set1_notBefore(certificate, start.get()) != 1 ||
      X509_set1_notAfter(certificate, end.get()) != 1)
    fail("cannot fill a certificate");
  add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, NID_ext_key_usage, "codeSigning");
  add_extension(certificate, NID_subject_key_identifier, "hash");
  add_extension(certificate, NID_authority_key_identifier, "keyid:always");
  if (X509_sign(certificate, native_key, EVP_sha256()) == 0) fail("cannot sign a certificate");
  result.native_ = std::move(native);
  return result;
}

Certificate Certificate::from_der(std::string_view der) {
  // A trust file is read several times in one run, and OpenSSL needs a millisecond for each of its keys.
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Native>, std::less<>> known;
  const std::lock_guard lock(mutex);
  Certificate result;
  if (const auto found = known.find(der); found != known.end()) {
    result.native_ = found->second;
    return result;
  }
  auto native = std::make_shared<Native>();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  native->certificate.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!native->certificate) fail("not a certificate");
  if (at != end) throw TrustError("bytes follow the certificate");
  EVP_PKEY* key = X509_get0_pubkey(native->certificate.get());
  if (key == nullptr) fail("certificate without a usable key");
  internal::require_key_on_list(key);
  result.native_ = std::move(native);
  if (known.size() < 64) known.emplace(der, result.native_);
  return result;
}

Certificate Certificate::from_pem(std::string_view pem) { return all_from_pem(pem).front(); }

std::vector<Certificate> Certificate::all_from_pem(std::string_view pem) {
  ERR_clear_error();
  const Bio bio = memory(pem);
  std::vector<Certificate> all;
  for (;;) {
    const internal::X509Handle certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    all.push_back(from_der(der_of(certificate.get(), i2d_X509)));
  }
  if (all.empty()) fail("not a PEM certificate");
  // The end of the file looks like a missing start line; anything else is a certificate that would get lost.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
    fail(fmt::format("certificate {} of the file is damaged", all.size() + 1));
  ERR_clear_error();
  return all;
}

std::string Certificate::der() const { return der_of(native_->certificate.get(), i2d_X509); }

std::string Certificate::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), native_->certificate.get()) != 1) fail("cannot write a certificate");
  return internal::contents(bio.get());
}

std::string Certificate::subject() const { return internal::subject_line(native_->certificate.get()); }

Time Certificate::not_after() const {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(native_->certificate.get()), &parts) != 1)
    throw TrustError("end of validity of a certificate is not a time");
  return Time{static_cast<std::int64_t>(::timegm(&parts))};
}

Digest Certificate::key_id() const { return internal::key_digest(native_->certificate.get()); }

bool Certificate::belongs_to(const PrivateKey& key) const {
  return EVP_PKEY_eq(X509_get0_pubkey(native_->certificate.get()), key.native().key.get()) == 1;
}

bool Certificate::names_issuer(const Certificate& issuer) const {
  return X509_check_issued(issuer.native().certificate.get(), native_->certificate.get()) == X509_V_OK;
}

RevocationList RevocationList::from_pem_or_der(std::string_view bytes) {
  ERR_clear_error();
  RevocationList result;
  auto native = std::make_shared<Native>();
  native->list.reset(PEM_read_bio_X509_CRL(memory(bytes).get(), nullptr, nullptr, nullptr));
  if (!native->list) {
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto* end = at + bytes.size();
    native->list.reset(d2i_X509_CRL(nullptr, &at, static_cast<long>(bytes.size())));
    if (native->list && at != end) throw TrustError("bytes follow the certificate revocation list");
  }
  if (!native->list) fail("not a certificate revocation list");
  ERR_clear_error();
  result.native_ = std::move(native);
  return result;
}

}  // namespace ferry
