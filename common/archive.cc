// SPDX-License-Identifier: Apache-2.0
#include "common/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <clocale>
#include <cstring>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/handle.h"
#include "common/text.h"

namespace ferry {
namespace {

using Archive = Handle<::archive, &archive_read_free>;

class MemberSource final : public Source {
 public:
  explicit MemberSource(::archive* archive) : archive_(archive) {}
  std::size_t read(std::span<char> buffer) override {
    const la_ssize_t got = archive_read_data(archive_, buffer.data(), buffer.size());
    if (got < 0) {
      const char* text = archive_error_string(archive_);
      throw FormatError(fmt::format("damaged: {}", text == nullptr ? "unknown reason" : for_terminal(text)),
                        ExitCode::failed);
    }
    return static_cast<std::size_t>(got);
  }

 private:
  ::archive* archive_;
};

}  // namespace

struct ArchiveReader::State {
  std::string path;
  Archive archive{archive_read_new()};
  MemberSource data{archive.get()};

  explicit State(std::string name) : path(std::move(name)) {
    // libarchive converts member names with the C locale's character set; without this, a name outside
    // ASCII makes the whole archive unreadable.
    static const bool has_utf8 = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
    static_cast<void>(has_utf8);
    if (!archive) throw std::bad_alloc();
    archive_read_support_format_zip(archive.get());
    archive_read_support_format_cab(archive.get());
  }

  [[noreturn]] void fail(std::string_view what) const {
    const char* text = archive_error_string(archive.get());
    throw FormatError(
        fmt::format("{} {}: {}", what, quote(path), text == nullptr ? "unknown reason" : for_terminal(text)),
        ExitCode::failed);
  }
};

ArchiveReader::ArchiveReader(const std::filesystem::path& path) : state_(std::make_unique<State>(path.native())) {
  FileSource exists(path);  // for our own error, which says what is missing
  if (archive_read_open_filename(state_->archive.get(), path.c_str(), 256 * 1024) != ARCHIVE_OK)
    state_->fail("not a zip or cabinet file");
}

ArchiveReader::ArchiveReader(std::string_view bytes, std::string_view name)
    : state_(std::make_unique<State>(std::string(name))) {
  if (archive_read_open_memory(state_->archive.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    state_->fail("not a zip or cabinet file");
}

ArchiveReader::~ArchiveReader() = default;

std::optional<ArchiveReader::Member> ArchiveReader::next() {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(state_->archive.get(), &entry);
  if (result == ARCHIVE_EOF) return {};
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) state_->fail("cannot read archive");
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  Member member;
  member.name = name == nullptr ? "" : name;
  member.is_file = archive_entry_filetype(entry) == AE_IFREG;
  return member;
}

std::string ArchiveReader::read(std::uint64_t max_bytes) { return read_all(state_->data, max_bytes, "member"); }

Source& ArchiveReader::data() { return state_->data; }

}  // namespace ferry
