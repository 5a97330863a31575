// SPDX-License-Identifier: Apache-2.0
// Private keys: in a file, encrypted or not, or in a token (PKCS#11) that never gives them out.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ferry {

enum class KeyType { p256, p384, rsa3072 };

// Asked for a passphrase only when one is needed; may throw.
using PassphraseSource = std::function<std::string()>;

// Shared, immutable. Copying shares the key.
class PrivateKey {
 public:
  [[nodiscard]] static PrivateKey generate(KeyType type);
  // PEM, encrypted or not. Throws TrustError: not a key, of a type or size that is not on our list, encrypted
  // and no passphrase or a wrong one given.
  [[nodiscard]] static PrivateKey from_pem(std::string_view pem, const PassphraseSource& passphrase = {});
  // A key in a token, through the token's own PKCS#11 library and OpenSSL's engine "pkcs11" (RFC 7512 for the
  // URI). Throws TrustError.
  [[nodiscard]] static PrivateKey from_token(const std::string& uri, const std::filesystem::path& module,
                                             const PassphraseSource& pin);

  // PKCS#8; encrypted (PBES2, scrypt, AES-256) with a passphrase that is not empty. Throws TrustError for one
  // that is too long to be read again.
  [[nodiscard]] std::string pem(std::string_view passphrase = {}) const;

  struct Native;
  [[nodiscard]] const Native& native() const noexcept { return *native_; }

 private:
  std::shared_ptr<const Native> native_;
};

// Asks at the terminal without echo; twice, when `confirm`. Throws TrustError where there is no terminal.
[[nodiscard]] std::string ask_passphrase(const std::string& prompt, bool confirm);

}  // namespace ferry
