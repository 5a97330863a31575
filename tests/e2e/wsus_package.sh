#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packages of wsusutil, in and out: what Ferry writes is what other programs read, what others write is what it reads,
# and of a package that is not whole nothing is taken.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
package_tool() { python3 -B "$FERRY_SOURCE_ROOT/tests/support/wsus_package.py" "$@"; }

"$GENERATE_CATALOG" --seed 5 --revisions 300 --month 1 --quiet catalog
documents=$(find catalog -name '*.xml' | wc -l)
new_exporter hq updates "$work/catalog"
ferry_export --point hq sync >/dev/null
digest=$(state_of "$FERRY_EXPORT" hq all)
find catalog -name '*.xml' -exec sha256sum {} + | cut -d ' ' -f 1 | sort >documents.txt

# claims COMMAND...: its lines "ok …" and "not ok …" are claims.
claims() {
  local prefix=$1 line
  shift
  "$@" >claims.txt 2>&1 || fail "$prefix: the package can be taken apart" "$(cat claims.txt)"
  while read -r line; do
    case $line in "ok "*) pass "$prefix: ${line#ok }" ;; *) fail "$prefix: ${line#not ok }" ;; esac
  done <claims.txt
}

echo "# out"
for form in cab xml.gz; do
  exits 0 "$form: it is written" ferry_export --point hq write wsus "out.$form" --json
  holds "$form: all documents are in it" out "d['documents'] == $documents and d['left_out'] == []"
  says "never tested" "$form: it says what nobody knows"
  exits 64 "$form: nothing is replaced unasked" ferry_export --point hq write wsus "out.$form"
  exits 0 "$form: but when asked" ferry_export --point hq write wsus "out.$form" --force
  says "before the import, on the server that takes the package" "$form: it says what the target needs"
  says "update languages, as here: all" "$form: with the values of this catalog"
done
claim "cabextract finds no fault in the cabinet" cabextract -tq out.cab
equal "gcab lists its members, in their order" "$(gcab -t out.cab)" "$(printf 'metadata.txt\npackage.xml')"
mkdir unpacked && cabextract -q -d unpacked out.cab
claims "cab" package_tool read unpacked/metadata.txt unpacked/package.xml cab-documents
claim "gzip finds no fault in the other" gzip -t out.xml.gz
claims "xml.gz" package_tool read-gzip out.xml.gz gz-documents
for form in cab gz; do
  equal "$form: an independent reader finds the same documents, byte for byte" \
    "$(find "$form-documents" -type f -printf '%f\n' | sort | sha256sum)" "$(sha256sum <documents.txt)"
done
equal "nothing else lies there" "$(find . -maxdepth 1 -name '.*' ! -name .)" ""
exits 64 "a name that wsusutil would not know is refused" ferry_export --point hq write wsus out.zip
exits 3 "a feed that is not there is not found" ferry_export --point hq write wsus other.cab --feed nowhere

echo "# back in"
for form in cab xml.gz; do
  new_exporter "from-$form" wsus-package "$work/out.$form"
  exits 0 "$form: it is synchronized" ferry_export --point "from-$form" sync --json
  holds "$form: nothing failed, nothing is doubtful" out \
    "[(s['new'] > 0, s['failed'], s['warnings']) for s in d['sources']] == [(True, [], [])]"
  holds "$form: the source says what it is" out "'protocol 1.20' in d['sources'][0]['notes'][0]"
  equal "$form: the catalog is the same" "$(state_of "$FERRY_EXPORT" "from-$form" all)" "$digest"
  exits 2 "$form: a second time there is nothing to do" ferry_export --point "from-$form" sync
done
ferry_export --point hq export --site plant-1 -o stick >/dev/null
new_site site hq
ferry_import --point site import stick >/dev/null
exits 0 "a site writes one, too" ferry_import --point site write wsus site.xml.gz
new_exporter from-site wsus-package "$work/site.xml.gz"
ferry_export --point from-site sync >/dev/null
equal "and the catalog is the same" "$(state_of "$FERRY_EXPORT" from-site all)" "$digest"

echo "# made by others"
"$GENERATE_CATALOG" --seed 9 --revisions 60 --month 0 --quiet small
new_exporter plain updates "$work/small"
ferry_export --point plain sync >/dev/null
small_digest=$(state_of "$FERRY_EXPORT" plain all)
# taken NAME FILE: a point that reads this package has the small catalog.
taken() {
  rm -rf other
  new_exporter other wsus-package "$work/$2"
  exits 0 "$1: it is synchronized" ferry_export --point other sync --json
  equal "$1: the catalog is the same" "$(state_of "$FERRY_EXPORT" other all)" "$small_digest"
}
package_tool index small package.xml
cp package.xml PACKAGE.XML
for encoding in utf-8 utf-8-bom utf-16le utf-16le-bom utf-16be-bom; do
  package_tool metadata small "$encoding" metadata.txt
  rm -f made.cab && gcab -c -z -n made.cab metadata.txt package.xml
  taken "$encoding, MSZIP" made.cab
done
rm -f made.cab && gcab -c -n made.cab PACKAGE.XML metadata.txt
taken "stored, the index first, in capitals" made.cab
for style in text cdata markup cabinet gzip shouting; do
  package_tool gzip small "$style" made.xml.gz
  taken "gzip form, document as $style" made.xml.gz
done
gzip -dc made.xml.gz | split -b 100000 - piece. && for piece in piece.*; do gzip -c "$piece"; done >members.xml.gz
taken "gzip of several members" members.xml.gz
cp members.xml.gz misnamed.cab
taken "a package of the other name" misnamed.cab

echo "# where files are"
python3 -B "$FERRY_SOURCE_ROOT/tests/support/payload.py" payload one:3000 two:4000 >/dev/null
package_tool index payload/updates package.xml http://mirror.example/content
package_tool metadata payload/updates utf-8 metadata.txt
rm -f located.cab && gcab -c -z -n located.cab metadata.txt package.xml
new_exporter located wsus-package "$work/located.cab"
sed -i 's/^content = .*/content = "all"/' located/point.toml
ferry_export --point located sync >/dev/null
exits 0 "fetch knows where the files are" ferry_export --point located fetch --dry-run --json
claim "by the package's index" grep -q "http://mirror.example/content/one.bin" out
exits 0 "they are written on" ferry_export --point located write wsus located.xml.gz --json
holds "with their places" out "d['located_files'] == 2 and d['target']['missing_files'] == 2"
claim "as they came" bash -c 'gzip -dc located.xml.gz | grep -q "MUUrl=\"http://mirror.example/content/two.bin\""'

echo "# what cannot travel"
sample_catalog sample
sample_exporter mixed "$work/sample"
ferry_export --point mixed sync >/dev/null
packages=$(find sample/scup -name '*.sdp' | wc -l)
exits 4 "third-party documents are left out" ferry_export --point mixed write wsus mixed.cab --json
holds "each is named with the reason" out "len(d['left_out']) == $packages and all('write scup' in e['reason'] for e in d['left_out'])"
new_exporter third scup "$work/sample/scup"
ferry_export --point third sync >/dev/null
exits 2 "with nothing else there is nothing to write" ferry_export --point third write wsus third.cab
claim "and nothing is written" test ! -e third.cab

echo "# not whole, not true"
for form in cab xml.gz; do ferry_export --point plain write wsus "good.$form" >/dev/null 2>&1; done
# A point that took the good package, and then finds another at the place.
for form in cab xml.gz; do
  cp "good.$form" "next.$form"
  new_exporter "held-$form" wsus-package "$work/next.$form"
  ferry_export --point "held-$form" sync >/dev/null
done
# bad FORM NAME TEXT: what stands at next.FORM is refused, with this text.
bad() {
  refused 1 "$2" "held-$1" ferry_export --point "held-$1" sync
  says "$3" "$2: it says why"
  says "nothing was taken over" "$2: and that nothing was taken"
}
for part in 5 60 99; do
  head -c $(($(stat -c %s good.xml.gz) * part / 100)) good.xml.gz >next.xml.gz
  bad xml.gz "a gzip package cut at $part %" "copy it again"
done
gzip -dc good.xml.gz | head -c 100000 | gzip -c >next.xml.gz
bad xml.gz "a package that was cut before it was packed" "cut short"
says "after " "it says after how many documents"
for part in 30 99; do
  head -c $(($(stat -c %s good.cab) * part / 100)) good.cab >next.cab
  refused 1 "a cabinet cut at $part %" held-cab ferry_export --point held-cab sync
  says "nothing was taken over" "a cabinet cut at $part %: nothing was taken"
done
# made TEXT: next.cab of metadata.txt and package.xml as they are here.
cab_of_here() { rm -f next.cab && gcab -c -z -n next.cab metadata.txt package.xml; }
package_tool index small package.xml
package_tool metadata small utf-8 metadata.txt
head -c 50000 metadata.txt >begin && mv begin metadata.txt
cab_of_here
bad cab "records that end early" "cut short"
package_tool metadata small utf-8 metadata.txt
for length in 00000001 0fffffff ffffffff; do
  python3 - "$length" <<'PYTHON'
import sys
data = open("metadata.txt", "rb").read()
at = data.index(b"\r\n") + 2 if data.count(b"\r\n") > 1 else 0
open("metadata.txt", "wb").write(data[:46] + sys.argv[1].encode() + data[54:])
PYTHON
  cab_of_here
  bad cab "a record that says it is $length long" "record"
done
head -c 100000 /dev/zero | tr '\0' '\n' >metadata.txt
cab_of_here
bad cab "line ends without end" "line ends"
python3 - <<'PYTHON'
import gzip
with gzip.open("next.xml.gz", "wb") as out:
    out.write(b"<ExportPackage><Updates>")
    for _ in range(1500): out.write(b" " * (1 << 20))
    out.write(b"</Updates></ExportPackage>")
PYTHON
bad xml.gz "a small file that unpacks to gigabytes" "which no package of updates does"
echo "no package" >next.cab
refused 1 "any other file" held-cab ferry_export --point held-cab sync
says "neither a cabinet" "any other file: it says what was expected"
printf '<ExportPackage FormatVersion="2.0"/>' | gzip -c >next.xml.gz
refused 1 "a package of a later format" held-xml.gz ferry_export --point held-xml.gz sync
says "newer Ferry" "a package of a later format: it says so"
# One document that is not what its record says: named, and the others are taken.
package_tool metadata small utf-8 metadata.txt
sed -i '1s/^......../deadbeef/' metadata.txt
rm -f other.cab && gcab -c -z -n other.cab metadata.txt package.xml
rm -rf other && new_exporter other wsus-package "$work/other.cab"
exits 4 "a record of another identity than its document's is a failure" ferry_export --point other sync --json
holds "of that document alone" out \
  "len(d['sources'][0]['failed']) == 1 and d['sources'][0]['new'] > 10 and 'the document says' in d['sources'][0]['failed'][0]['error']"
holds "and the index that lists another is doubtful" out "'is it complete' in d['sources'][0]['warnings'][0]"

finish
