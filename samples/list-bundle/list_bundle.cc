// SPDX-License-Identifier: Apache-2.0
// Lists the documents of bundles that a trust file vouches for: every byte is checked before a line is printed from it.
// A delta may be compressed against documents of the bundles before it, so these are named with it.
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/bundle.h"
#include "format/chunk.h"
#include "format/document.h"
#include "format/limits.h"

using namespace ferry;

// Is given each chunk after its digest was found right.
class Lister final : public format::MemberTaker {
 public:
  void chunk(const format::ChunkInfo& chunk, std::string_view stored) override {
    const auto load = [this](const format::RevisionId& id) {
      if (const auto found = documents_.find(id); found != documents_.end()) return found->second;
      throw NotFoundError("this delta needs the bundles before it; name them, too");
    };
    format::read_chunk(chunk, stored, decompressor_, load, [this](const format::Record& record) {
      if (record.kind != format::Record::Kind::put) return;
      documents_[record.id] = record.document;
      // Titles are the publisher's words, which could steer a terminal.
      const std::string title = for_terminal(format::parse_document(record.document).title());
      std::printf("%s r%u %s\n", record.id.update.text().c_str(), record.id.number, title.c_str());
    });
  }

 private:
  Decompressor decompressor_;
  std::map<format::RevisionId, std::string> documents_;
};

int main(int argc, char** argv) try {
  if (argc < 3) throw UsageError("usage: list-bundle TRUST-FILE VOLUME-OR-FOLDER...");
  const format::TrustChain anchor({read_file(argv[1], format::limits::max_trust_bytes), {}});
  format::FoundBundles found = format::find_bundles({argv + 2, argv + argc});
  for (const auto& file : found.unreadable) throw Error(file.error, file.code);
  std::map<std::pair<Guid, std::uint64_t>, std::pair<format::FoundBundle*, format::VerifiedManifest>> by_number;
  for (format::FoundBundle& bundle : found.bundles) {
    format::TrustChain trust = anchor;
    trust.follow(bundle.front().trust);
    const auto manifest = format::verify_bundle(bundle, trust.current());
    by_number.try_emplace({manifest->lineage, manifest->chain.sequence}, &bundle, manifest);
  }
  Lister lister;
  for (auto& [number, bundle] : by_number) format::check_volumes(*bundle.first, bundle.second, lister);
} catch (const Error& error) {
  std::fprintf(stderr, "list-bundle: error: %s\n", error.what());
  return static_cast<int>(error.code());
} catch (const std::exception& error) {
  std::fprintf(stderr, "list-bundle: error: %s\n", error.what());
  return 1;
}
