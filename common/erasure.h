// SPDX-License-Identifier: Apache-2.0
// Reed-Solomon erasure code over GF(2^8), and CRC-32C to find what was erased. FORMAT.md, "Parity".
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace ferry {

// `data` blocks get `parity` more; from any `data` blocks of all of them the data blocks can be had again.
//
// The code is systematic with a Cauchy matrix: parity block i is the sum of d[j] / ((data + i) xor j) over j, in the
// field of the polynomial x^8 + x^4 + x^3 + x^2 + 1. Not thread-safe; keeps its working memory.
class ErasureCode {
 public:
  static constexpr unsigned max_blocks = 255;  // data and parity together

  // Throws UsageError unless both are at least 1 and together at most max_blocks.
  ErasureCode(unsigned data, unsigned parity);
  ~ErasureCode();
  ErasureCode(ErasureCode&&) noexcept;

  [[nodiscard]] unsigned data() const noexcept { return data_; }
  [[nodiscard]] unsigned parity() const noexcept { return parity_; }

  // Computes all parity blocks. REQUIRES: as many pointers as blocks, each to `bytes` bytes, bytes < 2^31.
  void encode(std::size_t bytes, std::span<const char* const> data, std::span<char* const> parity) const;

  // Computes the lost data blocks in place. `blocks` are the data and then the parity blocks, `is_lost` says which of
  // them hold nothing of use. False when more are lost than there is parity; then all blocks are as they were.
  // Lost parity blocks are left as they are: encode() makes them.
  [[nodiscard]] bool reconstruct(std::size_t bytes, std::span<char* const> blocks, const std::vector<bool>& is_lost);

 private:
  struct State;
  unsigned data_;
  unsigned parity_;
  std::unique_ptr<State> state_;
};

// CRC-32C (Castagnoli) as in RFC 3720: crc32c("123456789") is 0xe3069283.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace ferry
