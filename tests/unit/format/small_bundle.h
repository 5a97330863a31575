// SPDX-License-Identifier: Apache-2.0
// A small bundle with its keys, for the tests of volumes and bundles: no catalog is needed for it.
#pragma once

#include "format/bundle.h"
#include "format/chunk.h"
#include "format/limits.h"
#include "tests/unit/format/trust_support.h"

namespace ferry::tests {

class SmallBundle {
 public:
  // `sizes` of documents; each of more than 4 MiB / 2 gets a chunk of its own.
  explicit SmallBundle(const std::vector<std::size_t>& sizes = {10}) {
    manifest.target.generation = 1;
    make_directories(spool());
    format::ChunkWriter writer(spool());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      // Bytes that do not compress, so that sizes on the medium are what the test asks for.
      std::string document;
      for (Digest digest = sha256(std::to_string(i)); document.size() < sizes[i]; digest = sha256(digest.bytes()))
        document.append(digest.bytes());
      document.resize(sizes[i]);
      writer.put({id(static_cast<unsigned>(i + 1)), 1}, format::Dialect::upd, document);
      ++manifest.puts;
      manifest.document_bytes += document.size();
    }
    chunks = writer.finish();
  }

  [[nodiscard]] std::filesystem::path spool() const { return scratch_ / "spool"; }
  [[nodiscard]] std::filesystem::path directory() const { return scratch_ / "out"; }
  [[nodiscard]] format::BundleParts parts(std::uint64_t max_volume_bytes = 0) const {
    format::BundleParts made;
    made.chunks = chunks;
    made.spool = spool();
    made.trust = {{format::encode(trust), {}}};
    made.signers = {signer};
    made.max_volume_bytes = max_volume_bytes;
    return made;
  }
  [[nodiscard]] format::WrittenBundle write(std::uint64_t max_volume_bytes = 0) const {
    make_directories(directory());
    return format::write_bundle(manifest, parts(max_volume_bytes), directory());
  }

 private:
  Scratch scratch_;
  Holder holder_;

 public:
  Signer signer = holder_.signer();
  format::TrustFile trust = trust_with({Holder()}, 1, {holder_}, 1);
  format::Manifest manifest = small_manifest();
  std::vector<format::ChunkInfo> chunks;
};

}  // namespace ferry::tests
