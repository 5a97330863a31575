// SPDX-License-Identifier: Apache-2.0
// One zstd frame at a time (RFC 8878), with the exact size known on both sides.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ferry {

// The largest window a frame may ask a reader for: 2^27 bytes = 128 MiB, the zstd program's own default.
inline constexpr int max_window_log = 27;

// Compresses whole frames; the frame header carries the raw size. Reuses its working memory.
class Compressor {
 public:
  explicit Compressor(int level);
  ~Compressor();
  [[nodiscard]] std::string compress(std::string_view raw);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Decompresses whole frames of a size known beforehand. Reuses its working memory.
class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  // The bytes must be exactly one frame that holds exactly `raw_size` bytes; FormatError otherwise.
  [[nodiscard]] std::string decompress(std::string_view frame, std::uint64_t raw_size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string zstd_version();

}  // namespace ferry
