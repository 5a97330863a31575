// SPDX-License-Identifier: Apache-2.0
// A person between staging and merging. Where point.toml names gatekeepers, so many of them must have signed the
// manifest of a staged bundle: detached CMS signatures in the tree, release.01.p7s and so on, which
// `openssl cms -verify -content manifest.xml` checks too.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "format/point.h"
#include "format/trust.h"

namespace ferry::importer {

[[nodiscard]] bool is_release_name(std::string_view name);  // release.01.p7s

// Throws TrustError (11) that says what to do, where the policy demands gatekeepers.
void refuse_one_step(const format::ImportPolicy& policy);

// Enough distinct gatekeepers have signed these bytes. Gives who. A key that signs bundles for the publisher counts for
// nothing here, since its signature came with the bundle. Throws TrustError (11), UsageError for a certificate of the
// policy that cannot be read.
std::vector<std::string> require_releases(const format::ImportPolicy& policy, const format::TrustFile& trust,
                                          const std::filesystem::path& tree, const std::string& manifest_bytes);

// Adds a signature to the tree. Gives the file; nothing where this key has signed already. Throws TrustError.
struct Release {
  std::optional<std::filesystem::path> file;
  std::string bundle;
  std::string signer;
};
[[nodiscard]] Release release_tree(const std::filesystem::path& tree, const Signer& signer, Time now);

}  // namespace ferry::importer
