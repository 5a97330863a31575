// SPDX-License-Identifier: Apache-2.0
#include "common/completion.h"

#include <catch2/catch.hpp>

#include "common/error.h"

namespace {

using ferry::Completion;

// A program with a group of commands, an option that takes several values and one that takes a site.
class CompletedProgram {
 public:
  CompletedProgram() {
    app_.fallthrough();
    app_.add_option("--point", point_)->type_name("DIR");
    app_.add_flag("--json");
    CLI::App& trust = *app_.add_subcommand("trust", "Keys");
    trust.fallthrough();
    CLI::App& add = *trust.add_subcommand("add", "Add keys");
    add.fallthrough();
    add.add_option("--keys", keys_)->type_name("DIR");
    add.add_option("--role", role_)->type_name("exporter|root");
    CLI::App& send = *app_.add_subcommand("send", "Send \x1b[31mred");
    send.fallthrough();
    send.add_option("what", what_)->check(CLI::IsMember({"all", "new"}));
    send.add_option("files", files_)->type_name("FILE");
    send.add_option("-s,--site", site_)->type_name("SITE");
  }

  Completion answer(const std::vector<std::string>& words) const {
    return ferry::complete(app_, words, [](std::string_view type, const std::string& point) {
      return type == "SITE" && point == "hq" ? std::vector<std::string>{"plant-1", "plant-2"}
                                             : std::vector<std::string>{};
    });
  }
  std::vector<std::string> words(const std::vector<std::string>& line) const {
    std::vector<std::string> list;
    for (const ferry::Suggestion& suggestion : answer(line).words) list.push_back(suggestion.word);
    return list;
  }

 private:
  CLI::App app_{"a program", "ship"};
  std::string point_, role_, what_, site_;
  std::vector<std::string> keys_, files_;
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("completion offers commands, and inside a group those of the group", "[completion]") {
  const CompletedProgram ship;
  CHECK(ship.words({""}) == Words{"trust", "send"});
  CHECK(ship.words({"tr"}) == Words{"trust"});
  CHECK(ship.words({"trust", ""}) == Words{"add"});
  CHECK(ship.words({"--json", "trust", "a"}) == Words{"add"});
  CHECK(ship.words({"--point", "trust", "s"}) == Words{"send"});  // "trust" is a directory here
  CHECK(ship.words({}).empty());
}

TEST_CASE("completion offers options of the command and of those above, but none twice", "[completion]") {
  const CompletedProgram ship;
  CHECK(ship.words({"trust", "add", "--"}) == Words{"--help", "--keys", "--role", "--point", "--json"});
  CHECK(ship.words({"trust", "add", "--role", "root", "--json", "--"}) == Words{"--help", "--keys", "--point"});
  CHECK(ship.words({"trust", "add", "--keys", "a", "--k"}) == Words{"--keys"});  // takes several
  CHECK(ship.words({"send", "--", "--"}).empty());
}

TEST_CASE("completion of a value goes by the type that the option states", "[completion]") {
  const CompletedProgram ship;
  CHECK(ship.answer({"--point", ""}).kind == Completion::Kind::directories);
  CHECK(ship.answer({"trust", "add", "--keys", "a", "b", ""}).kind == Completion::Kind::directories);
  CHECK(ship.words({"trust", "add", "--role", "r"}) == Words{"root"});
  CHECK(ship.words({"send", ""}) == Words{"all", "new"});
  CHECK(ship.answer({"send", "all", ""}).kind == Completion::Kind::files);
  CHECK(ship.answer({"send", "all", "one", "two", ""}).kind == Completion::Kind::files);
  CHECK(ship.answer({"send", "all", "--", "-strange-name", ""}).kind == Completion::Kind::files);
}

TEST_CASE("completion of names asks for those of the point on the line", "[completion]") {
  const CompletedProgram ship;
  CHECK(ship.words({"--point", "hq", "send", "--site", ""}) == Words{"plant-1", "plant-2"});
  CHECK(ship.words({"send", "--point=hq", "-s", "plant-2"}) == Words{"plant-2"});
  CHECK(ship.words({"send", "--site", ""}).empty());
}

TEST_CASE("completion knows an option with its value in one word, and in the three that bash makes of it",
          "[completion]") {
  const CompletedProgram ship;
  CHECK(ship.words({"--point", "hq", "send", "--site=plant-2"}) == Words{"--site=plant-2"});
  CHECK(ship.words({"--point", "=", "hq", "send", "--site", "=", "plant-2"}) == Words{"plant-2"});
  CHECK(ship.words({"--point", "hq", "send", "--site", "="}) == Words{"plant-1", "plant-2"});
  CHECK(ship.words({"send", "--json=x"}).empty());
  CHECK(ship.words({"send", "--no-such=x"}).empty());
}

TEST_CASE("completion answers in lines that no description can break", "[completion]") {
  const CompletedProgram ship;
  CHECK(ferry::completion_text(ship.answer({"sen"})) == "words\nsend\tSend \\u{1b}[31mred\n");
  CHECK(ferry::completion_text(ship.answer({"--point", ""})) == "directories\n");
  CHECK(ferry::completion_text(ship.answer({"no-such", "-"})).rfind("words\n", 0) == 0);
}

TEST_CASE("completion has a script for three shells that names the program", "[completion]") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = ferry::completion_script(shell, "ferry-export");
    CHECK(script.find("_ferry_export") != std::string::npos);
    CHECK(script.find("FUNCTION") == std::string::npos);
    CHECK(script.find("PROGRAM") == std::string::npos);
  }
  CHECK_THROWS_AS(ferry::completion_script("tcsh", "ferry-export"), ferry::UsageError);
}
