// SPDX-License-Identifier: Apache-2.0
// Writes cabinet files through libgcab: one cabinet, one folder. They are read with common/archive.h.
//
// The same members give the same bytes: times and attributes are those of nobody.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ferry {

// Libgcab writes no LZX.
enum class CabinetCompression { stored, mszip };

// What all members together may have: a folder holds 65,535 blocks of 32 KiB, which also keeps below the 2 GiB that
// most readers can take.
inline constexpr std::uint64_t max_cabinet_bytes = 65535ULL * 32768;

struct CabinetMember {
  std::string name;
  std::filesystem::path path;  // read while the cabinet is written; where it is empty, `bytes` are the member
  std::string_view bytes;      // must outlive the writing
};

// Makes the new file `path`, in blocks of 32 KiB, whatever the size; not flushed. Throws UsageError when the members
// are larger than max_cabinet_bytes, or more than 65,535, before anything is made; NotFoundError and IoError otherwise,
// and then removes what it made.
void write_cabinet(const std::filesystem::path& path, const std::vector<CabinetMember>& members,
                   CabinetCompression compression);

// A cabinet of one member, in memory. The same errors.
[[nodiscard]] std::string cabinet_of(std::string_view name, std::string_view bytes, CabinetCompression compression);

}  // namespace ferry
