// SPDX-License-Identifier: Apache-2.0
#include "common/zstd_frame.h"

#include <zstd.h>

#include <fmt/format.h>

#include "common/error.h"
#include "common/handle.h"

namespace ferry {
namespace {

using CCtx = Handle<ZSTD_CCtx, &ZSTD_freeCCtx>;
using DCtx = Handle<ZSTD_DCtx, &ZSTD_freeDCtx>;

constexpr std::string_view skippable_magic("\x50\x2A\x4D\x18", 4);  // 0x184D2A50, little-endian

void require(std::size_t result, std::string_view what) {
  if (ZSTD_isError(result) != 0U) throw Error(fmt::format("zstd cannot {}: {}", what, ZSTD_getErrorName(result)));
}

// RFC 8878, 3.1.1.1.2. zstd looks at its limit only where it decompresses in a stream; a frame in one segment has
// no window but itself. REQUIRES: a frame with its size, so that there are as many bytes.
std::uint64_t window_bytes(std::string_view frame) {
  constexpr unsigned single_segment = 0x20;
  if ((static_cast<unsigned char>(frame[4]) & single_segment) != 0) return 0;
  const auto descriptor = static_cast<unsigned char>(frame[5]);
  const std::uint64_t base = 1ULL << (10U + (descriptor >> 3U));
  return base + base / 8 * (descriptor & 7U);
}

}  // namespace

struct Compressor::State {
  CCtx context{ZSTD_createCCtx()};
  std::string buffer;
};

Compressor::Compressor(int level) : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::bad_alloc();
  require(ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, level), "set its level");
  require(ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_contentSizeFlag, 1), "store the size");
}

Compressor::Compressor(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

std::string Compressor::compress(std::string_view raw, std::string_view prefix) {
  constexpr std::size_t largest_kept = 16UL * 1024 * 1024;
  std::string& buffer = state_->buffer;
  if (const std::size_t bound = ZSTD_compressBound(raw.size()); buffer.size() < bound) buffer.resize(bound);
  require(ZSTD_CCtx_refPrefix(state_->context.get(), prefix.data(), prefix.size()), "take a prefix");
  const std::size_t size = ZSTD_compress2(state_->context.get(), buffer.data(), buffer.size(), raw.data(), raw.size());
  require(size, "compress");
  std::string frame(buffer, 0, size);  // which takes no more room than it needs
  if (buffer.size() > largest_kept) std::string().swap(buffer);
  return frame;
}

struct Decompressor::State {
  DCtx context{ZSTD_createDCtx()};
};

Decompressor::Decompressor() : state_(std::make_unique<State>()) {
  if (!state_->context) throw std::bad_alloc();
  require(ZSTD_DCtx_setParameter(state_->context.get(), ZSTD_d_windowLogMax, max_window_log), "limit its window");
}

Decompressor::~Decompressor() = default;

std::string Decompressor::decompress(std::string_view frame, std::uint64_t raw_size, std::string_view prefix) {
  // Skippable frames and a second frame would hide bytes; only one ordinary frame of the whole length is it.
  constexpr std::string_view magic("\x28\xB5\x2F\xFD", 4);
  if (!frame.starts_with(magic)) throw FormatError("not a zstd frame");
  const auto declared = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (declared == ZSTD_CONTENTSIZE_ERROR) throw FormatError("not a zstd frame");
  if (declared == ZSTD_CONTENTSIZE_UNKNOWN) throw FormatError("zstd frame does not state its size");
  if (declared != raw_size)
    throw FormatError(fmt::format("zstd frame holds {} bytes, expected {}", declared, raw_size));
  if (const std::uint64_t window = window_bytes(frame); window > 1ULL << static_cast<unsigned>(max_window_log))
    throw FormatError(fmt::format("zstd frame has a window of {} bytes; at most {} are read", window,
                                  1ULL << static_cast<unsigned>(max_window_log)));
  const std::size_t length = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
  if (ZSTD_isError(length) != 0U || length != frame.size())
    throw FormatError(fmt::format("{} bytes are not exactly one zstd frame", frame.size()));
  std::string raw(raw_size, '\0');
  require(ZSTD_DCtx_refPrefix(state_->context.get(), prefix.data(), prefix.size()), "take a prefix");
  const std::size_t size =
      ZSTD_decompressDCtx(state_->context.get(), raw.data(), raw.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) != 0U) throw FormatError(fmt::format("zstd frame is damaged: {}", ZSTD_getErrorName(size)));
  if (size != raw_size) throw FormatError(fmt::format("zstd frame gave {} bytes, expected {}", size, raw_size));
  return raw;
}

std::string skippable_frame(std::string_view data) {
  std::string frame(skippable_magic);
  for (unsigned shift = 0; shift < 32; shift += 8) frame += static_cast<char>((data.size() >> shift) & 0xFFU);
  return frame.append(data);
}

std::string_view take_skippable_frame(std::string_view& bytes) {
  if (!bytes.starts_with(skippable_magic)) return {};
  std::uint64_t size = 0;
  if (bytes.size() >= 8) {
    for (std::size_t i = 0; i < 4; ++i) size |= std::uint64_t{static_cast<unsigned char>(bytes[4 + i])} << (8 * i);
  }
  if (bytes.size() < 8 + size) throw FormatError("a skippable frame is longer than the bytes");
  const std::string_view data = bytes.substr(8, size);
  bytes.remove_prefix(8 + size);
  return data;
}

std::string zstd_version() { return ZSTD_versionString(); }

}  // namespace ferry
