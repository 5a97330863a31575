#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Catalogs of third-party updates, out and in again in both forms and every wrapping: the documents are the same, byte
# for byte. With the project's own sample, and with a vendor's complete catalog where it is at hand.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source=../support/hp.sh
. "$FERRY_SOURCE_ROOT/tests/support/hp.sh"

# again NAME PATH DIGEST: a point over the catalog at PATH has this state.
again() {
  rm -rf again
  new_exporter again scup "$2"
  exits 0 "$1: it is synchronized" ferry_export --point again sync --json
  holds "$1: without a failure or a doubt" out "[(s['failed'], s['warnings']) for s in d['sources']] == [([], [])]"
  equal "$1: the catalog is the same" "$(state_of "$FERRY_EXPORT" again all)" "$3"
}

# round NAME PATH FORM...: the catalog at PATH goes into a point and out of it in these forms and wrappings.
round() {
  local name=$1 source=$2 count digest out
  shift 2
  new_exporter "$name" scup "$source"
  ferry_export --point "$name" sync --json >first.json
  count=$(json first.json 'd["sources"][0]["new"]')
  digest=$(state_of "$FERRY_EXPORT" "$name" all)
  for out in "$@"; do
    exits 0 "$name, $out: it is written" ferry_export --point "$name" write scup --form "${out%%-*}" "$name-$out" --json
    holds "$name, $out: all $count packages" out "d['packages'] == $count and d['left_out'] == []"
    again "$name, $out" "$work/$name-$out" "$digest"
  done
  equal "$name: nothing else is left there" "$(find . -maxdepth 1 -name '.*' ! -name .)" ""
}

sample_catalog sample
round sample "$work/sample/scup" v1-catalog.cab v1-catalog.zip v1-catalog.xml v1-folder v2-catalog.cab v2-catalog.zip v2-folder
for file in sample/scup/*.sdp; do
  cmp -s "$file" "sample-v2-folder/$(basename "$file")" || fail "V2 has $file byte for byte"
done
pass "V2 has every package byte for byte"
claim "cabextract finds no fault in the cabinets" cabextract -tq sample-v1-catalog.cab sample-v2-catalog.cab
claim "unzip finds none in the zip files" bash -c 'unzip -tq sample-v1-catalog.zip && unzip -tq sample-v2-catalog.zip'
claim "the V1 document is well-formed for other readers" xmllint --noout sample-v1-catalog.xml
equal "and holds a package for each document" \
  "$(python3 -c 'import sys, xml.etree.ElementTree as t
print(sum(e.tag.endswith("SystemsManagementCatalog.xsd}SoftwareDistributionPackage") for e in t.parse(sys.argv[1]).getroot()))' sample-v1-catalog.xml)" \
  "$(find sample/scup -name '*.sdp' | wc -l)"
holds "the list has each package with the time that its document says" sample-v2-folder/update_manifest.json \
  'all(open(f"sample/scup/{i}.sdp", encoding="utf-8-sig").read().find(f"CreationDate=\"{t}") > 0 for i, t in d.items())'

# shellcheck disable=SC2016 # for the inner shell
exits 0 "a site's catalog goes out at the site" bash -c '
  "$FERRY_EXPORT" --point sample export --site plant-1 -o stick >/dev/null &&
  "$FERRY_IMPORT" --point site init --trust sample/trust/trust-0001.xml --site plant-1 >/dev/null &&
  "$FERRY_IMPORT" --point site import stick >/dev/null && "$FERRY_IMPORT" --point site write scup site.cab'
again "from the site" "$work/site.cab" "$(state_of "$FERRY_EXPORT" sample all)"

echo "# a package that changed"
cp -r sample/scup changing
new_exporter moving scup "$work/changing"
ferry_export --point moving sync >/dev/null
changed=$(find changing -name '*.sdp' | sort | head -n 1)
sed -i 's/<\/sdp:Title>/ (again)<\/sdp:Title>/; s/<\/Title>/ (again)<\/Title>/' "$changed"
ferry_export --point moving sync >/dev/null
ferry_export --point moving write scup moved >/dev/null
holds "has a later time in the list, so that readers see it" moved/update_manifest.json \
  "[t for i, t in d.items() if i == '$(basename "$changed" .sdp)'][0] > json.load(open('sample-v2-folder/update_manifest.json'))['$(basename "$changed" .sdp)']"

echo "# refusals"
exits 64 "a folder that is there is not replaced" ferry_export --point sample write scup sample-v2-folder
exits 64 "a file is not replaced unasked" ferry_export --point sample write scup sample-v2-catalog.cab
exits 0 "but when asked" ferry_export --point sample write scup sample-v2-catalog.cab --force
exits 64 "V2 is no single document" ferry_export --point sample write scup out.xml
exits 3 "a feed that is not there" ferry_export --point sample write scup out.cab --feed nowhere
"$GENERATE_CATALOG" --seed 5 --revisions 60 --month 0 --quiet catalog
new_exporter plain updates "$work/catalog"
ferry_export --point plain sync >/dev/null
exits 2 "without such documents there is nothing to write" ferry_export --point plain write scup out.cab

v1=$data_root/hp-scup/HpCatalogForSms.zip
if [ -f "$v1" ] && [ -f "$v2" ]; then
  echo "# a vendor's whole catalog"
  round hp-v2 "$v2" v1-catalog.cab v2-catalog.zip v2-folder
  round hp-v1 "$v1" v1-catalog.cab v2-catalog.cab
  mkdir original && unzip -q -d original "$v2"
  # shellcheck disable=SC2016 # for the inner shell
  claim "V2 out is the vendor's own V2, file for file" bash -c '
    for file in original/*.sdp; do cmp "$file" "hp-v2-v2-folder/$(basename "$file")" || exit 1; done'
  holds "with the vendor's own times" hp-v2-v2-folder/update_manifest.json \
    'd == json.loads(open("original/update_manifest.json", encoding="utf-8-sig").read())'
else
  skip "the HP catalog out and in again" "no ../shared/data/hp-scup"
fi

finish
