// SPDX-License-Identifier: Apache-2.0
// A volume: one file of a bundle, a tar archive whose every byte follows from the signed manifest.
// FORMAT.md, "Volume".
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/file.h"
#include "common/stream.h"
#include "common/tar.h"
#include "format/content_store.h"
#include "format/trust_chain.h"
#include "format/verification.h"

namespace ferry::format {

// What stands before the chunks, the same in every volume of a bundle.
struct VolumeFront {
  UnverifiedManifest manifest;
  std::vector<SignedTrust> trust;  // versions 1, 2, 3 …
  bool operator==(const VolumeFront& other) const {
    return manifest.bytes == other.manifest.bytes && manifest.signatures == other.manifest.signatures &&
           trust == other.trust;
  }
};

// How the trust files of a front stand in the manifest that it opens with.
[[nodiscard]] std::vector<TrustMember> trust_members(const std::vector<SignedTrust>& trust);

// The trust files and their signatures must be those that the manifest lists. Throws FormatError (15).
void check_front(const VolumeFront& front, const VerifiedManifest& manifest);

[[nodiscard]] std::uint64_t stored_bytes(const VolumeFront& front);
// Of a complete volume with these members.
[[nodiscard]] std::uint64_t volume_bytes(const VolumeFront& front, const VolumeContents& contents);

// Writes one volume; chunks come from the spool, files from the content store, which are hashed on the way:
// throws IoError when one is not what the manifest says. `progress` is told the bytes.
void write_volume(Sink& sink, const VolumeFront& front, const VolumeContents& contents,
                  const std::filesystem::path& spool, const ContentStore& store,
                  const std::function<void(std::uint64_t)>& progress);

// Takes what VolumeReader::check() reads. By default everything is checked and nothing kept.
class MemberTaker {
 public:
  virtual ~MemberTaker() = default;
  // After the digest was found right.
  virtual void chunk(const ChunkInfo& /*chunk*/, std::string_view /*stored*/) {}
  // Where the bytes of a file go; nullptr: they are checked only.
  virtual Sink* begin(const FilePart& /*part*/) { return nullptr; }
  // The member's digest was right. Of a file in parts, each is told.
  virtual void end(const FilePart& /*part*/) {}
  // The bytes of this file are here already; they are skipped unread.
  virtual bool has(const FilePart& /*part*/) { return false; }
  virtual void read(std::uint64_t /*bytes*/) {}  // for a display of progress
};

// Keeps nothing and tells how far it is.
class ProgressTaker final : public MemberTaker {
 public:
  explicit ProgressTaker(std::function<void(std::uint64_t)> progress) : progress_(std::move(progress)) {}
  void read(std::uint64_t bytes) override { progress_(bytes); }

 private:
  std::function<void(std::uint64_t)> progress_;
};

// Reads one volume file, front to back, once. Until check() everything in it is just bytes.
class VolumeReader {
 public:
  // Reads the front. Throws FormatError (15) when the file does not begin as a volume does.
  explicit VolumeReader(std::filesystem::path path);

  [[nodiscard]] const VolumeFront& front() const noexcept { return *front_; }
  // A manifest has megabytes and every volume repeats it: keeps one copy. REQUIRES: the fronts are equal.
  void share_front(const VolumeReader& other) { front_ = other.front_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_.path(); }
  [[nodiscard]] std::uint64_t size() const noexcept { return file_.size(); }

  // Which volume of the verified manifest this is, 1 for the first: its size and its first header must be
  // exactly right. Throws FormatError (15).
  [[nodiscard]] std::size_t identify(const VerifiedManifest& manifest);

  // Checks all that follows the front, byte by byte, but for files that the taker has. REQUIRES: identify()
  // gave `index`. Throws FormatError (15), IoError.
  void check(const VerifiedManifest& manifest, std::size_t index, MemberTaker& taker);

 private:
  VolumeFront read_front();
  std::string read_member(std::uint64_t size, std::uint64_t max_bytes, std::string_view name);
  void require_zeros(std::size_t count, std::string_view what);
  void check_chunk(const ChunkInfo& chunk, MemberTaker& taker);
  void check_file(const FilePart& part, MemberTaker& taker);
  [[noreturn]] void fail(std::string_view what) const;

  FileSource file_;
  std::shared_ptr<const VolumeFront> front_;
  TarHeader next_header_{};   // the first header behind the front
  std::uint64_t offset_ = 0;  // of next_header_, later of what is read next
};

// <bundle name>_v01of03.ferry
[[nodiscard]] std::string volume_file_name(std::string_view bundle_name, std::size_t index, std::size_t count);
inline constexpr std::string_view volume_extension = ".ferry";

}  // namespace ferry::format
