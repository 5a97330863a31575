#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Signed data is hostile all the same: whatever publishers, file names and certificates say, nothing that the
# programs print steers a terminal, breaks JSON or reaches the catalog's tables.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/pki.sh
. "$FERRY_SOURCE_ROOT/tests/support/pki.sh"

hostile() { python3 "$FERRY_SOURCE_ROOT/tests/support/hostile_text.py" "$@"; }
terminal() { python3 "$FERRY_SOURCE_ROOT/tests/support/terminal.py" "$@"; }

# The check itself must be able to fail.
for bytes in '\033[31m' '\a' '\r' '\t' '\0' '\177' '\302\233' '\342\200\256' '\342\200\250' '\342\200\213' '\303' '\r\033[K'; do
  # shellcheck disable=SC2059  # these are formats
  printf "text $bytes text\n" >unsafe.out
  exits 1 "the check finds $bytes" hostile safe unsafe.out
done
printf 'reading: 5 of 9\r\033[Kdone: Größe 中\n' >safe.err
exits 0 "the check knows our own line of progress" hostile safe safe.err

# looks CODES NAME COMMAND...: runs the command in a pipe and at a terminal, and for a NAME without '!' as JSON too;
# @ stands for another point each time. One of CODES must come out each time, something must be printed, and nothing
# that steers a terminal. Leaves the JSON in $work/out.json.
looks() {
  local codes=" $1 " name=$2 how code problem=""
  shift 2
  for how in pipe tty json; do
    code=0
    case $how in
      pipe) "${@//@/$how}" >pipe.out 2>pipe.err </dev/null || code=$? ;;
      tty) terminal tty.out tty.err -- "${@//@/$how}" || code=$? ;;
      json)
        echo '{}' >out.json
        case $name in *!) continue ;; esac
        "${@//@/$how}" --json >out.json 2>json.err </dev/null || code=$?
        ;;
    esac
    case $codes in *" $code "*) ;; *) problem+="$how: exit code $code, expected one of:$codes; $(head -qc 600 $how.err) " ;; esac
    [ $how = json ] || [ -s $how.out ] || [ -s $how.err ] || problem+="$how: it printed nothing "
  done
  problem+=$(hostile safe pipe.out pipe.err tty.out tty.err out.json json.err)
  if [ -z "$problem" ]; then pass "$name"; else fail "$name" "$problem"; fi
}

: >json.err
hostile documents updates >wrote.json
for how in pipe tty json; do
  new_exporter hq-$how updates "$work/updates"
  cp -r hq-$how narrow-$how
  sed -i 's/^products = .*/products = ["aaaaaaaa-0000-4000-8000-000000000001"]/' narrow-$how/point.toml
done

# The connected side.
looks 0 "sync" "$FERRY_EXPORT" --point hq-@ sync
holds "every document was taken" out.json "d['sources'][0]['new'] == $(json wrote.json 'len(d)') and not d['sources'][0]['failed']"
looks 0 "sync with a feed that chooses one product" "$FERRY_EXPORT" --point narrow-@ sync
holds "the names of the others come through JSON as they are" out.json \
  "{c['name'] for c in d['new_categories']} == {w['text'] for w in __import__('json').load(open('wrote.json')) if w['name'] != 'csi' and w['kind'] == 'category'}"
looks 0 "status with categories that nobody chose" "$FERRY_EXPORT" --point narrow-@ status
looks 0 "list" "$FERRY_EXPORT" --point hq-@ list
holds "titles come through JSON as they are" out.json \
  "{u['id']: u['title'] for u in d['updates']} == {w['id']: w['text'] for w in __import__('json').load(open('wrote.json'))}"
looks 0 "list products" "$FERRY_EXPORT" --point hq-@ list products
looks 0 "list classifications" "$FERRY_EXPORT" --point hq-@ list classifications
looks 0 "list by product" "$FERRY_EXPORT" --point hq-@ list --count-by product
for text in csi sql bidi format; do
  looks 0 "list --text with $text" "$FERRY_EXPORT" --point hq-@ list --text "$(json wrote.json "[w['text'] for w in d if w['name'] == '$text'][0]")"
  holds "list --text with $text: finds it and nothing else" out.json "len(d['updates']) == 2"
done
# shellcheck disable=SC2016  # the inner shell expands
show_all='for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18; do "$0" "$@" show bbbbbbbb-0000-4000-8000-0000000000$n || exit; done'
sh -c "$show_all" "$FERRY_EXPORT" --point hq-pipe >pipe.out 2>pipe.err
terminal tty.out tty.err -- sh -c "$show_all" "$FERRY_EXPORT" --point hq-tty
sh -c "$show_all" "$FERRY_EXPORT" --point hq-json --json >json.out 2>json.err
equal "show: every update is shown" "$(grep -c '^files$' pipe.out) $(grep -c '^files$' tty.out) $(grep -c '^{$' json.out)" "18 18 18"
claim "show: nothing that steers a terminal" hostile safe pipe.out pipe.err tty.out tty.err json.out json.err
python3 -c 'import sys; print("[" + sys.stdin.read().replace("\n}\n{\n", "\n},\n{\n") + "]")' <json.out >out.json
holds "show: all texts are those of the document" out.json \
  "all(t == [w['text'] for w in __import__('json').load(open('wrote.json')) if w['id'] == u['id']][0] for u in d for t in [u['title'], u['severity'], u['handler'], u['created'], u['more_info_url'], u['support_url'], u['texts'][0]['description'], u['files'][0]['name'], *u['kb_articles'], *u['bulletins'], *u['cves'], *u['languages'], *u['products']])"
looks 0 "show a document!" "$FERRY_EXPORT" --point hq-tty show aaaaaaaa-0000-4000-8000-000000000007 --document
"$FERRY_EXPORT" --point hq-pipe show bbbbbbbb-0000-4000-8000-000000000001 --document >shown
claim "a pipe gets a document byte for byte" cmp shown updates/bbbbbbbb-0000-4000-8000-000000000001.xml
terminal tty.out tty.err -- "$FERRY_EXPORT" --point hq-tty show bbbbbbbb-0000-4000-8000-000000000001 --document
claim "a terminal gets it in a safe form" hostile safe tty.out
claim "but all of it" grep -qF 'red \u{9b}31m and' tty.out
for command in feeds sites status check "preview plant-1" "trust show"; do
  # shellcheck disable=SC2086  # words
  looks 0 "$command" "$FERRY_EXPORT" --point hq-@ $command
done
looks 0 "export" "$FERRY_EXPORT" --point hq-@ export --site plant-1 -o out-@

# Documents that no reader may take, in files with names of the same kind.
hostile refused refused
for how in pipe tty json; do new_exporter refused-$how updates "$work/refused"; done
looks "1 4" "sync of documents that are refused" "$FERRY_EXPORT" --point refused-@ sync
holds "each is named and none is taken" out.json "len(d['sources'][0]['failed']) == 19 and d['sources'][0]['new'] == 0"
mkdir listed && cp "$FERRY_SOURCE_ROOT"/samples/metadata/start/scup/0b1c6a96*.sdp listed/
printf '{"\\u001b[31m\\u202e\\u009b": "x"}' >listed/update_manifest.json
for how in pipe tty json; do new_exporter listed-$how scup "$work/listed"; done
looks "0 4" "sync of a catalog with a hostile list" "$FERRY_EXPORT" --point listed-@ sync

# The disconnected side.
looks 0 "init" "$FERRY_IMPORT" --point site-@ init --trust hq-@/trust/trust-0001.xml --site plant-1
for command in inspect verify diff "import --dry-run" import; do
  # shellcheck disable=SC2086  # words
  looks 0 "$command" "$FERRY_IMPORT" --point site-@ $command out-@
done
for command in status history list "list products" check "show bbbbbbbb-0000-4000-8000-000000000001"; do
  # shellcheck disable=SC2086  # words
  looks 0 "site: $command" "$FERRY_IMPORT" --point site-@ $command
done
ferry_import --point site-json list --json >out.json
holds "the site has every title as it was written" out.json \
  "{u['id']: u['title'] for u in d['updates']} == {w['id']: w['text'] for w in __import__('json').load(open('wrote.json'))}"
equal "no table was lost" "$(logical_dump site-pipe | cut -d ' ' -f 1 | sort -u | sha256sum)" "$(logical_dump site-json | cut -d ' ' -f 1 | sort -u | sha256sum)"
claim "and every document is whole" ferry_import --point site-pipe check

# Names on the medium: volumes that are none, and a good one, under names that attack.
long=$(printf 'x%.0s' {1..249})
for how in pipe tty json; do
  mkdir stick-$how
  # shellcheck disable=SC2016  # nothing shall expand
  for name in $'red \e[31m' $'two\nlines' $'turned \u202e' $'csi \u009b31m' $'no utf-8 \xff' '$(reboot)' '-rf' '--json' '%n%s{}' "$long"; do
    echo junk >"stick-$how/$name.ferry"
  done
  cp out-pipe/*.ferry stick-$how/$'good \e]0;title\a.ferry'
  cp out-tty/*.ferry stick-$how/$'foreign \u202e\u2028.ferry'
  ferry_import --point fresh-$how init --trust hq-pipe/trust/trust-0001.xml --site plant-1 >out
done
for command in inspect verify diff import; do
  # shellcheck disable=SC2086  # words
  looks "11 15" "$command of files with hostile names" "$FERRY_IMPORT" --point fresh-@ $command stick-@
done
looks 3 "a path that does not exist!" "$FERRY_IMPORT" --point fresh-@ import $'nowhere\e[31m\u202e'
looks 3 "a point that does not exist!" "$FERRY_IMPORT" --point $'nowhere\e[31m\u202e' status
looks 64 "an option that does not exist!" "$FERRY_IMPORT" --point fresh-@ import $'--\e[31m\u202e.ferry'
looks 64 "a command that does not exist!" "$FERRY_IMPORT" $'\e[31m\u202e'
looks 64 "a choice that does not exist!" "$FERRY_EXPORT" --point hq-@ list --type $'\e[31m\u202e'
looks 3 "a site that does not exist!" "$FERRY_EXPORT" --point hq-@ export --site $'\e[31m\u202e' -o none

# A certificate that attacks, and a manifest whose signer means harm.
make_key evil p256
subject=$'/CN=\e[31mred\u009b\u202e/O=\'); DROP TABLE feed;--' make_certificate evil evil "${signer_says[@]}" extendedKeyUsage=codeSigning
claim "the certificate's name has an escape" grep -qF "$(printf '\033')" <(openssl x509 -in evil.crt -noout -subject -nameopt utf8)
for how in pipe tty json; do
  cp -r hq-pipe evil-$how && rm -r evil-$how/trust evil-$how/keys && mkdir -m 700 evil-$how/keys && mkdir evil-$how/trust
done
looks 0 "trust init with a hostile certificate" "$FERRY_EXPORT" --point evil-@ trust init --certificate evil.crt
for how in pipe tty json; do
  give_key evil-$how evil evil.crt
  ferry_import --point duped-$how init --trust evil-$how/trust/trust-0001.xml --site plant-1 >out
done
looks 0 "trust show with a hostile certificate" "$FERRY_EXPORT" --point evil-@ trust show
looks 0 "export with a hostile certificate" "$FERRY_EXPORT" --point evil-@ export --site plant-1 --full -o evil-out-@

# signed_evil OUT HOW: the manifest on standard input, in a volume that the evil key signed.
signed_evil() {
  mkdir -p "$1" parts && tar xf evil-out-"$2"/*.ferry -C parts
  cat >"parts/manifest.xml"
  openssl cms -sign -binary -cades -nosmimecap -md sha256 -outform DER -signer evil.crt -inkey evil.key \
    -in parts/manifest.xml -out parts/signatures/01.p7s
  tar --format=ustar -b1 --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0 -C parts -cf "$1/evil.ferry" \
    manifest.xml signatures/01.p7s trust/trust-0001.xml chunks/000001.zst
  rm -r parts
}
manifest_of() { tar xOf evil-out-"$1"/*.ferry manifest.xml; }
for how in pipe tty json; do
  hostile manifest evil.xml < <(manifest_of $how)
  signed_evil named-$how $how <evil.xml
done
for command in inspect verify diff import; do
  # shellcheck disable=SC2086  # words
  looks 0 "$command of a hostile manifest" "$FERRY_IMPORT" --point duped-@ $command named-@
done
holds "it was imported" out.json "d['bundles'][0]['result'] == 'applied'"
for command in status history; do looks 0 "$command after a hostile manifest" "$FERRY_IMPORT" --point duped-@ $command; done

# A bundle's name becomes a file name and is printed everywhere, so it is what its parts make it and nothing else.
for name in "../../evil" "/tmp/evil" $'all\u009b31m\u202e' .all -rf ""; do
  for how in pipe tty json; do
    rm -rf renamed-$how
    signed_evil renamed-$how $how < <(manifest_of $how | sed "s|<bundle name=\"[^\"]*\"|<bundle name=\"$name\"|")
  done
  looks 15 "verify of a bundle named '$(LC_ALL=C tr -c ' -~' '?' <<<"$name" | head -c -1)'" "$FERRY_IMPORT" --point duped-@ verify renamed-@
done
for how in pipe tty json; do
  rm -rf renamed-$how
  signed_evil renamed-$how $how < <(manifest_of $how | sed $'s|<recipient site="plant-1"/>|<recipient site="plant-1"/>\\n  <recipient site="\u009b31m\u202e"/>|')
done
looks 15 "verify of a bundle for a site whose name attacks" "$FERRY_IMPORT" --point duped-@ verify renamed-@

# Nor does a second signer write where the first one wants.
cp -r hq-pipe two && rm -r two/trust two/keys && mkdir -m 700 two/keys two/second && mkdir two/trust
ferry_export --point two trust init --exporters 2 --threshold 2 >out
mv two/keys/exporter-2.* two/second/
exits 4 "a bundle that waits for its second signature" ferry_export --point two export --site plant-1 --full -o two-out
mkdir -p deep/er/parts && tar xf two-out/*.ferry -C deep/er/parts && cd deep/er/parts || exit 1
sed -i 's|<bundle name="[^"]*"|<bundle name="../../evil"|' manifest.xml
openssl cms -sign -binary -cades -nosmimecap -md sha256 -outform DER -signer ../../../two/keys/exporter-1.crt \
  -inkey ../../../two/keys/exporter-1.pem -in manifest.xml -out signatures/01.p7s
tar --format=ustar -b1 --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0 -cf ../evil.ferry \
  manifest.xml signatures/01.p7s trust/trust-0001.xml chunks/000001.zst
cd "$work" || exit 1
exits 15 "sign refuses a bundle with a path as its name" ferry_export sign --trust two/trust/trust-0001.xml --keys two/second deep/er
equal "and writes no file anywhere" "$(find . -name 'evil*.p7s')" ""
exits 0 "the bundle itself can be signed" ferry_export sign --trust two/trust/trust-0001.xml --keys two/second two-out

equal "the logs are pure ASCII" "$(cat ./*/log/audit.jsonl | LC_ALL=C tr -d '\n -~' | wc -c)" 0
cat ./*/log/audit.jsonl >all.jsonl
claim "and each of their lines is JSON" python3 -c 'import json; assert len([json.loads(line) for line in open("all.jsonl")]) > 30'

finish
