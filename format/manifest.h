// SPDX-License-Identifier: Apache-2.0
// The manifest: the signed table of contents that opens every volume. FORMAT.md, "Manifest".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/guid.h"
#include "common/hash.h"

namespace ferry::format {

// What this program writes and reads.
inline constexpr std::string_view format_version = "1.0";
inline constexpr std::string_view manifest_namespace = "urn:ferry:manifest:1";

// Compares versions such as "1.0"; nothing when one is not a version.
[[nodiscard]] std::optional<std::strong_ordering> compare_format_versions(std::string_view left,
                                                                          std::string_view right);

enum class BundleKind { full, delta };
[[nodiscard]] std::string_view name_of(BundleKind kind);

// A trust file, or a signature of one, that stands before the chunks.
struct TrustMember {
  std::string name;  // trust/trust-0001.xml
  std::uint64_t size = 0;
  Digest sha256;
  bool operator==(const TrustMember&) const = default;
};

// A member of a volume that holds records.
struct ChunkInfo {
  std::string name;            // chunks/000001.zst
  std::uint64_t size = 0;      // stored bytes
  std::uint64_t raw_size = 0;  // after decompression
  std::uint64_t records = 0;
  Digest sha256;  // of the stored bytes
  bool operator==(const ChunkInfo&) const = default;
};

struct GenerationState {
  std::uint64_t generation = 0;
  Digest state;
  bool operator==(const GenerationState&) const = default;
};

// An earlier bundle of the same series, so that a refusal can name what is missing.
struct EarlierBundle {
  std::string name;
  std::uint64_t base = 0;
  std::uint64_t target = 0;
  bool operator==(const EarlierBundle&) const = default;
};

struct Manifest {
  std::string tool;         // "ferry-export 0.1.0"
  std::string compressor;   // "zstd 1.5.4": other versions may give other chunk bytes
  std::string bundle_name;  // <feed>[_<site>]_g<base>-g<target>_<full|delta>
  BundleKind kind = BundleKind::full;
  Time created;
  Time next_expected;  // when the next bundle for the recipients should be there
  Time valid_until;    // a site that heard nothing newer by then should worry
  Guid publisher_id;   // of the exporting point
  std::string publisher_name;
  std::string feed;
  Guid lineage;             // made with the feed; another feed of the same name has another
  std::uint64_t epoch = 0;  // of the trust file that it was made under
  std::vector<std::string> required_features;
  std::vector<std::string> recipients;  // sites; empty = any site that follows the feed
  std::vector<GenerationState> bases;   // accepted ones, ascending; empty for a full bundle
  GenerationState target;
  std::uint64_t updates = 0;  // of the target state
  std::uint64_t revisions = 0;
  std::uint64_t puts = 0;  // records in this bundle
  std::uint64_t drops = 0;
  std::uint64_t document_bytes = 0;  // of all put documents
  std::vector<EarlierBundle> earlier;
  std::vector<TrustMember> trust;
  std::vector<std::vector<ChunkInfo>> volumes;  // volume 1 first

  [[nodiscard]] std::uint64_t base() const { return bases.empty() ? 0 : bases.front().generation; }
  bool operator==(const Manifest&) const = default;
};

// The canonical bytes.
[[nodiscard]] std::string encode(const Manifest& manifest);

// Reads canonical bytes only: encode(parse_manifest(bytes)) == bytes always holds. Throws FormatError (15),
// or Error with exit code 19 for a later format version or a required feature that is unknown here.
[[nodiscard]] Manifest parse_manifest(std::string_view bytes);

// chunks/000001.zst
[[nodiscard]] std::string chunk_name(std::uint64_t number);

// Lower-case ASCII letters, digits, '.' and '-'; what feed and site names must be, since they become file
// names on FAT and discs. Nothing when the name is fine, otherwise what is wrong with it.
[[nodiscard]] std::optional<std::string> name_problem(std::string_view name);

}  // namespace ferry::format
