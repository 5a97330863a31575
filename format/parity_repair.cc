// SPDX-License-Identifier: Apache-2.0
// Assessing and repairing: both read stripe by stripe, side by side in all shards.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "common/erasure.h"
#include "common/text.h"
#include "format/internal/parity_stripes.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;
using parity::DataPiece;
using parity::Layout;
using parity::StripeReader;

using Progress = std::function<void(std::uint64_t)>;

// Repaired copies that are written at once; for more of them the set is read again.
constexpr std::size_t max_copies_at_once = 64;

void require_files(const ParitySet& set, const std::vector<fs::path>& data_files) {
  if (data_files.size() != set.shape().data_sizes.size())
    throw UsageError(
        fmt::format("parity is for {} files, {} were named", set.shape().data_sizes.size(), data_files.size()));
}

// Writes copies of some files, each damaged somewhere.
class Repairer {
 public:
  Repairer(const ParitySet& set, const std::vector<fs::path>& data_files, Assessment& state, const Progress& read)
      : layout_(set.opened().layout),
        reader_(set.opened(), data_files),
        code_(layout_.shape().data_shards, layout_.shape().parity_shards),
        state_(state),
        read_(read),
        copies_(data_files.size()) {}

  // Gives the finished copies of `files`, sealed; nothing for one that turned out to be beyond repair.
  std::vector<std::optional<AtomicFile>> copy(const std::vector<std::size_t>& files,
                                              const std::vector<fs::path>& targets) {
    for (const std::size_t file : files) copies_[file].emplace(targets[file]);
    reader_.visit_runs([&](std::uint64_t first, std::uint64_t count) { copy_run(first, count); });
    std::vector<std::optional<AtomicFile>> done;
    for (const std::size_t file : files) {
      if (state_.is_repairable(file)) {
        copies_[file]->seal();
        done.emplace_back(std::move(copies_[file]));
      } else {
        done.emplace_back();
      }
      copies_[file].reset();
    }
    return done;
  }

 private:
  void visit_copied(std::uint64_t shard, std::uint64_t first, std::uint64_t count,
                    const std::function<void(const DataPiece&)>& visit) const {
    layout_.visit_data(shard * layout_.shape().stripes + first, count, [&](const DataPiece& piece) {
      if (copies_[piece.file]) visit(piece);
    });
  }

  // Only what is copied is read, unless something there is lost.
  void copy_run(std::uint64_t first, std::uint64_t count) {
    std::vector<bool> wanted(layout_.shards());
    bool is_wanted = false;
    bool is_damaged = false;
    for (std::uint64_t shard = 0; shard < layout_.shape().data_shards; ++shard) {
      visit_copied(shard, first, count, [&](const DataPiece& piece) {
        wanted[shard] = is_wanted = true;
        for (std::uint64_t i = 0; i < piece.count && !is_damaged; ++i)
          is_damaged = state_.is_lost(shard, first + piece.place + i);
      });
    }
    if (!is_wanted) return;
    if (!is_damaged) {
      load(first, count, wanted);
      for (std::uint64_t shard = 0; shard < layout_.shape().data_shards && !is_damaged; ++shard) {
        for (std::uint64_t place = 0; wanted[shard] && place < count && !is_damaged; ++place)
          is_damaged = reader_.is_lost(shard, place);
      }
    }
    if (is_damaged) {
      load(first, count, std::vector<bool>(layout_.shards(), true));
      for (std::uint64_t place = 0; place < count; ++place) restore(first, place);
    }
    for (std::uint64_t shard = 0; shard < layout_.shape().data_shards; ++shard) write(shard, first, count);
  }

  void load(std::uint64_t first, std::uint64_t count, const std::vector<bool>& wanted) {
    reader_.load(first, count, wanted);
    if (read_) read_(reader_.bytes_read());
  }

  void restore(std::uint64_t first, std::uint64_t place) {
    const std::uint64_t data = layout_.shape().data_shards;
    std::vector<bool> lost(layout_.shards());
    std::vector<char*> blocks(layout_.shards());
    for (std::uint64_t shard = 0; shard < layout_.shards(); ++shard) {
      lost[shard] = reader_.is_lost(shard, place);
      blocks[shard] = reader_.buffer().block(shard, place);
      if (shard < data && lost[shard]) state_.note_lost(shard, first + place);
    }
    bool is_restored = code_.reconstruct(layout_.block_bytes(), blocks, lost);
    // A changed block whose checksum is right all the same makes all that is computed from it wrong.
    for (std::uint64_t shard = 0; shard < data && is_restored; ++shard)
      is_restored = !lost[shard] || reader_.fits_check(shard, place);
    if (!is_restored) state_.note_beyond_repair(first + place);
  }

  void write(std::uint64_t shard, std::uint64_t first, std::uint64_t count) {
    visit_copied(shard, first, count, [&](const DataPiece& piece) {
      const std::uint64_t bytes = layout_.bytes_in(piece.file, piece.block, piece.count);
      const std::span<char> run = reader_.buffer().run(shard, piece.place, piece.count).first(bytes);
      copies_[piece.file]->write_at(piece.block * layout_.block_bytes(), {run.data(), run.size()});
    });
  }

  const Layout& layout_;
  StripeReader reader_;
  ErasureCode code_;
  Assessment& state_;
  const Progress& read_;
  std::vector<std::optional<AtomicFile>> copies_;
};

// Where copies go. Throws UsageError rather than write over anything.
std::vector<fs::path> choose_targets(const std::vector<fs::path>& data_files, const fs::path& directory) {
  std::vector<fs::path> targets;
  std::set<fs::path> names;
  for (const fs::path& path : data_files) {
    const fs::path name = path.filename();
    if (name.empty() || !names.insert(name).second)
      throw UsageError(fmt::format("two files cannot be repaired under one name {}", quote(name.native())));
    targets.push_back(directory / name);
  }
  return targets;
}

}  // namespace

Assessment assess(const ParitySet& set, const std::vector<fs::path>& data_files, const Progress& read) {
  require_files(set, data_files);
  const Layout& layout = set.opened().layout;
  StripeReader reader(set.opened(), data_files);
  Assessment found(set);
  for (std::size_t i = 0; i < data_files.size(); ++i) {
    if (!reader.data().can_open(i)) found.note_missing(i);
  }
  const std::vector<bool> all(layout.shards(), true);
  reader.visit_runs([&](std::uint64_t first, std::uint64_t count) {
    reader.load(first, count, all);
    std::uint64_t lost_parity = 0;
    for (std::uint64_t place = 0; place < count; ++place) {
      std::uint64_t lost_data_here = 0;
      std::uint64_t lost_parity_here = 0;
      for (std::uint64_t shard = 0; shard < layout.shards(); ++shard) {
        if (!reader.is_lost(shard, place)) continue;
        if (shard < layout.shape().data_shards) {
          ++lost_data_here;
          found.note_lost(shard, first + place);
        } else {
          ++lost_parity_here;
        }
      }
      lost_parity += lost_parity_here;
      if (lost_data_here > 0 && lost_data_here + lost_parity_here > layout.shape().parity_shards)
        found.note_beyond_repair(first + place);
    }
    found.note_counts(lost_parity, reader.unchecked());
    if (read) read(reader.bytes_read());
  });
  return found;
}

Repair repair(const ParitySet& set, const std::vector<fs::path>& data_files, Assessment found,
              const fs::path& directory, const Progress& read) {
  require_files(set, data_files);
  const std::vector<fs::path> targets = choose_targets(data_files, directory);
  std::vector<std::size_t> waiting;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < data_files.size(); ++i) {
    if (!found.is_damaged(i) || !found.is_repairable(i)) continue;
    if (file_exists(targets[i]))
      throw UsageError(fmt::format("{} stands where a repaired file would go; choose another directory",
                                   quote(targets[i].native())));
    waiting.push_back(i);
    bytes += set.shape().data_sizes[i];
  }
  require_space(directory, bytes, "repairing");

  Repair result{std::vector<std::optional<fs::path>>(data_files.size()), std::move(found)};
  Repairer repairer(set, data_files, result.after, read);
  for (std::size_t done = 0; done < waiting.size();) {
    const std::size_t count = std::min(max_copies_at_once, waiting.size() - done);
    const std::vector<std::size_t> files(waiting.begin() + static_cast<std::ptrdiff_t>(done),
                                         waiting.begin() + static_cast<std::ptrdiff_t>(done + count));
    std::vector<std::optional<AtomicFile>> copies = repairer.copy(files, targets);
    for (std::size_t i = 0; i < count; ++i) {
      if (!copies[i]) continue;
      copies[i]->publish();
      result.files[files[i]] = targets[files[i]];
    }
    done += count;
  }
  return result;
}

}  // namespace ferry::format
