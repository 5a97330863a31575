// SPDX-License-Identifier: Apache-2.0
#include "importer/chain_audit.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/catalog/journal.h"
#include "format/verification.h"

namespace ferry::importer {
namespace {

// The trust files of the point by version.
class TrustVersions {
 public:
  explicit TrustVersions(format::Catalog& catalog) {
    for (const format::SignedTrust& file : format::trust_files(catalog))
      files_.push_back(format::parse_trust(file.bytes));
  }
  [[nodiscard]] const format::TrustFile* find(std::uint64_t version) const {
    for (const format::TrustFile& file : files_) {
      if (file.version == version) return &file;
    }
    return nullptr;
  }

 private:
  std::vector<format::TrustFile> files_;
};

bool is_told(const std::vector<format::KnownLink>& links, std::uint64_t sequence, const Digest& manifest) {
  return std::any_of(links.begin(), links.end(), [&](const format::KnownLink& link) {
    return link.sequence == sequence && link.manifest == manifest;
  });
}

// What is wrong with one import; nothing where it stands proved.
std::optional<std::string> fault_of(const format::ImportEntry& entry, const format::KeptManifest& kept,
                                    const TrustVersions& trust, const std::vector<format::KnownLink>& links) {
  if (sha256(kept.bytes) != entry.manifest) return "its kept manifest is not the one that the log names";
  const format::TrustFile* file = trust.find(entry.trust_version);
  if (file == nullptr)
    return fmt::format("trust file {}, with which it was verified, is not here", entry.trust_version);
  const auto counted = format::count_signatures(kept.bytes, kept.signatures, file->exporter);
  if (counted.counted.size() < file->exporter.threshold)
    return fmt::format("its manifest bears {} good signatures; trust file {} asks for {}", counted.counted.size(),
                       file->version, file->exporter.threshold);
  const format::Manifest manifest = format::parse_manifest(kept.bytes);
  if (manifest.bundle_name != entry.name || manifest.chain.sequence != entry.sequence)
    return fmt::format("its manifest is of {} with number {}", quote(manifest.bundle_name), manifest.chain.sequence);
  if (!is_told(links, entry.sequence, entry.manifest)) return "it is missing among the links of the chain";
  if (entry.sequence > 1 && !is_told(links, entry.sequence - 1, manifest.chain.previous))
    return "the bundle before it is missing among the links of the chain";
  return {};
}

void audit_imports(format::Catalog& catalog, const TrustVersions& trust, ChainAudit& audit) {
  for (const format::ImportEntry& entry : format::imports_of(catalog, audit.feed.id)) {
    if (entry.sequence == 0) {
      ++audit.unproved;
      continue;
    }
    const auto kept = format::kept_manifest(catalog, entry.id);
    const auto fault = kept ? fault_of(entry, *kept, trust, audit.links)
                            : std::optional<std::string>("no signed manifest is kept for it");
    if (!fault) {
      ++audit.imports;
      continue;
    }
    audit.breaks.push_back(fmt::format("import of {} (number {}): {}", quote(entry.name), entry.sequence, *fault));
  }
}

ChainAudit audit_chain(format::Catalog& catalog, const format::Feed& feed, const TrustVersions& trust) {
  ChainAudit audit;
  audit.feed = feed;
  audit.head = format::taken_head(catalog, feed);
  audit.links = format::known_links(catalog, feed);
  audit_imports(catalog, trust, audit);
  for (std::size_t i = 1; i < audit.links.size(); ++i) {
    const format::KnownLink& before = audit.links[i - 1];
    const format::KnownLink& link = audit.links[i];
    if (before.sequence == link.sequence)
      audit.breaks.push_back(fmt::format("number {} was issued twice: manifest {}{} and manifest {}{}", link.sequence,
                                         before.manifest.hex(), before.name.empty() ? "" : " of " + quote(before.name),
                                         link.manifest.hex(), link.name.empty() ? "" : " of " + quote(link.name)));
  }
  const auto imports = format::imports_of(catalog, feed.id);
  for (const format::KnownLink& link : audit.links) {
    const bool is_taken = std::any_of(imports.begin(), imports.end(), [&link](const format::ImportEntry& entry) {
      return entry.manifest == link.manifest;
    });
    if (!is_taken && !link.name.empty()) audit.not_taken.push_back(link);
  }
  return audit;
}

}  // namespace

std::vector<ChainAudit> audit_chains(format::Catalog& catalog) {
  const TrustVersions trust(catalog);
  std::vector<ChainAudit> audits;
  for (const format::Feed& feed : format::list_feeds(catalog)) {
    if (feed.imported) audits.push_back(audit_chain(catalog, feed, trust));
  }
  return audits;
}

}  // namespace ferry::importer
