// SPDX-License-Identifier: Apache-2.0
// A whole volume as an importer meets it: front, signatures, place in the bundle, every byte of its chunks.
// The corpus is signed with the key of fixed_trust.h, so that changes behind the front get that far.
#include "format/volume.h"

#include <filesystem>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "common/error.h"
#include "format/chunk.h"
#include "tests/fuzz/fixed_trust.h"
#include "tests/fuzz/fuzz.h"

namespace {

// The same file in memory for every run.
std::filesystem::path volume_file(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("volume", MFD_CLOEXEC);
  ferry::fuzz::require(file >= 0 && ftruncate(file, 0) == 0, "a file in memory can be made");
  ferry::fuzz::require(size == 0 || pwrite(file, data, size, 0) == static_cast<ssize_t>(size),
                       "a file in memory can be written");
  return "/proc/self/fd/" + std::to_string(file);
}

// Reads what a chunk holds, and counts.
struct Taker final : ferry::format::MemberTaker {
  std::size_t chunks = 0;
  std::size_t files = 0;
  void chunk(const ferry::format::ChunkInfo& chunk, std::string_view stored) override {
    static ferry::Decompressor decompressor;
    ++chunks;
    ferry::format::read_chunk(chunk, stored, decompressor, {}, [](const ferry::format::Record&) {});
  }
  void end(const ferry::format::FilePart& /*part*/) override { ++files; }
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ferry;
  static const format::TrustChain start({std::string(fuzz::fixed_trust), {}});
  try {
    format::VolumeReader volume(volume_file(data, size));
    format::TrustChain trust = start;
    trust.follow(volume.front().trust);
    const format::VerifiedManifest manifest = format::verify_manifest(volume.front().manifest, trust.current());
    format::check_front(volume.front(), manifest);
    const std::size_t index = volume.identify(manifest);
    Taker taker;
    volume.check(manifest, index, taker);
    fuzz::require(taker.chunks == manifest->volumes.at(index - 1).chunks.size(),
                  "a volume that passes has all its chunks");
    fuzz::require(taker.files == manifest->volumes.at(index - 1).files.size(), "and all its files");
    fuzz::require(format::volume_bytes(volume.front(), manifest->volumes.at(index - 1)) == size,
                  "a volume that passes has no byte more");
  } catch (const Error& error) {
    fuzz::require(error.code() == ExitCode::trust || error.code() == ExitCode::damaged,
                  "a bad volume is refused with exit code 11 or 15");
  }
  return 0;
}
