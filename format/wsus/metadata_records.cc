// SPDX-License-Identifier: Apache-2.0
#include "format/wsus/metadata_records.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "common/encoding.h"
#include "common/error.h"
#include "common/text.h"
#include "common/utf8_source.h"
#include "format/limits.h"

namespace ferry::format::wsus {
namespace {

constexpr std::size_t record_id_size = 36;
constexpr std::size_t record_number_size = 8;
constexpr std::size_t record_head_size = record_id_size + 1 + 2 * (record_number_size + 1);
// Characters of line ends between two records; the writer makes two.
constexpr std::uint64_t max_line_ends = 8;

std::optional<std::uint32_t> record_number(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  return value;
}

class MetadataRecordReader {
 public:
  explicit MetadataRecordReader(Source& text) : text_(text) {}

  bool read(const std::function<void(const RevisionId&, std::string_view)>& visit) {
    const std::string between = take_line_ends();
    const bool is_at_end = !fill();
    if (count_ > 0) check_line_ends(between, is_at_end);
    if (is_at_end) return false;
    ++count_;
    const std::string head = take_head();
    const auto id = Guid::parse(std::string_view(head).substr(0, record_id_size));
    const auto number = record_number(std::string_view(head).substr(record_id_size + 1, record_number_size));
    const auto units =
        record_number(std::string_view(head).substr(record_id_size + record_number_size + 2, record_number_size));
    const bool has_commas = head[record_id_size] == ',' && head[record_id_size + record_number_size + 1] == ',' &&
                            head[record_head_size - 1] == ',';
    if (!id || !number || !units || !has_commas)
      fail(
          fmt::format("begins with {}, expected '<update id>,<8 hexadecimal digits>,<8 hexadecimal digits>,': the "
                      "record before it, or the file, is damaged",
                      quote(head)));
    take_document(*units);
    visit({*id, *number}, document_);
    return true;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw FormatError(fmt::format("record {} {}", format_count(count_), what), ExitCode::failed);
  }
  [[noreturn]] void fail_early() const {
    fail("ends too early: the package is cut short, as a copy does that was not finished; copy it again");
  }

  bool fill() {
    if (at_ < size_) return true;
    at_ = 0;
    size_ = text_.read(buffer_);
    return size_ > 0;
  }

  std::string take_line_ends() {
    std::string taken;
    while (fill() && (buffer_[at_] == '\r' || buffer_[at_] == '\n')) {
      taken += buffer_[at_++];
      if (taken.size() <= max_line_ends) continue;
      ++count_;
      fail(fmt::format("stands behind more than {} line ends, expected one", max_line_ends));
    }
    return taken;
  }

  // A length that is a little wrong takes a line end into the document or leaves one of its own behind, and the
  // document stays well-formed. What gives it away is that a writer ends all records alike.
  void check_line_ends(const std::string& between, bool is_at_end) {
    const bool has_line_end = document_.ends_with('\n') || document_.ends_with('\r');
    const bool is_cut = document_.ends_with('\r') && between.starts_with('\n');
    const bool is_missing = between.empty() && (!is_at_end || has_line_end);
    const bool is_mixed = between.find("\n\r") != std::string::npos;
    const bool is_other = line_end_ && !between.empty() && between != *line_end_;
    if (is_cut || is_missing || is_mixed || is_other)
      fail(
          fmt::format("does not end as its length says: expected {} behind its document, found {}; the package was "
                      "changed, or is damaged: make it again",
                      line_end_ ? shown(*line_end_) : std::string("a line end"), shown(between)));
    if (!between.empty()) line_end_ = between;
  }
  static std::string shown(std::string_view line_ends) {
    if (line_ends.empty()) return "none";
    std::string text;
    for (const char one : line_ends) text += fmt::format("{}{}", text.empty() ? "" : " ", one == '\r' ? "CR" : "LF");
    return text;
  }

  std::string take_head() {
    std::string head;
    while (head.size() < record_head_size) {
      if (!fill()) fail_early();
      head += buffer_[at_++];
    }
    return head;
  }

  // The document has so many UTF-16 code units: characters above U+FFFF, of four bytes here, count twice.
  void take_document(std::uint64_t units) {
    document_.clear();
    std::uint64_t taken = 0;
    while (true) {
      if (!fill()) {
        if (taken == units) break;
        fail_early();
      }
      const char* begin = buffer_.data() + at_;
      const char* end = buffer_.data() + size_;
      const char* stop = begin;
      for (; stop != end; ++stop) {
        const auto byte = static_cast<unsigned char>(*stop);
        const bool is_lead = (byte & 0xC0U) != 0x80U;
        if (is_lead && taken >= units) break;
        taken += is_lead ? 1U : 0U;
        taken += byte >= 0xF0U ? 1U : 0U;
      }
      document_.append(begin, stop);
      at_ += static_cast<std::size_t>(stop - begin);
      if (document_.size() > limits::max_document_bytes)
        fail(fmt::format("says that its document has {} UTF-16 code units; documents of more than {} are not read",
                         format_count(units), format_size(limits::max_document_bytes)));
      if (stop != end) break;
    }
    if (taken != units)
      fail(fmt::format("says that its document has {} UTF-16 code units, which ends in the middle of a character",
                       format_count(units)));
    if (!is_utf8(document_)) fail("is not UTF-8, and no byte order mark says what it is");
  }

  Source& text_;
  std::string buffer_ = std::string(std::size_t{64} * 1024, '\0');
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::uint64_t count_ = 0;
  std::string document_;                 // of the record that was read last
  std::optional<std::string> line_end_;  // behind those before it
};

}  // namespace

void read_metadata_records(Source& text, const std::function<void(const RevisionId&, std::string_view)>& visit) {
  Utf8Source utf8(text);
  MetadataRecordReader reader(utf8);
  while (reader.read(visit)) {
  }
}

void write_metadata_record(Sink& text, const RevisionId& id, std::string_view document) {
  text.write(fmt::format("{},{:08x},{:08x},", id.update.text(), id.number, utf16_size(document) / 2));
  text.write(document);
  text.write("\r\n");
}

}  // namespace ferry::format::wsus
