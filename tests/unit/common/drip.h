// SPDX-License-Identifier: Apache-2.0
// A source that gives one byte at a time, as a pipe or a slow medium may.
#pragma once

#include "common/stream.h"

namespace ferry::tests {

class Drip final : public Source {
 public:
  // The bytes must outlive the source.
  explicit Drip(std::string_view bytes) : source_(bytes) {}
  std::size_t read(std::span<char> buffer) override { return source_.read(buffer.first(1)); }

 private:
  MemorySource source_;
};

}  // namespace ferry::tests
