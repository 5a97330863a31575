// SPDX-License-Identifier: Apache-2.0
#include "format/site_key.h"

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"

namespace ferry::format {
namespace {

constexpr std::uint64_t max_key_bytes = 64ULL * 1024;

}  // namespace

Signer open_site_key(const Point& point, Time now) {
  const auto key_file = point.key_directory() / "site.pem";
  const auto certificate_file = point.key_directory() / "site.crt";
  if (!file_exists(key_file)) {
    const PrivateKey key = PrivateKey::generate(KeyType::p256);
    write_file(key_file, key.pem(), 0600);
    write_file(certificate_file, Certificate::self_signed(key, "ferry site receipts", now).pem());
  }
  try {
    Signer signer{PrivateKey::from_pem(read_file(key_file, max_key_bytes)),
                  Certificate::from_pem(read_file(certificate_file, max_key_bytes))};
    if (!signer.certificate.belongs_to(signer.key))
      throw TrustError("its certificate, site.crt beside it, is of another key");
    return signer;
  } catch (Error& error) {
    error.add_context("receipt key " + quote(key_file.native()));
    throw;
  }
}

}  // namespace ferry::format
