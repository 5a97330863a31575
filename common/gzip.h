// SPDX-License-Identifier: Apache-2.0
// Streams in gzip's format (RFC 1952), through zlib.
#pragma once

#include <memory>

#include "common/stream.h"

namespace ferry {

// Unpacks one member after the other, as gzip does, and checks the check sum and length of each.
class GzipSource final : public Source {
 public:
  // `packed` must outlive the object.
  explicit GzipSource(Source& packed);
  ~GzipSource() override;
  // Throws what `packed` throws; FormatError when the stream is damaged, cut short or followed by something else. Sizes
  // are for the caller to bound.
  [[nodiscard]] std::size_t read(std::span<char> buffer) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Packs into one member without name and time, so that the same bytes pack the same. What it wrote counts only once
// finish() was called.
class GzipSink final : public Sink {
 public:
  // `packed` must outlive the object.
  explicit GzipSink(Sink& packed);
  ~GzipSink() override;
  void write(std::string_view bytes) override;  // throws what `packed` throws
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ferry
