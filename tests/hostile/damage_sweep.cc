// SPDX-License-Identifier: Apache-2.0
// Damage to a bundle of three volumes: single bits, single bytes, cuts, additions. Every one must be found, and the
// message must name the damaged volume. Prints TAP.
//
//   damage-sweep BUNDLE-DIR [--complete] [--seed S] [--flips N]
//
// BUNDLE-DIR holds the volumes and trust-0001.xml (damage_sweep.sh makes it). What a site does up to the merge is
// called in-process: find the volumes, follow the trust files, verify, put the set together, check every byte.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "common/tar.h"
#include "format/bundle.h"
#include "format/limits.h"
#include "format/trust_chain.h"

namespace ferry {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t max_test_volume_bytes = 64ULL * 1024 * 1024;
constexpr std::size_t faults_shown = 10;

struct Volume {
  fs::path path;  // of the copy that is damaged
  std::string bytes;
};

// What one kind of damage came to.
struct Tally {
  std::uint64_t tried = 0;
  std::uint64_t missed = 0;
  std::vector<std::string> faults;

  void miss(std::string fault) {
    ++missed;
    if (faults.size() < faults_shown) faults.push_back(std::move(fault));
  }
};

class Sweep {
 public:
  Sweep(const fs::path& source, const fs::path& scratch)
      : scratch_(scratch), trust_({read_file(source / "trust-0001.xml", format::limits::max_trust_bytes), {}}) {
    std::vector<fs::path> paths;
    for (const fs::directory_entry& entry : fs::directory_iterator(source)) {
      if (entry.path().extension() == format::volume_extension) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
      volumes_.push_back({scratch / path.filename(), read_file(path, max_test_volume_bytes)});
      write_plain(volumes_.back().path, volumes_.back().bytes);
    }
  }

  [[nodiscard]] const std::vector<Volume>& volumes() const { return volumes_; }

  // What a site says of the files as they lie there now; nothing when it would merge them.
  [[nodiscard]] std::string refusal() const {
    try {
      format::FoundBundles found = format::find_bundles({scratch_});
      std::string refusals;
      for (const format::UnreadableVolume& volume : found.unreadable)
        refusals += volume.path.filename().native() + ": " + volume.error + "\n";
      bool is_one_sound = false;
      for (format::FoundBundle& bundle : found.bundles) {
        try {
          check(bundle);
          is_one_sound = true;
        } catch (const Error& error) {
          refusals += bundle.volumes.front().path().filename().native() + ": " + error.what() + "\n";
        }
      }
      return is_one_sound ? "" : refusals;
    } catch (const Error& error) {
      return error.what();
    }
  }

  // `damaged` stands in place of the volume while it is looked at.
  void expect_refusal(Tally& tally, const Volume& volume, std::string_view damaged, const std::string& what) const {
    write_plain(volume.path, damaged);
    judge(tally, volume, what);
    write_plain(volume.path, volume.bytes);
  }

  // One byte is another for as long as it is looked at; the file is not written anew.
  void expect_refusal(Tally& tally, const Volume& volume, std::uint64_t offset, unsigned mask,
                      const std::string& what) const {
    const auto original = static_cast<unsigned char>(volume.bytes[offset]);
    poke(volume.path, offset, static_cast<unsigned char>(original ^ mask));
    judge(tally, volume, what);
    poke(volume.path, offset, original);
  }

 private:
  void check(format::FoundBundle& bundle) const {
    format::TrustChain trust = trust_;
    trust.follow(bundle.front().trust);
    const format::VerifiedManifest manifest = format::verify_bundle(bundle, trust.current());
    format::MemberTaker taker;
    format::check_volumes(bundle, manifest, taker);
  }

  void judge(Tally& tally, const Volume& volume, const std::string& what) const {
    ++tally.tried;
    const std::string name = volume.path.filename().native();
    const std::string found = refusal();
    if (found.empty()) {
      tally.miss(name + ", " + what + ": not found");
    } else if (found.find(name) == std::string::npos) {
      tally.miss(name + ", " + what + ": the message names another: " + found);
    }
  }

  static void write_plain(const fs::path& path, std::string_view bytes) {
    fs::remove(path);
    PlainFile file(path);
    file.write(bytes);
    file.close();
  }

  static void poke(const fs::path& path, std::uint64_t offset, unsigned char byte) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.is_open() || ::pwrite(file.get(), &byte, 1, static_cast<off_t>(offset)) != 1)
      throw IoError("cannot change a byte of " + path.native());
  }

  fs::path scratch_;
  format::TrustChain trust_;
  std::vector<Volume> volumes_;
};

struct Span {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Headers, manifest, signatures and trust files of a volume, padding included, and the headers of its chunks.
std::vector<Span> signed_parts(const std::string& bytes) {
  std::vector<Span> spans;
  for (std::uint64_t at = 0; at + tar_block_bytes <= bytes.size() && bytes[at] != '\0';) {
    const std::uint64_t size = std::strtoull(bytes.substr(at + 124, 11).c_str(), nullptr, 8);
    const bool is_chunk = bytes.compare(at, 7, "chunks/") == 0;
    spans.push_back({at, at + (is_chunk ? tar_block_bytes : tar_stored_bytes(size))});
    at += tar_stored_bytes(size);
  }
  return spans;
}

class Report {
 public:
  void claim(const std::string& name, const Tally& tally) {
    claim(name + ": " + std::to_string(tally.tried - tally.missed) + " of " + std::to_string(tally.tried) +
              " found, with the volume's name",
          tally.missed == 0 && tally.tried > 0, tally.faults);
  }
  void claim(const std::string& name, bool is_good, const std::vector<std::string>& faults) {
    std::cout << (is_good ? "ok " : "not ok ") << ++count_ << " - " << name << "\n";
    for (const std::string& fault : faults) std::cout << "#   " << fault << "\n";
    failed_ |= !is_good;
    std::cout.flush();
  }
  [[nodiscard]] int finish() const {
    std::cout << "1.." << count_ << "\n";
    return failed_ ? 1 : 0;
  }

 private:
  int count_ = 0;
  bool failed_ = false;
};

struct Options {
  fs::path source;
  bool complete = false;
  std::uint64_t seed = 20261123;
  std::uint64_t flips = 0;
};

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--complete") {
      options.complete = true;
    } else if ((word == "--seed" || word == "--flips") && i + 1 < argc) {
      (word == "--seed" ? options.seed : options.flips) = std::strtoull(argv[++i], nullptr, 10);
    } else if (options.source.empty() && !word.starts_with("--")) {
      options.source = word;
    } else {
      throw UsageError("usage: damage-sweep BUNDLE-DIR [--complete] [--seed S] [--flips N]");
    }
  }
  if (options.source.empty()) throw UsageError("usage: damage-sweep BUNDLE-DIR [--complete] [--seed S] [--flips N]");
  if (options.flips == 0) options.flips = options.complete ? 100'000 : 4'000;
  return options;
}

// Bits anywhere, each volume as often as it is large.
void sweep_bits(const Sweep& sweep, Report& report, std::uint64_t flips, std::mt19937_64& random) {
  Tally tally;
  std::uint64_t total = 0;
  for (const Volume& volume : sweep.volumes()) total += volume.bytes.size();
  for (std::uint64_t i = 0; i < flips; ++i) {
    std::uint64_t offset = random() % total;
    const Volume* volume = sweep.volumes().data();
    for (; offset >= volume->bytes.size(); ++volume) offset -= volume->bytes.size();
    const auto bit = static_cast<unsigned>(random() % 8);
    sweep.expect_refusal(tally, *volume, offset, 1U << bit,
                         "bit " + std::to_string(bit) + " at offset " + std::to_string(offset));
  }
  report.claim("random single bits", tally);
}

// Every byte in front of the chunks and of their headers, all its bits turned; or every n-th.
void sweep_bytes(const Sweep& sweep, Report& report, std::uint64_t step, std::mt19937_64& random) {
  for (const Volume& volume : sweep.volumes()) {
    Tally tally;
    for (const Span& span : signed_parts(volume.bytes)) {
      for (std::uint64_t at = span.begin + (step > 1 ? random() % step : 0); at < span.end; at += step)
        sweep.expect_refusal(tally, volume, at, 0xFF, "byte at offset " + std::to_string(at));
    }
    report.claim("bytes of headers, manifest, signatures and trust files of " + volume.path.filename().native(), tally);
  }
}

// Every length that is a number of blocks, and one byte to each side of it; or every n-th.
void sweep_lengths(const Sweep& sweep, Report& report, std::uint64_t step) {
  for (const Volume& volume : sweep.volumes()) {
    Tally shorter;
    Tally longer;
    const std::uint64_t size = volume.bytes.size();
    const auto cut = [&](std::uint64_t length) {
      if (length < size)
        sweep.expect_refusal(shorter, volume, std::string_view(volume.bytes).substr(0, length),
                             "cut to " + std::to_string(length));
    };
    for (std::uint64_t length = 0; length < size; length += step * tar_block_bytes) {
      cut(length);
      cut(length + 1);
      if (length > 0) cut(length - 1);
    }
    for (const std::uint64_t less : {1U, 511U, 512U, 513U, 1023U, 1024U, 1025U}) cut(size - less);
    report.claim("cuts of " + volume.path.filename().native(), shorter);
    const auto extend = [&](const std::string& more, const std::string& what) {
      sweep.expect_refusal(longer, volume, volume.bytes + more, what);
    };
    for (const std::size_t more : {1U, 511U, 512U, 513U, 1024U, 10240U}) {
      extend(std::string(more, '\0'), std::to_string(more) + " zero bytes more");
      extend(std::string(more, 'x'), std::to_string(more) + " bytes more");
    }
    for (std::uint64_t length = tar_block_bytes; length <= size; length += step * tar_block_bytes)
      extend(volume.bytes.substr(0, length), std::to_string(length) + " of its own bytes more");
    report.claim("additions to " + volume.path.filename().native(), longer);
  }
}

// A block is lost, doubled or exchanged with the next: what a worn medium or a bad copy does.
void sweep_blocks(const Sweep& sweep, Report& report, std::uint64_t step) {
  for (const Volume& volume : sweep.volumes()) {
    Tally tally;
    const std::string& bytes = volume.bytes;
    for (std::uint64_t at = 0; at + tar_block_bytes <= bytes.size(); at += step * tar_block_bytes) {
      const std::string where = " at offset " + std::to_string(at);
      const std::string block = bytes.substr(at, tar_block_bytes);
      std::string damaged = bytes;
      sweep.expect_refusal(tally, volume, damaged.erase(at, tar_block_bytes), "block lost" + where);
      damaged = bytes;
      sweep.expect_refusal(tally, volume, damaged.insert(at, block), "block doubled" + where);
      damaged = bytes;
      damaged.replace(at, tar_block_bytes, tar_block_bytes, '\0');
      if (damaged != bytes) sweep.expect_refusal(tally, volume, damaged, "block of zeros" + where);
    }
    report.claim("blocks of " + volume.path.filename().native(), tally);
  }
}

int run(const Options& options) {
  const TempDir scratch(fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path(), "ferry-damage.");
  const Sweep sweep(options.source, scratch.path());
  std::cout << (options.complete ? "# complete" : "# sampled") << ": " << options.flips << " bits, seed "
            << options.seed << "\n";
  Report report;
  const auto claim_sound = [&](const std::string& name) {
    const std::string refusal = sweep.refusal();
    report.claim(name, refusal.empty(), refusal.empty() ? std::vector<std::string>{} : std::vector{refusal});
  };
  report.claim("the bundle has three volumes", sweep.volumes().size() == 3, {});
  claim_sound("before any damage the bundle is sound");
  std::mt19937_64 random(options.seed);
  sweep_bits(sweep, report, options.flips, random);
  sweep_bytes(sweep, report, options.complete ? 1 : 29, random);
  sweep_lengths(sweep, report, options.complete ? 1 : 7);
  sweep_blocks(sweep, report, options.complete ? 1 : 7);
  claim_sound("with all damage undone the bundle is sound");
  return report.finish();
}

}  // namespace
}  // namespace ferry

int main(int argc, char** argv) {
  try {
    return ferry::run(ferry::parse_options(argc, argv));
  } catch (const std::exception& error) {
    std::cout << "Bail out! " << error.what() << "\n";
    return 1;
  }
}
