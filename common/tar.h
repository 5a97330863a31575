// SPDX-License-Identifier: Apache-2.0
// The one tar dialect of a volume: POSIX ustar (IEEE Std 1003.1, pax "ustar Interchange Format"), regular
// files only, and every header byte follows from the member's name and size. It is byte for byte what
// `tar --format=ustar -b1 --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0` of GNU tar writes.
//
// A reader that knows what to expect therefore parses nothing: it makes the header itself and compares.
// No field can carry a link, a second name, an owner or padding that nobody looked at.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/stream.h"

namespace ferry {

inline constexpr std::size_t tar_block_bytes = 512;
// The two zero blocks that end an archive; nothing may follow.
inline constexpr std::size_t tar_trailer_bytes = 2 * tar_block_bytes;
// Eleven octal digits.
inline constexpr std::uint64_t max_tar_member_bytes = (std::uint64_t{1} << 33U) - 1;
inline constexpr std::size_t max_tar_name_bytes = 99;

using TarHeader = std::array<char, tar_block_bytes>;

// REQUIRES: name is 1 to 99 bytes, size at most max_tar_member_bytes; throws Error otherwise.
[[nodiscard]] TarHeader tar_header(std::string_view name, std::uint64_t size);

// The size in a header of which only the name is expected: the header must be exactly
// tar_header(name, size) for some size. Nothing otherwise.
[[nodiscard]] std::optional<std::uint64_t> tar_member_size(const TarHeader& header, std::string_view name);

// Header, data and padding together.
[[nodiscard]] constexpr std::uint64_t tar_stored_bytes(std::uint64_t size) noexcept {
  return tar_block_bytes + (size + tar_block_bytes - 1) / tar_block_bytes * tar_block_bytes;
}

// Zero bytes after a member's data up to the next block.
[[nodiscard]] constexpr std::size_t tar_padding_bytes(std::uint64_t size) noexcept {
  return static_cast<std::size_t>((tar_block_bytes - size % tar_block_bytes) % tar_block_bytes);
}

// Writes members one after the other into a sink that must outlive it. Without finish() the archive has
// no trailer, so that an abandoned one never looks complete.
class TarWriter {
 public:
  explicit TarWriter(Sink& sink) : sink_(sink) {}
  void member(std::string_view name, std::string_view bytes);
  // Copies exactly `size` bytes from `source`; throws FormatError when it ends earlier.
  void member(std::string_view name, Source& source, std::uint64_t size);
  void finish();

 private:
  Sink& sink_;
};

}  // namespace ferry
