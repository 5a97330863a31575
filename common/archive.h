// SPDX-License-Identifier: Apache-2.0
// Reads the archives that vendors publish (.zip, .cab), and writes .zip, through libarchive. Bundles are not read with
// it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/stream.h"

namespace ferry {

// The members of one archive, front to back. Names are data: nothing is ever extracted to them.
class ArchiveReader {
 public:
  // Knows zip and cabinet files only. Throws NotFoundError, IoError, FormatError.
  explicit ArchiveReader(const std::filesystem::path& path);
  // One in memory, which must outlive the reader; `name` is for messages.
  ArchiveReader(std::string_view bytes, std::string_view name);
  ~ArchiveReader();

  struct Member {
    std::string name;  // as the archive spells it; not trusted
    bool is_file = false;
  };
  // The next member; nothing at the end. Throws FormatError for a damaged archive.
  [[nodiscard]] std::optional<Member> next();
  // The data of the member that next() gave last; at most `max_bytes`, FormatError beyond.
  [[nodiscard]] std::string read(std::uint64_t max_bytes);
  // The same as a stream, until next() is called. Throws FormatError (exit 1) when it is damaged.
  [[nodiscard]] Source& data();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Writes a zip file, member by member. What it wrote is complete only once finish() was called.
class ZipWriter {
 public:
  // Makes the file anew, where one stands too. Throws IoError.
  explicit ZipWriter(const std::filesystem::path& path);
  ~ZipWriter();
  // Members are dated 1980, so that the same bytes make the same file. Throws IoError (17: no space); then the object
  // can only be destroyed.
  void add(const std::string& name, std::string_view bytes);
  void finish();  // throws IoError; not flushed

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ferry
