#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Third-party updates as SCUP catalogs from `serve`, over TLS: fetched with curl, opened with cabextract, read by another
# point, which then holds the same; each made once for a generation, the next one after an import.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/serve.sh
. "$FERRY_SOURCE_ROOT/tests/support/serve.sh"
# shellcheck source=../support/hp.sh
. "$FERRY_SOURCE_ROOT/tests/support/hp.sh"
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 30 -subj /CN=plant \
  -addext 'subjectAltName=IP:127.0.0.1' 2>/dev/null
over_tls=(--listen 127.0.0.1:0 --tls-certificate "$work/certificate.pem" --tls-key "$work/key.pem")
get() { rm -f body; curl -s --cacert certificate.pem -D head -o body -w '%{http_code}' "$@"; }
header() { sed -n "s/^$1: //Ip" head | tr -d '\r'; }
# status PATH OPTIONS...: of the answer, once there is another than "it is being made".
status() {
  local code
  for _ in $(seq 300); do
    code=$(get "$url$1" "${@:2}")
    [ "$code" != 503 ] && break
    sleep 0.1
  done
  echo "$code"
}
# moved_on PATH TAG: until a file of another tag is there; its status.
moved_on() {
  local code
  for _ in $(seq 300); do
    code=$(get "$url$1")
    [ "$code" = 200 ] && [ "$(header etag)" != "$2" ] && break
    sleep 0.1
  done
  echo "$code"
}
# packages FOLDER: how many, and the digest of their names and bytes.
packages() { (cd "$1" && find . -name '*.sdp' -exec sha256sum {} + | sort -k 2 | tee >(wc -l) >(sha256sum) >/dev/null | sort); }
# opened FILE: its members, in the folder FILE.d.
opened() { rm -rf "$1.d" && cabextract -q -d "$1.d" "$1"; }
# again NAME CABINET DIGEST: a point over the cabinet has this state.
again() {
  rm -rf again
  new_exporter again scup "$work/$2"
  exits 0 "$1: another point synchronizes from it" ferry_export --point again sync --json
  holds "$1: without a failure or a doubt" out "[(s['failed'], s['warnings']) for s in d['sources']] == [([], [])]"
  equal "$1: and holds the same" "$(state_of "$FERRY_EXPORT" again all)" "$3"
}
scup_files() { (cd "$1/serve/scup" && find . -type f ! -name lock -printf '%f\n' | sed 's/_[0-9a-f]\{24\}/_STATE/' | sort | paste -sd ' '); }

sample_catalog sample
new_exporter hq scup "$work/sample/scup"
add_feed hq firmware '["Firmware"]' '["*"]'
ferry_export --point hq sync --quiet
ferry_export --point hq export --site plant-1 -o start --quiet
new_site site hq
ferry_import --point site import start --quiet
first_state=$(state_of "$FERRY_IMPORT" site all)

echo "# the site's catalog"
begins "the site serves over TLS" first "$FERRY_IMPORT" site "${over_tls[@]}" --log requests
says_so=$(cat first.err)
claim "and says where SDP documents are" grep -q /scup/catalog.cab <<<"$says_so"
equal "the catalog is there without anybody asking before" "$(status scup/catalog.cab)" 200
cp body v2.cab
tag=$(header etag)
modified=$(header last-modified)
equal "it is sent as a cabinet" "$(header content-type)" application/vnd.ms-cab-compressed
claim "cabextract finds no fault in it" cabextract -tq v2.cab
claim "gcab lists it" bash -c 'gcab -t v2.cab | grep -q "^update_manifest.json$"'
opened v2.cab
equal "its packages are the publisher's, byte for byte" "$(packages v2.cab.d)" "$(packages sample/scup)"
again "V2" v2.cab "$first_state"
equal "the V1 catalog is made when it is asked for" "$(status scup/catalog-v1.cab)" 200
cp body v1.cab
claim "cabextract finds no fault in it, either" cabextract -tq v1.cab
again "V1" v1.cab "$first_state"
equal "letter case of a path does not matter" "$(status SCUP/Catalog.CAB)" 200
equal "the catalog of a feed alone" "$(status scup/all/catalog.cab)" 200
opened body
equal "has the packages of the feed" "$(packages body.d)" "$(packages sample/scup)"

echo "# who has it already"
equal "by its tag: nothing is sent" "$(status scup/catalog.cab -H "If-None-Match: $tag")" 304
claim "not a byte" test ! -s body
equal "by its date: nothing either" "$(status scup/catalog.cab -H "If-Modified-Since: $modified")" 304
equal "another tag: all" "$(status scup/catalog.cab -H 'If-None-Match: "other"')" 200
equal "HEAD gives the head" "$(status scup/catalog.cab -I)" 200
equal "with the size" "$(header content-length)" "$(stat -c %s v2.cab)"
equal "a range" "$(status scup/catalog.cab -r 100-299 -H "If-Range: $tag")" 206
claim "is those bytes" cmp body <(tail -c +101 v2.cab | head -c 200)
equal "a range of another file is the whole file" "$(status scup/catalog.cab -r 100-299 -H 'If-Range: "other"')" 200
claim "from its first byte" cmp body v2.cab
{ head -c 1000 v2.cab >part && curl -s --cacert certificate.pem -C - -o part "${url}scup/catalog.cab"; }
claim "a download goes on where it was cut" cmp part v2.cab

echo "# what is not there"
for path in scup/ scup/catalog.xml scup/catalog-v2.cab scup/nowhere/catalog.cab scup//catalog.cab scup/all/x/catalog.cab \
  scup/../catalog.db scup/all/../../../point.toml "scup/$(printf 'a%.0s' $(seq 3000))/catalog.cab" scup/lock; do
  equal "'${path:0:60}' is 404" "$(get --path-as-is "$url$path")" 404
done
equal "nothing can be put there" "$(get -d x "${url}scup/catalog.cab")" 405

echo "# the next month"
next_month sample
ferry_export --point hq sync --quiet
ferry_export --point hq export --site plant-1 -o next --quiet
exits 0 "the site imports while it serves" ferry_import --point site import next --quiet
equal "the new generation is served" "$(moved_on scup/catalog.cab "$tag")" 200
cp body next.cab
opened next.cab
equal "with the packages of the next month" "$(packages next.cab.d)" "$(packages sample/scup)"
differs "which is another catalog" "$(state_of "$FERRY_IMPORT" site all)" "$first_state"
equal "who has the old one gets the new one" "$(status scup/catalog.cab -H "If-None-Match: $tag")" 200
for name in catalog-v1 all/catalog; do equal "$name follows, too" "$(status "scup/$name.cab")" 200; done
until [ "$(scup_files site)" = "catalog-v1_STATE.cab catalog_STATE.cab catalog_STATE_all.cab" ] || [ $((tries = ${tries:-0} + 1)) -gt 300 ]; do sleep 0.1; done
equal "of each there is one file, and nothing else" "$(scup_files site)" \
  "catalog-v1_STATE.cab catalog_STATE.cab catalog_STATE_all.cab"
tag=$(status scup/catalog.cab >/dev/null && header etag)
before=$(find site/serve/scup -type f -printf '%p %T@ %i\n' | sort)
ends
equal "SIGTERM ends it well" "$?" 0

echo "# another process"
begins "it serves again" second "$FERRY_IMPORT" site "${over_tls[@]}"
equal "what was made is served at once" "$(get "${url}scup/catalog.cab" -H "If-None-Match: $tag")" 304
equal "and the others" "$(status scup/catalog-v1.cab) $(status scup/all/catalog.cab)" "200 200"
equal "nothing was made again" "$(find site/serve/scup -type f ! -name lock -printf '%p %T@ %i\n' | sort)" \
  "$(grep -v /lock <<<"$before")"
rm site/serve/scup/catalog_*
equal "a file that somebody deleted is made again" "$(status scup/catalog.cab)" 200
claim "and is the same catalog" bash -c "mkdir -p same && cabextract -q -d same body && cabextract -q -d same2 next.cab && diff -r same same2"
ends

echo "# the exporting point, and feeds"
begins "the exporting point serves, too" shop "$FERRY_EXPORT" hq "${over_tls[@]}"
equal "all" "$(status scup/catalog.cab)" 200
opened body
equal "its packages are the publisher's" "$(packages body.d)" "$(packages sample/scup)"
equal "a feed of which nothing was ever exported is a feed" "$(status scup/firmware/catalog.cab)" 200
opened body
claim "with fewer packages" test "$(find body.d -name '*.sdp' | wc -l)" -lt "$(find sample/scup -name '*.sdp' | wc -l)" -a \
  "$(find body.d -name '*.sdp' | wc -l)" -gt 0
ends

echo "# a process that died while it made one"
rm -r hq/serve/scup
FERRY_CRASH_AT=1 ferry_export --point hq serve "${over_tls[@]}" >crash.out 2>crash.err
claim "it died there" grep -q "crash at write scup: catalog laid out" crash.err
differs "and left what it had" "$(find hq/serve/scup -name '.*' -mindepth 1)" ""
begins "it serves again" again "$FERRY_EXPORT" hq "${over_tls[@]}"
equal "the catalog is made" "$(status scup/catalog.cab)" 200
equal "and what was left is gone" "$(scup_files hq)" "catalog_STATE.cab"
ends

echo "# nothing to serve, and no room"
"$GENERATE_CATALOG" --seed 5 --revisions 60 --month 0 --quiet catalog
new_exporter plain updates "$work/catalog"
ferry_export --point plain sync --quiet
begins "a point without such documents serves" plain "$FERRY_EXPORT" plain "${over_tls[@]}"
equal "and has no catalog" "$(status scup/catalog.cab)" 404
claim "which it says" grep -q "no SDP documents" body
claim "nothing was made" test ! -e plain/serve/scup
ends
rm -rf hq/serve/scup && mkdir -p hq/serve && echo "in the way" >hq/serve/scup
begins "where the folder cannot be made it serves all the same" blocked "$FERRY_EXPORT" hq "${over_tls[@]}"
equal "but not the catalog" "$(status scup/catalog.cab)" 500
equal "the rest goes on" "$(status status.json)" 200
claim "and the reason is told" grep -q "hq/serve/scup" blocked.err
equal "once" "$(grep -c "cannot be made" blocked.err)" 1
ends

if [ -f "$v2" ]; then
  echo "# a vendor's whole catalog"
  new_exporter hp scup "$v2"
  ferry_export --point hp sync --quiet
  begins "it serves" hp "$FERRY_EXPORT" hp "${over_tls[@]}"
  equal "while the catalog is made others are answered" "$(get "${url}status.json")" 200
  equal "the catalog comes" "$(status scup/catalog.cab)" 200
  mv body hp.cab
  again "the HP catalog" hp.cab "$(state_of "$FERRY_EXPORT" hp all)"
  peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$server/status")
  echo "# the server's peak: $((peak / 1024)) MiB"
  claim "in bounded memory" test "$peak" -lt $((128 * 1024))
  ends
else
  skip "the HP catalog from serve" "no ../shared/data/hp-scup"
fi

finish
