// SPDX-License-Identifier: Apache-2.0
#include "common/completion.h"

#include <algorithm>
#include <set>

#include "common/error.h"
#include "common/text.h"

namespace ferry {
namespace {

// Reads the words before the cursor as the parser would, but takes no offence at anything.
class CommandLineWalk {
 public:
  explicit CommandLineWalk(const CLI::App& app) : app_(&app) {}

  void step(const std::string& word) {
    if (word == "=" && pending_ != nullptr) return;  // bash makes three words of --site=plant-1
    if (is_option(word)) return option(word);
    if (pending_ != nullptr) return value(word);
    if (const CLI::App* command = subcommand(word)) {
      app_ = command;
      positionals_ = 0;
      return;
    }
    ++positionals_;
  }

  [[nodiscard]] bool is_option(const std::string& word) const {
    return !only_positionals_ && word.size() > 1 && word.front() == '-';
  }
  // The option whose value stands at the cursor; nullptr where something else does.
  [[nodiscard]] const CLI::Option* pending() const { return pending_; }
  [[nodiscard]] const CLI::App& app() const { return *app_; }
  [[nodiscard]] const std::string& point() const { return point_; }

  // Options of the command and of those above it, which may stand behind it too. Not those that were given already.
  [[nodiscard]] std::vector<const CLI::Option*> options() const {
    std::vector<const CLI::Option*> list;
    for (const CLI::App* app = app_; app != nullptr; app = app->get_parent()) {
      for (const CLI::Option* option : app->get_options()) {
        // Every command has its own --help.
        const bool is_help_of_parent = app != app_ && option == app->get_help_ptr();
        if (!option->get_lnames().empty() && !is_help_of_parent && used_.count(option) == 0) list.push_back(option);
      }
    }
    return list;
  }

  [[nodiscard]] const CLI::Option* find(const std::string& name) const {
    for (const CLI::App* app = app_; app != nullptr; app = app->get_parent()) {
      for (const CLI::Option* option : app->get_options()) {
        if (option->nonpositional() && option->check_name(name)) return option;
      }
    }
    return nullptr;
  }

  // What a word without a dash would be here; nullptr where no more may come.
  [[nodiscard]] const CLI::Option* positional() const {
    int before = 0;
    for (const CLI::Option* option : app_->get_options()) {
      if (!option->get_positional()) continue;
      before += std::min(option->get_items_expected_max(), 1'000'000);
      if (positionals_ < before) return option;
    }
    return nullptr;
  }

 private:
  void option(const std::string& word) {
    pending_ = nullptr;
    if (word == "--") {
      only_positionals_ = true;
      return;
    }
    const std::size_t equals = word.find('=');
    const CLI::Option* found = find(word.substr(0, equals));
    if (found == nullptr) return;
    if (found->get_items_expected_max() <= 1) used_.insert(found);
    if (found->get_items_expected_max() == 0) return;
    pending_ = found;
    if (equals != std::string::npos) value(word.substr(equals + 1));
  }

  void value(const std::string& word) {
    if (pending_->check_lname("point")) point_ = word;
    if (pending_->get_items_expected_max() <= 1) pending_ = nullptr;
  }

  [[nodiscard]] const CLI::App* subcommand(const std::string& word) const {
    for (const CLI::App* command : app_->get_subcommands([](const CLI::App*) { return true; })) {
      if (command->get_name() == word) return command;
    }
    return nullptr;
  }

  const CLI::App* app_;
  const CLI::Option* pending_ = nullptr;
  std::set<const CLI::Option*> used_;
  int positionals_ = 0;
  bool only_positionals_ = false;
  std::string point_;
};

// "a|b" and what CLI::IsMember makes of its words, "TEXT:{a,b}".
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t open = type.find('{');
  const bool is_set = open != std::string::npos && type.back() == '}';
  if (!is_set && type.find('|') == std::string::npos) return {};
  const std::string list = is_set ? type.substr(open + 1, type.size() - open - 2) : type;
  std::vector<std::string> words;
  for (const std::string_view word : split(list, is_set ? ',' : '|')) words.emplace_back(word);
  return words;
}

Completion value_completion(const CLI::Option& option, const CommandLineWalk& walk, const NamesOfType& names) {
  Completion completion;
  const std::string type = option.get_type_name();
  if (type == "FILE" || type == "PATH") {
    completion.kind = Completion::Kind::files;
  } else if (type == "DIR") {
    completion.kind = Completion::Kind::directories;
  } else {
    std::vector<std::string> words = choices_of(type);
    if (words.empty()) words = names(type, walk.point());
    for (std::string& word : words) completion.words.push_back({std::move(word), ""});
  }
  return completion;
}

Completion option_completion(const CommandLineWalk& walk) {
  Completion completion;
  for (const CLI::Option* option : walk.options())
    completion.words.push_back({"--" + option->get_lnames().front(), option->get_description()});
  return completion;
}

Completion command_completion(const CommandLineWalk& walk, const NamesOfType& names) {
  Completion completion;
  if (const CLI::Option* positional = walk.positional()) completion = value_completion(*positional, walk, names);
  for (const CLI::App* command : walk.app().get_subcommands([](const CLI::App*) { return true; }))
    completion.words.push_back({command->get_name(), command->get_description()});
  return completion;
}

void keep_beginning_with(Completion& completion, std::string_view beginning) {
  auto& words = completion.words;
  words.erase(std::remove_if(words.begin(), words.end(),
                             [beginning](const Suggestion& suggestion) {
                               return suggestion.word.compare(0, beginning.size(), beginning) != 0;
                             }),
              words.end());
}

constexpr std::string_view bash_script = R"(# bash completion for PROGRAM; written by 'PROGRAM completion bash'
_FUNCTION() {
  local line
  local -a answer=()
  mapfile -t answer < <("${COMP_WORDS[0]/#\~/$HOME}" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  case ${answer[0]-} in
    files) compopt -o default -o filenames ;;
    directories) compopt -o dirnames -o filenames ;;
    words) for line in "${answer[@]:1}"; do COMPREPLY+=("${line%%$'\t'*}"); done ;;
  esac
}
complete -F _FUNCTION PROGRAM
)";

constexpr std::string_view zsh_script = R"(#compdef PROGRAM
# zsh completion for PROGRAM; written by 'PROGRAM completion zsh'
_FUNCTION() {
  local line description
  local -a answer suggestions
  answer=("${(@f)$("${(Q)${words[1]/#\~/$HOME}}" --complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $answer[1] != words && $words[CURRENT] == --*=* ]]; then compset -P '*='; fi
  case $answer[1] in
    files) _files ;;
    directories) _files -/ ;;
    words)
      for line in "${(@)answer[2,-1]}"; do
        description=${line#*$'\t'}
        suggestions+=("${${line%%$'\t'*}//:/\\:}${description:+:$description}")
      done
      _describe -t values value suggestions
      ;;
  esac
}
if [[ $funcstack[1] == _FUNCTION ]]; then _FUNCTION "$@"; else compdef _FUNCTION PROGRAM; fi
)";

constexpr std::string_view fish_script = R"(# fish completion for PROGRAM; written by 'PROGRAM completion fish'
function __FUNCTION
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $before[1])
    set -e before[1]
    set -l answer ($program --complete $before "$current" 2>/dev/null)
    set -l kind $answer[1]
    set -e answer[1]
    switch "$kind"
        case files
            __fish_complete_path (string replace -r '^--[^=]*=' '' -- $current)
        case directories
            __fish_complete_directories (string replace -r '^--[^=]*=' '' -- $current)
        case words
            printf '%s\n' $answer
    end
end
complete -c PROGRAM -f -a '(__FUNCTION)'
)";

std::string replaced(std::string text, std::string_view old_text, std::string_view new_text) {
  for (std::size_t at = text.find(old_text); at != std::string::npos; at = text.find(old_text, at + new_text.size()))
    text.replace(at, old_text.size(), new_text);
  return text;
}

}  // namespace

Completion complete(const CLI::App& app, const std::vector<std::string>& words, const NamesOfType& names) {
  if (words.empty()) return {};
  CommandLineWalk walk(app);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) walk.step(words[i]);
  std::string current = words.back();
  if (current == "=" && walk.pending() != nullptr) current.clear();
  Completion completion;
  const std::size_t equals = current.find('=');
  if (walk.is_option(current) && equals != std::string::npos) {
    const std::string name = current.substr(0, equals);
    const CLI::Option* option = walk.find(name);
    if (option == nullptr || option->get_items_expected_max() == 0) return {};
    completion = value_completion(*option, walk, names);
    for (Suggestion& suggestion : completion.words) suggestion.word.insert(0, name + "=");
  } else if (walk.pending() != nullptr && !walk.is_option(current)) {
    completion = value_completion(*walk.pending(), walk, names);
  } else if (walk.is_option(current) || current == "-") {
    completion = option_completion(walk);
  } else {
    completion = command_completion(walk, names);
  }
  keep_beginning_with(completion, current);
  return completion;
}

std::string completion_text(const Completion& completion) {
  std::string text = completion.kind == Completion::Kind::files         ? "files\n"
                     : completion.kind == Completion::Kind::directories ? "directories\n"
                                                                        : "words\n";
  for (const Suggestion& suggestion : completion.words)
    text += for_terminal(suggestion.word) + "\t" + for_terminal(suggestion.description) + "\n";
  return text;
}

std::string completion_script(std::string_view shell, std::string_view program) {
  std::string function(program);
  std::replace(function.begin(), function.end(), '-', '_');
  for (const auto& [name, script] :
       {std::pair{std::string_view("bash"), bash_script}, std::pair{std::string_view("zsh"), zsh_script},
        std::pair{std::string_view("fish"), fish_script}}) {
    if (name == shell) return replaced(replaced(std::string(script), "FUNCTION", function), "PROGRAM", program);
  }
  throw UsageError("no completion for the shell " + quote(shell) + "; expected bash, zsh or fish");
}

}  // namespace ferry
