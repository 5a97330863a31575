// SPDX-License-Identifier: Apache-2.0
// SHA-256 names everything in Ferry; SHA-1 exists only because WSUS names its files by it.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ferry {

// A SHA-256 value. Default: all zeros, which no data is known to have.
struct Digest {
  static constexpr std::size_t size = 32;
  std::array<unsigned char, size> value{};

  [[nodiscard]] std::string hex() const;
  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(value.data()), value.size()};
  }
  // 64 lower-case hexadecimal digits, nothing else.
  [[nodiscard]] static std::optional<Digest> from_hex(std::string_view text);
  [[nodiscard]] static std::optional<Digest> from_bytes(std::string_view bytes);

  auto operator<=>(const Digest&) const = default;
};

// A running SHA-256. finish() may be called once; reset() starts again.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  [[nodiscard]] Digest finish();
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// SHA-256 and SHA-1 of the same bytes in one pass.
struct FileDigests {
  Digest sha256;
  std::string sha1;  // 20 bytes
};
class FileHash {
 public:
  FileHash();
  ~FileHash();
  FileHash(FileHash&&) noexcept;
  FileHash& operator=(FileHash&&) noexcept;
  void update(std::string_view bytes);
  [[nodiscard]] FileDigests finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Marks bytes so that it can later tell its own: HMAC-SHA-256 with a random key that lives as long as the object and is
// shown to nobody. Threads may share one.
class Authenticator {
 public:
  Authenticator();
  [[nodiscard]] Digest tag(std::string_view bytes) const;
  // Takes the same time for every wrong tag.
  [[nodiscard]] bool accepts(std::string_view bytes, const Digest& tag) const;

 private:
  std::array<unsigned char, Digest::size> key_{};
};

[[nodiscard]] Digest sha256(std::string_view bytes);
[[nodiscard]] std::string sha1(std::string_view bytes);  // 20 bytes

}  // namespace ferry
