// SPDX-License-Identifier: Apache-2.0
#include "exporter/keys.h"

#include <algorithm>

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

Certificate make_key(const format::Point& point, const std::string& file, const std::string& name) {
  const PrivateKey key = PrivateKey::generate_p256();
  Certificate certificate = Certificate::self_signed(key, name, always);
  write_file(point.key_directory() / (file + ".pem"), key.pem(), 0600);
  return certificate;
}

}  // namespace

format::TrustFile init_trust(const format::Point& point, const TrustInit& init, const Clock& clock) {
  const fs::path target = point.trust_directory() / format::trust_file_name(1);
  std::error_code ignored;
  if (fs::exists(target, ignored))
    throw UsageError(fmt::format("there is a trust file already: {}; making new keys would cut off every site",
                                 quote(target.native())));
  if (init.threshold == 0 || init.threshold > init.exporters)
    throw UsageError(fmt::format("a threshold of {} cannot be reached with {}", init.threshold,
                                 counted(init.exporters, "key", "keys")));
  if (init.exporters > format::limits::max_signatures)
    throw UsageError(fmt::format("at most {} exporter keys are possible", format::limits::max_signatures));
  const std::string name = point.config().name;
  format::TrustFile trust;
  trust.lineage = Guid::random();
  trust.created = clock.now();
  trust.root.certificates.push_back(make_key(point, "root-1", "Ferry root of " + name));
  trust.exporter.threshold = init.threshold;
  std::string pem;
  for (std::uint64_t i = 1; i <= init.exporters; ++i) {
    trust.exporter.certificates.push_back(
        make_key(point, fmt::format("exporter-{}", i), fmt::format("Ferry exporter {} of {}", i, name)));
    pem += trust.exporter.certificates.back().pem();
  }
  write_file(point.trust_directory() / "exporters.pem", pem);
  write_file(target, format::encode(trust));
  return trust;
}

std::vector<std::string> load_trust_files(const format::Point& point) {
  std::vector<std::string> files;
  std::error_code ignored;
  for (std::uint64_t version = 1;; ++version) {
    const fs::path path = point.trust_directory() / format::trust_file_name(version);
    if (!fs::exists(path, ignored)) break;
    files.push_back(read_file(path, format::limits::max_trust_bytes));
  }
  if (files.empty())
    throw NotFoundError(fmt::format("point {} has no trust file yet; make one with: ferry-export trust init",
                                    quote(point.directory().native())));
  return files;
}

std::vector<format::Signer> load_signers(const format::Point& point, const format::TrustFile& trust) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(point.key_directory(), error)) {
    if (entry.path().extension() == ".pem" && !entry.path().filename().native().starts_with("root"))
      paths.push_back(entry.path());
  }
  if (error) throw io_error("read folder", point.key_directory().native(), error.value());
  std::sort(paths.begin(), paths.end());
  std::vector<format::Signer> signers;
  for (const fs::path& path : paths) {
    try {
      const PrivateKey key = PrivateKey::from_pem(read_file(path, max_key_file_bytes));
      for (const Certificate& certificate : trust.exporter.certificates) {
        if (certificate.belongs_to(key)) signers.push_back({key, certificate});
      }
    } catch (Error& fault) {
      fault.add_context("key " + quote(path.native()));
      throw;
    }
  }
  if (signers.size() < trust.exporter.threshold)
    throw TrustError(fmt::format("trust file {} demands {} from distinct keys, {} holds {} that it names",
                                 trust.version, counted(trust.exporter.threshold, "signature", "signatures"),
                                 quote(point.key_directory().native()), counted(signers.size(), "key", "keys")));
  return signers;
}

}  // namespace ferry::exporter
