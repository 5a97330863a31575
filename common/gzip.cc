// SPDX-License-Identifier: Apache-2.0
#include "common/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"

namespace ferry {
namespace {

constexpr std::size_t gzip_step = 64 * 1024;
constexpr int gzip_window = 15 + 16;  // the largest window, and gzip's header and trailer

Bytef* zlib_bytes(const char* bytes) {
  // zlib reads from next_in and does not write, but its type does not say so.
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes));
}

}  // namespace

struct GzipSource::State {
  explicit State(Source& source) : packed(source) {
    if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::bad_alloc();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { inflateEnd(&stream); }

  // False at the end of the packed bytes.
  bool refill() {
    if (stream.avail_in > 0) return true;
    stream.next_in = zlib_bytes(buffer.data());
    stream.avail_in = static_cast<uInt>(packed.read(buffer));
    return stream.avail_in > 0;
  }

  Source& packed;
  z_stream stream{};
  std::array<char, gzip_step> buffer{};
  bool is_in_member = true;
};

GzipSource::GzipSource(Source& packed) : state_(std::make_unique<State>(packed)) {}
GzipSource::~GzipSource() = default;

std::size_t GzipSource::read(std::span<char> buffer) {
  State& state = *state_;
  z_stream& stream = state.stream;
  stream.next_out = zlib_bytes(buffer.data());
  stream.avail_out = static_cast<uInt>(std::min<std::size_t>(buffer.size(), 1U << 30U));
  const uInt wanted = stream.avail_out;
  while (stream.avail_out == wanted && wanted > 0) {
    if (!state.refill()) {
      if (!state.is_in_member) return 0;
      throw FormatError("gzip stream ends too early, as a copy does that was cut short; copy it again");
    }
    if (!state.is_in_member) {
      inflateReset(&stream);
      state.is_in_member = true;
    }
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      state.is_in_member = false;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      throw FormatError(fmt::format("gzip stream is damaged: {}; copy it again",
                                    stream.msg == nullptr ? "unknown reason" : for_terminal(stream.msg)));
    }
  }
  return wanted - stream.avail_out;
}

struct GzipSink::State {
  explicit State(Sink& sink) : packed(sink) {
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { deflateEnd(&stream); }

  void pack(int flush) {
    int result = Z_OK;
    do {
      stream.next_out = zlib_bytes(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      result = deflate(&stream, flush);
      packed.write({buffer.data(), buffer.size() - stream.avail_out});
    } while (flush == Z_FINISH ? result != Z_STREAM_END : stream.avail_out == 0);
  }

  Sink& packed;
  z_stream stream{};
  std::array<char, gzip_step> buffer{};
};

GzipSink::GzipSink(Sink& packed) : state_(std::make_unique<State>(packed)) {}
GzipSink::~GzipSink() = default;

void GzipSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, std::size_t{1} << 30U);
    bytes.remove_prefix(part.size());
    state_->stream.next_in = zlib_bytes(part.data());
    state_->stream.avail_in = static_cast<uInt>(part.size());
    state_->pack(Z_NO_FLUSH);
  }
}

void GzipSink::finish() {
  state_->stream.avail_in = 0;
  state_->pack(Z_FINISH);
}

}  // namespace ferry
