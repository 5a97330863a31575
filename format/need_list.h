// SPDX-License-Identifier: Apache-2.0
// What a site lacks, as text that a person can read and carry back:
//   ferry-need 1 <site> <feed> <lineage> <generation>
//   <SHA-1> <SHA-256, or - where no document says it> <size> <name>
// It is not signed: it can ask for nothing but files that the feed carries to this site anyway.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/guid.h"
#include "common/hash.h"

namespace ferry::format {

struct NeededFile {
  std::string sha1;  // 20 bytes
  std::optional<Digest> sha256;
  std::uint64_t size = 0;
  std::string name;  // to tell people; never used as a path
};

struct NeedList {
  std::string site;
  std::string feed;
  Guid lineage;
  std::uint64_t generation = 0;
  std::vector<NeededFile> files;
};

[[nodiscard]] std::string encode(const NeedList& list);
// Throws UsageError with the line.
[[nodiscard]] NeedList parse_need_list(std::string_view text);

inline constexpr std::uint64_t max_need_list_bytes = 256ULL * 1024 * 1024;

}  // namespace ferry::format
