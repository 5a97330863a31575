#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Completion in bash, zsh and fish: the installed scripts ask the programs, and what they offer is what is parsed.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

mkdir bin
ln -s "$FERRY_EXPORT" bin/ferry-export
ln -s "$FERRY_IMPORT" bin/ferry-import
PATH=$work/bin:$PATH
for shell in bash zsh fish; do
  for program in ferry-export ferry-import; do
    "$program" completion "$shell" >"$program.$shell" || fail "$program prints a script for $shell"
  done
done
exits 64 "another shell is refused" ferry_export completion tcsh
says "bash" "and those that there are are named"

sample_catalog vendor
new_exporter hq scup "$work/vendor/scup" plant-1
add_site hq plant-2 all
ferry_export --point hq sync >/dev/null
ferry_export --point hq export --site plant-1 -o stick >/dev/null
ferry_import --point plant init --trust hq/trust/trust-0001.xml --site plant-1 >/dev/null
ferry_import --point plant import stick >/dev/null

# in_bash WORD...: what bash would offer for the last word, on one line; "compopt …" where it completes paths itself.
# shellcheck disable=SC2016  # expanded by the shell that is started
in_bash() {
  bash --norc -c 'compopt() { echo "compopt $*"; }
    source "$1.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_${1//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' bash "$@" |
    sort | tr '\n' ' ' | sed 's/^ *//; s/ *$//'
}
# shellcheck disable=SC2016
in_zsh() {
  zsh -f -c 'compdef() { :; }; compset() { :; }; _files() { echo "files $*"; }; _describe() { print -l -- "${(@P)4}"; }
    source "$1.zsh"; words=("$@"); CURRENT=$#; "_${1//-/_}"' zsh "$@" | cut -d : -f 1 | sort | tr '\n' ' ' | sed 's/ *$//'
}
# shellcheck disable=SC2016
in_fish() {
  fish --no-config -c 'source $argv[1].fish; complete -C "$argv"' "$@" | cut -f 1 | sort | tr '\n' ' ' | sed 's/ *$//'
}

# The same questions for every shell that is there.
for shell in bash zsh fish; do
  if ! command -v "$shell" >/dev/null; then
    skip "completion in $shell" "$shell is not installed"
    continue
  fi
  if [ "$shell" = fish ]; then syntax=--no-execute; else syntax=-n; fi
  for program in ferry-export ferry-import; do
    claim "$shell takes the script of $program" "$shell" "$syntax" "$program.$shell"
  done
  asked() { "in_$shell" "$@"; }
  equal "$shell: a command" "$(asked ferry-export exp)" "export"
  equal "$shell: commands of a group" "$(asked ferry-export trust r)" "revoke rotate"
  equal "$shell: a command of the other program" "$(asked ferry-import rel)" "release"
  equal "$shell: options of a command and of the program" "$(asked ferry-export export --p)" "--parity --point"
  equal "$shell: an option that was given is not offered again" "$(asked ferry-export --point hq export --p)" "--parity"
  equal "$shell: sites of the point" "$(asked ferry-export --point hq export --site '')" "plant-1 plant-2"
  equal "$shell: a site as an argument" "$(asked ferry-export preview --point hq plant-2)" "plant-2"
  equal "$shell: sources" "$(asked ferry-export sync --point hq '')" "vendor"
  equal "$shell: feeds that a site follows" "$(asked ferry-import --point plant list --feed '')" "all"
  equal "$shell: words that an option takes" "$(asked ferry-export list --state '')" "expired published"
  equal "$shell: words that an argument takes" "$(asked ferry-export list pr)" "products"
  equal "$shell: nothing behind a point that is not there" "$(asked ferry-export --point nowhere export --site '')" ""
done
equal "bash: an option and its value in one word" "$(in_bash ferry-export --point hq export --site = plant-2)" "plant-2"
equal "bash: and with no letter of it yet" "$(in_bash ferry-export --point hq export --site =)" "plant-1 plant-2"
equal "bash completes files itself" "$(in_bash ferry-import verify '')" "compopt -o default -o filenames"
equal "and directories" "$(in_bash ferry-export export -o '')" "compopt -o dirnames -o filenames"
if command -v zsh >/dev/null; then
  equal "zsh completes files itself" "$(in_zsh ferry-import verify '')" "files"
  equal "and directories" "$(in_zsh ferry-export export -o '')" "files -/"
fi
if command -v fish >/dev/null; then
  mkdir paths && touch paths/file && mkdir paths/folder
  equal "fish completes files itself" "$(in_fish ferry-import verify paths/)" "paths/file paths/folder/"
  equal "and directories" "$(in_fish ferry-export export -o paths/)" "paths/folder/"
  equal "fish: an option and its value in one word" "$(in_fish ferry-export --point hq export --site=plant-2)" "--site=plant-2"
fi

# Every command is offered, and to ask leaves no trace.
ferry_export --help | sed -n '/Subcommands/,$p' | awk '/^  [a-z]/ {print $1}' | sort >commands
equal "every command is offered" "$(in_bash ferry-export '')" "$(tr '\n' ' ' <commands | sed 's/ $//')"
# What lies at the points, but for SQLite's own files beside the catalog.
contents() { find hq plant -type f ! -name 'catalog.db-*' -exec sha256sum {} + | sort -k 2; }
before=$(contents)
in_bash ferry-export --point hq export --site '' >/dev/null
in_bash ferry-import --point plant list --feed '' >/dev/null
equal "to complete changes nothing at a point" "$(contents)" "$before"

exits 0 "words that are none get no answer" ferry_export --complete $'\e[31m' --no-such=1 -- '['
equal "not one byte of it" "$(cat out)" "words"

finish
