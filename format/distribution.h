// SPDX-License-Identifier: Apache-2.0
// Which member of a bundle goes into which volume.
#pragma once

#include <cstdint>
#include <vector>

#include "format/bundle.h"

namespace ferry::format {

// `front_bytes` is what stands before the members of each volume. Chunks fill volumes in their order; files,
// the largest first, go into the first volume with room; one larger than a volume is cut. The same parts give the
// same volumes. The digests of parts are left open. Throws UsageError when a volume is too small or there would be
// too many.
[[nodiscard]] std::vector<VolumeContents> distribute_members(const BundleParts& parts, std::uint64_t front_bytes);

// Reads the files that were cut, for the digests of their parts. Throws IoError.
void fill_digests(std::vector<VolumeContents>& volumes, const ContentStore& store);

}  // namespace ferry::format
