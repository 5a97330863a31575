// SPDX-License-Identifier: Apache-2.0
#include "format/record.h"

#include <fmt/format.h>

#include "common/error.h"
#include "common/text.h"
#include "format/limits.h"

namespace ferry::format {
namespace {

std::optional<DropReason> reason_named(std::string_view name) {
  for (const DropReason reason : {DropReason::replaced, DropReason::removed, DropReason::deselected}) {
    if (name_of(reason) == name) return reason;
  }
  return {};
}

// One spelling per number: no sign, no leading zero.
std::optional<std::uint64_t> canonical_number(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return {};
  return parse_u64(text);
}

}  // namespace

std::string_view name_of(DropReason reason) {
  switch (reason) {
    case DropReason::replaced:
      return "replaced";
    case DropReason::removed:
      return "removed";
    case DropReason::deselected:
      return "deselected";
  }
  return "unknown";
}

void append_put(std::string& chunk, const RevisionId& id, Dialect dialect, std::string_view document) {
  chunk += fmt::format("put {} {} {} {}\n", id.update.text(), id.number, name_of(dialect), document.size());
  chunk.append(document);
  chunk += '\n';
}

void append_drop(std::string& chunk, const RevisionId& id, DropReason reason) {
  chunk += fmt::format("drop {} {} {}\n", id.update.text(), id.number, name_of(reason));
}

void append_approve(std::string& chunk, const UpdateId& update) { chunk += fmt::format("approve {}\n", update.text()); }

void RecordReader::fail(std::string_view what) const {
  throw FormatError(fmt::format("record at offset {}: {}", at_, what));
}

std::optional<Record> RecordReader::next() {
  if (at_ == chunk_.size()) return {};
  const std::string_view rest = chunk_.substr(at_);
  const auto line_end = rest.substr(0, max_record_line_bytes).find('\n');
  if (line_end == std::string_view::npos) fail("has no line end where its first line must end");
  const std::string_view line = rest.substr(0, line_end);
  const auto fields = split(line, ' ');
  Record record;
  const bool is_put = fields.size() == 5 && fields[0] == "put";
  const bool is_approval = fields.size() == 2 && fields[0] == "approve";
  if (!is_put && !is_approval && !(fields.size() == 4 && fields[0] == "drop"))
    fail(fmt::format("line is {}; expected 'put' with four fields, 'drop' with three or 'approve' with one",
                     quote(line)));
  const auto update = Guid::parse(fields[1]);
  if (!update || update->text() != fields[1])
    fail(fmt::format("update id is {}; expected a lower-case GUID", quote(fields[1])));
  if (is_approval) {
    record.kind = Record::Kind::approve;
    record.id = {*update, 0};
    at_ += line_end + 1;
    return record;
  }
  const auto number = canonical_number(fields[2]);
  if (!number || *number == 0 || *number > 0x7FFFFFFFU)
    fail(fmt::format("revision is {}; expected 1 to 2147483647", quote(fields[2])));
  record.id = {*update, static_cast<std::uint32_t>(*number)};
  if (!is_put) {
    record.kind = Record::Kind::drop;
    const auto reason = reason_named(fields[3]);
    if (!reason) fail(fmt::format("reason is {}; expected replaced, removed or deselected", quote(fields[3])));
    record.reason = *reason;
    at_ += line_end + 1;
    return record;
  }
  const auto dialect = dialect_named(fields[3]);
  if (!dialect) fail(fmt::format("dialect is {}; expected upd or sdp", quote(fields[3])));
  record.dialect = *dialect;
  const auto length = canonical_number(fields[4]);
  if (!length || *length == 0 || *length > limits::max_document_bytes)
    fail(fmt::format("length is {}; expected 1 to {}", quote(fields[4]), limits::max_document_bytes));
  const std::string_view body = rest.substr(line_end + 1);
  if (body.size() <= *length || body[*length] != '\n')
    fail(fmt::format("document of {} bytes is not followed by a line end", *length));
  record.document = body.substr(0, *length);
  at_ += line_end + 1 + *length + 1;
  return record;
}

}  // namespace ferry::format
