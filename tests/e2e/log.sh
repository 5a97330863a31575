#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The audit log has every step of a synchronization, an export and an import, and 'log' reads it back, whatever is in it.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# events POINT: the events of the last run, joined by commas.
events() {
  python3 - "$1/log/audit.jsonl" <<'PYTHON'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
print(",".join(line["event"] for line in lines if line["run"] == lines[-1]["run"]))
PYTHON
}
last_line() { tail -n 1 "$1/log/audit.jsonl" >last.json; }

sample_catalog catalog
sample_exporter hq "$work/catalog"
ferry_export --point hq sync >out
equal "a sync begins, tells of each source and feed, and ends" "$(events hq)" "start,source,source,feed,end"
last_line hq
holds "its end has the exit code and the time it took" last.json \
  "d['command'] == 'sync' and d['code'] == 0 and d['seconds'] >= 0 and 'error' not in d"
ferry_export --point hq export --all -o first >out
equal "an export tells of each bundle" "$(events hq)" "start,export,end"
ferry_export --point hq export --all -o first >out
equal "and of sites that lack nothing" "$(events hq)" "start,nothing new,end"
last_line hq
holds "which ends with 2" last.json "d['command'] == 'export' and d['code'] == 2"
new_site site hq
ferry_import --point site import first >out
equal "an import tells of each bundle" "$(events site)" "start,import,end"
claim "no line has more than four kilobytes" python3 -c '
import sys
sys.exit(any(len(line) > 4096 for name in ("hq", "site") for line in open(name + "/log/audit.jsonl")))'

exits 3 "an export that fails" ferry_export --point hq export --site nowhere -o first
last_line hq
holds "is logged with its exit code and its error" last.json \
  "d['event'] == 'end' and d['code'] == 3 and \"no site 'nowhere'\" in d['error']"
lines=$(wc -l <hq/log/audit.jsonl)
ferry_export --point hq list >out
ferry_export --point hq status >out
ferry_export --point hq show nothing >out 2>err
equal "looking leaves no trace" "$(wc -l <hq/log/audit.jsonl)" "$lines"
exec 9<hq/lock
flock 9
exits 18 "a run that finds the lock held" ferry_export --point hq sync
exec 9<&-
last_line hq
holds "is logged too" last.json "d['command'] == 'sync' and d['code'] == 18"

exits 0 "log shows it all" ferry_export --point hq log
says "sync begins" "the beginning"
says "source 'vendor': " "a source"
says "feed 'all': generation 1" "a feed"
says "for site 'plant-1': " "a bundle"
says "sync ends with 0 in" "the end"
equal "the newest line is the last" "$(tail -n 1 out | grep -c 'sync ends with 18')" 1
cp out whole
exits 0 "only errors" ferry_export --point hq log --errors
equal "are two: the site that does not exist and the lock" "$(grep -c . out)" 2
says "export ends with 3" "the first of them"
run=$(head -n 1 whole | awk '{print $2}')
exits 0 "only one run" ferry_export --point hq log --run "$run"
equal "all its lines and no other" "$(awk '{print $2}' out | sort -u)" "$run"
exits 0 "only one event" ferry_export --point hq log --event feed
equal "is one line" "$(grep -c . out)" 1
exits 2 "nothing since the future" ferry_export --point hq log --since 2999-01-01
exits 0 "since a day" ferry_export --point hq log --since 2020-01-01
equal "all of it" "$(cat out)" "$(cat whole)"
exits 64 "a day that is none" ferry_export --point hq log --since yesterday
exits 64 "too little of a run's id" ferry_export --point hq log --run 1
exits 0 "the lines as they are" ferry_export --point hq log --json
claim "are those of the file" cmp out hq/log/audit.jsonl
exits 0 "the other program reads its own" ferry_import --point site log --event import
says "applied, feed 'all' generation 1" "with what was imported"

# Whatever stands in it.
cp -r hq bad
python3 - <<'PYTHON'
import json
with open("bad/log/audit.jsonl", "ab") as log:
    log.write(b'\xff\xfe\x00 torn \x1b[31m \xe2\x80\xae\n')
    log.write(b'{"time":"2026-11-25T12:00:00Z","run":"cut off by a power c')
    log.write(b'\n[1,2,3]\n"text"\n' + b"[" * 100000 + b'\n' + b'{"a":' * 5000 + b'1' + b'}' * 5000 + b'\n')
    log.write(b'{"time":7,"run":[],"event":{"end":1},"code":"x","seconds":"y"}\n')
    log.write(b'{"time":"2026-11-25T12:00:00Z","run":"evil","event":"end","command":"\x1b[31msync","code":-1,"seconds":1e999}\n')
    log.write(json.dumps({"time": "2026-11-25T12:00:00Z", "run": "\x1b]0;evil\x07", "event": "source",
                          "source": "\u202eevil\x1b[31m", "new": 10**30, "failed": 3,
                          "failures": [5, {"path": 7}], "seconds": -4}, ensure_ascii=False).encode() + b"\n")
    log.write(b'{"event":"end","command":{},"code":99999999999999999999}\n')
    log.write(b"x" * (3 * 1024 * 1024) + b"\n")
    log.write(json.dumps({"time": "2026-11-25T12:00:01Z", "run": "last-run", "event": "end", "command": "sync", "code": 0}).encode())
PYTHON
exits 0 "a log with anything in it is shown to its end" ferry_export --point bad log --all
says "a line that cannot be read: " "what cannot be read is told"
says "a line of 3.0 MiB, which cannot be read" "and what is too long"
equal "the last line, without an end, is there" "$(tail -n 1 out | grep -c 'last-run  *sync ends with 0')" 1
equal "nothing of it harms a terminal" "$(LC_ALL=C tr -d '\n -~' <out | LC_ALL=C sed 's/\xe2\x80\xa6//g' | wc -c)" 0
exits 0 "as JSON" ferry_export --point bad log --all --json
claim "every line can be read by others" python3 -c 'import json; [json.loads(line) for line in open("out")]'
exits 0 "status of such a point" ferry_export --point bad status
exits 0 "and its report" ferry_export --point bad report --prometheus bad.prom --html bad.html
equal "which has no such characters" "$(LC_ALL=C grep -c -P '\x1b|\xe2\x80\xae' bad.prom bad.html | tr '\n' ' ')" "bad.prom:0 bad.html:0 "

# A long log is read in bounded memory.
python3 - <<'PYTHON'
line = b'{"time":"2026-11-25T12:00:00Z","run":"00000000-0000-4000-8000-000000000000","event":"source","source":"vendor","new":1,"failed":0}\n'
with open("bad/log/audit.jsonl", "wb") as log:
    for _ in range(64): log.write(line * 8192)
    log.write(b'{"time":"2026-11-25T13:00:00Z","run":"abcd","event":"end","command":"sync","code":1,"error":"the last"}\n')
PYTHON
with_little_memory() (
  ulimit -d 65536
  "$@"
)
exits 0 "a log of 66 MB, in 64 MiB of memory" with_little_memory "$FERRY_EXPORT" --point bad log --errors
equal "is read to its end" "$(grep -c 'sync ends with 1: the last' out)" 1
exits 0 "without filters its end is shown" ferry_export --point bad log
says "of earlier lines; --all shows them" "and what is left out is told"
rm bad/log/audit.jsonl
exits 2 "no log is an empty one" ferry_export --point bad log
mkdir bad/log/audit.jsonl
exits 1 "a log that cannot be opened is an error" ferry_export --point bad log

# Rotation with copytruncate.
cp site/log/audit.jsonl site/log/audit.jsonl.1
: >site/log/audit.jsonl
exits 14 "after a rotation" ferry_import --point site import first
equal "the next run writes on" "$(events site)" "start,import,end"
finish
