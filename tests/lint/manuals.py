#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The manuals and the programs say the same: every command, option, example, key of point.toml and exit code is in both.
# Each check is tried on a manual with a fault first. Prints TAP.
import os, re, shutil, subprocess, tempfile

root = os.environ["FERRY_SOURCE_ROOT"]
programs = {"ferry-export": os.environ["FERRY_EXPORT"], "ferry-import": os.environ["FERRY_IMPORT"]}
pages = {name[:-4]: open(f"{root}/packaging/man/{name}", encoding="utf-8").read()
         for name in sorted(os.listdir(f"{root}/packaging/man")) if name.endswith(".scd")}
count = 0


def claim(name, problems):
    global count
    count += 1
    print(f"ok {count} - {name}" if not problems else f"not ok {count} - {name}")
    for problem in problems:
        print("#  ", problem)


def skip(name, reason):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {reason}")


def differences(what, documented, real):
    return [f"{what} {x} is not in the manual" for x in sorted(real - documented)] + \
           [f"{what} {x} of the manual is not in the program" for x in sorted(documented - real)]


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


# What --help of a command lists.
class Help:
    def __init__(self, program, command=()):
        self.text = run(program, *command, "--help").stdout
        section = ""
        self.options, self.commands, self.examples = set(), [], []
        for line in self.text.split("\n"):
            if re.fullmatch(r"\w+:", line):
                section = line[:-1]
            elif re.match(r"  \S", line):
                word = line.split()[0]
                if section == "Options":
                    self.options |= set(word.split(","))
                elif section == "Subcommands":
                    self.commands.append(word)
                elif section == "Example":
                    self.examples.append(line.strip())
        self.shared = {"-h", "--help"}


# All commands that run something, such as "trust init".
def commands_of(program):
    found = {}
    for name in Help(program).commands:
        help = Help(program, (name,))
        for sub in help.commands:
            found[f"{name} {sub}"] = Help(program, (name, sub))
        if not help.commands:
            found[name] = help
    return found


# The part of a page between a heading and the next one of its level: its text by the headings below it.
def sections(page, heading):
    part = re.search(rf"^# {heading}\n(.*?)(?=^# |\Z)", page, re.M | re.S).group(1)
    pieces = re.split(r"^## (.*)\n", part, flags=re.M)
    return pieces[0], dict(zip(pieces[1::2], pieces[2::2]))


# The options that lines such as "*-o*, *--output* _DIR_" define.
def defined(text):
    lines = [line for line in text.split("\n") if re.match(r"\*-", line)]
    return {option for line in lines for option in re.findall(r"\*(--?[a-z][a-z-]*)\*", line)}


def literal_lines(text):
    return [line for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S) for line in block.split("\n")]


def command_problems(page, help, commands):
    documented = sections(page, "COMMANDS")[1]
    problems = differences("command", set(documented), set(commands))
    problems += differences("option", defined(sections(page, "OPTIONS")[0]), help.options)
    for name in sorted(set(documented) & set(commands)):
        here = differences("option", defined(documented[name]), commands[name].options - help.shared)
        if not commands[name].examples:
            here.append("--help has no example")
        shown = literal_lines(documented[name])
        here += [f"example is not in the manual: {line}" for line in commands[name].examples if line not in shown]
        problems += [f"{name}: {problem}" for problem in here]
    return problems


# Options that any page speaks of, also in the running text.
def unknown_options(text, known):
    spoken = {word for span in re.findall(r"(?<!\\)\*([^*\n]+)\*", text) for word in re.findall(r"(?<!\S)--[a-z][a-z-]*", span)}
    return [f"there is no option {option}" for option in sorted(spoken - known)]


# Asks the program itself, with a key that no section has, which ones it knows. Adds what it demands on the way.
class Configuration:
    def __init__(self, program):
        self.program = program
        self.point = tempfile.mkdtemp() + "/point"
        run(program, "--point", self.point, "init", "--name", "p", check=True)

    def complaint(self, text):
        with open(self.point + "/point.toml", "w", encoding="utf-8") as file:
            file.write(text)
        return run(self.program, "--point", self.point, "sites").stderr.strip()

    def sections(self):
        known = re.search(r"known are: (.*)", self.complaint('[point]\nname = "p"\n[x-unknown]\n')).group(1)
        return known.split(", ")

    def keys(self, heading, given=None):
        before = "" if heading == "[point]" else '[point]\nname = "p"\n'
        if heading == "[[site]]":
            before += '[[feed]]\nname = "x"\n'
        values = dict(given or {})
        for _ in range(30):
            lines = "".join(f"{key} = {value}\n" for key, value in values.items())
            said = self.complaint(f"{before}{heading}\n{lines}x-unknown = 1\n")
            if known := re.search(r"has no key 'x-unknown'; known here are: (.*)", said):
                return set(known.group(1).split(", "))
            if choices := re.search(r": (\S+) of \S+: .*expected one of: (.*)", said):
                key = choices.group(1)
                return set().union(*(self.keys(heading, {**values, key: f'"{choice}"'})
                                     for choice in choices.group(2).split(", ")))
            if wrong := re.search(r": (\S+) of \S+ must be a list", said):
                values[wrong.group(1)] = '["x"]'
            elif missing := re.search(r" has no (\S+)$", said):
                values[missing.group(1)] = '"http://x"' if missing.group(1) == "url" else '"x"'
            else:
                raise RuntimeError(f"{heading}: the program says: {said}")
        raise RuntimeError(f"{heading}: the program is not content: {said}")


def key_problems(page, configuration):
    documented = sections(page, "SECTIONS")[1]
    names = {heading.strip("[]"): heading for heading in documented}
    known = set(configuration.sections())
    problems = differences("section", set(names), known)
    for heading in (names[name] for name in names if name in known):
        keys = set(re.findall(r"^\*([a-z0-9-]+)\* = _(?:text|list|number|flag)_", documented[heading], re.M))
        problems += [f"{heading}: {problem}" for problem in differences("key", keys, configuration.keys(heading))]
    return problems


def code_problems(page):
    source = open(f"{root}/common/error.h", encoding="utf-8").read()
    real = set(re.findall(r"^  \w+ = (\d+),", re.search(r"enum class ExitCode.*?\};", source, re.S).group(0), re.M))
    return differences("exit code", set(re.findall(r"^\|  (\d+)$", sections(page, "EXIT CODES")[0], re.M)), real)


# The table of README and that of the manual say the same of each code.
def table_problems(page):
    readme = open(f"{root}/README.md", encoding="utf-8").read()
    there = re.findall(r"^\| (\d+) \| (.*?) \| (.*?) \|$", readme, re.M)
    here = re.findall(r"^\|  (\d+)\n:  (.*?)\n:  (.*?)$", sections(page, "EXIT CODES")[0], re.M)
    plain = lambda rows: {tuple(re.sub(r"[`*_]", "", cell) for cell in row) for row in rows}
    return differences("row", plain(here), plain(there))


# Every message that the manual explains is one that a program has.
def message_problems(page):
    program = ""
    for folder in ("common", "format", "exporter", "importer"):
        for place, _, names in os.walk(f"{root}/{folder}"):
            for name in names:
                if name.endswith((".cc", ".h")):
                    program += re.sub(r'"\s*\n\s*"', "", open(f"{place}/{name}", encoding="utf-8").read())
    messages = re.findall(r"^(\*.*) \(\d+[^)]*\)$", sections(page, "MESSAGES")[0], re.M)
    parts = {part.strip() for message in messages for part in re.split(r"[*,]|\.\.\.|\bN\b|_.*?_", message)}
    problems = [f"no program says {part!r}" for part in sorted(parts) if len(part) > 3 and part not in program]
    return problems if len(messages) > 10 else ["there are few messages: were they read?"]


# `fault` is a manual with a fault; the check must find something.
def checked(name, check, page, *faults):
    for old, new in faults:
        assert old in page, f"the page has no {old!r} to break"
        found = check(page.replace(old, new, 1))
        claim(f"the lint finds: {name}, {old.strip()!r} to {new.strip()!r}", [] if found else ["nothing was found"])
    claim(name, check(page))


known_options = set()
for name, program in programs.items():
    help, commands = Help(program), commands_of(program)
    known_options |= help.options.union(*(command.options for command in commands.values()))
    checked(f"{name}(1) has every command, option and example of --help, and no other",
            lambda page: command_problems(page, help, commands), pages[name],
            ("## backup", "## copy"), ("*--force*", "*--overwrite*"), ("*--json*\n", "*--xml*\n"),
            (f"\n{name} check --content ", f"\n{name} check --contents "))
for name, page in pages.items():
    checked(f"{name}: every option that it speaks of exists",
            lambda text: unknown_options(text, known_options), page, ("# DESCRIPTION", "# DESCRIPTION\n\n*--not-there*"))
    references = set(re.findall(r"\*(ferry[a-z.-]*)\*\(\d\)", page))
    claim(f"{name}: every manual of Ferry that it names exists", sorted(references - set(pages)))

configuration = Configuration(programs["ferry-export"])
toml = pages["ferry-point.toml"]
checked("ferry-point.toml(5) has every section and key that the program knows, and no other",
        lambda page: key_problems(page, configuration), toml,
        ("## [retain]", "## [retention]"), ("*cover-drops* =", "*cover-drop* ="))
for example in re.findall(r"^```\n(.*?)^```", toml, re.M | re.S):
    claim(f"its example of {example.split(chr(10))[1]} is one that the program takes",
          [line for line in [configuration.complaint(example)] if "error" in line])
shutil.rmtree(os.path.dirname(configuration.point))
checked("ferry(7) has every exit code, and no other", code_problems, pages["ferry"], ("\n|  17\n", "\n|  99\n"))
checked("README's table of exit codes is that of ferry(7)", table_problems, pages["ferry"], ("no space", "no room"))
checked("every message that ferry(7) explains is one of the programs'", message_problems, pages["ferry"],
        ("*bundle ... was already applied*", "*bundle ... was already taken*"))

for name in sorted(pages):
    if not shutil.which("scdoc") or not shutil.which("man"):
        skip(f"{name}: the manual is made and shown without a warning", "needs scdoc and man")
        continue
    with tempfile.NamedTemporaryFile("w", suffix=".man", encoding="utf-8") as file:
        made = run("scdoc", input=pages[name])
        file.write(made.stdout)
        file.flush()
        shown = run("man", "--warnings", "-l", file.name, env={**os.environ, "LC_ALL": "C.UTF-8", "MANPAGER": "cat", "MANWIDTH": "80"})
    said = made.stderr + shown.stderr + ("" if shown.stdout.strip() else "nothing is shown")
    claim(f"{name}: the manual is made and shown without a warning", said.strip().split("\n") if said else [])
print(f"1..{count}")
