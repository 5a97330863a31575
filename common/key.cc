// SPDX-License-Identifier: Apache-2.0
#include "common/key.h"

#include <fcntl.h>
#include <openssl/kdf.h>
#include <openssl/pkcs12.h>
#include <openssl/ui.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/internal/openssl.h"
#include "common/text.h"

namespace ferry {
namespace {

using internal::Bio;
using internal::fail;
using internal::Key;

// What the callback of OpenSSL's reader needs; exceptions must not pass through C.
struct PassphraseCall {
  const PassphraseSource* source = nullptr;
  bool asked = false;
  std::exception_ptr failure;
};

int give_passphrase(char* buffer, int size, int, void* data) {
  auto& call = *static_cast<PassphraseCall*>(data);
  call.asked = true;
  try {
    if (!*call.source) return -1;
    const std::string passphrase = (*call.source)();
    if (passphrase.empty() || passphrase.size() > static_cast<std::size_t>(size)) return -1;
    std::copy(passphrase.begin(), passphrase.end(), buffer);
    return static_cast<int>(passphrase.size());
  } catch (...) {
    call.failure = std::current_exception();
    return -1;
  }
}

}  // namespace

PrivateKey PrivateKey::generate(KeyType type) {
  PrivateKey key;
  auto native = std::make_shared<Native>();
  switch (type) {
    case KeyType::p256:
      native->key.reset(EVP_EC_gen("P-256"));
      break;
    case KeyType::p384:
      native->key.reset(EVP_EC_gen("P-384"));
      break;
    case KeyType::rsa3072:
      native->key.reset(EVP_RSA_gen(3072U));
      break;
  }
  if (!native->key) fail("cannot generate a key");
  key.native_ = std::move(native);
  return key;
}

PrivateKey PrivateKey::from_pem(std::string_view pem, const PassphraseSource& passphrase) {
  ERR_clear_error();
  PrivateKey key;
  auto native = std::make_shared<Native>();
  // Without a callback of ours OpenSSL would ask at the terminal, and a run by timer would hang.
  PassphraseCall call{&passphrase, false, {}};
  native->key.reset(PEM_read_bio_PrivateKey(internal::memory(pem).get(), nullptr, &give_passphrase, &call));
  if (call.failure) std::rethrow_exception(call.failure);
  if (!native->key && call.asked) {
    ERR_clear_error();
    throw TrustError(passphrase ? "the passphrase does not open this private key"
                                : "this private key is encrypted and no passphrase is at hand");
  }
  if (!native->key) fail("cannot read a private key; expected PEM");
  internal::require_key_on_list(native->key.get());
  key.native_ = std::move(native);
  return key;
}

PrivateKey PrivateKey::from_token(const std::string& uri, const std::filesystem::path& module,
                                  const PassphraseSource& pin) {
  ERR_clear_error();
  if (!file_exists(module))
    throw NotFoundError(
        fmt::format("there is no token library {}; see pkcs11-module in point.toml", quote(module.native())));
  const bool has_pin = uri.find("pin-value=") != std::string::npos || uri.find("pin-source=") != std::string::npos;
  PrivateKey key;
  auto native = std::make_shared<Native>();
  native->key = internal::token_key(uri, module, has_pin || !pin ? std::string() : pin());
  internal::require_key_on_list(native->key.get());
  key.native_ = std::move(native);
  return key;
}

std::string PrivateKey::pem(std::string_view passphrase) const {
  if (passphrase.size() > PEM_BUFSIZE)
    throw TrustError(
        fmt::format("the passphrase has {} bytes; at most {} can be read again", passphrase.size(), PEM_BUFSIZE));
  const Bio bio(BIO_new(BIO_s_mem()));
  if (passphrase.empty()) {
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), native_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
      fail("cannot write a private key");
    return internal::contents(bio.get());
  }
  // A stolen file is attacked with all the machines there are: scrypt costs each guess 16 MiB.
  const Handle<PKCS8_PRIV_KEY_INFO, &PKCS8_PRIV_KEY_INFO_free> plain(EVP_PKEY2PKCS8(native_->key.get()));
  const Handle<X509_ALGOR, &X509_ALGOR_free> algorithm(
      PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, 16384, 8, 1));
  if (!plain || !algorithm) fail("cannot encrypt a private key");
  const Handle<X509_SIG, &X509_SIG_free> encrypted(PKCS8_set0_pbe(
      passphrase.data(), static_cast<int>(passphrase.size()), plain.get(), X509_ALGOR_dup(algorithm.get())));
  if (!encrypted || PEM_write_bio_PKCS8(bio.get(), encrypted.get()) != 1) fail("cannot encrypt a private key");
  return internal::contents(bio.get());
}

std::string ask_passphrase(const std::string& prompt, bool confirm) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0)
    throw TrustError(prompt +
                     "there is no terminal to ask at; put it into a file and name that in "
                     "FERRY_PASSPHRASE_FILE, or into FERRY_PASSPHRASE");
  ::close(terminal);
  std::array<char, 1024> buffer{};
  if (EVP_read_pw_string_min(buffer.data(), 1, static_cast<int>(buffer.size()) - 1, prompt.c_str(), confirm ? 1 : 0) !=
      0)
    throw TrustError("no passphrase was entered, or the two were not the same");
  std::string passphrase(buffer.data());
  OPENSSL_cleanse(buffer.data(), buffer.size());
  return passphrase;
}

}  // namespace ferry
