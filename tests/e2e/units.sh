#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The units of systemd, as shipped and as `schedule install` writes them: systemd takes them, they shut in what they
# start, and what they start works.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
shipped=$FERRY_UNITS

sample_catalog catalog
sample_exporter hq "$work/catalog"
new_site site hq
mkdir -p drop/plant-1 units
exits 3 "a point without a schedule has none to show" ferry_export --point hq schedule show
schedule="[schedule]
calendar = \"Mon *-*-* 03:00\""
printf '%s\ndrop-folder = "%s"\n' "$schedule" "$work/drop" >>hq/point.toml
printf '%s\ndrop-folder = "%s"\n' "$schedule" "$work/drop/plant-1" >>site/point.toml

# words FILE: the words of its ExecStart, as systemd reads them, a line each.
words() {
  python3 - "$1" <<'PYTHON'
import re, sys
line = next(l for l in open(sys.argv[1]) if l.startswith("ExecStart="))[len("ExecStart="):].strip()
for word in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line):
    print(re.sub(r"\\(.)", r"\1", word[0] or word[1]).replace("%%", "%").replace("$$", "$"))
PYTHON
}
# start UNIT PROGRAM POINT: executes a shipped unit's command, on our program and point.
start() {
  mapfile -t command < <(words "$1")
  [ "$(basename "${command[0]}")" = "$(basename "$2")" ] && [ "${command[1]} ${command[2]}" = "--point /var/lib/ferry" ] || return 99
  "$2" --point "$3" "${command[@]:3}"
}
exits 0 "the shipped unit's command exports" start "$shipped/ferry-export.service" "$FERRY_EXPORT" hq
exits 0 "the shipped unit's command imports" start "$shipped/ferry-import.service" "$FERRY_IMPORT" site
equal "the site has the publisher's state" "$(state_of "$FERRY_IMPORT" site all)" "$(state_of "$FERRY_EXPORT" hq all)"

exits 0 "units for a point" ferry_export --point hq schedule install --directory units
says "systemctl enable --now ferry-export.timer" "it says how to start them"
exits 2 "again there is nothing to do" ferry_export --point hq schedule install --directory units
exits 0 "and for a site" ferry_import --point site schedule install --directory units --json
holds "with timer and path" out "d['commands'][1] == 'systemctl enable --now ferry-import.timer ferry-import.path'"
for unit in ferry-export.service ferry-export.timer ferry-import.service ferry-import.timer ferry-import.path; do
  # Shipped and installed units come from one template: the same keys in the same order.
  equal "$unit is the shipped one with other values" "$(sed 's/[=].*//' "units/$unit")" "$(sed 's/[=].*//' "$shipped/$unit")"
done
mapfile -t command <<<"$(words units/ferry-import.service)"
exits 2 "the installed unit's command runs as it stands" "${command[@]}"
exits 0 "units under another name" ferry_export --point hq schedule install --directory units --name ferry-hq --user sync
claim "start their own service" grep -qx 'Unit=ferry-hq.service' units/ferry-hq.timer
for wrong in '../x' '-x' 'a b' ''; do
  exits 64 "no account is called '$wrong'" ferry_export --point hq schedule install --directory units "--user=$wrong"
done
exits 3 "a directory that is not there is not found" ferry_export --point hq schedule install --directory none

echo "# names of directories that try to become settings"
strange="$work/a b%n\$HOME\"'c"
mv site "$strange"
mkdir odd
exits 0 "spaces, quotes, % and \$ are written so that systemd reads them back" \
  ferry_import --point "$strange" schedule install --directory odd
equal "as one word" "$(words odd/ferry-import.service | sed -n 3p)" "$strange"
mapfile -t command <<<"$(words odd/ferry-import.service)"
exits 2 "which names the point" "${command[@]}"
mv "$strange" site
for name in $'line\nUser=root' $'tab\tx' 'back\slash' 'end ' $'\xff'; do
  cp -r site "$name"
  exits 64 "$(printf %q "$name") is refused" ferry_import --point "$work/$name" schedule install --directory odd
done
sed -i 's/^calendar.*/calendar = "Mon\\nUser=root"/' site/point.toml
exits 64 "no line break comes in through the calendar" ferry_import --point site schedule install --directory odd
claim "nothing of it is in a unit" test -z "$(grep -rl '^User=root' odd units)"

if ! command -v systemd-analyze >/dev/null; then
  skip "systemd takes the units" "needs systemd-analyze"
  finish
  exit
fi
sed -i 's/^calendar.*/calendar = "Noday 25:00"/' site/point.toml
exits 64 "what systemd does not take is refused" ferry_import --point site schedule install --directory odd
exits 0 "the next times are shown" ferry_export --point hq schedule show --json
holds "three of them, on Mondays" out "len(d['next']) == 3 and all(t.startswith('Mon ') for t in d['next'])"

# The shipped units name programs that are not installed here.
mkdir checked
for unit in "$shipped"/ferry-*.*; do
  sed "s|^ExecStart=[^ ]*/|ExecStart=$work/bin/|" "$unit" >"checked/$(basename "$unit")"
done
mkdir bin && ln -s "$FERRY_EXPORT" bin/ferry-export && ln -s "$FERRY_IMPORT" bin/ferry-import
for unit in checked/* units/* odd/*; do
  exits 0 "systemd takes $unit" systemd-analyze verify --man=no "$unit"
  equal "$unit: without a warning" "$(grep -F "$(basename "$unit")" err)" ""
done
for unit in checked/*.service units/ferry-export.service units/ferry-import.service; do
  exits 0 "$unit is shut in" systemd-analyze security --offline=true --threshold=20 "$unit"
done

# A call that the unit does not let through would fail at a site only.
if ! strace -o trace -f true 2>/dev/null; then
  skip "the units let through what the programs call" "needs strace"
  finish
  exit
fi
# refused_calls SERVICE TRACE: the calls that its filter would refuse.
refused_calls() {
  python3 - "$1" "$2" <<'PYTHON'
import re, subprocess, sys
def expand(name, seen):
    if not name.startswith("@"): return {name}
    text = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True).stdout
    return {call for line in text.splitlines()[1:] if not line.strip().startswith("#") for word in line.split() for call in expand(word, seen)}
allowed = expand("@default", set())
for line in open(sys.argv[1]):
    if not line.startswith("SystemCallFilter="): continue
    value = line.strip().split("=", 1)[1]
    calls = {call for word in value.lstrip("~").split() for call in expand(word, set())}
    allowed = allowed - calls if value.startswith("~") else allowed | calls
used = set(re.findall(r"^(?:\d+ +)?([a-z_0-9]+)\(", open(sys.argv[2]).read(), re.M))
# As root, which the account of a unit is not, SQLite gives its files to the owner of the database.
print(*sorted(used - allowed - {"fchown"}))
PYTHON
}
next_month catalog
strace -f -o trace "$FERRY_EXPORT" --point hq run >out 2>&1
claim "the export was traced" grep -q exit_group trace
equal "the unit lets through what an export calls" "$(refused_calls units/ferry-export.service trace)" ""
sed -i 's/^calendar.*/calendar = "daily"/' site/point.toml
strace -f -o trace "$FERRY_IMPORT" --point site run >out 2>&1
claim "the import was traced, and took something" grep -q "1 bundle applied" out
equal "the unit lets through what an import calls" "$(refused_calls units/ferry-import.service trace)" ""
# shellcheck source-path=SCRIPTDIR source=../support/serve.sh
. "$FERRY_SOURCE_ROOT/tests/support/serve.sh"
traced() { exec strace -f -o trace "$FERRY_IMPORT" "$@"; }
mapfile -t command < <(words "$shipped/ferry-import-serve.service")
equal "the shipped unit serves the usual point" "${command[*]:1}" "--point /var/lib/ferry serve"
begins "a traced one serves" serving traced site --listen 127.0.0.1:0
for path in "" metrics Content/00/x; do curl -s "$url$path" >/dev/null; done
curl -s --data-binary '<a/>' "${url}ServerSyncWebService/ServerSyncWebService.asmx" >/dev/null
# The program itself: strace would stop watching.
read -ra traced_processes <"/proc/$server/task/$server/children"
kill -TERM "${traced_processes[@]}"
wait "$server"
claim "serving was traced" grep -q accept4 trace
equal "the unit lets through what serving calls" "$(refused_calls "$shipped/ferry-import-serve.service" trace)" ""

python3 - "$FERRY_SOURCE_ROOT/samples/schedule/copy-bundles.xml" >out 2>&1 <<'PYTHON'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
print(root.tag)
PYTHON
says "{http://schemas.microsoft.com/windows/2004/02/mit/task}Task" "the sample for Windows is a task"
finish
