// SPDX-License-Identifier: Apache-2.0
// Every hard limit of the formats, with its reason. A limit is an error with a name, never a silent cut.
#pragma once

#include <cstdint>

namespace ferry::format::limits {

// The largest update document. Documents of 46.9 MB are real (WSUS, Windows 11); 64 MiB leaves room and
// still lets an importer hold one raw, once compressed and once in a database page list below 256 MiB.
inline constexpr std::uint64_t max_document_bytes = 64ULL * 1024 * 1024;

// A title, a URL, a name, a list entry. The longest real title seen has 250 characters.
inline constexpr std::uint64_t max_text_bytes = 64ULL * 1024;

// Elements deep. Real rules nest about 20 levels.
inline constexpr std::uint64_t max_document_depth = 200;

// A chunk is closed when it has this much. Larger ones compress better (BENCH: 4 MiB blocks cost 0.4 %
// against one stream) and cost memory at both ends.
inline constexpr std::uint64_t chunk_target_raw_bytes = 4ULL * 1024 * 1024;
// A chunk is never larger than the target, except one that holds a single larger document and its record
// line.
inline constexpr std::uint64_t max_chunk_raw_bytes = max_document_bytes + 256;
// References of a chunk, and their documents together: as much as a chunk twice, held beside it.
inline constexpr unsigned max_references = 4096;
inline constexpr std::uint64_t max_reference_bytes = 2 * chunk_target_raw_bytes;

// The signed table of contents: about 200 bytes a chunk, so 25 GB of XML need 1.5 MB. It is held as a tree
// while it is read, so its elements are bounded too: few that the format knows are shorter than this.
inline constexpr std::uint64_t max_manifest_bytes = 16ULL * 1024 * 1024;
inline constexpr std::uint64_t bytes_per_element = 64;
inline constexpr std::uint64_t max_trust_bytes = 1024ULL * 1024;
inline constexpr unsigned max_signatures = 16;
// Signature files beside the volumes, of all bundles that are looked at in one run. Those that bear a bundle's
// name are all tried, since junk must not crowd out a good one; of the others so many.
inline constexpr unsigned max_signature_files = 1024;
inline constexpr unsigned max_foreign_signatures = 64;
inline constexpr unsigned max_role_keys = 32;
// A chain of trust files that a site asleep for decades could still walk; TUF implementations use 2^10 too.
inline constexpr std::uint64_t max_trust_files = 1024;
// All of them together with their signatures, in one volume; read before anything is verified.
inline constexpr std::uint64_t max_trust_total_bytes = 16ULL * 1024 * 1024;
// What stands before the chunks, of all bundles that are looked at in one run.
inline constexpr std::uint64_t max_fronts_bytes = 128ULL * 1024 * 1024;
inline constexpr unsigned max_volumes = 9999;
// A larger payload file is cut: a tar header holds sizes below 8 GiB, FAT32 below 4.
inline constexpr std::uint64_t max_part_bytes = 4ULL * 1024 * 1024 * 1024;

// A volume must hold the manifest and at least a small chunk; below this, splitting makes no sense.
inline constexpr std::uint64_t min_volume_bytes = 64ULL * 1024;

// Generations fit a JSON number exactly.
inline constexpr std::uint64_t max_generation = (1ULL << 53U) - 1;

inline constexpr std::uint64_t max_name_bytes = 100;  // of a point, feed, site or source

}  // namespace ferry::format::limits
