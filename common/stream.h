// SPDX-License-Identifier: Apache-2.0
// Bytes that flow: where they come from (Source) and where they go (Sink).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ferry {

class Source {
 public:
  virtual ~Source() = default;
  // Fills at most buffer.size() bytes and says how many; 0 is the end. Throws IoError.
  [[nodiscard]] virtual std::size_t read(std::span<char> buffer) = 0;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Takes all of it or throws IoError.
  virtual void write(std::string_view bytes) = 0;
};

// Reads `size` bytes exactly; throws FormatError naming `what` when the source ends earlier.
void read_exactly(Source& source, std::span<char> buffer, std::string_view what);

// Reads to the end; throws FormatError naming `what` when there are more than `max_bytes`.
[[nodiscard]] std::string read_all(Source& source, std::uint64_t max_bytes, std::string_view what);

class MemorySource final : public Source {
 public:
  // The bytes must outlive the source.
  explicit MemorySource(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] std::size_t read(std::span<char> buffer) override;

 private:
  std::string_view rest_;
};

class StringSink final : public Sink {
 public:
  void write(std::string_view bytes) override { bytes_.append(bytes); }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace ferry
