// SPDX-License-Identifier: Apache-2.0
#include "importer/gatekeeper.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/limits.h"
#include "format/verification.h"
#include "importer/stage_tree.h"

namespace ferry::importer {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_certificate_bytes = 1024ULL * 1024;

fs::path release_file(const fs::path& tree, std::size_t number) {
  return tree / fmt::format("release.{:02}.p7s", number);
}

std::vector<std::string> releases(const fs::path& tree) {
  std::vector<std::string> signatures;
  for (std::size_t number = 1; number <= format::limits::max_signatures; ++number) {
    if (file_exists(release_file(tree, number)))
      signatures.push_back(read_file(release_file(tree, number), max_signature_bytes));
  }
  return signatures;
}

format::Role gatekeepers(const format::ImportPolicy& policy, const format::TrustFile& trust) {
  format::Role role;
  role.threshold = policy.gatekeeper_threshold;
  const std::vector<Digest> publishers = trust.exporter.keys();
  for (const fs::path& path : policy.gatekeepers) {
    try {
      role.certificates.push_back(Certificate::from_pem(read_file(path, max_certificate_bytes)));
    } catch (Error& error) {
      throw UsageError(fmt::format("point.toml, gatekeeper {}: {}", quote(path.native()), error.what()));
    }
    if (std::find(publishers.begin(), publishers.end(), role.certificates.back().key_id()) != publishers.end())
      throw TrustError(
          fmt::format("gatekeeper {} of point.toml is a key that signs bundles too: its signature comes with every "
                      "bundle; expected a key of its own",
                      quote(path.native())));
  }
  return role;
}

}  // namespace

bool is_release_name(std::string_view name) {
  constexpr std::string_view prefix = "release.";
  constexpr std::string_view suffix = ".p7s";
  return name.size() == prefix.size() + 2 + suffix.size() && name.starts_with(prefix) && name.ends_with(suffix) &&
         parse_u64(name.substr(prefix.size(), 2)).has_value();
}

void refuse_one_step(const format::ImportPolicy& policy) {
  if (policy.gatekeepers.empty()) return;
  throw TrustError(fmt::format(
      "this site imports in two steps: point.toml demands {} between them; run 'ferry-import import --stage "
      "DIR BUNDLE', have each gatekeeper run 'ferry-import release DIR/NAME --key FILE --certificate FILE', "
      "then run 'ferry-import import --apply DIR/NAME'",
      counted(policy.gatekeeper_threshold, "gatekeeper's signature", "gatekeepers' signatures")));
}

std::vector<std::string> require_releases(const format::ImportPolicy& policy, const format::TrustFile& trust,
                                          const fs::path& tree, const std::string& manifest_bytes) {
  if (policy.gatekeepers.empty()) return {};
  const std::vector<std::string> signatures = releases(tree);
  const auto found = format::count_signatures(manifest_bytes, signatures, gatekeepers(policy, trust));
  if (found.counted.size() < policy.gatekeeper_threshold)
    throw TrustError(fmt::format(
        "the staged bundle has {} of the {} that point.toml demands{}; a gatekeeper runs: ferry-import "
        "release {} --key FILE --certificate FILE",
        found.counted.size(), counted(policy.gatekeeper_threshold, "gatekeeper's signature", "gatekeepers' signatures"),
        found.faults, quote(tree.native())));
  std::vector<std::string> names;
  for (const auto& counted : found.counted) names.push_back(counted.signature.signer);
  return names;
}

Release release_tree(const fs::path& tree, const Signer& signer, Time now) {
  const std::string bytes = read_file(tree / staged_manifest, format::limits::max_manifest_bytes);
  const format::Manifest manifest = format::parse_manifest(bytes);
  Release release{{}, manifest.bundle_name, signer.certificate.subject()};
  format::Role role;
  role.certificates.push_back(signer.certificate);
  if (!format::count_signatures(bytes, releases(tree), role).counted.empty()) return release;
  const std::string signature = format::sign_for(role, bytes, signer, std::max(now, manifest.created));
  if (const auto check = format::count_signatures(bytes, {&signature, 1}, role); check.counted.empty())
    throw TrustError("the signature just made would not count" + check.faults);
  for (std::size_t number = 1; number <= format::limits::max_signatures; ++number) {
    const fs::path file = release_file(tree, number);
    if (file_exists(file)) continue;
    write_file(file, signature);
    release.file = file;
    return release;
  }
  throw TrustError(fmt::format("{} holds {} releases already, the most there may be", quote(tree.native()),
                               format::limits::max_signatures));
}

}  // namespace ferry::importer
