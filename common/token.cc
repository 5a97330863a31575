// SPDX-License-Identifier: Apache-2.0
#include <openssl/engine.h>

#include <fmt/format.h>

#include "common/internal/openssl.h"
#include "common/text.h"

// Engines are OpenSSL's way to tokens that Debian 12 has; they are marked as deprecated there.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace ferry::internal {
namespace {

void free_engine(ENGINE* engine) { ENGINE_free(engine); }
using Engine = Handle<ENGINE, &free_engine>;

ENGINE* token_engine(const std::filesystem::path& module, const std::string& pin) {
  // One for the process: a token library may be initialised once only.
  static const Engine engine = [&module] {
    Engine made(ENGINE_by_id("pkcs11"));
    if (!made) fail("there is no OpenSSL engine pkcs11; install libengine-pkcs11-openssl");
    // QUIET: only who catches the error knows whether it is one for a person.
    if (ENGINE_ctrl_cmd_string(made.get(), "QUIET", nullptr, 0) != 1 ||
        ENGINE_ctrl_cmd_string(made.get(), "MODULE_PATH", module.c_str(), 0) != 1 || ENGINE_init(made.get()) != 1)
      fail(fmt::format("cannot use the token library {}", quote(module.native())));
    return made;
  }();
  if (!pin.empty() && ENGINE_ctrl_cmd_string(engine.get(), "PIN", pin.c_str(), 0) != 1) fail("cannot pass on the PIN");
  return engine.get();
}

}  // namespace

Key token_key(const std::string& uri, const std::filesystem::path& module, const std::string& pin) {
  Key key(ENGINE_load_private_key(token_engine(module, pin), uri.c_str(), nullptr, nullptr));
  if (!key) fail("the token has no such private key, or the PIN is wrong");
  return key;
}

}  // namespace ferry::internal

#pragma GCC diagnostic pop
