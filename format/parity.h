// SPDX-License-Identifier: Apache-2.0
// Parity files: what repairs the volumes of a bundle when sectors or whole files are lost. FORMAT.md, "Parity".
//
// A set of data files is bytes and an order here, nothing more. Nobody signs parity: what repair() writes is believed
// only after it was verified against the signed manifest. Readers hold at most 64 MiB, whatever a file says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "common/file.h"
#include "common/hash.h"

namespace ferry::format {

enum class ParityKind : std::uint32_t {
  percent = 1,  // strength 1 to 20: so many per cent of all 2 KiB sectors may be lost, at random places
  volumes = 2,  // strength 1 to 8: so many files may be lost, data and parity files alike
};

struct ParityMode {
  ParityKind kind = ParityKind::percent;
  unsigned strength = 5;
  bool operator==(const ParityMode&) const = default;
};

// The numbers that everything else of a parity set follows from. They stand in every parity file.
struct ParityShape {
  ParityMode mode;
  std::uint32_t data_shards = 1;
  std::uint32_t parity_shards = 1;
  std::uint32_t block_bytes = 2048;
  std::uint32_t parity_files = 1;
  std::uint32_t copies = 2;               // of all metadata, in each parity file
  std::uint64_t stripes = 0;              // a shard has so many blocks
  std::vector<std::uint64_t> data_sizes;  // of the data files, in their order
  bool operator==(const ParityShape&) const = default;
};

struct ParityPlan {
  ParityShape shape;
  std::vector<std::uint64_t> file_bytes;  // of each parity file

  [[nodiscard]] std::uint64_t parity_bytes() const noexcept;  // of all of them
  // Parity bytes for one byte of data, such as 0.21; 0 where there is no data.
  [[nodiscard]] double overhead() const noexcept;
};

// Chooses the code with the least parity. In percent mode parity is cut into files of at most `max_file_bytes` (0: one
// file); in volume mode that is only a limit. Pure arithmetic. Throws UsageError for a strength or number of files that
// cannot be, for more data than a set holds, and where a parity file would not fit.
[[nodiscard]] ParityPlan plan_parity(ParityMode mode, std::vector<std::uint64_t> data_sizes,
                                     std::uint64_t max_file_bytes = 0);

// In volume mode a parity file is a little longer than the longest data file: how long may `files` data files be so
// that it still fits? 0 where none fits.
[[nodiscard]] std::uint64_t largest_data_file(unsigned strength, std::size_t files, std::uint64_t max_file_bytes);

// <bundle name>_p01of02.parity
[[nodiscard]] std::string parity_file_name(std::string_view bundle_name, std::size_t index, std::size_t count);
inline constexpr std::string_view parity_extension = ".parity";

// Writes the parity files of a plan, sealed and not yet published, in order. `set_id` names the set; it should follow
// from the bundle. Data files are read once, `bundle_name` names the parity files. Throws IoError, also for a data file
// that has not the size of the plan.
[[nodiscard]] std::vector<AtomicFile> write_parity(const ParityPlan& plan, const Digest& set_id,
                                                   const std::vector<std::filesystem::path>& data_files,
                                                   const std::filesystem::path& directory,
                                                   std::string_view bundle_name);

namespace parity {
class OpenSet;
}

// Parity files that belong together, some of which may be missing. Their fields are consistent; what they say of the
// data nobody vouches for. Cheap to copy.
class ParitySet {
 public:
  explicit ParitySet(std::shared_ptr<const parity::OpenSet> set) : set_(std::move(set)) {}

  [[nodiscard]] const ParityShape& shape() const noexcept;
  [[nodiscard]] const Digest& set_id() const noexcept;
  // In order; an empty path for one that is missing.
  [[nodiscard]] const std::vector<std::filesystem::path>& files() const noexcept;
  [[nodiscard]] const parity::OpenSet& opened() const noexcept { return *set_; }  // for this library only

 private:
  std::shared_ptr<const parity::OpenSet> set_;
};

// Opens parity files of one set; of two that are the same file of the set the first is used. Throws FormatError (15)
// for files that are none, contradict each other, belong to different sets or to another one than `set_id`, and 19 for
// a later version; NotFoundError, IoError.
[[nodiscard]] ParitySet open_parity(const std::vector<std::filesystem::path>& files,
                                    const std::optional<Digest>& set_id = {});

// A file that was offered and cannot be part of any set.
struct UnreadableParity {
  std::filesystem::path path;
  std::string error;
  ExitCode code;
};

struct FoundParity {
  std::vector<ParitySet> sets;  // two with one set id contradict each other; the caller finds out which is right
  std::vector<UnreadableParity> unreadable;
};

// Looks at files named *.parity among `places` and in those that are directories (not below them), and sorts them by
// set. Finding none is no error; other files are passed over. Throws NotFoundError for a place that does not exist.
[[nodiscard]] FoundParity find_parity(const std::vector<std::filesystem::path>& places);

// Bytes [offset, offset + length) of a data file.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

// What is damaged and whether it can be repaired, by blocks: a block with one wrong byte counts whole.
class Assessment {
 public:
  // Nothing is damaged yet.
  explicit Assessment(const ParitySet& set);

  [[nodiscard]] bool is_intact() const noexcept;      // no data block is damaged, no data file missing
  [[nodiscard]] bool is_repairable() const noexcept;  // everything damaged can be repaired

  [[nodiscard]] bool is_missing(std::size_t file) const { return missing_[file]; }
  [[nodiscard]] bool is_damaged(std::size_t file) const;  // missing, or has damaged bytes
  [[nodiscard]] bool is_repairable(std::size_t file) const;
  // Visits ranges in ascending order, neighbours joined, cut at the file's proper size.
  void visit_damaged(std::size_t file, const std::function<void(ByteRange)>& visit) const;
  void visit_beyond_repair(std::size_t file, const std::function<void(ByteRange)>& visit) const;

  [[nodiscard]] std::uint64_t lost_data_blocks() const noexcept { return lost_data_blocks_; }
  [[nodiscard]] std::uint64_t lost_parity_blocks() const noexcept { return lost_parity_blocks_; }
  // Readable blocks whose checksum is lost; they are taken for good.
  [[nodiscard]] std::uint64_t unchecked_blocks() const noexcept { return unchecked_blocks_; }

  // What assess() and repair() find. A data block is numbered by its shard and stripe.
  void note_missing(std::size_t file) { missing_[file] = true; }
  void note_lost(std::uint64_t shard, std::uint64_t stripe);
  void note_beyond_repair(std::uint64_t stripe) { beyond_[stripe] = true; }
  void note_counts(std::uint64_t lost_parity_blocks, std::uint64_t unchecked_blocks);
  [[nodiscard]] bool is_lost(std::uint64_t shard, std::uint64_t stripe) const;

 private:
  void visit(std::size_t file, bool beyond_repair, const std::function<void(ByteRange)>& visit) const;
  [[nodiscard]] bool any(std::size_t file, bool beyond_repair) const;

  ParitySet set_;
  std::vector<bool> missing_;  // data files
  std::vector<bool> damaged_;  // data blocks, shard by shard
  std::vector<bool> beyond_;   // stripes
  std::uint64_t lost_data_blocks_ = 0;
  std::uint64_t lost_parity_blocks_ = 0;
  std::uint64_t unchecked_blocks_ = 0;
};

// Reads all data and parity files once. `data_files` are in the order of the set; where one is missing, its path names
// no file. A file that cannot be opened is missing; a block that cannot be read is damaged; bytes behind the proper
// size are ignored. `read` is told how many bytes more were done. Throws UsageError for a wrong number of files.
[[nodiscard]] Assessment assess(const ParitySet& set, const std::vector<std::filesystem::path>& data_files,
                                const std::function<void(std::uint64_t)>& read = {});

struct Repair {
  // Complete copies of damaged or missing data files, by the set's order; nothing for those that were intact and those
  // that are beyond repair.
  std::vector<std::optional<std::filesystem::path>> files;
  Assessment after;  // what was found before, and what more was found now
};

// Writes repaired copies, under the names of `data_files`, into `directory`; reads as assess() does and touches no
// original. REQUIRES: `found` is the assessment of the same files; moved in, it is not held twice. Throws UsageError
// where a file of such a name stands in `directory` or two data files have one name, IoError.
[[nodiscard]] Repair repair(const ParitySet& set, const std::vector<std::filesystem::path>& data_files,
                            Assessment found, const std::filesystem::path& directory,
                            const std::function<void(std::uint64_t)>& read = {});

}  // namespace ferry::format
