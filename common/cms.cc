// SPDX-License-Identifier: Apache-2.0
#include "common/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

#include "common/error.h"
#include "common/handle.h"
#include "common/text.h"

namespace ferry {
namespace {

using Key = Handle<EVP_PKEY, &EVP_PKEY_free>;
using X509Handle = Handle<X509, &X509_free>;
using Store = Handle<X509_STORE, &X509_STORE_free>;
using Bio = Handle<BIO, &BIO_free_all>;
using Cms = Handle<CMS_ContentInfo, &CMS_ContentInfo_free>;
using Extension = Handle<X509_EXTENSION, &X509_EXTENSION_free>;
using Asn1Time = Handle<ASN1_TIME, &ASN1_TIME_free>;

void free_certificates(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, &X509_free); }
void free_crls(STACK_OF(X509_CRL) * stack) { sk_X509_CRL_pop_free(stack, &X509_CRL_free); }
void free_stack_only(STACK_OF(X509) * stack) { sk_X509_free(stack); }
void free_purposes(EXTENDED_KEY_USAGE* usage) { EXTENDED_KEY_USAGE_free(usage); }
using CertificateStack = Handle<STACK_OF(X509), &free_certificates>;
using BorrowedCertificates = Handle<STACK_OF(X509), &free_stack_only>;
using CrlStack = Handle<STACK_OF(X509_CRL), &free_crls>;
using Purposes = Handle<EXTENDED_KEY_USAGE, &free_purposes>;

// What OpenSSL has to say, and an empty error queue for the next call.
std::string openssl_reason() {
  std::string reason;
  while (const unsigned long code = ERR_get_error()) {
    const char* text = ERR_reason_error_string(code);
    reason = text == nullptr ? "unknown reason" : text;
  }
  return reason.empty() ? "unknown reason" : reason;
}

[[noreturn]] void fail(std::string_view what) { throw TrustError(fmt::format("{}: {}", what, openssl_reason())); }

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

Digest key_digest(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) fail("cannot encode a public key");
  const Digest digest = sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return digest;
}

std::string subject_line(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  return contents(bio.get());
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
    if (bits >= 3072) return;
    throw TrustError(fmt::format("RSA key of {} bits; expected at least 3072", bits));
  }
  throw TrustError("key type is not on the list; expected P-256, P-384 or RSA");
}

void require_algorithms_on_list(CMS_SignerInfo* signer) {
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  X509_ALGOR* digest = nullptr;
  X509_ALGOR* signature = nullptr;
  CMS_SignerInfo_get0_algs(signer, &key, &certificate, &digest, &signature);
  const int digest_id = OBJ_obj2nid(digest->algorithm);
  if (digest_id != NID_sha256 && digest_id != NID_sha384 && digest_id != NID_sha512)
    throw TrustError(
        fmt::format("digest algorithm is {}; expected SHA-256, SHA-384 or SHA-512", OBJ_nid2sn(digest_id)));
  switch (const int id = OBJ_obj2nid(signature->algorithm)) {
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_rsaEncryption:
    case NID_rsassaPss:
      break;
    default:
      throw TrustError(fmt::format("signature algorithm is {}; expected ECDSA or RSA with SHA-2", OBJ_nid2sn(id)));
  }
  // Plain RSA and PSS name no digest in the algorithm; the others must name the one of the message.
  int signature_digest = NID_undef;
  int key_type = NID_undef;
  if (OBJ_find_sigid_algs(OBJ_obj2nid(signature->algorithm), &signature_digest, &key_type) == 1 &&
      signature_digest != NID_undef && signature_digest != digest_id)
    throw TrustError(fmt::format("signature algorithm is {} over a {} digest; expected the same digest in both",
                                 OBJ_nid2sn(OBJ_obj2nid(signature->algorithm)), OBJ_nid2sn(digest_id)));
}

// RFC 5652 makes signed attributes optional; without them, or with one twice, the forged-attributes attack
// (ePrint 2023/1801) and others become possible.
void require_signed_attributes(CMS_SignerInfo* signer) {
  static constexpr std::array<int, 4> needed{NID_pkcs9_contentType, NID_pkcs9_messageDigest, NID_pkcs9_signingTime,
                                             NID_id_smime_aa_signingCertificateV2};
  for (const int id : needed) {
    int found = 0;
    for (int i = 0; i < CMS_signed_get_attr_count(signer); ++i) {
      const X509_ATTRIBUTE* attribute = CMS_signed_get_attr(signer, i);
      if (OBJ_obj2nid(X509_ATTRIBUTE_get0_object(const_cast<X509_ATTRIBUTE*>(attribute))) != id) continue;
      found += X509_ATTRIBUTE_count(attribute) == 1 ? 1 : 2;
    }
    if (found != 1)
      throw TrustError(fmt::format("signed attribute {} is {}; expected exactly one", OBJ_nid2sn(id),
                                   found == 0 ? "missing" : "there more than once"));
  }
}

Time signing_time(CMS_SignerInfo* signer) {
  const int at = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
  const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(CMS_signed_get_attr(signer, at), 0);
  std::tm parts{};
  if (value == nullptr || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME) ||
      ASN1_TIME_to_tm(reinterpret_cast<const ASN1_TIME*>(value->value.asn1_string), &parts) != 1)
    throw TrustError("signing time is not a time");
  return Time{static_cast<std::int64_t>(::timegm(&parts))};
}

// OpenSSL knows no purpose "code signing" in 3.0 and X509_PURPOSE_ANY takes a web server's certificate.
void require_signing_purpose(X509* certificate) {
  const Purposes purposes(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  bool is_for_code = false;
  for (int i = 0; purposes && i < sk_ASN1_OBJECT_num(purposes.get()); ++i)
    is_for_code |= OBJ_obj2nid(sk_ASN1_OBJECT_value(purposes.get(), i)) == NID_code_sign;
  if (!is_for_code)
    throw TrustError(fmt::format("certificate {} is not for code signing; expected that extended key usage",
                                 quote(subject_line(certificate))));
  if ((X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0)
    throw TrustError(fmt::format("certificate {} may not sign data; expected key usage digitalSignature",
                                 quote(subject_line(certificate))));
}

std::string tlv(unsigned char tag, std::string_view content) {
  std::string length;
  for (std::size_t left = content.size(); left > 0; left >>= 8U) length.insert(length.begin(), static_cast<char>(left));
  std::string bytes(1, static_cast<char>(tag));
  if (content.size() < 128) {
    bytes += static_cast<char>(content.size());
  } else {
    bytes += static_cast<char>(0x80U | length.size());
    bytes += length;
  }
  return bytes.append(content);
}

// What OpenSSL's encoder makes of one object.
template <typename T, typename Encode>
std::string der_of(T* object, Encode encode) {
  unsigned char* der = nullptr;
  const int size = encode(object, &der);
  if (size < 0) fail("cannot encode a part of the signature");
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

// The one DER encoding (RFC 5652) of a message with these parts. OpenSSL's reader ignores version numbers and
// takes some encodings that are not DER, so that a signature file could be changed without becoming invalid;
// comparing with this leaves no byte of it unexplained.
std::string canonical_cms(CMS_SignerInfo* signer, X509* leaf, STACK_OF(X509) * certificates,
                          STACK_OF(X509_CRL) * crls) {
  constexpr unsigned char sequence = 0x30;
  constexpr unsigned char set = 0x31;
  constexpr unsigned char context_0 = 0xA0;
  constexpr unsigned char context_1 = 0xA1;
  const std::string version_1("\x02\x01\x01");
  X509_ALGOR* digest = nullptr;
  X509_ALGOR* algorithm = nullptr;
  CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digest, &algorithm);
  const std::string digest_der = der_of(digest, i2d_X509_ALGOR);
  std::vector<std::string> attributes;
  for (int i = 0; i < CMS_signed_get_attr_count(signer); ++i)
    attributes.push_back(der_of(CMS_signed_get_attr(signer, i), i2d_X509_ATTRIBUTE));
  std::sort(attributes.begin(), attributes.end());
  std::string signed_attributes;
  for (const std::string& attribute : attributes) signed_attributes += attribute;
  const ASN1_OCTET_STRING* value = CMS_SignerInfo_get0_signature(signer);
  const std::string_view value_bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                     static_cast<std::size_t>(ASN1_STRING_length(value)));
  const std::string identifier = tlv(sequence, der_of(X509_get_issuer_name(leaf), i2d_X509_NAME) +
                                                   der_of(X509_get0_serialNumber(leaf), i2d_ASN1_INTEGER));
  const std::string signer_info =
      tlv(sequence, version_1 + identifier + digest_der + tlv(context_0, signed_attributes) +
                        der_of(algorithm, i2d_X509_ALGOR) + tlv(0x04, value_bytes));
  std::string chain;
  for (int i = 0; i < sk_X509_num(certificates); ++i) chain += der_of(sk_X509_value(certificates, i), i2d_X509);
  std::string lists;
  for (int i = 0; i < sk_X509_CRL_num(crls); ++i) lists += der_of(sk_X509_CRL_value(crls, i), i2d_X509_CRL);
  const auto oid = [](int id) { return der_of(OBJ_nid2obj(id), i2d_ASN1_OBJECT); };
  const std::string signed_data =
      tlv(sequence, version_1 + tlv(set, digest_der) + tlv(sequence, oid(NID_pkcs7_data)) + tlv(context_0, chain) +
                        (lists.empty() ? "" : tlv(context_1, lists)) + tlv(set, signer_info));
  return tlv(sequence, oid(NID_pkcs7_signed) + tlv(context_0, signed_data));
}

void add_extension(X509* certificate, int id, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) fail("cannot add a certificate extension");
}

}  // namespace

struct PrivateKey::Native {
  Key key;
};

struct Certificate::Native {
  X509Handle certificate;
};

PrivateKey PrivateKey::generate_p256() {
  PrivateKey key;
  auto native = std::make_shared<Native>();
  native->key.reset(EVP_EC_gen("P-256"));
  if (!native->key) fail("cannot generate a key");
  key.native_ = std::move(native);
  return key;
}

PrivateKey PrivateKey::from_pem(std::string_view pem) {
  PrivateKey key;
  auto native = std::make_shared<Native>();
  // Without a callback OpenSSL would ask at the terminal, and a run by timer would hang.
  const auto no_password = [](char*, int, int, void*) { return 0; };
  native->key.reset(PEM_read_bio_PrivateKey(memory(pem).get(), nullptr, no_password, nullptr));
  if (!native->key) fail("cannot read a private key; expected PEM without a password");
  require_key_on_list(native->key.get());
  key.native_ = std::move(native);
  return key;
}

std::string PrivateKey::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), native_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    fail("cannot write a private key");
  return contents(bio.get());
}

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
  const Digest id = key_digest(certificate);
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
  Certificate result;
  auto native = std::make_shared<Native>();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  native->certificate.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!native->certificate) fail("not a certificate");
  if (at != end) throw TrustError("bytes follow the certificate");
  EVP_PKEY* key = X509_get0_pubkey(native->certificate.get());
  if (key == nullptr) fail("certificate without a usable key");
  require_key_on_list(key);
  result.native_ = std::move(native);
  return result;
}

Certificate Certificate::from_pem(std::string_view pem) {
  const X509Handle certificate(PEM_read_bio_X509(memory(pem).get(), nullptr, nullptr, nullptr));
  if (!certificate) fail("not a PEM certificate");
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  if (size <= 0) fail("cannot encode a certificate");
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return from_der(bytes);
}

std::string Certificate::der() const {
  unsigned char* der = nullptr;
  const int size = i2d_X509(native_->certificate.get(), &der);
  if (size <= 0) fail("cannot encode a certificate");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::string Certificate::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), native_->certificate.get()) != 1) fail("cannot write a certificate");
  return contents(bio.get());
}

std::string Certificate::subject() const { return subject_line(native_->certificate.get()); }

Digest Certificate::key_id() const { return key_digest(native_->certificate.get()); }

bool Certificate::belongs_to(const PrivateKey& key) const {
  return EVP_PKEY_eq(X509_get0_pubkey(native_->certificate.get()), key.native().key.get()) == 1;
}

std::string cms_sign(std::string_view content, const PrivateKey& key, const Certificate& certificate, Time time) {
  ERR_clear_error();
  constexpr unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | CMS_CADES;
  const Bio data = memory(content);
  const Cms cms(CMS_sign(nullptr, nullptr, nullptr, data.get(), flags | CMS_PARTIAL));
  if (!cms) fail("cannot start a signature");
  CMS_SignerInfo* signer =
      CMS_add1_signer(cms.get(), certificate.native().certificate.get(), key.native().key.get(), EVP_sha256(), flags);
  const Asn1Time when(ASN1_TIME_set(nullptr, time.seconds));
  if (signer == nullptr || !when ||
      CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, ASN1_STRING_type(when.get()), when.get(), -1) != 1 ||
      CMS_final(cms.get(), data.get(), nullptr, flags) != 1)
    fail("cannot sign");
  unsigned char* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms.get(), &der);
  if (size <= 0) fail("cannot encode a signature");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

VerifiedSignature cms_verify(std::string_view signature, std::string_view content,
                             const std::vector<Certificate>& trusted) {
  ERR_clear_error();
  if (signature.size() > max_signature_bytes)
    throw TrustError(fmt::format("signature has {} bytes; at most {} are read", signature.size(), max_signature_bytes));
  const auto* next = reinterpret_cast<const unsigned char*>(signature.data());
  const auto* end = next + signature.size();
  const Cms cms(d2i_CMS_ContentInfo(nullptr, &next, static_cast<long>(signature.size())));
  if (!cms) fail("not a CMS signature");
  if (next != end) throw TrustError(fmt::format("{} bytes follow the signature", end - next));
  if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed ||
      OBJ_obj2nid(CMS_get0_eContentType(cms.get())) != NID_pkcs7_data || CMS_is_detached(cms.get()) != 1)
    throw TrustError("CMS message is not a detached signature over data");
  STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms.get());
  if (sk_CMS_SignerInfo_num(signers) != 1)
    throw TrustError(fmt::format("signature file has {} signers; expected one in each file",
                                 std::max(0, sk_CMS_SignerInfo_num(signers))));
  CMS_SignerInfo* signer = sk_CMS_SignerInfo_value(signers, 0);
  require_algorithms_on_list(signer);
  require_signed_attributes(signer);
  const Time signed_at = signing_time(signer);
  const CertificateStack certificates(CMS_get1_certs(cms.get()));
  const CrlStack crls(CMS_get1_crls(cms.get()));
  if (sk_X509_num(certificates.get()) > 8 || sk_X509_CRL_num(crls.get()) > 4)
    throw TrustError("signature carries more than 8 certificates or 4 revocation lists");

  const Store store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  for (const Certificate& anchor : trusted) {
    if (X509_STORE_add_cert(store.get(), anchor.native().certificate.get()) != 1)
      fail("cannot use a trusted certificate");
  }
  X509_VERIFY_PARAM* policy = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(policy, signed_at.seconds);
  X509_VERIFY_PARAM_set_depth(policy, 4);
  X509_VERIFY_PARAM_set_auth_level(policy, 2);
  X509_VERIFY_PARAM_set_purpose(policy, X509_PURPOSE_ANY);
  X509_VERIFY_PARAM_set_flags(policy, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_X509_STRICT);
  const Bio data = memory(content);
  const Bio sink(BIO_new(BIO_s_null()));
  if (CMS_verify(cms.get(), nullptr, store.get(), data.get(), sink.get(), CMS_BINARY | CMS_CADES) != 1)
    fail("signature does not verify");

  const BorrowedCertificates leaves(CMS_get0_signers(cms.get()));
  if (sk_X509_num(leaves.get()) != 1) throw TrustError("signature names no signer");
  X509* leaf = sk_X509_value(leaves.get(), 0);
  require_key_on_list(X509_get0_pubkey(leaf));
  require_signing_purpose(leaf);
  // Last, so that the faults above, which say more, come first.
  if (canonical_cms(signer, leaf, certificates.get(), crls.get()) != signature)
    throw TrustError("signature file is not the exact DER encoding of its parts; expected no byte more or different");
  return VerifiedSignature{key_digest(leaf), signed_at, subject_line(leaf)};
}

}  // namespace ferry
