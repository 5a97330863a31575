// SPDX-License-Identifier: Apache-2.0
#include "format/trust.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "common/xml.h"
#include "format/internal/xml_fields.h"
#include "format/limits.h"
#include "format/manifest.h"

namespace ferry::format {
namespace {

std::string number(std::uint64_t value) { return fmt::format("{}", value); }

std::string algorithm_names(const std::vector<SignatureAlgorithm>& algorithms) {
  std::string names;
  for (const SignatureAlgorithm algorithm : algorithms)
    names.append(names.empty() ? "" : " ").append(name_of(algorithm));
  return names;
}

void write_role(XmlWriter& xml, std::string_view name, const Role& role) {
  xml.open(name, XmlAttributes{{"threshold", number(role.threshold)},
                               {"purpose", role.purpose},
                               {"algorithms", algorithm_names(role.algorithms)},
                               {"crl", role.needs_crl ? "required" : "none"}});
  for (const Certificate& certificate : role.certificates)
    xml.leaf("certificate", XmlAttributes{{"key", certificate.key_id().hex()}}, to_base64(certificate.der()));
  for (const Digest& pin : role.pins) xml.empty("pin", XmlAttributes{{"key", pin.hex()}});
  xml.close();
}

// Of the two values that an attribute may have, is it the first?
bool is_first_of(const XmlNode& node, std::string_view name, std::string_view first, std::string_view second) {
  const std::string& value = internal::text_field(node, name);
  if (value != first && value != second)
    throw FormatError(fmt::format("{} of {} is {}; expected {} or {}", name, node.name, quote(value), first, second));
  return value == first;
}

std::vector<SignatureAlgorithm> parse_algorithms(const std::string& names) {
  std::vector<SignatureAlgorithm> algorithms;
  for (const SignatureAlgorithm known : all_signature_algorithms()) {
    const auto words = split(names, ' ');
    if (std::find(words.begin(), words.end(), name_of(known)) != words.end()) algorithms.push_back(known);
  }
  if (algorithms.empty())
    throw FormatError(fmt::format("algorithms are {}; expected some of {}", quote(names),
                                  algorithm_names(all_signature_algorithms())));
  return algorithms;
}

Role parse_role(const XmlNode& node) {
  Role role;
  role.threshold = internal::number_field(node, "threshold");
  role.purpose = internal::text_field(node, "purpose");
  if (!is_object_identifier(role.purpose))
    throw FormatError(fmt::format("purpose is {}; expected an object identifier such as {}", quote(role.purpose),
                                  code_signing_purpose));
  role.algorithms = parse_algorithms(internal::text_field(node, "algorithms"));
  role.needs_crl = is_first_of(node, "crl", "required", "none");
  for (const XmlNode& entry : node.children) {
    if (entry.name == "pin") {
      role.pins.push_back(internal::digest_field(entry, "key"));
      continue;
    }
    const auto der = from_base64(entry.text);
    if (!der) throw FormatError("a certificate is not base64");
    role.certificates.push_back(Certificate::from_der(*der));
  }
  return role;
}

// An authority may issue signers without end, so only certificates of signers bound what a threshold can be;
// a role must be able to reach its threshold with keys that are not revoked.
void require_reachable(const Role& role, std::string_view name, const TrustFile& trust) {
  std::vector<Digest> keys = role.keys();
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
    throw FormatError(fmt::format("role {} names a key twice", name));
  if (keys.size() > limits::max_role_keys)
    throw FormatError(
        fmt::format("role {} has {} keys; at most {} are read", name, keys.size(), limits::max_role_keys));
  std::erase_if(keys, [&trust](const Digest& key) { return trust.names_revoked(key); });
  if (role.threshold == 0 || role.threshold > keys.size())
    throw FormatError(
        fmt::format("role {} has threshold {} with {} keys that are not revoked", name, role.threshold, keys.size()));
}

Revocation parse_revocation(const XmlNode& node) {
  Revocation revocation;
  revocation.key = internal::digest_field(node, "key");
  std::set<Guid> lineages;
  for (const XmlNode& entry : node.children) {
    const Guid lineage = internal::guid_field(entry, "lineage");
    if (!lineages.insert(lineage).second)
      throw FormatError(fmt::format("revoked key {} names a feed twice", revocation.key.hex()));
    revocation.from.push_back({lineage, internal::number_field(entry, "generation")});
  }
  return revocation;
}

TrustFile read_trust(std::string_view bytes) {
  const XmlNode root = internal::parse_own_xml(bytes, limits::max_trust_bytes, "trust", trust_namespace, "trust file");
  TrustFile trust;
  trust.version = internal::number_field(root, "version");
  trust.lineage = internal::guid_field(root, "lineage");
  trust.created = internal::time_field(root, "created");
  trust.epoch = internal::number_field(root, "epoch");
  trust.minimum_format = internal::text_field(root, "minimum-format");
  trust.broadcast = is_first_of(root, "broadcast", "yes", "no");
  trust.root = parse_role(internal::child(root, "root"));
  trust.exporter = parse_role(internal::child(root, "exporter"));
  std::set<Digest> revoked;
  for (const XmlNode& node : root.children) {
    if (node.name != "revoked") continue;
    Revocation revocation = parse_revocation(node);
    // Readers that looked at one or the other would not agree on what counts.
    if (!revoked.insert(revocation.key).second)
      throw FormatError(fmt::format("key {} is revoked twice", revocation.key.hex()));
    trust.revoked.push_back(std::move(revocation));
  }
  if (trust.version == 0 || trust.version > limits::max_trust_files)
    throw FormatError(fmt::format("version is {}; expected 1 to {}", trust.version, limits::max_trust_files));
  if (!compare_format_versions(trust.minimum_format, format_version))
    throw FormatError(fmt::format("minimum-format is {}; expected a version such as {}", quote(trust.minimum_format),
                                  format_version));
  require_reachable(trust.root, "root", trust);
  require_reachable(trust.exporter, "exporter", trust);
  return trust;
}

const Revocation* find_revocation(const TrustFile& trust, const Digest& key) {
  const auto found = std::find_if(trust.revoked.begin(), trust.revoked.end(),
                                  [&key](const Revocation& revocation) { return revocation.key == key; });
  return found == trust.revoked.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Digest> Role::keys() const {
  std::vector<Digest> keys;
  for (const Certificate& certificate : certificates) keys.push_back(certificate.key_id());
  keys.insert(keys.end(), pins.begin(), pins.end());
  return keys;
}

bool TrustFile::is_revoked(const Digest& key, const Guid& feed, std::uint64_t generation) const {
  const Revocation* revocation = find_revocation(*this, key);
  if (revocation == nullptr) return false;
  for (const Revocation::From& from : revocation->from) {
    if (from.lineage == feed) return generation >= from.generation;
  }
  return true;
}

bool TrustFile::names_revoked(const Digest& key) const { return find_revocation(*this, key) != nullptr; }

bool TrustFile::is_revoked_entirely(const Digest& key) const {
  const Revocation* revocation = find_revocation(*this, key);
  return revocation != nullptr && revocation->from.empty();
}

std::string encode(const TrustFile& trust) {
  XmlWriter xml;
  xml.open("trust", XmlAttributes{{"xmlns", std::string(trust_namespace)},
                                  {"version", number(trust.version)},
                                  {"lineage", trust.lineage.text()},
                                  {"created", trust.created.text()},
                                  {"epoch", number(trust.epoch)},
                                  {"minimum-format", trust.minimum_format},
                                  {"broadcast", trust.broadcast ? "yes" : "no"}});
  write_role(xml, "root", trust.root);
  write_role(xml, "exporter", trust.exporter);
  for (const Revocation& revocation : trust.revoked) {
    const XmlAttributes key{{"key", revocation.key.hex()}};
    if (revocation.from.empty()) {
      xml.empty("revoked", key);
      continue;
    }
    xml.open("revoked", key);
    for (const Revocation::From& from : revocation.from)
      xml.empty("from", XmlAttributes{{"lineage", from.lineage.text()}, {"generation", number(from.generation)}});
    xml.close();
  }
  xml.close();
  return xml.take();
}

TrustFile parse_trust(std::string_view bytes) {
  try {
    TrustFile trust = read_trust(bytes);
    internal::require_canonical(bytes, encode(trust), "trust file");
    return trust;
  } catch (const Error& error) {
    throw TrustError(
        fmt::format("not a usable trust file: {}; expected one as 'ferry-export trust' writes it", error.what()));
  }
}

std::string fingerprint(std::string_view trust_bytes) {
  const std::string hex = sha256(trust_bytes).hex();
  std::string groups;
  for (std::size_t i = 0; i < hex.size(); i += 4) groups.append(groups.empty() ? "" : " ").append(hex.substr(i, 4));
  return groups;
}

std::string fingerprint_words(std::string_view trust_bytes) { return to_proquints(sha256(trust_bytes).bytes()); }

bool is_fingerprint(std::string_view typed, std::string_view trust_bytes) {
  const auto letters = [](std::string_view text) {
    std::string kept;
    for (const char c : text) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0)
        kept += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return kept;
  };
  const std::string wanted = letters(typed);
  return wanted == letters(fingerprint(trust_bytes)) || wanted == letters(fingerprint_words(trust_bytes));
}

std::string trust_file_name(std::uint64_t version) { return fmt::format("trust-{:04}.xml", version); }

std::string trust_signature_name(std::uint64_t version, std::size_t index) {
  return fmt::format("trust-{:04}.{:02}.p7s", version, index);
}

}  // namespace ferry::format
