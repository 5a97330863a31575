#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every bundle names the one before it: nothing can be inserted, dropped or issued twice without being seen.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

sql() { python3 - "$1/catalog.db" "$2" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript(sys.argv[2])
db.commit()
PYTHON
}
month() {
  printf '<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update"><UpdateIdentity UpdateID="0000%04d-0000-4000-8000-000000000001" RevisionNumber="1"/><Properties UpdateType="Software"/></Update>' \
    "$1" >"catalog/updates/month-$1.xml"
  ferry_export --point hq sync >out
}

sample_catalog catalog
sample_exporter hq "$work/catalog"
add_site hq plant-2 all
new_site one hq plant-1
new_site two hq plant-2
for month in 1 2 3; do
  month "$month"
  for site in 1 2; do ferry_export --point hq export --site "plant-$site" -o "drop-$site-$month" >out; done
done
claim "one site takes all" ferry_import --point one import drop-1-1 drop-1-2 drop-1-3
claim "the other misses the second" ferry_import --point two import drop-2-1
claim "and takes the third" ferry_import --point two import drop-2-3
exits 0 "the chain of the first holds" ferry_import --point one history --verify --json
holds "three imports are proved, of five that were issued by then" out \
  "d['chains'][0]['holds'] and d['chains'][0]['imports'] == 3 and d['chains'][0]['sequence'] == 5 and d['chains'][0]['not_taken'] == []"
cp out one.json
exits 0 "so does the chain of the second" ferry_import --point two history --verify --json
holds "which knows what it missed" out \
  "[(l['sequence'], l['name']) for l in d['chains'][0]['not_taken']] == [(4, 'all_plant-2_g1-g2_delta')]"
exits 0 "it tells people" ferry_import --point two history --verify
says "never came here" "what never came"
says "fingerprint of number 6" "and its fingerprint"

# Two sites compare, and the publisher with them.
exits 0 "the second shows the fingerprint of a number of the first" ferry_import --point two history --verify --at 5
says "$(json one.json "d['chains'][0]['fingerprint']")" "and it is the same"
ferry_export --point hq feeds --json >feeds.json
equal "the publisher shows that of the newest" "$(json feeds.json "d['feeds'][0]['fingerprint']")" \
  "$(ferry_import --point two history --verify --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["chains"][0]["fingerprint"])')"
exits 0 "a number that nobody told of" ferry_import --point one history --verify --at 6
says "no manifest that came here tells" "is said to be unknown"

# Forgeries in the log.
broken() { # NAME SQL TEXT
  rm -rf forged
  cp -r one forged
  sql forged "$2"
  exits 1 "$1" ferry_import --point forged history --verify
  says "$3" "and it is said: $3"
}
broken "an inserted import" "INSERT INTO import_log SELECT 99, feed, 'all_plant-1_g3-g4_delta', kind, previous, target, created, imported, added, removed, signers, randomblob(32), epoch, next_expected, valid_until, undone, 6, trust_version FROM import_log LIMIT 1" \
  "no signed manifest is kept"
broken "an import under another name" "UPDATE import_log SET name = 'all_plant-1_g0-g9_full' WHERE id = 1" "its manifest is of"
broken "a manifest that was exchanged" "UPDATE import_manifest SET (size, body) = (SELECT size, body FROM import_manifest WHERE import = 1) WHERE import = 2" \
  "not the one that the log names"
broken "signatures that are gone" "DELETE FROM import_signature" "0 good signatures"
broken "a link that is gone" "DELETE FROM chain_link WHERE sequence = 2" "is missing among the links"

# A publisher that tells two stories: restored from a backup, it issues other bundles under numbers that it gave before.
cp -r hq hq-backup
month 4
ferry_export --point hq export --site plant-1 -o story-1 >out
claim "the first story is imported" ferry_import --point one import story-1
rm -rf hq && mv hq-backup hq
rm catalog/updates/month-4.xml
month 5
ferry_export --point hq export --site plant-1 -o story-2 >out
month 6
ferry_export --point hq export --site plant-1 -o story-3 >out
exits 10 "the second does not follow on what the site has" ferry_import --point one import story-3
ferry_export --point hq export --site plant-1 --full -o story-4 >out
exits 0 "a full bundle is taken" ferry_import --point one import story-4
says "another one was told here before" "with a warning that the publisher tells two stories"
exits 1 "and the chain is broken from then on" ferry_import --point one history --verify
says "was issued twice" "which the audit says"
exits 0 "the other site's holds" ferry_import --point two history --verify
finish
