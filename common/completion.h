// SPDX-License-Identifier: Apache-2.0
// Completion in shells. A script of a few lines asks the program itself what may stand at the cursor, so that what
// is offered cannot differ from what is parsed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/cli.h"

namespace ferry {

struct Suggestion {
  std::string word;
  std::string description;  // may be empty
};

// What may stand at the cursor: one of these words, or a path that the shell completes itself.
struct Completion {
  enum class Kind { words, files, directories };
  Kind kind = Kind::words;
  std::vector<Suggestion> words;
};

// The names that values of a type may be (type_name() of an option, such as "SITE"), given what --point said so far.
// Empty where there are none. Must not throw.
using NamesOfType = std::function<std::vector<std::string>(std::string_view type, const std::string& point)>;

// `words` is the command line behind the program's name, up to and with the word at the cursor, which may be empty.
// Types FILE and PATH are files, DIR directories, "a|b" one of those words; others are asked of `names`. A line that
// makes no sense gets no suggestions.
[[nodiscard]] Completion complete(const CLI::App& app, const std::vector<std::string>& words, const NamesOfType& names);

// The answer as the scripts read it: a line with the kind, then a line for each word, with a tab before its
// description.
[[nodiscard]] std::string completion_text(const Completion& completion);

// The script for "bash", "zsh" or "fish". It calls the program with --complete and the words. Throws UsageError for
// another shell.
[[nodiscard]] std::string completion_script(std::string_view shell, std::string_view program);

}  // namespace ferry
