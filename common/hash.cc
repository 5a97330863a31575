// SPDX-License-Identifier: Apache-2.0
#include "common/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

#include "common/encoding.h"
#include "common/error.h"
#include "common/handle.h"

namespace ferry {
namespace {

using MdContext = Handle<EVP_MD_CTX, &EVP_MD_CTX_free>;
using Md = Handle<EVP_MD, &EVP_MD_free>;

// Fetched once: the implicit fetch of EVP_sha256() costs more than hashing a small record.
const EVP_MD* fetched(const char* name) {
  static const Md sha256_md(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  static const Md sha1_md(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  const EVP_MD* md = std::string_view(name) == "SHA1" ? sha1_md.get() : sha256_md.get();
  if (md == nullptr) throw Error(std::string("OpenSSL offers no ") + name);
  return md;
}

[[noreturn]] void fail() { throw Error("OpenSSL failed to compute a digest"); }

}  // namespace

std::string Digest::hex() const { return to_hex(bytes()); }

std::optional<Digest> Digest::from_hex(std::string_view text) {
  if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return {};
  const auto bytes = ferry::from_hex(text);
  return bytes ? from_bytes(*bytes) : std::nullopt;
}

std::optional<Digest> Digest::from_bytes(std::string_view bytes) {
  if (bytes.size() != size) return {};
  Digest digest;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(digest.value.data()));
  return digest;
}

struct Sha256::State {
  MdContext context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) { reset(); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) fail();
}

Digest Sha256::finish() {
  Digest digest;
  if (EVP_DigestFinal_ex(state_->context.get(), digest.value.data(), nullptr) != 1) fail();
  return digest;
}

void Sha256::reset() {
  if (EVP_DigestInit_ex(state_->context.get(), fetched("SHA256"), nullptr) != 1) fail();
}

struct FileHash::State {
  Sha256 sha256;
  MdContext sha1{EVP_MD_CTX_new()};
};

FileHash::FileHash() : state_(std::make_unique<State>()) {
  if (EVP_DigestInit_ex(state_->sha1.get(), fetched("SHA1"), nullptr) != 1) fail();
}
FileHash::~FileHash() = default;
FileHash::FileHash(FileHash&&) noexcept = default;
FileHash& FileHash::operator=(FileHash&&) noexcept = default;

void FileHash::update(std::string_view bytes) {
  state_->sha256.update(bytes);
  if (EVP_DigestUpdate(state_->sha1.get(), bytes.data(), bytes.size()) != 1) fail();
}

FileDigests FileHash::finish() {
  FileDigests digests{state_->sha256.finish(), std::string(20, '\0')};
  if (EVP_DigestFinal_ex(state_->sha1.get(), reinterpret_cast<unsigned char*>(digests.sha1.data()), nullptr) != 1)
    fail();
  return digests;
}

Authenticator::Authenticator() {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) throw Error("OpenSSL gave no random bytes");
}

Digest Authenticator::tag(std::string_view bytes) const {
  Digest made;
  std::size_t size = 0;
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key_.data(), key_.size(),
                reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), made.value.data(),
                made.value.size(), &size) == nullptr ||
      size != made.value.size())
    fail();
  return made;
}

bool Authenticator::accepts(std::string_view bytes, const Digest& tag) const {
  return CRYPTO_memcmp(this->tag(bytes).value.data(), tag.value.data(), tag.value.size()) == 0;
}

Digest sha256(std::string_view bytes) {
  thread_local Sha256 hash;
  hash.reset();
  hash.update(bytes);
  return hash.finish();
}

std::string sha1(std::string_view bytes) {
  std::string digest(20, '\0');
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, fetched("SHA1"),
                 nullptr) != 1)
    fail();
  return digest;
}

}  // namespace ferry
