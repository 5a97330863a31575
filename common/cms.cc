// SPDX-License-Identifier: Apache-2.0
#include "common/cms.h"

#include <openssl/cms.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

#include "common/error.h"
#include "common/internal/openssl.h"
#include "common/text.h"

namespace ferry {
namespace {

using internal::Asn1Time;
using internal::Bio;
using internal::BorrowedCertificates;
using internal::CertificateStack;
using internal::CrlStack;
using internal::der_of;
using internal::fail;
using internal::memory;
using internal::subject_line;
using Store = Handle<X509_STORE, &X509_STORE_free>;
using StoreContext = Handle<X509_STORE_CTX, &X509_STORE_CTX_free>;
using Cms = Handle<CMS_ContentInfo, &CMS_ContentInfo_free>;
using Object = Handle<ASN1_OBJECT, &ASN1_OBJECT_free>;
using PssParameters = Handle<RSA_PSS_PARAMS, &RSA_PSS_PARAMS_free>;
using Algorithm = Handle<X509_ALGOR, &X509_ALGOR_free>;

void free_purposes(EXTENDED_KEY_USAGE* usage) { EXTENDED_KEY_USAGE_free(usage); }
using Purposes = Handle<EXTENDED_KEY_USAGE, &free_purposes>;

std::string_view bytes_of(const ASN1_OCTET_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
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

// RFC 4055 3.1: a PSS signature names its digests itself, and its defaults are SHA-1.
void require_pss_parameters(const X509_ALGOR* signature, int digest_id) {
  const ASN1_TYPE* value = signature->parameter;
  PssParameters parameters;
  if (value != nullptr && value->type == V_ASN1_SEQUENCE) {
    const auto* at = ASN1_STRING_get0_data(value->value.sequence);
    parameters.reset(d2i_RSA_PSS_PARAMS(nullptr, &at, ASN1_STRING_length(value->value.sequence)));
  }
  if (!parameters || parameters->hashAlgorithm == nullptr || parameters->maskGenAlgorithm == nullptr ||
      parameters->saltLength == nullptr || OBJ_obj2nid(parameters->hashAlgorithm->algorithm) != digest_id ||
      OBJ_obj2nid(parameters->maskGenAlgorithm->algorithm) != NID_mgf1)
    throw TrustError("PSS parameters do not name the digest of the message; expected the same digest everywhere");
  const ASN1_TYPE* mask = parameters->maskGenAlgorithm->parameter;
  Algorithm mask_digest;
  if (mask != nullptr && mask->type == V_ASN1_SEQUENCE) {
    const auto* at = ASN1_STRING_get0_data(mask->value.sequence);
    mask_digest.reset(d2i_X509_ALGOR(nullptr, &at, ASN1_STRING_length(mask->value.sequence)));
  }
  constexpr long min_salt_bytes = 32;
  if (!mask_digest || OBJ_obj2nid(mask_digest->algorithm) != digest_id ||
      ASN1_INTEGER_get(parameters->saltLength) < min_salt_bytes)
    throw TrustError("PSS mask has another digest than the message, or the salt is shorter than 32 bytes");
}

// What kind of signature this is, once the signer's certificate is known.
SignatureAlgorithm algorithm_of(CMS_SignerInfo* signer, X509* leaf) {
  X509_ALGOR* digest = nullptr;
  X509_ALGOR* signature = nullptr;
  CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digest, &signature);
  EVP_PKEY* key = X509_get0_pubkey(leaf);
  internal::require_key_on_list(key);
  // Nothing signs the algorithm's name, and OpenSSL goes by the key alone.
  const int signature_id = OBJ_obj2nid(signature->algorithm);
  const bool names_ecdsa = signature_id == NID_ecdsa_with_SHA256 || signature_id == NID_ecdsa_with_SHA384 ||
                           signature_id == NID_ecdsa_with_SHA512;
  if (names_ecdsa != (EVP_PKEY_is_a(key, "EC") != 0))
    throw TrustError(
        fmt::format("signature algorithm is {}, which is not that of the signer's key", OBJ_nid2sn(signature_id)));
  if (names_ecdsa)
    return EVP_PKEY_get_bits(key) == 256 ? SignatureAlgorithm::ecdsa_p256 : SignatureAlgorithm::ecdsa_p384;
  if (signature_id != NID_rsassaPss) return SignatureAlgorithm::rsa_pkcs1;
  require_pss_parameters(signature, OBJ_obj2nid(digest->algorithm));
  return SignatureAlgorithm::rsa_pss;
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
  // RFC 5652 11.1. OpenSSL does not compare it, so a signature over another kind of message with the same key
  // could be offered as one over data.
  const ASN1_TYPE* type = X509_ATTRIBUTE_get0_type(
      CMS_signed_get_attr(signer, CMS_signed_get_attr_by_NID(signer, NID_pkcs9_contentType, -1)), 0);
  if (type == nullptr || type->type != V_ASN1_OBJECT || OBJ_obj2nid(type->value.object) != NID_pkcs7_data)
    throw TrustError("signed attribute contentType names another type than the message has; expected data");
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

// Of the certificate's extended key usages, is this one? Nothing for a certificate that states none.
std::optional<bool> states_purpose(X509* certificate, const std::string& purpose) {
  const Purposes purposes(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  if (!purposes) return {};
  const Object wanted(OBJ_txt2obj(purpose.c_str(), 1));
  if (!wanted) fail("purpose is not an object identifier");
  for (int i = 0; i < sk_ASN1_OBJECT_num(purposes.get()); ++i) {
    if (OBJ_cmp(sk_ASN1_OBJECT_value(purposes.get(), i), wanted.get()) == 0) return true;
  }
  return false;
}

// OpenSSL knows no purpose "code signing" in 3.0 and X509_PURPOSE_ANY takes a web server's certificate. An
// authority that states purposes can pass on only those.
void require_purpose(STACK_OF(X509) * chain, const std::string& purpose) {
  const std::string name = purpose == code_signing_purpose ? "code signing" : purpose;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* certificate = sk_X509_value(chain, i);
    if (states_purpose(certificate, purpose).value_or(i > 0)) continue;
    throw TrustError(fmt::format("certificate {} is not for {}; expected that extended key usage",
                                 quote(subject_line(certificate)), name));
  }
  X509* leaf = sk_X509_value(chain, 0);
  if ((X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0)
    throw TrustError(fmt::format("certificate {} may not sign data; expected key usage digitalSignature",
                                 quote(subject_line(leaf))));
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

// X.690 11.6: the elements of a SET OF stand in the order of their encodings; and none is needed twice.
std::string der_set(std::vector<std::string> elements) {
  std::sort(elements.begin(), elements.end());
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  std::string bytes;
  for (const std::string& element : elements) bytes += element;
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
  // RFC 5652 5.1, 5.3: 1 for a signer named by issuer and serial number, 3 for one named by key identifier.
  ASN1_OCTET_STRING* key_identifier = nullptr;
  if (CMS_SignerInfo_get0_signer_id(signer, &key_identifier, nullptr, nullptr) != 1) fail("signature names no signer");
  const std::string version(key_identifier == nullptr ? "\x02\x01\x01" : "\x02\x01\x03");
  X509_ALGOR* digest = nullptr;
  X509_ALGOR* algorithm = nullptr;
  CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digest, &algorithm);
  const std::string digest_der = der_of(digest, i2d_X509_ALGOR);
  std::vector<std::string> attributes;
  for (int i = 0; i < CMS_signed_get_attr_count(signer); ++i)
    attributes.push_back(der_of(CMS_signed_get_attr(signer, i), i2d_X509_ATTRIBUTE));
  const std::string signed_attributes = der_set(std::move(attributes));
  const ASN1_OCTET_STRING* value = CMS_SignerInfo_get0_signature(signer);
  const std::string identifier = key_identifier != nullptr
                                     ? tlv(0x80, bytes_of(key_identifier))
                                     : tlv(sequence, der_of(X509_get_issuer_name(leaf), i2d_X509_NAME) +
                                                         der_of(X509_get0_serialNumber(leaf), i2d_ASN1_INTEGER));
  const std::string signer_info = tlv(sequence, version + identifier + digest_der + tlv(context_0, signed_attributes) +
                                                    der_of(algorithm, i2d_X509_ALGOR) + tlv(0x04, bytes_of(value)));
  std::vector<std::string> embedded;
  for (int i = 0; i < sk_X509_num(certificates); ++i)
    embedded.push_back(der_of(sk_X509_value(certificates, i), i2d_X509));
  const std::string chain = der_set(std::move(embedded));
  std::vector<std::string> revocations;
  for (int i = 0; i < sk_X509_CRL_num(crls); ++i)
    revocations.push_back(der_of(sk_X509_CRL_value(crls, i), i2d_X509_CRL));
  const std::string lists = der_set(std::move(revocations));
  const auto oid = [](int id) { return der_of(OBJ_nid2obj(id), i2d_ASN1_OBJECT); };
  const std::string signed_data =
      tlv(sequence, version + tlv(set, digest_der) + tlv(sequence, oid(NID_pkcs7_data)) + tlv(context_0, chain) +
                        (lists.empty() ? "" : tlv(context_1, lists)) + tlv(set, signer_info));
  return tlv(sequence, oid(NID_pkcs7_signed) + tlv(context_0, signed_data));
}

// A fresh store that knows nothing but what the policy trusts.
Store make_store(const SignaturePolicy& policy, STACK_OF(X509) * travelled, Time at) {
  Store store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  for (const Certificate& anchor : policy.trusted) {
    if (X509_STORE_add_cert(store.get(), anchor.native().certificate.get()) != 1)
      fail("cannot use a trusted certificate");
  }
  for (int i = 0; i < sk_X509_num(travelled); ++i) {
    X509* certificate = sk_X509_value(travelled, i);
    if (std::find(policy.pinned.begin(), policy.pinned.end(), internal::key_digest(certificate)) !=
            policy.pinned.end() &&
        X509_STORE_add_cert(store.get(), certificate) != 1)
      fail("cannot use a certificate with a pinned key");
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(parameters, at.seconds);
  X509_VERIFY_PARAM_set_depth(parameters, 4);
  X509_VERIFY_PARAM_set_auth_level(parameters, 2);
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_X509_STRICT |
                                              (policy.needs_crl ? X509_V_FLAG_CRL_CHECK : 0UL));
  return store;
}

// CMS_verify() built this chain too, but keeps it to itself.
CertificateStack build_chain(X509_STORE* store, X509* leaf, STACK_OF(X509) * travelled, STACK_OF(X509_CRL) * crls) {
  const StoreContext context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), store, leaf, travelled) != 1) throw std::bad_alloc();
  X509_STORE_CTX_set0_crls(context.get(), crls);
  if (X509_verify_cert(context.get()) != 1)
    throw TrustError(fmt::format("certificate {} does not verify: {}", quote(subject_line(leaf)),
                                 X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))));
  return CertificateStack(X509_STORE_CTX_get1_chain(context.get()));
}

// A message that has the shape of our signatures, and its only signer.
struct ParsedSignature {
  Cms message;
  CMS_SignerInfo* signer = nullptr;
  CertificateStack certificates;
  CrlStack crls;
};

ParsedSignature parse_signature(std::string_view signature) {
  if (signature.size() > max_signature_bytes)
    throw TrustError(fmt::format("signature has {} bytes; at most {} are read", signature.size(), max_signature_bytes));
  const auto* next = reinterpret_cast<const unsigned char*>(signature.data());
  const auto* end = next + signature.size();
  ParsedSignature parsed;
  parsed.message.reset(d2i_CMS_ContentInfo(nullptr, &next, static_cast<long>(signature.size())));
  CMS_ContentInfo* cms = parsed.message.get();
  if (cms == nullptr) fail("not a CMS signature");
  if (next != end) throw TrustError(fmt::format("{} bytes follow the signature", end - next));
  if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed ||
      OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data || CMS_is_detached(cms) != 1)
    throw TrustError("CMS message is not a detached signature over data");
  STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms);
  if (sk_CMS_SignerInfo_num(signers) != 1)
    throw TrustError(fmt::format("signature file has {} signers; expected one in each file",
                                 std::max(0, sk_CMS_SignerInfo_num(signers))));
  parsed.signer = sk_CMS_SignerInfo_value(signers, 0);
  parsed.certificates.reset(CMS_get1_certs(cms));
  parsed.crls.reset(CMS_get1_crls(cms));
  constexpr int max_certificates = 8;
  constexpr int max_crls = 4;
  if (sk_X509_num(parsed.certificates.get()) > max_certificates || sk_X509_CRL_num(parsed.crls.get()) > max_crls)
    throw TrustError(
        fmt::format("signature carries more than {} certificates or {} revocation lists", max_certificates, max_crls));
  return parsed;
}

}  // namespace

std::string_view name_of(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::ecdsa_p256:
      return "ecdsa-p256";
    case SignatureAlgorithm::ecdsa_p384:
      return "ecdsa-p384";
    case SignatureAlgorithm::rsa_pkcs1:
      return "rsa-pkcs1";
    case SignatureAlgorithm::rsa_pss:
      return "rsa-pss";
  }
  return "";
}

const std::vector<SignatureAlgorithm>& all_signature_algorithms() {
  static const std::vector<SignatureAlgorithm> all{SignatureAlgorithm::ecdsa_p256, SignatureAlgorithm::ecdsa_p384,
                                                   SignatureAlgorithm::rsa_pkcs1, SignatureAlgorithm::rsa_pss};
  return all;
}

bool is_object_identifier(std::string_view text) {
  const Object object(OBJ_txt2obj(std::string(text).c_str(), 1));
  ERR_clear_error();
  if (!object) return false;
  // OpenSSL also reads spaces for dots, empty parts and leading zeros; each has one text only.
  std::array<char, 256> canonical{};
  const int size = OBJ_obj2txt(canonical.data(), static_cast<int>(canonical.size()), object.get(), 1);
  return size > 0 && text == canonical.data();
}

std::string cms_sign(std::string_view content, const Signer& signer, Time time, bool prefers_pss) {
  ERR_clear_error();
  constexpr unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | CMS_CADES;
  EVP_PKEY* key = signer.key.native().key.get();
  const bool is_pss = EVP_PKEY_is_a(key, "RSA-PSS") != 0 || (prefers_pss && EVP_PKEY_is_a(key, "RSA") != 0);
  const bool is_p384 = EVP_PKEY_is_a(key, "EC") != 0 && EVP_PKEY_get_bits(key) == 384;
  const Bio data = memory(content);
  const Cms cms(CMS_sign(nullptr, nullptr, nullptr, data.get(), flags | CMS_PARTIAL));
  if (!cms) fail("cannot start a signature");
  CMS_SignerInfo* info = CMS_add1_signer(cms.get(), signer.certificate.native().certificate.get(), key,
                                         is_p384 ? EVP_sha384() : EVP_sha256(), flags | (is_pss ? CMS_KEY_PARAM : 0U));
  if (info == nullptr) fail("cannot sign");
  if (is_pss) {
    EVP_PKEY_CTX* context = CMS_SignerInfo_get0_pkey_ctx(info);
    if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) != 1 ||
        EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) != 1)
      fail("cannot sign with PSS");
  }
  for (const Certificate& certificate : signer.chain) {
    if (CMS_add1_cert(cms.get(), certificate.native().certificate.get()) != 1) fail("cannot embed a certificate");
  }
  for (const RevocationList& list : signer.revocation_lists) {
    if (CMS_add1_crl(cms.get(), list.native().list.get()) != 1) fail("cannot embed a revocation list");
  }
  const Asn1Time when(ASN1_TIME_set(nullptr, time.seconds));
  if (!when ||
      CMS_signed_add1_attr_by_NID(info, NID_pkcs9_signingTime, ASN1_STRING_type(when.get()), when.get(), -1) != 1 ||
      CMS_final(cms.get(), data.get(), nullptr, flags) != 1)
    fail("cannot sign");
  return der_of(cms.get(), i2d_CMS_ContentInfo);
}

VerifiedSignature cms_verify(std::string_view signature, std::string_view content, const SignaturePolicy& policy) {
  ERR_clear_error();
  const ParsedSignature parsed = parse_signature(signature);
  require_algorithms_on_list(parsed.signer);
  require_signed_attributes(parsed.signer);
  const Time signed_at = signing_time(parsed.signer);
  const Store store = make_store(policy, parsed.certificates.get(), policy.at.value_or(signed_at));
  // CMS_verify() of OpenSSL 3.0 copies a memory BIO and loses the copy when it refuses the message; behind a
  // filter that does nothing it takes the BIO as it is.
  const Bio data(BIO_push(BIO_new(BIO_f_null()), memory(content).release()));
  const Bio sink(BIO_new(BIO_s_null()));
  if (CMS_verify(parsed.message.get(), nullptr, store.get(), data.get(), sink.get(), CMS_BINARY | CMS_CADES) != 1)
    fail("signature does not verify");

  const BorrowedCertificates leaves(CMS_get0_signers(parsed.message.get()));
  if (sk_X509_num(leaves.get()) != 1) throw TrustError("signature names no signer");
  X509* leaf = sk_X509_value(leaves.get(), 0);
  const SignatureAlgorithm algorithm = algorithm_of(parsed.signer, leaf);
  if (std::find(policy.algorithms.begin(), policy.algorithms.end(), algorithm) == policy.algorithms.end())
    throw TrustError(fmt::format("signature is {}, which the trust file does not allow", name_of(algorithm)));
  const CertificateStack chain = build_chain(store.get(), leaf, parsed.certificates.get(), parsed.crls.get());
  require_purpose(chain.get(), policy.purpose);
  // Last, so that the faults above, which say more, come first.
  if (canonical_cms(parsed.signer, leaf, parsed.certificates.get(), parsed.crls.get()) != signature)
    throw TrustError("signature file is not the exact DER encoding of its parts; expected no byte more or different");
  VerifiedSignature verified{internal::key_digest(leaf), signed_at, subject_line(leaf), {}};
  // OpenSSL's chain goes on above a signer who is trusted himself, as far as the certificates reach.
  const auto is_trusted = [&policy](const Digest& key) {
    return std::find(policy.pinned.begin(), policy.pinned.end(), key) != policy.pinned.end() ||
           std::any_of(policy.trusted.begin(), policy.trusted.end(),
                       [&key](const Certificate& trusted) { return trusted.key_id() == key; });
  };
  for (int i = 0; i < sk_X509_num(chain.get()); ++i) {
    verified.chain.push_back(internal::key_digest(sk_X509_value(chain.get(), i)));
    if (is_trusted(verified.chain.back())) break;
  }
  return verified;
}

VerifiedSignature cms_verify_any(std::string_view signature, std::string_view content) {
  ERR_clear_error();
  SignaturePolicy policy;
  const ParsedSignature parsed = parse_signature(signature);
  if (sk_X509_num(parsed.certificates.get()) != 1)
    throw TrustError(fmt::format("signature travels with {} certificates; expected the signer's alone",
                                 std::max(0, sk_X509_num(parsed.certificates.get()))));
  policy.pinned.push_back(internal::key_digest(sk_X509_value(parsed.certificates.get(), 0)));
  return cms_verify(signature, content, policy);
}

std::optional<std::string> signing_problem(const Certificate& certificate, const SignaturePolicy& policy) {
  X509* native = certificate.native().certificate.get();
  if (X509_check_ca(native) != 0) return {};
  EVP_PKEY* key = X509_get0_pubkey(native);
  std::vector<SignatureAlgorithm> possible;
  if (EVP_PKEY_is_a(key, "EC") != 0) {
    possible.push_back(EVP_PKEY_get_bits(key) == 256 ? SignatureAlgorithm::ecdsa_p256 : SignatureAlgorithm::ecdsa_p384);
  } else {
    possible.push_back(SignatureAlgorithm::rsa_pss);
    if (EVP_PKEY_is_a(key, "RSA") != 0) possible.push_back(SignatureAlgorithm::rsa_pkcs1);
  }
  const auto is_allowed = [&policy](SignatureAlgorithm algorithm) {
    return std::find(policy.algorithms.begin(), policy.algorithms.end(), algorithm) != policy.algorithms.end();
  };
  if (std::none_of(possible.begin(), possible.end(), is_allowed))
    return fmt::format("its key signs with {}, which is not among the allowed algorithms", name_of(possible.front()));
  if (!states_purpose(native, policy.purpose).value_or(false))
    return fmt::format("it does not have the extended key usage {}", policy.purpose);
  if (policy.needs_crl && X509_NAME_cmp(X509_get_subject_name(native), X509_get_issuer_name(native)) == 0)
    return "it is self-signed, and a revocation list of an authority is demanded";
  return {};
}

}  // namespace ferry
