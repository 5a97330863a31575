// SPDX-License-Identifier: Apache-2.0
#include "format/trust.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "common/xml.h"
#include "format/internal/xml_fields.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

// The signing time stands in the signature and the creation time in the manifest; a signature added later
// by a second person has its own, later time, so only an earlier one is wrong.
constexpr std::int64_t signing_time_slack_seconds = 600;

void write_role(XmlWriter& xml, std::string_view name, const Role& role) {
  xml.open(name, XmlAttributes{{"threshold", fmt::format("{}", role.threshold)}});
  for (const Certificate& certificate : role.certificates)
    xml.leaf("certificate", XmlAttributes{{"key", certificate.key_id().hex()}}, to_base64(certificate.der()));
  xml.close();
}

Role parse_role(const XmlNode& node) {
  Role role;
  role.threshold = internal::number_field(node, "threshold");
  std::vector<Digest> keys;
  for (const XmlNode& entry : node.children) {
    const auto der = from_base64(entry.text);
    if (!der) throw FormatError("a certificate is not base64");
    role.certificates.push_back(Certificate::from_der(*der));
    keys.push_back(role.certificates.back().key_id());
  }
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
    throw FormatError(fmt::format("role {} names a key twice", node.name));
  if (role.threshold == 0 || role.threshold > keys.size())
    throw FormatError(fmt::format("role {} has threshold {} with {} keys", node.name, role.threshold, keys.size()));
  return role;
}

bool rests_on(std::string_view signature, std::string_view content, const Certificate& certificate) {
  try {
    static_cast<void>(cms_verify(signature, content, {certificate}));
    return true;
  } catch (const TrustError&) {
    return false;
  }
}

}  // namespace

std::string encode(const TrustFile& trust) {
  XmlWriter xml;
  xml.open("trust", XmlAttributes{{"xmlns", std::string(trust_namespace)},
                                  {"version", fmt::format("{}", trust.version)},
                                  {"lineage", trust.lineage.text()},
                                  {"created", trust.created.text()}});
  write_role(xml, "root", trust.root);
  write_role(xml, "exporter", trust.exporter);
  xml.close();
  return xml.take();
}

TrustFile parse_trust(std::string_view bytes) {
  try {
    const XmlNode root =
        internal::parse_own_xml(bytes, limits::max_trust_bytes, "trust", trust_namespace, "trust file");
    TrustFile trust;
    trust.version = internal::number_field(root, "version");
    trust.lineage = internal::guid_field(root, "lineage");
    trust.created = internal::time_field(root, "created");
    trust.root = parse_role(internal::child(root, "root"));
    trust.exporter = parse_role(internal::child(root, "exporter"));
    internal::require_canonical(bytes, encode(trust), "trust file");
    return trust;
  } catch (const Error& error) {
    throw TrustError(fmt::format("not a usable trust file: {}", error.what()));
  }
}

std::string fingerprint(std::string_view trust_bytes) {
  const std::string hex = sha256(trust_bytes).hex();
  std::string groups;
  for (std::size_t i = 0; i < hex.size(); i += 4) groups.append(groups.empty() ? "" : " ").append(hex.substr(i, 4));
  return groups;
}

std::string trust_file_name(std::uint64_t version) { return fmt::format("trust-{:04}.xml", version); }

VerifiedManifest verify_manifest(const UnverifiedManifest& unverified, const TrustFile& trust) {
  VerifiedManifest verified;
  std::string faults;
  std::vector<Digest> roles;  // keys of the exporter role that vouch for a signature
  for (std::size_t i = 0; i < unverified.signatures.size(); ++i) {
    const std::string& bytes = unverified.signatures[i];
    try {
      const VerifiedSignature signature = cms_verify(bytes, unverified.bytes, trust.exporter.certificates);
      // Which of the role's certificates it rests on: an authority among them may issue as many signing
      // certificates as it likes, and still counts once.
      for (const Certificate& certificate : trust.exporter.certificates) {
        const Digest role = certificate.key_id();
        if (std::find(roles.begin(), roles.end(), role) != roles.end() ||
            !rests_on(bytes, unverified.bytes, certificate))
          continue;
        roles.push_back(role);
        verified.signatures_.push_back(signature);
        break;
      }
    } catch (const TrustError& error) {
      faults += fmt::format("; signature {}: {}", i + 1, error.what());
    }
  }
  const auto require_threshold = [&] {
    if (verified.signatures_.size() >= trust.exporter.threshold) return;
    throw TrustError(fmt::format(
        "{} of {} signatures are valid, trust file {} demands {} from distinct keys{}; do not use this bundle, "
        "ask its publisher",
        verified.signatures_.size(), unverified.signatures.size(), trust.version, trust.exporter.threshold, faults));
  };
  require_threshold();
  verified.manifest_ = parse_manifest(unverified.bytes);
  verified.digest_ = sha256(unverified.bytes);
  std::erase_if(verified.signatures_, [&](const VerifiedSignature& signature) {
    if (signature.signed_at.seconds + signing_time_slack_seconds >= verified.manifest_.created.seconds) return false;
    faults += fmt::format("; signed at {}, before the bundle was created at {}", signature.signed_at.text(),
                          verified.manifest_.created.text());
    return true;
  });
  require_threshold();
  return verified;
}

}  // namespace ferry::format
