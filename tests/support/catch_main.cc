// SPDX-License-Identifier: Apache-2.0
// The main of every C++ test program: Catch2 with one TAP line a test case, so that runs can be counted.
// Compiled once; the header is expensive.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <csignal>
#include <iostream>

namespace {

class CaseReporter final : public Catch::StreamingReporterBase<CaseReporter> {
 public:
  using StreamingReporterBase::StreamingReporterBase;
  static std::string getDescription() { return "one TAP line a test case"; }

  void assertionStarting(const Catch::AssertionInfo& /*info*/) override {}

  bool assertionEnded(const Catch::AssertionStats& stats) override {
    const Catch::AssertionResult& result = stats.assertionResult;
    if (result.getResultType() == Catch::ResultWas::Warning) {
      const std::string text = result.getMessage();
      if (text.rfind("SKIP ", 0) == 0) skip_ = " # " + text;  // WARN("SKIP why"): the case found nothing to test
    }
    if (result.isOk()) return true;
    std::ostringstream text;
    text << result.getSourceInfo() << ": " << result.getExpressionInMacro();
    if (result.hasExpandedExpression()) text << "\nexpanded: " << result.getExpandedExpression();
    if (!result.getMessage().empty()) text << "\n" << result.getMessage();
    for (const Catch::MessageInfo& info : stats.infoMessages) text << "\n" << info.message;
    failures_ += text.str() + "\n";
    return true;
  }

  void testCaseEnded(const Catch::TestCaseStats& stats) override {
    const bool passed = stats.totals.assertions.allOk();
    stream << (passed ? "ok " : "not ok ") << ++count_ << " - " << stats.testInfo.name << (passed ? skip_ : "") << std::endl;
    skip_.clear();
    std::istringstream lines(failures_);
    for (std::string line; std::getline(lines, line);) stream << "#   " << line << std::endl;
    failures_.clear();
    StreamingReporterBase::testCaseEnded(stats);
  }

  void testRunEnded(const Catch::TestRunStats& stats) override {
    stream << "1.." << count_ << std::endl;
    StreamingReporterBase::testRunEnded(stats);
  }

 private:
  int count_ = 0;
  std::string failures_;
  std::string skip_;
};

CATCH_REGISTER_REPORTER("cases", CaseReporter)

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return Catch::Session().run(argc, argv);
}
