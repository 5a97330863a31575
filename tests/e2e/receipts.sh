#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a site holds comes back as a signed receipt, on a stick or by voice, and decides where its next bundle starts.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

# Each step a second later than the one before, so that "newer" means something.
later() {
  now=$((now + 60))
  export SOURCE_DATE_EPOCH=$now
}
now=$(date +%s)
later

# One more document at the source, and the next generation of the feed.
month() {
  later
  printf '<Update xmlns="http://schemas.microsoft.com/msus/2002/12/Update"><UpdateIdentity UpdateID="0000%04d-0000-4000-8000-000000000001" RevisionNumber="1"/><Properties UpdateType="Software"/></Update>' \
    "$1" >"catalog/updates/month-$1.xml"
  ferry_export --point hq sync >out
}
site_json() { ferry_export --point hq sites --json | python3 -c "import json,sys; print([s for s in json.load(sys.stdin)['sites'] if s['name']=='$1'][0]['$2'])"; }
next_bundle() { # the kind and generations that the next bundle for plant-1 would have
  later
  ferry_export --point hq export --site plant-1 -o "$1" --json >next.json || return 1
  json next.json "d['bundles'][0]['kind']+' '+str(d['bundles'][0]['base'])+' '+str(d['bundles'][0]['target'])"
}

sample_catalog catalog
sample_exporter hq "$work/catalog"
ferry_export --point hq sync >out
new_site site hq
equal "without a receipt nothing is known" "$(site_json plant-1 acknowledged)" None
equal "the first bundle is a full one" "$(next_bundle drop-1)" "full 0 1"
later
claim "it is imported" ferry_import --point site import drop-1
later
exits 0 "the site writes a receipt" ferry_import --point site receipt -o one.receipt
says "key of this site" "and shows its key"
exits 0 "the exporting point takes it" ferry_export --point hq receipt one.receipt
says "its key is" "and says whose key it believes from now on"
equal "it knows where the site stands" "$(site_json plant-1 acknowledged)" 1
exits 14 "the same receipt again says nothing new" ferry_export --point hq receipt one.receipt

# Five drops are lost. Without receipts the next would start four back; with one it starts where the site is.
for month in 1 2 3 4 5; do
  month "$month"
  next_bundle "lost-$month" >/dev/null
done
month 6
equal "a delta starts where the site stands" "$(next_bundle drop-2)" "delta 1 7"
later
claim "and it applies there" ferry_import --point site import drop-2
later
exits 2 "no receipt yet: nothing new to export" ferry_export --point hq export --site plant-1 -o drop-2
ferry_import --point site receipt -o two.receipt >out
claim "the receipt is taken" ferry_export --point hq receipt two.receipt
equal "the site is up to date" "$(site_json plant-1 acknowledged)" 7
exits 2 "so there is nothing for it" ferry_export --point hq export --site plant-1 -o drop-3

# A lost stick that the site tells of.
month 7
equal "the next delta" "$(next_bundle lost)" "delta 7 8"
later
exits 2 "it counts as under way" ferry_export --point hq export --site plant-1 -o lost-2
later
ferry_import --point site receipt -o three.receipt >out
claim "the site still stands where it was" ferry_export --point hq receipt three.receipt
equal "so the bundle is made again" "$(next_bundle drop-4)" "delta 7 8"
claim "and arrives" ferry_import --point site import drop-4

# By voice.
later
ferry_import --point site receipt --json >spoken.json
spoken=$(json spoken.json "d['feeds'][0]['spoken']")
exits 0 "two lines are read out and typed" ferry_export --point hq receipt --typed "$spoken"
equal "and acknowledge the generation" "$(site_json plant-1 acknowledged)" 8
exits 64 "a misheard number is found" ferry_export --point hq receipt --typed "${spoken/ 8/ 9}"
says "check sum" "by the check sum"

# Restored from a backup.
cp -r site backup
month 8
next_bundle drop-5 >/dev/null
later
claim "the site goes on" ferry_import --point site import drop-5
later
ferry_import --point site receipt -o four.receipt >out
claim "and says so" ferry_export --point hq receipt four.receipt
equal "generation 9" "$(site_json plant-1 acknowledged)" 9
rm -rf site && mv backup site
later
later
ferry_import --point site receipt -o five.receipt >out
exits 0 "the restored site's receipt is taken" ferry_export --point hq receipt five.receipt
says "went backwards" "and it is said that it went backwards"
equal "its next bundle starts where it is now" "$(next_bundle drop-6)" "delta 8 9"
claim "and applies" ferry_import --point site import drop-6

# A state that is none of ours: the site undid and lost its way.
later
ferry_import --point site receipt -o six.receipt >out
month 9
python3 - site/catalog.db <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE feed SET state = randomblob(32)")
db.execute("UPDATE generation SET state = (SELECT f.state FROM feed f WHERE f.id = feed) WHERE number = 9")
db.commit()
PYTHON
later
ferry_import --point site receipt -o seven.receipt >out
exits 0 "an unknown state is taken for what it is" ferry_export --point hq receipt seven.receipt
says "none of ours" "and said"
equal "the next bundle is a full one" "$(next_bundle drop-7)" "full 0 10"
claim "which brings it back" ferry_import --point site import drop-7
claim "sound" ferry_import --point site check

# The exporting point itself is restored: the site is ahead of it.
cp -r hq hq-backup
month 10
next_bundle drop-8 >/dev/null
month 11
next_bundle drop-9 >/dev/null
later
claim "the site takes both" ferry_import --point site import drop-9
later
ferry_import --point site receipt -o eight.receipt >out
rm -rf hq && mv hq-backup hq
rm catalog/updates/month-11.xml
later
ferry_export --point hq sync >out
later
exits 0 "the restored point takes the receipt of a site that is ahead" ferry_export --point hq receipt eight.receipt
says "restored from a backup" "and knows why"
later
next_bundle drop-10 >/dev/null
holds "its next bundle has a higher generation" next.json "d['bundles'][0]['target'] > 12"
later
claim "which the site takes" ferry_import --point site import drop-10
ferry_import --point site list --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["updates"]))' >held
ferry_export --point hq list --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["updates"]))' >offered
equal "and holds what the point offers" "$(cat held)" "$(cat offered)"

# Hostile receipts.
later
ferry_import --point site receipt -o good.receipt >out
before=$(dump_digest hq)
for at in 100 900 -200 -30; do
  python3 - good.receipt forged.receipt "$at" <<'PYTHON'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[3])] ^= 4
open(sys.argv[2], "wb").write(data)
PYTHON
  exits 11 "a receipt with byte $at changed is forged" ferry_export --point hq receipt forged.receipt
done
sed 's/generation="[0-9]*"/generation="1"/' good.receipt >forged.receipt
exits 11 "one with another generation, too" ferry_export --point hq receipt forged.receipt
: >empty.receipt
exits 11 "an empty one is none" ferry_export --point hq receipt empty.receipt
exits 3 "one that is not there is not found" ferry_export --point hq receipt absent.receipt
ferry_import --point other init --trust hq/trust/trust-0001.xml --site plant-1 >out
ferry_import --point other receipt -o other.receipt >out
exits 11 "a receipt in the site's name by another key is refused" ferry_export --point hq receipt other.receipt
says "--new-key" "and the way out for a site made anew is told"
ferry_import --point stranger init --trust hq/trust/trust-0001.xml --site plant-9 >out
ferry_import --point stranger receipt -o stranger.receipt >out
exits 13 "one of a site that point.toml does not name" ferry_export --point hq receipt stranger.receipt
SOURCE_DATE_EPOCH=$((now + 400000)) ferry_import --point site receipt -o future.receipt >out
exits 12 "one from the future" ferry_export --point hq receipt future.receipt
exits 14 "an old one, kept back and replayed" ferry_export --point hq receipt six.receipt
equal "none of them changed anything" "$(dump_digest hq)" "$before"
exits 11 "of several the good ones are taken, and the code is that of the bad one" \
  ferry_export --point hq receipt forged.receipt good.receipt
says "generation" "the good one among them"
claim "the site made anew is taken when a person says so" ferry_export --point hq receipt --new-key other.receipt
equal "and gets everything" "$(next_bundle drop-11 | cut -d ' ' -f 1)" full
claim "the catalog is sound" ferry_export --point hq check
sed -i '/name = "plant-1"/a receipt-key = "lusab-babad"' hq/point.toml
later
ferry_import --point other receipt -o named.receipt >out
exits 11 "a key that point.toml does not name is refused" ferry_export --point hq receipt --new-key named.receipt
finish
