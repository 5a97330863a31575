// SPDX-License-Identifier: Apache-2.0
#include "format/audit_log.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "common/error.h"
#include "common/file.h"
#include "common/text.h"

namespace ferry::format {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t summary_bytes = 1024ULL * 1024;
constexpr std::size_t errors_kept = 10;
constexpr std::size_t names_kept = 200;  // of commands and of sources: a hostile log has as many as it likes
constexpr std::size_t max_depth = 16;
constexpr std::size_t block_bytes = 64UL * 1024;

// Is it nested no deeper than lines of ours? Values are destroyed, compared and printed by recursion.
bool is_shallow(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth) return false;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return true;
}

bool is_fine(std::int64_t code) {
  return code == static_cast<int>(ExitCode::done) || code == static_cast<int>(ExitCode::nothing_to_do) ||
         code == static_cast<int>(ExitCode::already_applied);
}

std::string in_seconds(const LogLine& line) {
  const auto seconds = line.seconds();
  return seconds ? fmt::format(" in {:.1f} s", *seconds) : "";
}

std::string name(const LogLine& line, const char* field) { return quote(line.text_of(field)); }

std::string describe_end(const LogLine& line) {
  const std::string what = for_terminal(line.text_of("command"), 60);
  const std::int64_t code = line.code().value_or(0);
  const std::string error = for_terminal(line.text_of("error"), 1000);
  return fmt::format("{} ends with {}{}{}{}", what, code, in_seconds(line), error.empty() ? "" : ": ", error);
}

// The first of the failures that a source had, "path: error".
std::string first_failure(const LogLine& line) {
  const auto failures = line.fields.find("failures");
  if (failures == line.fields.end() || !failures->is_array() || failures->empty()) return "";
  const Json& first = failures->front();
  std::string text;
  for (const char* field : {"path", "error"}) {
    if (!first.is_object() || !first.contains(field) || !first[field].is_string()) continue;
    const std::string part = first[field].get<std::string>();
    if (!part.empty()) text += (text.empty() ? "" : ": ") + part;
  }
  return text;
}

std::string describe_source(const LogLine& line) {
  std::string text = "source " + name(line, "source") + ":";
  std::string_view gap = " ";
  for (const char* field : {"new", "changed", "expired", "removed", "unchanged", "failed"}) {
    if (std::string_view(field) == "failed" && line.count_of(field) == 0) continue;
    text += fmt::format("{}{} {}", gap, format_count(line.count_of(field)), field);
    gap = ", ";
  }
  text += in_seconds(line);
  const std::string failure = first_failure(line);
  return failure.empty() ? text : text + "; first failure: " + for_terminal(failure, 500);
}

std::string describe_feed(const LogLine& line) {
  const bool is_new = line.fields.contains("is_new") && line.fields["is_new"] == true;
  const std::string feed =
      fmt::format("feed {}: generation {}", name(line, "feed"), format_count(line.count_of("generation")));
  if (!is_new) return feed + ", nothing new";
  return fmt::format("{}, {} in, {} out", feed, format_count(line.count_of("added")),
                     format_count(line.count_of("removed")));
}

std::string describe_export(const LogLine& line) {
  return fmt::format(
      "bundle {} for {}: {} in, {} out, {} in {}{}", name(line, "name"),
      line.text_of("site").empty() ? "every site of feed " + name(line, "feed") : "site " + name(line, "site"),
      format_count(line.count_of("puts")), format_count(line.count_of("drops")), format_size(line.count_of("bytes")),
      counted(line.count_of("volumes"), "volume", "volumes"), in_seconds(line));
}

std::string describe_import(const LogLine& line) {
  const std::string bundle = line.text_of("name").empty() ? name(line, "path") : name(line, "name");
  if (line.text_of("result") == "applied")
    return fmt::format("bundle {}: applied, feed {} generation {}, {} in, {} out{}", bundle, name(line, "feed"),
                       format_count(line.count_of("generation")), format_count(line.count_of("added")),
                       format_count(line.count_of("removed")), in_seconds(line));
  return fmt::format("bundle {}: {} ({}): {}", bundle, for_terminal(line.text_of("result"), 40),
                     line.code().value_or(0), for_terminal(line.text_of("error"), 1000));
}

// Of an event that has no words of its own: its fields, lists by their length.
std::string describe_fields(const LogLine& line) {
  std::string text = for_terminal(line.event, 60);
  for (const auto& [key, value] : line.fields.items()) {
    if (key == "time" || key == "run" || key == "event" || key == "version") continue;
    if (text.size() > 2000) return text + " …";
    text += " " + for_terminal(key, 40) + "=";
    if (value.is_string()) {
      text += quote(value.get<std::string>());
    } else if (value.is_structured()) {
      text += fmt::format("[{}]", value.size());
    } else {
      text += for_terminal(value.dump(-1, ' ', true, Json::error_handler_t::replace), 60);
    }
  }
  return text;
}

}  // namespace

std::string_view LogLine::text_of(const char* field) const {
  const auto found = fields.find(field);
  if (found == fields.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

std::uint64_t LogLine::count_of(const char* field) const {
  const auto found = fields.find(field);
  if (found == fields.end() || !found->is_number_unsigned()) return 0;
  return found->get<std::uint64_t>();
}

std::optional<std::int64_t> LogLine::code() const {
  const auto found = fields.find("code");
  if (found == fields.end() || !found->is_number_unsigned()) return {};
  const auto code = found->get<std::uint64_t>();
  constexpr std::uint64_t highest = 255;  // of a process
  return code <= highest ? std::optional(static_cast<std::int64_t>(code)) : std::nullopt;
}

std::optional<double> LogLine::seconds() const {
  const auto found = fields.find("seconds");
  if (found == fields.end() || !found->is_number()) return {};
  const double seconds = found->get<double>();
  constexpr double longest = 1e9;
  return seconds >= 0 && seconds <= longest ? std::optional(seconds) : std::nullopt;
}

bool LogLine::is_error() const {
  if (!fields.is_object()) return true;
  if (event == "source" || event == "fetch") {
    const auto failed = fields.find("failed");
    return count_of("failed") > 0 || (failed != fields.end() && failed->is_array() && !failed->empty());
  }
  if (const auto ended = code()) return !is_fine(*ended);
  return !text_of("error").empty();
}

LogLine parse_log_line(std::string_view text) {
  LogLine line;
  line.bytes = text.size();
  if (text.size() > max_log_line) return line;
  line.text = text;
  if (!is_shallow(text)) return line;
  Json fields = Json::parse(text, nullptr, false);
  if (!fields.is_object()) return line;
  line.fields = std::move(fields);
  line.time = Time::parse(line.text_of("time"));
  line.run = line.text_of("run");
  line.event = line.text_of("event");
  return line;
}

std::string describe(const LogLine& line) {
  if (!line.fields.is_object()) {
    if (line.text.empty()) return fmt::format("a line of {}, which cannot be read", format_size(line.bytes));
    return "a line that cannot be read: " + for_terminal(line.text, 200);
  }
  if (line.event == "start") return for_terminal(line.text_of("command"), 60) + " begins";
  if (line.event == "end") return describe_end(line);
  if (line.event == "source") return describe_source(line);
  if (line.event == "feed") return describe_feed(line);
  if (line.event == "export") return describe_export(line);
  if (line.event == "import") return describe_import(line);
  return describe_fields(line);
}

void visit_log(const fs::path& log, std::uint64_t offset, const std::function<void(const LogLine&)>& visit) {
  if (!file_exists(log)) return;
  const FileSource file(log);
  std::string line;
  std::uint64_t length = 0;
  // From the byte before: where that ends a line, the one at `offset` is whole.
  bool is_part = offset > 0;
  std::uint64_t at = is_part ? offset - 1 : 0;
  const auto finish = [&] {
    if (!is_part && length > max_log_line) visit(LogLine{"", length, {}, {}, "", ""});
    if (!is_part && length > 0 && length <= max_log_line) visit(parse_log_line(line));
    is_part = false;
    line.clear();
    length = 0;
  };
  std::vector<char> buffer(block_bytes);
  while (at < file.size()) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), file.size() - at);
    const std::size_t read = file.read_at(at, {buffer.data(), wanted});
    if (read == 0) break;  // cut short meanwhile, by a rotation
    at += read;
    for (std::size_t i = 0; i < read; ++i) {
      if (buffer[i] == '\n') {
        finish();
        continue;
      }
      ++length;
      if (length <= max_log_line) line.push_back(buffer[i]);
    }
  }
  finish();
}

std::uint64_t log_tail(const fs::path& log, std::uint64_t bytes) {
  if (!file_exists(log)) return 0;
  const std::uint64_t size = FileSource(log).size();
  return size > bytes ? size - bytes : 0;
}

bool EndedRun::failed() const { return !is_fine(code); }

LogSummary summarize_log(const fs::path& log) {
  LogSummary summary;
  std::deque<LoggedError> errors;
  const auto may_keep = [](const auto& kept, const std::string& name) {
    return kept.size() < names_kept || kept.contains(name);
  };
  const auto take = [&](const LogLine& line) {
    const Time time = line.time.value_or(Time{});
    const std::string command(line.text_of("command"));
    const std::string source(line.text_of("source"));
    if (line.event == "start" && may_keep(summary.open, command))
      summary.open[command] = {command, line.run, time, line.count_of("process")};
    if (line.event == "end") summary.open.erase(command);
    if (line.event == "end" && may_keep(summary.runs, command))
      summary.runs[command] = {
          command, line.run, time, line.code().value_or(0), line.seconds(), std::string(line.text_of("error"))};
    if (line.event == "source" && may_keep(summary.sources, source))
      summary.sources[source] = {time, line.count_of("failed"), first_failure(line)};
    if (!line.is_error()) return;
    errors.push_front({time, line.run, describe(line)});
    if (errors.size() > errors_kept) errors.pop_back();
  };
  try {
    visit_log(log, log_tail(log, summary_bytes), take);
  } catch (const Error& error) {
    return {error.what(), {}, {}, {}, {}};
  }
  summary.errors.assign(errors.begin(), errors.end());
  return summary;
}

}  // namespace ferry::format
