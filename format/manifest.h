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

// `content` brings files to what a site holds already, and no records.
enum class BundleKind { full, delta, content };
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

// A member of a volume that holds a payload or EULA file, or a part of one that is larger than a volume.
struct FilePart {
  Digest file;  // of the whole file
  std::uint64_t file_size = 0;
  std::uint64_t number = 0;  // 1, 2, 3 … of a part; 0 for a whole file
  std::uint64_t offset = 0;  // of the part in the file; follows from the parts before
  std::uint64_t size = 0;    // of this member
  Digest sha256;             // of this member
  [[nodiscard]] bool is_whole() const { return number == 0; }
  [[nodiscard]] bool is_last() const { return offset + size == file_size; }
  [[nodiscard]] std::string name() const;  // content/<sha256>[.part0001]
  bool operator==(const FilePart&) const = default;
};

// What stands behind the front of one volume: chunks, then files.
struct VolumeContents {
  std::vector<ChunkInfo> chunks;
  std::vector<FilePart> files;
  bool operator==(const VolumeContents&) const = default;
};

struct GenerationState {
  std::uint64_t generation = 0;
  Digest state;
  bool operator==(const GenerationState&) const = default;
};

// A bundle's place among all that its point ever issued of a feed, for any site. Each names the manifest of the one
// before it, and with that all before. FORMAT.md, "Chain".
struct ChainLink {
  std::uint64_t sequence = 1;
  Digest previous;  // SHA-256 of the manifest of sequence - 1; zeros for the first
  bool operator==(const ChainLink&) const = default;
};

// An earlier bundle of the same series, so that a refusal can name what is missing.
struct EarlierBundle {
  std::string name;
  std::uint64_t base = 0;
  std::uint64_t target = 0;
  std::uint64_t sequence = 1;
  Digest manifest;
  bool operator==(const EarlierBundle&) const = default;
};

// Where a relay has what it passes on from: the newest bundle that it took of a feed which it follows. Its own word;
// the parent's signature stays at the relay.
struct Provenance {
  std::string publisher;  // untrusted text
  std::string feed;
  Guid lineage;
  std::uint64_t generation = 0;
  std::uint64_t sequence = 1;
  Digest manifest;
  bool operator==(const Provenance&) const = default;
};

struct Manifest {
  std::string tool;         // "ferry-export 0.1.0"
  std::string compressor;   // "zstd 1.5.4": other versions may give other chunk bytes
  std::string bundle_name;  // see bundle_name() in format/bundle.h
  BundleKind kind = BundleKind::full;
  Time created;
  Time next_expected;  // when the next bundle for the recipients should be there
  Time valid_until;    // a site that heard nothing newer by then should worry
  Guid publisher_id;   // of the exporting point
  std::string publisher_name;
  std::string feed;
  Guid lineage;                                // made with the feed; another feed of the same name has another
  std::uint64_t epoch = 0;                     // of the trust file that it was made under
  std::string content_policy = "none";         // which files the feed carries: none, eula, approved, all
  std::vector<std::string> languages = {"*"};  // and of which languages, ascending; "*" = all
  std::vector<std::string> required_features;
  std::vector<std::string> recipients;  // sites; empty = any site that follows the feed
  std::vector<GenerationState> bases;   // accepted ones, ascending; empty for a full bundle
  GenerationState target;
  std::uint64_t updates = 0;  // of the target state
  std::uint64_t revisions = 0;
  std::uint64_t puts = 0;  // records in this bundle
  std::uint64_t drops = 0;
  std::uint64_t approvals = 0;       // approve records: all updates whose files the policy `approved` carries
  std::uint64_t document_bytes = 0;  // of all put documents
  std::uint64_t files = 0;           // whole files that this bundle carries
  std::uint64_t file_bytes = 0;
  ChainLink chain;
  std::vector<EarlierBundle> earlier;
  std::vector<Provenance> provenance;  // empty at a point that imports nothing
  std::vector<TrustMember> trust;
  std::vector<VolumeContents> volumes;  // volume 1 first

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
