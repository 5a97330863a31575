// SPDX-License-Identifier: Apache-2.0
// Lists the documents of bundles that a trust file vouches for: every byte is checked before a line is printed from it.
#include <cstdio>
#include <exception>
#include <string>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"
#include "format/bundle.h"
#include "format/chunk.h"
#include "format/document.h"
#include "format/limits.h"

// Is given each chunk after its digest was found right.
class Lister final : public ferry::format::MemberTaker {
 public:
  void chunk(const ferry::format::ChunkInfo& chunk, std::string_view stored) override {
    ferry::format::read_chunk(chunk, stored, decompressor_, [](const ferry::format::Record& record) {
      if (record.kind != ferry::format::Record::Kind::put) return;
      // Titles are the publisher's words, which could steer a terminal.
      const std::string title = ferry::for_terminal(ferry::format::parse_document(record.document).title());
      std::printf("%s r%u %s\n", record.id.update.text().c_str(), record.id.number, title.c_str());
    });
  }

 private:
  ferry::Decompressor decompressor_;
};

int main(int argc, char** argv) try {
  if (argc < 3) throw ferry::UsageError("usage: list-bundle TRUST-FILE VOLUME-OR-FOLDER...");
  const ferry::format::TrustChain anchor({ferry::read_file(argv[1], ferry::format::limits::max_trust_bytes), {}});
  ferry::format::FoundBundles found = ferry::format::find_bundles({argv + 2, argv + argc});
  for (const auto& file : found.unreadable) throw ferry::Error(file.error, file.code);
  for (ferry::format::FoundBundle& bundle : found.bundles) {
    ferry::format::TrustChain trust = anchor;
    trust.follow(bundle.front().trust);
    Lister lister;
    check_volumes(bundle, verify_bundle(bundle, trust.current()), lister);
  }
} catch (const ferry::Error& error) {
  std::fprintf(stderr, "list-bundle: error: %s\n", error.what());
  return static_cast<int>(error.code());
} catch (const std::exception& error) {
  std::fprintf(stderr, "list-bundle: error: %s\n", error.what());
  return 1;
}
