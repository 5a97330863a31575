// SPDX-License-Identifier: Apache-2.0
#include "format/volume.h"

#include <algorithm>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/chunk.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

constexpr std::string_view manifest_name = "manifest.xml";
// A chain of trust files that a site asleep for decades could still walk; TUF implementations use 2^10 too.
constexpr std::uint64_t max_trust_files = 1024;

std::string signature_name(std::size_t number) { return fmt::format("signatures/{:02}.p7s", number); }
std::string trust_name(std::size_t version) { return "trust/" + trust_file_name(version); }

}  // namespace

std::uint64_t stored_bytes(const VolumeFront& front) {
  std::uint64_t bytes = tar_stored_bytes(front.manifest.bytes.size());
  for (const std::string& signature : front.manifest.signatures) bytes += tar_stored_bytes(signature.size());
  for (const std::string& trust : front.trust_files) bytes += tar_stored_bytes(trust.size());
  return bytes;
}

std::uint64_t volume_bytes(const VolumeFront& front, const std::vector<ChunkInfo>& chunks) {
  std::uint64_t bytes = stored_bytes(front) + tar_trailer_bytes;
  for (const ChunkInfo& chunk : chunks) bytes += tar_stored_bytes(chunk.size);
  return bytes;
}

void write_volume(Sink& sink, const VolumeFront& front, const std::vector<ChunkInfo>& chunks,
                  const std::filesystem::path& spool) {
  TarWriter tar(sink);
  tar.member(manifest_name, front.manifest.bytes);
  for (std::size_t i = 0; i < front.manifest.signatures.size(); ++i)
    tar.member(signature_name(i + 1), front.manifest.signatures[i]);
  for (std::size_t i = 0; i < front.trust_files.size(); ++i) tar.member(trust_name(i + 1), front.trust_files[i]);
  for (const ChunkInfo& chunk : chunks) {
    FileSource source(spooled_chunk(spool, chunk));
    tar.member(chunk.name, source, chunk.size);
  }
  tar.finish();
}

VolumeReader::VolumeReader(std::filesystem::path path) : file_(std::move(path)) {
  try {
    front_ = std::make_shared<const VolumeFront>(read_front());
  } catch (Error& error) {
    error.add_context("volume " + quote(file_.path().filename().native()));
    throw;
  }
}

void VolumeReader::fail(std::string_view what) const {
  throw FormatError(fmt::format("at offset {}: {}; copy this volume again", offset_, what));
}

std::string VolumeReader::read_member(std::uint64_t size, std::uint64_t max_bytes, std::string_view name) {
  // Checked against what is there before anything is reserved: a header can claim 8 GiB.
  if (size > max_bytes) fail(fmt::format("{} has {} bytes, at most {} are read", name, size, max_bytes));
  if (size > file_.size()) fail(fmt::format("{} has {} bytes, the file only {}", name, size, file_.size()));
  std::string bytes(size, '\0');
  read_exactly(file_, bytes, name);
  require_zeros(tar_padding_bytes(size), name);
  offset_ += tar_stored_bytes(size);
  return bytes;
}

void VolumeReader::require_zeros(std::size_t count, std::string_view what) {
  std::string padding(count, '\0');
  read_exactly(file_, padding, what);
  if (padding.find_first_not_of('\0') != std::string::npos) fail(fmt::format("bytes behind {} are not zero", what));
}

VolumeFront VolumeReader::read_front() {
  VolumeFront front;
  const auto next = [this](std::string_view what) { read_exactly(file_, next_header_, what); };
  next(manifest_name);
  const auto manifest_size = tar_member_size(next_header_, manifest_name);
  if (!manifest_size) fail("no member manifest.xml where a Ferry volume begins; this is not one, or it is damaged");
  front.manifest.bytes = read_member(*manifest_size, limits::max_manifest_bytes, manifest_name);
  next("the header behind the manifest");
  while (front.manifest.signatures.size() < limits::max_signatures) {
    const std::string name = signature_name(front.manifest.signatures.size() + 1);
    const auto size = tar_member_size(next_header_, name);
    if (!size) break;
    front.manifest.signatures.push_back(read_member(*size, max_signature_bytes, name));
    next("the header behind a signature");
  }
  while (front.trust_files.size() < max_trust_files) {
    const std::string name = trust_name(front.trust_files.size() + 1);
    const auto size = tar_member_size(next_header_, name);
    if (!size) break;
    front.trust_files.push_back(read_member(*size, limits::max_trust_bytes, name));
    next("the header behind a trust file");
  }
  return front;
}

std::size_t VolumeReader::identify(const VerifiedManifest& manifest) {
  const auto& volumes = manifest->volumes;
  const TarHeader no_member{};  // a volume without chunks goes straight to the trailer
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const TarHeader first =
        volumes[i].empty() ? no_member : tar_header(volumes[i].front().name, volumes[i].front().size);
    if (first != next_header_) continue;
    const std::uint64_t expected = volume_bytes(*front_, volumes[i]);
    if (file_.size() != expected)
      throw FormatError(fmt::format(
          "volume {} of {}: file has {} bytes, expected {}: it was {}; copy this "
          "volume again",
          i + 1, volumes.size(), file_.size(), expected, file_.size() < expected ? "cut short" : "made longer"));
    return i + 1;
  }
  fail("the first member is none that the manifest lists first in a volume");
}

void VolumeReader::check(const VerifiedManifest& manifest, std::size_t index,
                         const std::function<void(const ChunkInfo&, std::string_view)>& take) {
  try {
    const std::vector<ChunkInfo>& chunks = manifest->volumes.at(index - 1);
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      const ChunkInfo& chunk = chunks[i];
      if (i > 0) read_exactly(file_, next_header_, chunk.name);
      if (next_header_ != tar_header(chunk.name, chunk.size))
        fail(fmt::format("header of {} is not what the manifest demands", chunk.name));
      const std::uint64_t start = offset_;
      const std::string stored = read_member(chunk.size, limits::max_chunk_raw_bytes, chunk.name);
      if (const Digest found = sha256(stored); found != chunk.sha256) {
        offset_ = start;
        fail(fmt::format("{}: digest is {}, manifest says {}", chunk.name, found.hex(), chunk.sha256.hex()));
      }
      take(chunk, stored);
    }
    // Where there were chunks, the first zero block is still to be read; otherwise it was next_header_.
    require_zeros(chunks.empty() ? tar_trailer_bytes - tar_block_bytes : tar_trailer_bytes, "the last member");
    std::array<char, 1> more{};
    if (file_.read(more) != 0) fail("bytes follow the end of the archive");
  } catch (Error& error) {
    error.add_context(
        fmt::format("volume {} of {} {}", index, manifest->volumes.size(), quote(file_.path().filename().native())));
    throw;
  }
}

std::string volume_file_name(std::string_view bundle_name, std::size_t index, std::size_t count) {
  return fmt::format("{}_v{:02}of{:02}{}", bundle_name, index, count, volume_extension);
}

}  // namespace ferry::format
