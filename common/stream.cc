// SPDX-License-Identifier: Apache-2.0
#include "common/stream.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "common/error.h"

namespace ferry {

void read_exactly(Source& source, std::span<char> buffer, std::string_view what) {
  const std::size_t wanted = buffer.size();
  while (!buffer.empty()) {
    const std::size_t got = source.read(buffer);
    if (got == 0)
      throw FormatError(fmt::format("{}: ends after {} bytes, expected {}; it is cut short, copy it again", what,
                                    wanted - buffer.size(), wanted));
    buffer = buffer.subspan(got);
  }
}

std::string read_all(Source& source, std::uint64_t max_bytes, std::string_view what) {
  constexpr std::size_t step = 64 * 1024;
  std::string bytes;
  for (;;) {
    const std::size_t old = bytes.size();
    bytes.resize(old + step);
    const std::size_t got = source.read(std::span<char>(bytes).subspan(old));
    bytes.resize(old + got);
    if (got == 0) return bytes;
    if (bytes.size() > max_bytes)
      throw FormatError(fmt::format("{}: longer than {} bytes, the most that is read", what, max_bytes));
  }
}

std::size_t MemorySource::read(std::span<char> buffer) {
  const std::size_t count = std::min(buffer.size(), rest_.size());
  std::memcpy(buffer.data(), rest_.data(), count);
  rest_.remove_prefix(count);
  return count;
}

}  // namespace ferry
