// SPDX-License-Identifier: Apache-2.0
#include "common/utf8_source.h"

#include <algorithm>

#include "common/encoding.h"
#include "common/error.h"

namespace ferry {
namespace {

// Half of a character outside the first 65,536 that the next bytes complete.
bool ends_in_high_surrogate(std::string_view utf16le) {
  return utf16le.size() >= 2 && (static_cast<unsigned char>(utf16le.back()) & 0xFCU) == 0xD8U;
}

}  // namespace

void Utf8Source::detect() {
  char first[4];
  while (pending_.size() < 3 && !at_end_) {
    const std::size_t got = bytes_.read(first);
    at_end_ = got == 0;
    pending_.append(first, got);
  }
  encoding_ = Encoding::utf8;
  if (pending_.starts_with("\xEF\xBB\xBF")) {
    pending_.erase(0, 3);
  } else if (pending_.starts_with("\xFF\xFE") || pending_.starts_with("\xFE\xFF")) {
    encoding_ = pending_[0] == '\xFF' ? Encoding::utf16le : Encoding::utf16be;
    pending_.erase(0, 2);
  } else if (pending_.size() >= 2 && (pending_[0] == '\0') != (pending_[1] == '\0')) {
    encoding_ = pending_[1] == '\0' ? Encoding::utf16le : Encoding::utf16be;
  }
}

// Moves whole characters from pending_ to ready_.
void Utf8Source::decode() {
  if (encoding_ == Encoding::utf8) {
    ready_.swap(pending_);
    return;
  }
  std::string units = pending_.substr(0, pending_.size() / 2 * 2);
  if (encoding_ == Encoding::utf16be) {
    for (std::size_t at = 0; at < units.size(); at += 2) std::swap(units[at], units[at + 1]);
  }
  if (!at_end_ && ends_in_high_surrogate(units)) units.resize(units.size() - 2);
  auto text = utf8_from_utf16le(units);
  if (!text) throw FormatError("UTF-16 text has half of a character", ExitCode::failed);
  pending_.erase(0, units.size());
  if (at_end_ && !pending_.empty())
    throw FormatError("UTF-16 text has an odd number of bytes: it is cut short, copy it again", ExitCode::failed);
  ready_ = std::move(*text);
}

bool Utf8Source::fill() {
  constexpr std::size_t step = std::size_t{64} * 1024;
  ready_.clear();
  given_ = 0;
  if (!pending_.empty()) decode();  // what detect() read
  while (ready_.empty() && !at_end_) {
    const std::size_t old = pending_.size();
    pending_.resize(old + step);
    const std::size_t got = bytes_.read(std::span<char>(pending_).subspan(old));
    pending_.resize(old + got);
    at_end_ = got == 0;
    if (!pending_.empty()) decode();
  }
  return !ready_.empty();
}

std::size_t Utf8Source::read(std::span<char> buffer) {
  if (encoding_ == Encoding::unknown) detect();
  if (given_ == ready_.size() && !fill()) return 0;
  const std::size_t count = std::min(buffer.size(), ready_.size() - given_);
  std::copy_n(ready_.data() + given_, count, buffer.data());
  given_ += count;
  return count;
}

}  // namespace ferry
