#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What 'status' says of sites, feeds, sources and trust, on both sides, and that it adds up.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# status_json PROGRAM POINT: the document, in status.json.
status_json() { "$1" --point "$2" status --json >status.json; }
site() { json status.json "[s for s in d['sites'] if s['name'] == '$1'][0]$2"; }

sample_catalog catalog
sample_exporter hq "$work/catalog"
add_site hq plant-2 all
exits 0 "status before the first sync" ferry_export --point hq status
says "source 'vendor' was never synchronized" "it says that a source was never read"
status_json "$FERRY_EXPORT" hq
holds "sites that got nothing are told as such" status.json \
  "[(s['exported'], s['acknowledged'], s['behind'], s['age_seconds'], s['next_bytes'], s['standing']) for s in d['sites']] == [(None, None, None, None, 0, 'never')] * 2"

export SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH=$(date -u -d 2026-09-01T12:00:00Z +%s)
ferry_export --point hq sync >out
status_json "$FERRY_EXPORT" hq
first_estimate=$(site plant-1 "['next_bytes']")
ferry_export --point hq export --site plant-1 -o first >out
first_bytes=$(stat -c %s first/*.ferry)
claim "before any bundle its size is guessed within a factor of four: $first_estimate for $first_bytes" \
  test $((first_estimate * 4)) -ge "$first_bytes" -a "$first_estimate" -le $((first_bytes * 4))
status_json "$FERRY_EXPORT" hq
holds "the site that was sent all is current" status.json \
  "[(s['exported'], s['behind'], s['age_seconds'], s['next_bytes'], s['next_document_bytes'], s['standing']) for s in d['sites'] if s['name'] == 'plant-1'] == [(1, 0, 0, 0, 0, 'current')]"
holds "the other one still is not" status.json "[s['standing'] for s in d['sites'] if s['name'] == 'plant-2'] == ['never']"

next_month catalog
SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 10 * 86400))
ferry_export --point hq sync >out
status_json "$FERRY_EXPORT" hq
holds "after the next sync it is one generation behind" status.json \
  "[(s['generation'], s['exported'], s['behind'], s['age_seconds'], s['standing']) for s in d['sites'] if s['name'] == 'plant-1'] == [(2, 1, 1, 864000, 'behind')]"
estimate=$(site plant-1 "['next_bytes']")
documents=$(site plant-1 "['next_document_bytes']")
ferry_export --point hq preview plant-1 --json >preview.json
equal "the documents' bytes are those of the preview" "$documents" "$(json preview.json "d['document_bytes']")"
cp -r hq before
ferry_export --point hq export --site plant-1 -o second >out
bytes=$(stat -c %s second/*.ferry)
claim "the next bundle's size is estimated within a factor of two: $estimate for $bytes" \
  test $((estimate * 2)) -ge "$bytes" -a "$estimate" -le $((bytes * 2))
equal "looking changes nothing" "$(logical_dump before | sha256sum)" \
  "$(ferry_export --point before status >/dev/null 2>&1; ferry_export --point before status --json >/dev/null; logical_dump before | sha256sum)"

# What a receipt of three days ago said, as its rows.
python3 - <<'PYTHON'
import sqlite3
db = sqlite3.connect("hq/catalog.db")
db.execute("INSERT INTO receipt VALUES (1, 'plant-1', 1, '2026-09-08T12:00:00Z', '2026-09-08T12:00:00Z', zeroblob(32), '', 1, 0)")
db.execute("INSERT INTO site_state SELECT 'plant-1', lineage, 1, name, 1, zeroblob(32), 1, 0, 0, 0, 0, zeroblob(32) FROM feed")
db.commit()
PYTHON
status_json "$FERRY_EXPORT" hq
holds "what a site acknowledged counts more than what it was sent, and is as old as the bundle that brought it" status.json \
  "[(s['exported'], s['acknowledged'], s['behind'], s['age_seconds']) for s in d['sites'] if s['name'] == 'plant-1'] == [(2, 1, 1, 10 * 86400)]"

SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 40 * 86400))
exits 0 "forty days later" ferry_export --point hq status
says "site 'plant-1' is overdue" "the site is overdue"
SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 60 * 86400))
exits 12 "a hundred days later status --check ends with 12" ferry_export --point hq status --check
says "site 'plant-1' is stale" "the site is stale"
status_json "$FERRY_EXPORT" hq
holds "and that is an error among the findings" status.json \
  "[f['severity'] for f in d['findings'] if \"site 'plant-1' is stale\" in f['text']] == ['error']"
holds "findings are sorted, the worst first" status.json \
  "[f['severity'] for f in d['findings']] == sorted((f['severity'] for f in d['findings']), key=['error', 'warning', 'notice'].index)"

# A source that fails.
printf '<not xml' >catalog/updates/broken.xml
exits 4 "a sync with a broken document" ferry_export --point hq sync
exits 0 "status afterwards" ferry_export --point hq status
says "source 'vendor': 1 failure in the last run, the first: broken.xml" "names the source and what failed"
status_json "$FERRY_EXPORT" hq
holds "JSON has the failures of each source" status.json \
  "[(s['name'], s['last_run']['failed']) for s in d['sources']] == [('vendor', 1), ('packages', 0)]"
holds "and the run with its exit code" status.json "[r['code'] for r in d['runs'] if r['command'] == 'sync'] == [4]"
rm catalog/updates/broken.xml
ferry_export --point hq sync >out 2>err
status_json "$FERRY_EXPORT" hq
holds "a good run takes it back" status.json "[s['last_run']['failed'] for s in d['sources']] == [0, 0]"

# The site's side.
unset SOURCE_DATE_EPOCH
new_site site hq
exits 0 "a site that has nothing" ferry_import --point site status
says "nothing was imported yet" "says so"
ferry_import --point site import first second >out
status_json "$FERRY_IMPORT" site
holds "a site tells its generation and its imports" status.json \
  "d['feeds'][0]['generation'] == 2 and [i['generation'] for i in d['imports']] == [2, 1] and d['last_import']['name'] == d['imports'][0]['name']"
holds "and how old it is" status.json "d['freshness'][0]['age_seconds'] > 0"
printf 'x' | dd of=first/"$(basename first/*.ferry)" bs=1 seek=2000 conv=notrunc status=none
exits 15 "a damaged bundle is refused" ferry_import --point site import first
status_json "$FERRY_IMPORT" site
holds "the error stands in the status" status.json "any('first' in e['text'] for e in d['errors'])"
holds "with the exit code of the run" status.json "[r['code'] for r in d['runs'] if r['command'] == 'import'] == [15]"
exits 0 "and people see it" ferry_import --point site status
says "the last import ended with 15" "as something to look at"

# A run that was cut off.
if strace -o /dev/null true 2>/dev/null; then
  rm -rf cut
  strace -f -o /dev/null -e trace=fsync -e inject=fsync:signal=SIGKILL:when=1 \
    "$FERRY_EXPORT" --point hq export --site plant-1 --full -o cut >out 2>err
  status_json "$FERRY_EXPORT" hq
  holds "an export that was killed has not ended" status.json \
    "[(r['command'], r['goes_on']) for r in d['open_runs']] == [('export', False)]"
  exits 0 "and people see it" ferry_export --point hq status
  says "export, begun at" "as something to look at"
  says "was cut off before its end; nothing is half done, run it again" "with what to do"
  exits 0 "it is run again" ferry_export --point hq export --site plant-1 --full -o cut
  status_json "$FERRY_EXPORT" hq
  holds "and that is over" status.json "d['open_runs'] == []"
else
  skip "a run that was killed" "strace cannot trace here"
fi

# Certificates that end.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout soon.pem -out soon.crt -days 20 \
  -subj /CN=soon -addext extendedKeyUsage=codeSigning -addext keyUsage=digitalSignature 2>/dev/null
ferry_export --point pki init >out
cp soon.pem soon.crt pki/keys/
exits 0 "a trust file with a certificate that ends in 20 days" ferry_export --point pki trust init --certificate soon.crt
exits 0 "status of it" ferry_export --point pki status
says "the certificate of exporter key CN=soon expires on" "it is told in time"

# The command line.
exits 64 "an unknown option is a mistake" ferry_export --point hq status --nonsense
exits 0 "quiet says no results" ferry_export --point hq --quiet status
equal "on standard output" "$(cat out)" ""
finish
