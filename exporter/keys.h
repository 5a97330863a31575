// SPDX-License-Identifier: Apache-2.0
// The keys that a point signs with.
//
// A key NAME is keys/NAME.pem (a private key, perhaps encrypted) or keys/NAME.uri (a PKCS#11 URI of one in a
// token). Its certificate is the first one in keys/NAME.crt, where others may follow up to an authority; a
// key without such a file uses the certificate that the trust file holds for it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "format/point.h"
#include "format/trust.h"

namespace ferry::exporter {

// Where keys are looked for, and what opening them takes.
struct KeyStore {
  std::vector<std::filesystem::path> directories;
  std::filesystem::path pkcs11_module;
  std::filesystem::path passphrase_file;  // empty: none
  std::vector<std::filesystem::path> revocation_lists;
};
// The point's keys/, with what [signing] in point.toml says, and more folders.
[[nodiscard]] KeyStore key_store(const format::Point& point, const std::vector<std::string>& more = {});

// Every key in the store that this role names: itself, an authority above it, or its pin. Only those are
// opened, in the order of their names. Throws TrustError for one that cannot be opened.
[[nodiscard]] std::vector<Signer> find_signers(const KeyStore& store, const format::Role& role);

// Those whose signatures on bundles count from now on; a retired key makes no new ones. Throws TrustError as above, and
// when the point holds none.
[[nodiscard]] std::vector<Signer> current_signers(const format::Point& point, const format::TrustFile& trust);

struct NewKey {
  std::string name;  // NAME above
  KeyType type = KeyType::p256;
  std::string subject;  // common name of its certificate
  bool encrypt = false;
};
// Makes NAME.pem (mode 0600) and NAME.crt. Throws UsageError when there is one of that name.
Certificate make_key(const KeyStore& store, const std::filesystem::path& directory, const NewKey& wanted);

// "p256", "p384" or "rsa3072"; throws UsageError.
[[nodiscard]] KeyType parse_key_type(std::string_view text);

// The first free name of the form PREFIX-1, PREFIX-2 …
[[nodiscard]] std::string free_key_name(const std::filesystem::path& directory, std::string_view prefix);

}  // namespace ferry::exporter
