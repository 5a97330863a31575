// SPDX-License-Identifier: Apache-2.0
#include "format/volume.h"

#include <algorithm>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/chunk.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

constexpr std::string_view manifest_name = "manifest.xml";

std::string signature_name(std::size_t number) { return fmt::format("signatures/{:02}.p7s", number); }

// Names and bytes of everything under trust/, in the order of the volume.
void visit_trust(const std::vector<SignedTrust>& trust,
                 const std::function<void(const std::string&, const std::string&)>& visit) {
  for (std::size_t i = 0; i < trust.size(); ++i) {
    visit("trust/" + trust_file_name(i + 1), trust[i].bytes);
    for (std::size_t k = 0; k < trust[i].signatures.size(); ++k)
      visit("trust/" + trust_signature_name(i + 1, k + 1), trust[i].signatures[k]);
  }
}

// A file's bytes from an offset on, hashed as they go by.
class HashingSource final : public Source {
 public:
  HashingSource(const std::filesystem::path& path, std::uint64_t offset,
                const std::function<void(std::uint64_t)>& progress)
      : file_(path), progress_(progress) {
    file_.seek(offset);
  }
  std::size_t read(std::span<char> buffer) override {
    const std::size_t got = file_.read(buffer);
    hash_.update({buffer.data(), got});
    if (progress_) progress_(got);
    return got;
  }
  Digest finish() { return hash_.finish(); }

 private:
  FileSource file_;
  Sha256 hash_;
  const std::function<void(std::uint64_t)>& progress_;
};

constexpr std::size_t block_bytes = 256 * 1024;

// The header that a volume with these members begins with, behind the front; none is there without members.
TarHeader first_header(const VolumeContents& contents) {
  if (!contents.chunks.empty()) return tar_header(contents.chunks.front().name, contents.chunks.front().size);
  if (!contents.files.empty()) return tar_header(contents.files.front().name(), contents.files.front().size);
  return {};
}

}  // namespace

std::uint64_t stored_bytes(const VolumeFront& front) {
  std::uint64_t bytes = tar_stored_bytes(front.manifest.bytes.size());
  for (const std::string& signature : front.manifest.signatures) bytes += tar_stored_bytes(signature.size());
  visit_trust(front.trust,
              [&bytes](const std::string&, const std::string& file) { bytes += tar_stored_bytes(file.size()); });
  return bytes;
}

std::uint64_t volume_bytes(const VolumeFront& front, const VolumeContents& contents) {
  std::uint64_t bytes = stored_bytes(front) + tar_trailer_bytes;
  for (const ChunkInfo& chunk : contents.chunks) bytes += tar_stored_bytes(chunk.size);
  for (const FilePart& part : contents.files) bytes += tar_stored_bytes(part.size);
  return bytes;
}

void write_volume(Sink& sink, const VolumeFront& front, const VolumeContents& contents,
                  const std::filesystem::path& spool, const ContentStore& store,
                  const std::function<void(std::uint64_t)>& progress) {
  TarWriter tar(sink);
  tar.member(manifest_name, front.manifest.bytes);
  for (std::size_t i = 0; i < front.manifest.signatures.size(); ++i)
    tar.member(signature_name(i + 1), front.manifest.signatures[i]);
  visit_trust(front.trust, [&tar](const std::string& name, const std::string& file) { tar.member(name, file); });
  for (const ChunkInfo& chunk : contents.chunks) {
    FileSource source(spooled_chunk(spool, chunk));
    tar.member(chunk.name, source, chunk.size);
  }
  for (const FilePart& part : contents.files) {
    HashingSource source(store.path_of(part.file), part.offset, progress);
    tar.member(part.name(), source, part.size);
    if (const Digest found = source.finish(); found != part.sha256)
      throw IoError(
          fmt::format("content {} has changed: {} has digest {}; expected {}; run 'ferry-export check "
                      "--content' and take the file in again",
                      part.file.hex(), part.name(), found.hex(), part.sha256.hex()));
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
  // The member of this name, if it is the next one.
  const auto member = [&](const std::string& name, std::uint64_t max_bytes) -> std::optional<std::string> {
    const auto size = tar_member_size(next_header_, name);
    if (!size) return {};
    std::string bytes = read_member(*size, max_bytes, name);
    next("the header behind " + name);
    return bytes;
  };
  const auto signatures = [&](std::vector<std::string>& list, const std::function<std::string(std::size_t)>& name) {
    while (list.size() < limits::max_signatures) {
      auto bytes = member(name(list.size() + 1), max_signature_bytes);
      if (!bytes) break;
      list.push_back(std::move(*bytes));
    }
  };
  signatures(front.manifest.signatures, signature_name);
  const std::uint64_t start = offset_;
  while (front.trust.size() < limits::max_trust_files) {
    if (offset_ - start > limits::max_trust_total_bytes)
      fail(fmt::format("the trust files have more than {} bytes", limits::max_trust_total_bytes));
    const std::size_t version = front.trust.size() + 1;
    auto bytes = member("trust/" + trust_file_name(version), limits::max_trust_bytes);
    if (!bytes) break;
    front.trust.push_back({std::move(*bytes), {}});
    signatures(front.trust.back().signatures,
               [version](std::size_t number) { return "trust/" + trust_signature_name(version, number); });
  }
  return front;
}

std::vector<TrustMember> trust_members(const std::vector<SignedTrust>& trust) {
  std::vector<TrustMember> members;
  visit_trust(trust, [&members](const std::string& name, const std::string& bytes) {
    members.push_back({name, bytes.size(), sha256(bytes)});
  });
  return members;
}

void check_front(const VolumeFront& front, const VerifiedManifest& manifest) {
  const std::vector<TrustMember> found = trust_members(front.trust);
  const std::vector<TrustMember>& listed = manifest->trust;
  for (std::size_t i = 0; i < std::max(found.size(), listed.size()); ++i) {
    if (i < found.size() && i < listed.size() && found[i] == listed[i]) continue;
    const std::string& name = i < listed.size() ? listed[i].name : found[i].name;
    throw FormatError(fmt::format("{} is not what the manifest lists; copy the volumes again", quote(name)));
  }
}

std::size_t VolumeReader::identify(const VerifiedManifest& manifest) {
  const auto& volumes = manifest->volumes;
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    if (first_header(volumes[i]) != next_header_) continue;
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

void VolumeReader::check_chunk(const ChunkInfo& chunk, MemberTaker& taker) {
  if (next_header_ != tar_header(chunk.name, chunk.size))
    fail(fmt::format("header of {} is not what the manifest demands", chunk.name));
  const std::uint64_t start = offset_;
  const std::string stored = read_member(chunk.size, limits::max_chunk_raw_bytes, chunk.name);
  if (const Digest found = sha256(stored); found != chunk.sha256) {
    offset_ = start;
    fail(fmt::format("{}: digest is {}, manifest says {}", chunk.name, found.hex(), chunk.sha256.hex()));
  }
  taker.read(stored.size());
  taker.chunk(chunk, stored);
}

void VolumeReader::check_file(const FilePart& part, MemberTaker& taker) {
  if (next_header_ != tar_header(part.name(), part.size))
    fail(fmt::format("header of {} is not what the manifest demands", part.name()));
  const std::uint64_t start = offset_;
  if (taker.has(part)) {
    file_.seek(start + tar_stored_bytes(part.size));
    taker.read(part.size);
  } else {
    Sink* sink = taker.begin(part);
    Sha256 hash;
    std::string block(block_bytes, '\0');
    for (std::uint64_t rest = part.size; rest > 0;) {
      const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(rest, block.size()));
      read_exactly(file_, std::span<char>(block).first(step), part.name());
      const std::string_view bytes = std::string_view(block).substr(0, step);
      hash.update(bytes);
      if (sink != nullptr) sink->write(bytes);
      taker.read(step);
      rest -= step;
    }
    if (const Digest found = hash.finish(); found != part.sha256)
      fail(fmt::format("{}: digest is {}, manifest says {}", part.name(), found.hex(), part.sha256.hex()));
    require_zeros(tar_padding_bytes(part.size), part.name());
    taker.end(part);
  }
  offset_ = start + tar_stored_bytes(part.size);
}

void VolumeReader::check(const VerifiedManifest& manifest, std::size_t index, MemberTaker& taker) {
  try {
    const VolumeContents& contents = manifest->volumes.at(index - 1);
    bool is_first = true;  // its header was read behind the front
    const auto next_header = [&](std::string_view name) {
      if (!is_first) read_exactly(file_, next_header_, name);
      is_first = false;
    };
    for (const ChunkInfo& chunk : contents.chunks) {
      next_header(chunk.name);
      check_chunk(chunk, taker);
    }
    for (const FilePart& part : contents.files) {
      next_header(part.name());
      check_file(part, taker);
    }
    // Where there was a member, the first zero block is still to be read; otherwise it was next_header_.
    require_zeros(is_first ? tar_trailer_bytes - tar_block_bytes : tar_trailer_bytes, "the last member");
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
