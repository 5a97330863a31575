// SPDX-License-Identifier: Apache-2.0
#include "common/tar.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"

namespace ferry {
namespace {

constexpr std::size_t size_offset = 124;
constexpr std::size_t checksum_offset = 148;

// POSIX: octal digits, leading zeros, one NUL at the end of the field.
void put_octal(TarHeader& header, std::size_t offset, std::size_t width, std::uint64_t value) {
  for (std::size_t i = width - 1; i-- > 0;) {
    header[offset + i] = static_cast<char>('0' + (value & 7U));
    value >>= 3U;
  }
}

}  // namespace

TarHeader tar_header(std::string_view name, std::uint64_t size) {
  if (name.empty() || name.size() > max_tar_name_bytes || size > max_tar_member_bytes)
    throw Error(fmt::format("cannot put {} with {} bytes into a tar archive", quote(name), size));
  TarHeader header{};
  std::copy(name.begin(), name.end(), header.begin());
  put_octal(header, 100, 8, 0644);                     // mode
  put_octal(header, 108, 8, 0);                        // uid
  put_octal(header, 116, 8, 0);                        // gid
  put_octal(header, size_offset, 12, size);            // size
  put_octal(header, 136, 12, 0);                       // mtime
  header[156] = '0';                                   // typeflag: regular file
  std::memcpy(header.data() + 257, "ustar\00000", 8);  // magic and version
  put_octal(header, 329, 8, 0);                        // devmajor
  put_octal(header, 337, 8, 0);                        // devminor
  // The checksum counts itself as eight spaces, and is written as six digits, NUL, space.
  std::fill_n(header.begin() + checksum_offset, 8, ' ');
  std::uint64_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put_octal(header, checksum_offset, 7, sum);
  header[checksum_offset + 6] = '\0';
  return header;
}

std::optional<std::uint64_t> tar_member_size(const TarHeader& header, std::string_view name) {
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < 11; ++i) {
    const char digit = header[size_offset + i];
    if (digit < '0' || digit > '7') return {};
    size = size * 8 + static_cast<std::uint64_t>(digit - '0');
  }
  if (tar_header(name, size) != header) return {};
  return size;
}

void TarWriter::member(std::string_view name, std::string_view bytes) {
  MemorySource source(bytes);
  member(name, source, bytes.size());
}

void TarWriter::member(std::string_view name, Source& source, std::uint64_t size) {
  const TarHeader header = tar_header(name, size);
  sink_.write({header.data(), header.size()});
  std::string buffer(std::min<std::uint64_t>(std::max<std::uint64_t>(size, 1), 256 * 1024), '\0');
  for (std::uint64_t left = size; left > 0;) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    read_exactly(source, std::span<char>(buffer).first(step), name);
    sink_.write(std::string_view(buffer).substr(0, step));
    left -= step;
  }
  static constexpr std::array<char, tar_block_bytes> zeros{};
  sink_.write({zeros.data(), tar_padding_bytes(size)});
}

void TarWriter::finish() {
  static constexpr std::array<char, tar_trailer_bytes> zeros{};
  sink_.write({zeros.data(), zeros.size()});
}

}  // namespace ferry
