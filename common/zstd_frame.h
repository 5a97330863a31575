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

// Compresses whole frames; the frame header carries the raw size. Reuses its working memory. What stands in `prefix`
// need not be said again: a reader needs the same bytes (a raw content dictionary, RFC 8878, section 5).
class Compressor {
 public:
  explicit Compressor(int level);
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) = delete;
  ~Compressor();
  [[nodiscard]] std::string compress(std::string_view raw, std::string_view prefix = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Decompresses whole frames of a size known beforehand. Reuses its working memory.
class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  // The bytes must be exactly one frame that holds exactly `raw_size` bytes; FormatError otherwise. With another
  // `prefix` than it was compressed with it may give other bytes.
  [[nodiscard]] std::string decompress(std::string_view frame, std::uint64_t raw_size, std::string_view prefix = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Bytes that programs other than Ferry pass over (RFC 8878, section 3.1.2), behind which a frame may stand.
[[nodiscard]] std::string skippable_frame(std::string_view data);
// The data of the skippable frame that `bytes` begin with, which leaves `bytes` at what follows; nothing where they
// begin otherwise. Throws FormatError where the frame is longer than the bytes.
[[nodiscard]] std::string_view take_skippable_frame(std::string_view& bytes);

[[nodiscard]] std::string zstd_version();

}  // namespace ferry
