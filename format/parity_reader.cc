// SPDX-License-Identifier: Apache-2.0
// Finding and opening parity files: which of them belong together, and what they say of the data.
#include <algorithm>

#include <fmt/format.h>

#include "common/text.h"
#include "format/internal/parity_stripes.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;
using parity::Layout;
using parity::OpenSet;
using parity::SectorHeader;

constexpr std::uint64_t scan_bytes = 256 * 1024;

struct Opened {
  fs::path path;
  SectorHeader header;
};

// The first good metadata sector, wherever it lies. Throws FormatError, IoError, NotFoundError.
Opened open_file(const fs::path& path) {
  parity::FileShelf file({path});
  const std::uint64_t size = file.open(0).size();
  std::string bytes;
  for (std::uint64_t offset = 0; offset < size; offset += scan_bytes) {
    bytes.assign(std::min(scan_bytes, size - offset), '\0');
    file.read(0, offset, bytes, parity::sector_bytes, [](std::uint64_t) {});
    for (std::uint64_t at = 0; at + parity::sector_bytes <= bytes.size(); at += parity::sector_bytes) {
      const auto header = parity::decode_header(std::string_view(bytes).substr(at, parity::sector_bytes));
      if (!header) continue;
      // Work and memory follow from what the metadata says, so the file must nearly have all that it says.
      const std::uint64_t expected = Layout(header->shape, header->set_id).file_bytes(header->file);
      if (size < expected / 2) throw FormatError(fmt::format("{} bytes of {} are left; copy it again", size, expected));
      return {path, *header};
    }
  }
  throw FormatError("no readable parity metadata; it is no parity file or damaged beyond use");
}

// Numbers of the metadata that must be the same in all files of a set.
bool belong_together(const SectorHeader& left, const SectorHeader& right) {
  return left.set_id == right.set_id && left.shape == right.shape;
}

std::vector<std::uint64_t> read_sizes(const Layout& layout, const std::vector<fs::path>& files) {
  parity::FileShelf shelf(files);
  std::vector<std::uint64_t> sizes;
  std::string bytes(parity::sector_bytes, '\0');
  const auto find = [&](std::uint64_t sector) {
    for (std::size_t file = 0; file < files.size(); ++file) {
      if (files[file].empty()) continue;
      for (std::uint64_t copy = 0; copy < layout.shape().copies; ++copy) {
        bytes.assign(parity::sector_bytes, '\0');
        shelf.read(file, layout.sector_offset(file, copy, sector), bytes, bytes.size(), [](std::uint64_t) {});
        if (layout.is_sector(bytes, file, sector)) return;
      }
    }
    throw FormatError("no copy of the sizes of the data files is readable; copy the medium again");
  };
  const std::size_t count = layout.shape().data_sizes.size();
  for (std::uint64_t sector = 0; sizes.size() < count; ++sector) {
    find(sector);
    for (std::uint64_t i = 0; i < parity::sizes_per_sector && sizes.size() < count; ++i)
      sizes.push_back(parity::read_u64(bytes, parity::header_bytes + i * sizeof(std::uint64_t)));
  }
  return sizes;
}

// REQUIRES: at least one file.
ParitySet make_set(const std::vector<Opened>& opened) {
  const SectorHeader& first = opened.front().header;
  // Where things lie in parity files does not depend on the sizes of the data.
  const Layout numbers(first.shape, first.set_id);
  std::vector<fs::path> files(first.shape.parity_files);
  for (const Opened& file : opened) {
    if (file.header.set_id != first.set_id)
      throw FormatError(fmt::format("{} belongs to set {}, {} to set {}; use those of one bundle at a time",
                                    quote(opened.front().path.native()), first.set_id.hex(), quote(file.path.native()),
                                    file.header.set_id.hex()));
    if (!belong_together(file.header, first))
      throw FormatError(fmt::format("{} and {} contradict each other; they were written in different runs",
                                    quote(opened.front().path.native()), quote(file.path.native())));
    if (files[file.header.file].empty()) files[file.header.file] = file.path;
  }
  ParityShape shape = first.shape;
  shape.data_sizes = read_sizes(numbers, files);
  parity::check_shape(shape);
  return ParitySet(std::make_shared<OpenSet>(Layout(std::move(shape), first.set_id), std::move(files)));
}

std::vector<fs::path> parity_files_in(const std::vector<fs::path>& places) {
  std::vector<fs::path> files;
  for (const fs::path& place : places) {
    std::error_code error;
    if (!fs::is_directory(place, error)) {
      if (!file_exists(place)) throw NotFoundError(fmt::format("there is no file {}", quote(place.native())));
      if (place.extension() == parity_extension) files.push_back(place);
      continue;
    }
    fs::directory_iterator entry(place, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (entry->path().extension() == parity_extension) files.push_back(entry->path());
    }
    if (error) throw io_error("read directory", place.native(), error.value());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

const ParityShape& ParitySet::shape() const noexcept { return set_->layout.shape(); }
const Digest& ParitySet::set_id() const noexcept { return set_->layout.set_id(); }
const std::vector<fs::path>& ParitySet::files() const noexcept { return set_->files; }

ParitySet open_parity(const std::vector<fs::path>& files, const std::optional<Digest>& set_id) {
  if (files.empty()) throw UsageError("no parity file was named");
  std::vector<Opened> opened;
  for (const fs::path& path : files) {
    try {
      opened.push_back(open_file(path));
      const Digest& found = opened.back().header.set_id;
      if (set_id && found != *set_id)
        throw FormatError(fmt::format("it belongs to set {}, expected {}", found.hex(), set_id->hex()));
    } catch (FormatError& error) {
      error.add_context(quote(path.native()));
      throw;
    }
  }
  return make_set(opened);
}

FoundParity find_parity(const std::vector<fs::path>& places) {
  FoundParity found;
  std::vector<std::vector<Opened>> groups;
  for (const fs::path& path : parity_files_in(places)) {
    try {
      Opened opened = open_file(path);
      const auto group = std::ranges::find_if(
          groups, [&](const auto& other) { return belong_together(other.front().header, opened.header); });
      if (group != groups.end()) {
        group->push_back(std::move(opened));
      } else {
        groups.push_back({std::move(opened)});
      }
    } catch (const Error& error) {
      found.unreadable.push_back({path, error.what(), error.code()});
    }
  }
  for (const std::vector<Opened>& files : groups) {
    try {
      found.sets.push_back(make_set(files));
    } catch (const Error& error) {
      for (const Opened& file : files) found.unreadable.push_back({file.path, error.what(), error.code()});
    }
  }
  return found;
}

}  // namespace ferry::format
