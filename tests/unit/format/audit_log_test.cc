// SPDX-License-Identifier: Apache-2.0
#include "format/audit_log.h"

#include <catch2/catch.hpp>

#include "tests/support/test_support.h"

using namespace ferry;
using namespace ferry::format;
using namespace ferry::tests;

namespace {

std::string end_line(const std::string& command, int code, const std::string& error = "") {
  Json line{{"time", "2026-11-23T12:00:00Z"}, {"run", "r-1"}, {"event", "end"}, {"command", command}, {"code", code}};
  if (!error.empty()) line["error"] = error;
  return line.dump() + "\n";
}

std::vector<std::string> lines_from(const std::filesystem::path& log, std::uint64_t offset) {
  std::vector<std::string> lines;
  visit_log(log, offset, [&lines](const LogLine& line) { lines.push_back(line.text); });
  return lines;
}

}  // namespace

TEST_CASE("lines are read from the first that begins at an offset", "[log]") {
  const Scratch scratch;
  const auto log = scratch / "log";
  CHECK(lines_from(log, 0).empty());
  write(log, "one\ntwo\nthree");
  CHECK(lines_from(log, 0) == std::vector<std::string>{"one", "two", "three"});
  CHECK(lines_from(log, 1) == std::vector<std::string>{"two", "three"});
  CHECK(lines_from(log, 4) == std::vector<std::string>{"two", "three"});
  CHECK(lines_from(log, 5) == std::vector<std::string>{"three"});
  CHECK(lines_from(log, 8) == std::vector<std::string>{"three"});
  CHECK(lines_from(log, 9).empty());
  CHECK(lines_from(log, 100).empty());
}

TEST_CASE("a line that is too long is told by its length alone", "[log]") {
  const Scratch scratch;
  const auto log = scratch / "log";
  write(log, std::string(max_log_line + 5, 'x') + "\n" + end_line("sync", 0));
  std::vector<LogLine> lines;
  visit_log(log, 0, [&lines](const LogLine& line) { lines.push_back(line); });
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].text.empty());
  CHECK(lines[0].bytes == max_log_line + 5);
  CHECK(describe(lines[0]) == "a line of 1.0 MiB, which cannot be read");
  CHECK(describe(lines[1]) == "sync ends with 0");
}

TEST_CASE("what is no line of ours is an error that harms nobody", "[log]") {
  for (const std::string& text :
       {std::string("torn {"), std::string("[1]"), std::string("7"), std::string(200'000, '['),
        std::string("\xff\x00", 2), std::string("{\"time\":7,\"run\":[],\"event\":{},\"code\":\"x\",\"seconds\":true}"),
        std::string("{\"event\":\"end\",\"code\":-1,\"seconds\":1e300}"),
        std::string("{\"event\":\"source\",\"new\":-5,\"failed\":\"many\",\"failures\":[1]}"),
        std::string("{\"event\":\"import\",\"result\":5}"), std::string("{\"event\":\"export\"}"), std::string("{}")}) {
    const LogLine line = parse_log_line(text);
    const std::string said = describe(line);
    CHECK(said.find('\n') == std::string::npos);
    CHECK(said.size() < 3000);
  }
  CHECK(parse_log_line("torn {").is_error());
  CHECK_FALSE(parse_log_line("{}").is_error());
  CHECK(describe(parse_log_line("{\"event\":\"\\u001b[31mx\",\"a\":\"\\u202e\",\"b\":[1,2]}")) ==
        "\\u{1b}[31mx a='\\u{202e}' b=[2]");
}

TEST_CASE("errors are what did not succeed", "[log]") {
  const auto is_error = [](const std::string& text) { return parse_log_line(text).is_error(); };
  CHECK_FALSE(is_error(end_line("sync", 0)));
  CHECK_FALSE(is_error(end_line("sync", 2)));
  CHECK_FALSE(is_error(end_line("import", 14)));
  CHECK(is_error(end_line("sync", 4)));
  CHECK(is_error(end_line("import", 15, "damaged")));
  CHECK(is_error(R"({"event":"source","source":"a","failed":2})"));
  CHECK_FALSE(is_error(R"({"event":"source","source":"a","failed":0})"));
  CHECK(is_error(R"({"event":"import","result":"refused","code":11,"error":"x"})"));
  CHECK_FALSE(is_error(R"({"event":"import","result":"already","code":14,"error":"x"})"));
}

TEST_CASE("the end of the log says how each command last ended", "[log]") {
  const Scratch scratch;
  const auto log = scratch / "log";
  std::string text = end_line("sync", 1, "first") + end_line("export", 0) + end_line("sync", 0);
  text += R"({"time":"2026-11-23T12:00:00Z","event":"source","source":"vendor","failed":2,)"
          R"("failures":[{"path":"a.xml","error":"torn"}]})"
          "\n";
  for (int i = 0; i < 20; ++i) text += end_line("fetch", 1, "no " + std::to_string(i));
  write(log, text);
  const LogSummary summary = summarize_log(log);
  CHECK(summary.runs.size() == 3);
  CHECK(summary.runs.at("sync").code == 0);
  CHECK_FALSE(summary.runs.at("sync").failed());
  CHECK(summary.runs.at("fetch").error == "no 19");
  CHECK(summary.sources.at("vendor").failed == 2);
  CHECK(summary.sources.at("vendor").first_failure == "a.xml: torn");
  REQUIRE(summary.errors.size() == 10);
  CHECK(summary.errors.front().text == "fetch ends with 1: no 19");
  CHECK(summarize_log(scratch / "none").runs.empty());
}

TEST_CASE("a run without an end is told of until the command ends again", "[log]") {
  const Scratch scratch;
  const auto log = scratch / "log";
  const auto start = [](const std::string& command) {
    return R"({"time":"2026-11-23T12:00:00Z","run":"r1","event":"start","command":")" + command +
           "\",\"process\":77}\n";
  };
  write(log, start("sync") + end_line("sync", 0) + start("sync") + start("export"));
  LogSummary summary = summarize_log(log);
  REQUIRE(summary.open.size() == 2);
  CHECK(summary.open.at("sync").begun == *Time::parse("2026-11-23T12:00:00Z"));
  CHECK(summary.open.at("sync").process == 77);
  CHECK_FALSE(summary.open.at("sync").goes_on);
  CHECK(summary.runs.at("sync").code == 0);
  write(log, start("sync") + start("export") + start("sync") + end_line("sync", 4));
  summary = summarize_log(log);
  CHECK(summary.open.size() == 1);
  CHECK(summary.open.contains("export"));
}
