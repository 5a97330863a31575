// SPDX-License-Identifier: Apache-2.0
#include "exporter/trust_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/fault.h"
#include "common/file.h"
#include "common/text.h"
#include "exporter/trust_edit.h"
#include "format/limits.h"
#include "format/verification.h"

namespace ferry::exporter {
namespace {

namespace fs = std::filesystem;

fs::path draft_directory(const format::Point& point) { return point.trust_directory() / "draft"; }

format::SignedTrust read_signed(const fs::path& directory, std::uint64_t version) {
  format::SignedTrust trust;
  trust.bytes = read_file(directory / format::trust_file_name(version), format::limits::max_trust_bytes);
  for (std::size_t number = 1; number <= format::limits::max_signatures; ++number) {
    const fs::path file = directory / format::trust_signature_name(version, number);
    if (!file_exists(file)) break;
    trust.signatures.push_back(read_file(file, max_signature_bytes));
  }
  return trust;
}

// The signatures first: a trust file that is there counts, so it must not be there without them.
void write_signed(const fs::path& directory, std::uint64_t version, const format::SignedTrust& trust) {
  make_directories(directory);
  for (std::size_t i = 0; i < trust.signatures.size(); ++i)
    write_file(directory / format::trust_signature_name(version, i + 1), trust.signatures[i]);
  // What a run that died had written of another version of that number must not travel with this one.
  for (std::size_t number = trust.signatures.size() + 1; number <= format::limits::max_signatures; ++number) {
    std::error_code ignored;
    fs::remove(directory / format::trust_signature_name(version, number), ignored);
  }
  fault_point("trust: signatures written");
  write_file(directory / format::trust_file_name(version), trust.bytes);
}

// For checks by hand with openssl (FORMAT.md, "By hand").
void write_exporter_certificates(const format::Point& point, const format::TrustFile& trust) {
  std::string pem;
  for (const Certificate& certificate : trust.exporter.certificates) pem += certificate.pem();
  write_file(point.trust_directory() / "exporters.pem", pem);
}

// Adds what the keys can add: no key signs twice.
void add_signatures(format::SignedTrust& trust, const std::vector<const format::Role*>& roles, const KeyStore& keys,
                    Time now) {
  for (const format::Role* role : roles) {
    const format::RoleSignatures found = format::count_signatures(trust.bytes, trust.signatures, *role);
    for (const Signer& signer : find_signers(keys, *role)) {
      const Digest key = signer.certificate.key_id();
      const bool has_signed = std::any_of(found.counted.begin(), found.counted.end(),
                                          [&key](const auto& counted) { return counted.signature.key_id == key; });
      if (has_signed || trust.signatures.size() >= format::limits::max_signatures) continue;
      trust.signatures.push_back(format::sign_for(*role, trust.bytes, signer, now));
    }
  }
}

// Installs the draft when it is complete; `chain` is what it follows.
Draft settle(const format::Point& point, const format::TrustChain& chain, format::SignedTrust trust) {
  Draft draft{std::move(trust), {}};
  draft.signatures = format::count_root_signatures(chain.current(), draft.trust);
  const std::uint64_t version = chain.current().version + 1;
  if (!draft.signatures.complete) {
    write_signed(draft_directory(point), version, draft.trust);
    return draft;
  }
  format::TrustChain longer = chain;
  longer.append(draft.trust);  // what every site will check
  write_signed(point.trust_directory(), version, draft.trust);
  write_exporter_certificates(point, longer.current());
  fault_point("trust: installed");
  std::error_code ignored;
  fs::remove_all(draft_directory(point), ignored);
  return draft;
}

}  // namespace

format::TrustChain load_chain(const format::Point& point) {
  std::vector<format::SignedTrust> files;
  for (std::uint64_t version = 1; file_exists(point.trust_directory() / format::trust_file_name(version)); ++version)
    files.push_back(read_signed(point.trust_directory(), version));
  if (files.empty())
    throw NotFoundError(fmt::format("point {} has no trust file yet; make one with: ferry-export trust init",
                                    quote(point.directory().native())));
  try {
    return format::TrustChain::walk(files);
  } catch (Error& error) {
    error.add_context("trust files in " + quote(point.trust_directory().native()));
    throw;
  }
}

void install_first(const format::Point& point, const format::TrustFile& trust) {
  const fs::path file = point.trust_directory() / format::trust_file_name(1);
  if (file_exists(file))
    throw UsageError(fmt::format("there is a trust file already: {}; see 'trust show'", quote(file.native())));
  write_signed(point.trust_directory(), 1, {format::encode(trust), {}});
  write_exporter_certificates(point, trust);
}

std::optional<Draft> load_draft(const format::Point& point, const format::TrustChain& chain) {
  const std::uint64_t version = chain.current().version + 1;
  if (!file_exists(draft_directory(point) / format::trust_file_name(version))) return {};
  Draft draft{read_signed(draft_directory(point), version), {}};
  draft.signatures = format::count_root_signatures(chain.current(), draft.trust);
  return draft;
}

Draft propose(const format::Point& point, const format::TrustChain& chain, const format::TrustFile& next,
              const KeyStore& keys, Time now) {
  if (load_draft(point, chain))
    throw UsageError(
        fmt::format("trust file {} waits for signatures in {}; complete it with 'trust sign', or remove "
                    "that folder to give it up",
                    next.version, quote(draft_directory(point).native())));
  format::require_successor(chain.current(), next);
  format::SignedTrust trust{format::encode(next), {}};
  static_cast<void>(format::parse_trust(trust.bytes));  // reachable thresholds, known algorithms
  require_usable(next);
  add_signatures(trust, {&chain.current().root, &next.root}, keys, now);
  return settle(point, chain, std::move(trust));
}

Draft sign_draft(const format::Point& point, const format::TrustChain& chain, const KeyStore& keys, Time now) {
  auto draft = load_draft(point, chain);
  if (!draft) throw NotFoundError("no trust file waits for signatures here");
  const format::TrustFile next = format::parse_trust(draft->trust.bytes);
  format::require_successor(chain.current(), next);  // nobody signs what he has not checked
  add_signatures(draft->trust, {&chain.current().root, &next.root}, keys, now);
  return settle(point, chain, std::move(draft->trust));
}

std::size_t sign_trust_file(const fs::path& file, const std::optional<format::TrustFile>& current, const KeyStore& keys,
                            Time now) {
  const format::TrustFile next = format::parse_trust(read_file(file, format::limits::max_trust_bytes));
  if (file.filename() != format::trust_file_name(next.version))
    throw UsageError(fmt::format("{} holds trust file {}; expected the name {}", quote(file.native()), next.version,
                                 format::trust_file_name(next.version)));
  if (current) format::require_successor(*current, next);
  format::SignedTrust trust = read_signed(file.parent_path(), next.version);
  const std::size_t before = trust.signatures.size();
  std::vector<const format::Role*> roles{&next.root};
  if (current) roles.insert(roles.begin(), &current->root);
  add_signatures(trust, roles, keys, now);
  for (std::size_t i = before; i < trust.signatures.size(); ++i)
    write_file(file.parent_path() / format::trust_signature_name(next.version, i + 1), trust.signatures[i]);
  return trust.signatures.size() - before;
}

}  // namespace ferry::exporter
