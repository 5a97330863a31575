// SPDX-License-Identifier: Apache-2.0
#include "common/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
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

namespace {

// archive_write_free() would write the end of an archive that is not finished, and archive_write_fail() leaks: so the
// bytes go through a callback that drops them once writing was given up.
struct ZipOutput {
  std::string path;
  FileDescriptor fd;
  bool is_given_up = false;
  int error = 0;
};

la_ssize_t write_zip_bytes(::archive* archive, void* data, const void* bytes, std::size_t size) {
  ZipOutput& output = *static_cast<ZipOutput*>(data);
  if (output.is_given_up) return static_cast<la_ssize_t>(size);
  const ssize_t done = ::write(output.fd.get(), bytes, size);
  if (done >= 0) return done;
  output.error = errno;
  archive_set_error(archive, errno, "cannot write");
  return -1;
}

}  // namespace

struct ZipWriter::State {
  ZipOutput output;
  Handle<::archive, &archive_write_free> archive{archive_write_new()};

  [[noreturn]] void fail() {
    output.is_given_up = true;
    if (output.error != 0) throw io_error("write", output.path, output.error);
    const char* text = archive_error_string(archive.get());
    throw IoError(fmt::format("cannot write {}: {}", quote(output.path), text == nullptr ? "unknown reason" : text));
  }
};

ZipWriter::ZipWriter(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  State& state = *state_;
  if (!state.archive) throw std::bad_alloc();
  state.output.path = path.native();
  state.output.fd = FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!state.output.fd.is_open()) throw io_error("create", path.native(), errno);
  archive_write_set_format_zip(state.archive.get());
  archive_write_set_bytes_in_last_block(state.archive.get(), 1);  // no padding as on a tape
  if (archive_write_open(state.archive.get(), &state.output, nullptr, &write_zip_bytes, nullptr) != ARCHIVE_OK)
    state.fail();
}

ZipWriter::~ZipWriter() { state_->output.is_given_up = true; }

void ZipWriter::add(const std::string& name, std::string_view bytes) {
  constexpr std::time_t nobodys = 315532800;  // 1980-01-01
  State& state = *state_;
  const Handle<archive_entry, &archive_entry_free> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  archive_entry_set_mtime(entry.get(), nobodys, 0);
  if (archive_write_header(state.archive.get(), entry.get()) != ARCHIVE_OK) state.fail();
  if (archive_write_data(state.archive.get(), bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size()))
    state.fail();
}

void ZipWriter::finish() {
  if (archive_write_close(state_->archive.get()) != ARCHIVE_OK) state_->fail();
}

}  // namespace ferry
