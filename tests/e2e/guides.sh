#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every guide in samples/guides, as a reader would follow it: its commands in order, with the exit codes and the lines
# that it promises. What a machine mounts in /media and keeps in /srv lies in the folder of the test.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/fences.sh
. "$FERRY_SOURCE_ROOT/tests/support/fences.sh"
guides=$FERRY_SOURCE_ROOT/samples/guides
readme=$FERRY_SOURCE_ROOT/README.md

program_path
here=$work/here

# What a person reads off one screen and types at another: WORDS, KEY, ROOTKEY, LINES.
cat >prelude.sh <<'SH'
set -eu -o pipefail
ends_with() {
  local wanted=$1 code=0
  shift
  "$@" || code=$?
  [ "$code" = "$wanted" ] || { echo "ended with $code, the guide says $wanted"; exit 99; }
}
words() { ferry-export --point hq trust fingerprint --json | grep -o '[a-z]*-[a-z-]*'; }
# The newest key that signs bundles.
key() { ferry-export --point hq trust show | awk '/bundles need/ {at = 1} /later trust/ {at = 0} at && /CN=/ && !/retired/ {key = $1} END {print key}'; }
root_key() { ferry-export --point hq trust show | awk '/later trust/ {at = 1} at && /root-1/ {key = $1} END {print key}'; }
lines() { ferry-import --point plant receipt | awk '/^to read out/ {n = 3} --n >= 0 && n < 2'; }
SH

# typed FILE: the commands of a block as they are run here.
typed() {
  cat prelude.sh
  # shellcheck disable=SC2016  # for the shell that runs it
  sed -e "s#\(^\|[ \"'|=>]\)/\(media\|srv\)\b#\1$here/\2#g" -e 's/"WORDS"/"$(words)"/; s/\bKEY\b/"$(key)"/; s/\bROOTKEY\b/"$(root_key)"/; s/"LINES"/"$(lines)"/' "$1"
}

# follow GUIDE: runs it where the guide before it ended, and keeps what it leaves for others.
follow() {
  local guide=$1 before step shown
  [ ! -d "states/$guide" ] || return 0
  before=$(sed -n 's/^Goes on where \[[^]]*\](\([a-z-]*\)\.md) ended\..*/\1/p' "$guides/$guide.md")
  [ -z "$before" ] || follow "$before"
  rm -rf "$here" && mkdir -p "$here" states
  [ -z "$before" ] || cp -a "states/$before/." "$here/"
  [ -n "$before" ] || ln -s "$FERRY_SOURCE_ROOT/samples" "$here/samples"
  fences "$guides/$guide.md" "steps/$guide"
  for step in "steps/$guide"/*.sh; do
    typed "$step" >step.sh
    exits 0 "$guide: $(grep -v '^mkdir' "$step" | head -n 1)" bash -c 'cd here && bash ../step.sh 2>&1'
    shown=$(printf '%s/%02d.text' "${step%/*}" $((10#$(basename "$step" .sh) + 1)))
    [ ! -f "$shown" ] || shows "$shown" "$guide: and shows what it says"
  done
  cp -a "$here" "states/$guide"
}

# The checks themselves, on a page that promises what does not come.
mkdir lying
printf '%s\n' '```sh' 'echo one' 'false  # ends with 1' 'true  # ends with 3' '```' '```text' 'one' 'two' '```' >lying.md
fences lying.md lying
typed lying/01.sh >step.sh
mkdir -p "$here"
exits 99 "a wrong exit code is found" bash -c 'cd here && bash ../step.sh 2>&1'
says "ended with 0, the guide says 3" "and told"
equal "a line that is not shown is found" "$(shows lying/02.text x | grep -c '^not ok\|not printed: two')" 2

pages=0
for guide in "$guides"/*.md; do
  guide=$(basename "$guide" .md)
  [ "$guide" != README ] || continue
  pages=$((pages + 1))
  follow "$guide"
  claim "$guide: the list of guides names it" grep -qF "]($guide.md)" "$guides/README.md"
  claim "$guide: README names it" grep -qF "](samples/guides/$guide.md)" "$readme"
  for part in '^\*\*For\*\* ' '^\*\*You need\*\* ' '^## When it goes wrong$'; do
    claim "$guide: has its part $part" grep -q "$part" "$guides/$guide.md"
  done
done
claim "there are ten guides" test "$pages" -ge 10
# Links lead to pages that are there.
(cd "$guides" && grep -ohE '\]\([^)#:]+\)' ./*.md | sort -u | tr -d '])(' | xargs ls >/dev/null) 2>dead
equal "no link between guides is dead" "$(cat dead)" ""
finish
