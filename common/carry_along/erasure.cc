// SPDX-License-Identifier: Apache-2.0
// Stands for common/erasure.cc in the program without shared libraries: of ISA-L there is no static one. Checksums are
// here, so that parity files can be looked at and verified; what is lost is repaired by an installed program.
#include "common/erasure.h"

#include "common/error.h"

namespace ferry {

struct ErasureCode::State {};

ErasureCode::ErasureCode(unsigned data, unsigned parity) : data_(data), parity_(parity) {
  throw UsageError("this carry-along ferry-import cannot repair from parity files; use an installed ferry-import");
}

ErasureCode::~ErasureCode() = default;
ErasureCode::ErasureCode(ErasureCode&&) noexcept = default;

void ErasureCode::encode(std::size_t, std::span<const char* const>, std::span<char* const>) const {}

bool ErasureCode::reconstruct(std::size_t, std::span<char* const>, const std::vector<bool>&) { return false; }

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ (0x82F63B78U & (0U - (crc & 1U)));
  }
  return ~crc;
}

}  // namespace ferry
