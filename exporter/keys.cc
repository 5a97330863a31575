// SPDX-License-Identifier: Apache-2.0
#include "exporter/keys.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/limits.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;

// Valid from 1970 on: a clock that was wrong once, or SOURCE_DATE_EPOCH, must not make a key useless.
constexpr Time always{0};

constexpr std::uint64_t max_key_file_bytes = 64ULL * 1024;

std::string first_line(const fs::path& file) {
  const std::string text = read_file(file, max_key_file_bytes);
  return std::string(trimmed(std::string_view(text).substr(0, text.find('\n'))));
}

// For a run by hand, by a timer, and in a container: a file named in the environment or in point.toml, the
// environment itself, and at last the terminal.
std::string passphrase_for(const KeyStore& store, const std::string& what, bool confirm) {
  if (const char* file = std::getenv("FERRY_PASSPHRASE_FILE"); file != nullptr && *file != '\0')
    return first_line(file);
  if (!store.passphrase_file.empty()) return first_line(store.passphrase_file);
  if (const char* text = std::getenv("FERRY_PASSPHRASE"); text != nullptr && *text != '\0') return text;
  return ask_passphrase(fmt::format("passphrase of {}: ", for_terminal(what)), confirm);
}

std::vector<fs::path> key_files(const KeyStore& store) {
  std::vector<fs::path> files;
  for (const fs::path& directory : store.directories) {
    std::error_code error;
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
      const fs::path extension = entry.path().extension();
      if (extension == ".pem" || extension == ".uri") found.push_back(entry.path());
    }
    if (error) throw io_error("read folder", directory.native(), error.value());
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

// Certificates beside a key: its own first. Empty when there is no such file.
std::vector<Certificate> certificates_beside(fs::path key) {
  key.replace_extension(".crt");
  if (!file_exists(key)) return {};
  return Certificate::all_from_pem(read_file(key, max_key_file_bytes));
}

bool role_names(const format::Role& role, const std::vector<Certificate>& chain) {
  const std::vector<Digest> keys = role.keys();
  return std::any_of(chain.begin(), chain.end(), [&](const Certificate& certificate) {
    if (std::find(keys.begin(), keys.end(), certificate.key_id()) != keys.end()) return true;
    return std::any_of(role.certificates.begin(), role.certificates.end(),
                       [&certificate](const Certificate& authority) { return certificate.names_issuer(authority); });
  });
}

PrivateKey open_key(const KeyStore& store, const fs::path& file) {
  const std::string name = file.filename().native();
  const PassphraseSource passphrase = [&] { return passphrase_for(store, name, false); };
  if (file.extension() == ".pem") return PrivateKey::from_pem(read_file(file, max_key_file_bytes), passphrase);
  if (store.pkcs11_module.empty())
    throw UsageError(
        "this key is in a token: name the token's library in point.toml, section [signing], as pkcs11-module");
  return PrivateKey::from_token(first_line(file), store.pkcs11_module, passphrase);
}

std::optional<Signer> signer_for(const KeyStore& store, const fs::path& file, const format::Role& role) {
  std::vector<Certificate> chain = certificates_beside(file);
  if (!chain.empty()) {
    // What a role does not name is not opened, so nobody is asked for the passphrase of another key.
    if (!role_names(role, chain)) return {};
    const PrivateKey key = open_key(store, file);
    const Certificate own = chain.front();
    if (!own.belongs_to(key)) throw TrustError("its certificate, in the .crt file beside it, is of another key");
    chain.erase(chain.begin());
    return Signer{key, own, std::move(chain), {}};
  }
  const PrivateKey key = open_key(store, file);
  for (const Certificate& certificate : role.certificates) {
    if (certificate.belongs_to(key)) return Signer{key, certificate, {}, {}};
  }
  return {};
}

}  // namespace

KeyStore key_store(const format::Point& point, const std::vector<std::string>& more) {
  const format::SigningConfig signing = point.config().signing;
  KeyStore store;
  store.directories.push_back(point.key_directory());
  for (const std::string& directory : more) store.directories.emplace_back(directory);
  store.pkcs11_module = signing.pkcs11_module;
  store.passphrase_file = signing.passphrase_file;
  store.revocation_lists = signing.revocation_lists;
  return store;
}

std::vector<Signer> find_signers(const KeyStore& store, const format::Role& role) {
  std::vector<RevocationList> lists;
  constexpr std::uint64_t max_list_bytes = max_signature_bytes / 2;  // it must fit into a signature file
  for (const fs::path& path : store.revocation_lists) {
    try {
      lists.push_back(RevocationList::from_pem_or_der(read_file(path, max_list_bytes)));
    } catch (Error& error) {
      error.add_context("revocation list " + quote(path.native()));
      throw;
    }
  }
  std::vector<Signer> signers;
  for (const fs::path& file : key_files(store)) {
    try {
      auto signer = signer_for(store, file, role);
      if (!signer) continue;
      signer->revocation_lists = lists;
      const Digest key = signer->certificate.key_id();
      const bool is_known = std::any_of(signers.begin(), signers.end(),
                                        [&key](const Signer& other) { return other.certificate.key_id() == key; });
      if (!is_known && signers.size() < format::limits::max_signatures) signers.push_back(std::move(*signer));
    } catch (Error& error) {
      error.add_context("key " + quote(file.native()));
      throw;
    }
  }
  return signers;
}

std::vector<Signer> current_signers(const format::Point& point, const format::TrustFile& trust) {
  std::vector<Signer> signers = find_signers(key_store(point), trust.exporter);
  std::erase_if(signers, [&trust](const Signer& signer) { return trust.names_revoked(signer.certificate.key_id()); });
  if (signers.empty())
    throw TrustError(fmt::format("{} holds no key that trust file {} lets sign bundles; see 'ferry-export trust show'",
                                 quote(point.key_directory().native()), trust.version));
  return signers;
}

Certificate make_key(const KeyStore& store, const fs::path& directory, const NewKey& wanted) {
  const fs::path file = directory / (wanted.name + ".pem");
  for (const fs::path& taken : {file, directory / (wanted.name + ".uri"), directory / (wanted.name + ".crt")}) {
    if (file_exists(taken))
      throw UsageError(
          fmt::format("there is a file {} already; move it away, or name another folder", quote(taken.native())));
  }
  const PrivateKey key = PrivateKey::generate(wanted.type);
  Certificate certificate = Certificate::self_signed(key, wanted.subject, always);
  const std::string passphrase =
      wanted.encrypt ? passphrase_for(store, "the new key " + wanted.name, true) : std::string();
  if (wanted.encrypt && passphrase.empty())
    throw UsageError(
        "the passphrase is empty; put one into the first line of the file that FERRY_PASSPHRASE_FILE names, or leave "
        "--encrypt out");
  write_file(file, key.pem(passphrase), 0600);
  write_file(directory / (wanted.name + ".crt"), certificate.pem());
  return certificate;
}

KeyType parse_key_type(std::string_view text) {
  if (text == "p256") return KeyType::p256;
  if (text == "p384") return KeyType::p384;
  if (text == "rsa3072") return KeyType::rsa3072;
  throw UsageError(fmt::format("key type {} is not known; expected p256, p384 or rsa3072", quote(text)));
}

std::string free_key_name(const fs::path& directory, std::string_view prefix) {
  for (std::uint64_t number = 1;; ++number) {
    std::string name = fmt::format("{}-{}", prefix, number);
    if (!file_exists(directory / (name + ".pem")) && !file_exists(directory / (name + ".uri")) &&
        !file_exists(directory / (name + ".crt")))
      return name;
  }
}

}  // namespace ferry::exporter
