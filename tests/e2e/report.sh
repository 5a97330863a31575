#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The pages and metrics that 'report' writes, looked at with a browser, xmllint and promtool.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/pages.sh
. "$FERRY_SOURCE_ROOT/tests/support/pages.sh"

has() { command -v "$1" >/dev/null; }
promtool_check() { promtool check metrics <"$1"; }
# A point in every condition: a site up to date, one behind, one overdue, one stale, one that never got anything.
at() { SOURCE_DATE_EPOCH=$(date -u -d "$1" +%s) && export SOURCE_DATE_EPOCH; }
sample_catalog catalog
sample_exporter hq "$work/catalog"
for site in harbour mill depot north; do add_site hq $site all; done
at 2026-06-01T08:00:00Z
ferry_export --point hq sync >out
for site in plant-1 harbour mill depot; do ferry_export --point hq export --site $site -o stick >out; done
sample=fe811d9b-119c-461c-a388-afc72a858132-r200.xml
for month in 07 08 09 10; do
  at 2026-$month-01T08:00:00Z
  case $month in
    07) next_month catalog ;;
    *) sed "s/fe811d9b-119c/0000${month}aa-119c/" "$FERRY_SOURCE_ROOT/samples/metadata/start/updates/$sample" >"catalog/updates/more-$month.xml" ;;
  esac
  ferry_export --point hq sync >out 2>err
  ferry_export --point hq export --site plant-1 -o stick >out
  [ $month -le 08 ] && ferry_export --point hq export --site harbour -o stick >out
done
at 2026-10-03T08:00:00Z
evil=$'<script>alert(1)</script>\u202e&"\x27'
python3 - "$evil" <<'PYTHON'
import json, sys
with open("hq/log/audit.jsonl", "a") as log:
    log.write(json.dumps({"time": "2026-10-03T07:00:00Z", "run": "e", "event": "source", "source": "vendor", "failed": 1,
                          "failures": [{"path": sys.argv[1], "error": "a\nb"}]}) + "\n")
    log.write(json.dumps({"time": "2026-10-03T07:00:00Z", "run": "e", "event": "end", "command": sys.argv[1] + "\n\\", "code": 1,
                          "seconds": 2.5, "error": sys.argv[1]}) + "\n")
PYTHON
exits 64 "report wants to know what to write" ferry_export --point hq report
exits 0 "both are written" ferry_export --point hq report --html "$reports/exporter.html" --prometheus "$reports/exporter.prom" --json
holds "and named, with what there is to look at" out "d['html'].endswith('exporter.html') and d['findings']['error'] >= 1"
new_site site hq harbour
ferry_import --point site import stick >out 2>&1
exits 0 "a site's, too" ferry_import --point site report --html "$reports/site.html" --prometheus "$reports/site.prom"
cp "$reports/exporter.html" before.html
exits 1 "where it cannot be written" ferry_export --point hq report --html /dev/null/page.html
exits 0 "again" ferry_export --point hq report --html "$reports/exporter.html"
claim "the same status is the same page" cmp before.html "$reports/exporter.html"
equal "no partial file stays" "$(find "$reports" -name '.*partial')" ""

for page in exporter site; do
  html=$reports/$page.html
  equal "$page: no script, no address of another place, no handler" \
    "$(grep -ciE '<script|javascript:|https?://|<link|<img|<iframe| on[a-z]+=|@import|url\(' "$html")" 0
  equal "$page: no control or bidi characters" "$(grep -cP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$html")" 0
  claim "$page: is well-formed" python3 - "$html" <<'PYTHON'
import sys
from html.parser import HTMLParser
void = {"meta"}
class Check(HTMLParser):
    open = []
    ids = set()
    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), (tag, names)
        identity = dict(attributes).get("id")
        assert identity is None or identity not in self.ids, identity
        self.ids.add(identity)
        if tag == "th": assert dict(attributes).get("scope") in ("row", "col")
        if tag not in void: self.open.append(tag)
    def handle_startendtag(self, tag, attributes): pass
    def handle_endtag(self, tag): assert self.open.pop() == tag, (tag, self.getpos())
check = Check()
text = open(sys.argv[1], encoding="utf-8").read()
check.feed(text)
assert check.open == [], check.open
assert '<html lang="en">' in text and text.count("<h1") == 1
assert text.count("<svg") == text.count("<desc>") == text.count('role="img"')
assert text.count("<table") == text.count("<caption")
PYTHON
  if has xmllint; then
    xmllint --html --noout "$html" 2>lint
    # It knows HTML 4: the names of newer elements are no faults.
    equal "$page: xmllint finds nothing else" "$(grep 'error' lint | grep -vcE 'Tag (header|main|section|footer|figure|figcaption|time|svg|path|rect|circle|text|title|desc) invalid')" 0
  else
    skip "$page: xmllint" "no xmllint"
  fi
  if has promtool; then
    claim "$page: promtool takes the metrics" promtool_check "$reports/$page.prom"
  else
    skip "$page: promtool" "no promtool"
  fi
  claim "$page: the metrics are those that the format asks for" python3 - "$reports/$page.prom" <<'PYTHON'
import re, sys
helped, typed, series, last = set(), set(), set(), ""
for line in open(sys.argv[1], encoding="utf-8", newline="\n"):
    assert line.endswith("\n")
    line = line[:-1]
    if line.startswith("# "):
        _, kind, name, rest = line.split(" ", 3)
        assert kind in ("HELP", "TYPE") and re.fullmatch(r"ferry_[a-z_]+", name), line
        group = helped if kind == "HELP" else typed
        assert name not in group, line
        group.add(name)
        if kind == "TYPE": assert rest == "gauge"
        last = name
        continue
    found = re.fullmatch(r'(ferry_[a-z_]+)(\{([a-z_]+="(\\["\\n]|[^"\\\n])*",?)*\})? (-?[0-9.e+]+)', line)
    assert found and found.group(1) == last and last in helped and last in typed, line
    assert line.rsplit(" ", 1)[0] not in series, line
    series.add(line.rsplit(" ", 1)[0])
assert len(series) > 15
PYTHON
  if has chromium; then
    browser --dump-dom "file://$html" >"$page.dom"
    claim "$page: a browser reads it to its end" grep -q '<footer>' "$page.dom"
    # What the page says of itself forbids scripts: one that got in all the same would not run.
    sed 's|</body>|<p id="probe">untouched</p><script>document.getElementById("probe").textContent = "ran"</script></body>|' "$html" >probe.html
    browser --dump-dom "file://$work/probe.html" >probe.dom
    equal "$page: a script in it does not run" "$(grep -c '<p id="probe">untouched</p>' probe.dom)" 1
    screenshot "$html" "$page"
  else
    skip "$page: in a browser" "no chromium"
  fi
done
dom=exporter.dom
[ -f "$dom" ] || cp "$reports/exporter.html" "$dom"
for row in "plant-1 current" "harbour overdue" "mill stale" "depot stale" "north never"; do
  read -r name state <<<"$row"
  equal "the page has the row of site $name, which is $state" \
    "$(grep -c "<th scope=\"row\">$name</th><td><span class=\"state $state\">" "$dom")" 1
done
claim "what a source or a log says is text" grep -qF '&lt;script&gt;alert(1)&lt;/script&gt;\u{202e}&amp;' "$dom"
equal "the site is behind by two generations for Prometheus" \
  "$(grep -F 'ferry_site_behind_generations{site="harbour",feed="all"}' "$reports/exporter.prom" | awk '{print $2}')" 2
ferry_export --point hq status --prometheus >status.prom
claim "status --prometheus says the same" cmp status.prom "$reports/exporter.prom"
exits 0 "a page that loads itself anew" ferry_export --point hq report --html again.html --refresh 60
claim "says so to the browser" grep -q '<meta http-equiv="refresh" content="60">' again.html
ferry_export --point new init >out
exits 0 "a point that was only made has a page too" ferry_export --point new report --html new.html --prometheus new.prom
finish
