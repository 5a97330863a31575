// SPDX-License-Identifier: Apache-2.0
// When the index of a catalog was last found sound, so that not every command reads all of it again.
//
// A small file beside the catalog, "catalog.db-sound", says size and time of change of the catalog as a command left it
// in good order, the boot of the machine it did so in, and when the index was last read whole. It is a hint: where it
// is missing, damaged, or not about the file that is there, the index is read whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ferry::format {

// Bits rot in files that nobody writes, too: after this many seconds the index is read whole again.
inline constexpr std::int64_t soundness_lasts = 24 * 60 * 60;

// One of a catalog that is open. Lives longer than the database connection, whose end changes the file.
class Soundness {
 public:
  explicit Soundness(std::filesystem::path catalog) : catalog_(std::move(catalog)) {}
  Soundness(Soundness&& other) noexcept;
  Soundness& operator=(Soundness&&) = delete;
  // Writes the file anew if known_good() or was_read() said so and no exception is on its way. Never throws.
  ~Soundness();

  // Whether the catalog is as a command left it, in this boot and within the time. REQUIRES: nothing was written yet.
  [[nodiscard]] bool known_good();
  // The index was just read whole and is sound.
  void was_read();
  // Something was wrong with it since, whether that ended the run or not: the next command reads it whole.
  void doubt() noexcept;

 private:
  std::filesystem::path catalog_;
  std::int64_t read_at_ = 0;  // seconds since 1970; 0: not known
};

}  // namespace ferry::format
