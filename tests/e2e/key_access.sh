#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How a key is opened: with a passphrase from a file, the environment or a person at a terminal, or with the PIN of
# a token that never gives it out.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/pki.sh
. "$FERRY_SOURCE_ROOT/tests/support/pki.sh"
unset FERRY_PASSPHRASE FERRY_PASSPHRASE_FILE

sample_catalog catalog
sample_exporter base "$work/catalog"
rm -r base/trust base/keys && mkdir -m 700 base/keys && mkdir base/trust
ferry_export --point base sync >out
volume=all_plant-1_g0-g1_full_v01of01.ferry

alone() { setsid -w timeout 20 "$@" </dev/null; } # no terminal to ask at
terminal() { python3 "$FERRY_SOURCE_ROOT/tests/support/terminal.py" "$@"; }

# exported NAME POINT COMMAND...: COMMAND makes a bundle of POINT, without the terminal.
exported() {
  local name=$1 point=$2
  shift 2
  rm -rf "$point.out"
  exits 0 "$name: a bundle is made" alone "$@" "$FERRY_EXPORT" --point "$point" export --site plant-1 --full -o "$point.out"
  exits 0 "$name: the bundle verifies" ferry_import verify "$point.out" --trust "$point/trust/trust-0001.xml"
}
# not_exported CODE NAME POINT TEXT COMMAND...: COMMAND is refused; the reason holds TEXT; nothing is published.
not_exported() {
  local code=$1 name=$2 point=$3 text=$4
  shift 4
  rm -rf "$point.out"
  refused "$code" "$name: no bundle is made" "$point" alone "$@" "$FERRY_EXPORT" --point "$point" export --site plant-1 --full -o "$point.out"
  says "$text" "$name: it says: $text"
  equal "$name: nothing is published" "$(find "$point.out" -type f 2>/dev/null)" ""
}

secret='correct horse "battery" ä'
cp -r base hq
exits 0 "encrypted keys are made" env FERRY_PASSPHRASE="$secret" "$FERRY_EXPORT" --point hq trust init --encrypt --type p384
equal "every key file is encrypted" "$(head -qn 1 hq/keys/*.pem | sort | uniq -c | xargs)" "2 -----BEGIN ENCRYPTED PRIVATE KEY-----"
equal "with a slow derivation and AES-256" \
  "$(openssl asn1parse -in hq/keys/exporter-1.pem | grep -oE ':(PBES2|scrypt|aes-256-cbc)$' | xargs)" \
  ":PBES2 :scrypt :aes-256-cbc"
equal "for its owner only" "$(stat -c %a hq/keys/*.pem | sort -u)" 600
claim "openssl opens it with the same passphrase" openssl pkey -in hq/keys/exporter-1.pem -passin "pass:$secret" -noout
equal "the passphrase is nowhere in the point" "$(grep -rlF -- "$secret" hq)" ""

# Every way to give it.
printf '%s\nsecond line\n' "$secret" >pass.txt && chmod 600 pass.txt
echo wrong >wrong.txt
exported "passphrase in the environment" hq env FERRY_PASSPHRASE="$secret"
exported "passphrase in a file that the environment names" hq env FERRY_PASSPHRASE_FILE=pass.txt
exported "that file before the environment's own" hq env FERRY_PASSPHRASE_FILE=pass.txt FERRY_PASSPHRASE=wrong
cp -r hq by-config && cp pass.txt by-config/secret.txt
printf '[signing]\npassphrase-file = "secret.txt"\n' >>by-config/point.toml
exported "passphrase in a file that point.toml names" by-config env
exported "that file before the environment" by-config env FERRY_PASSPHRASE=wrong

# And every way to fail.
not_exported 11 "wrong passphrase" hq "the passphrase does not open this private key" env FERRY_PASSPHRASE=wrong
not_exported 11 "wrong passphrase in a file" hq "the passphrase does not open this private key" env FERRY_PASSPHRASE_FILE=wrong.txt
not_exported 3 "a passphrase file that is not there" hq "nowhere.txt" env FERRY_PASSPHRASE_FILE=nowhere.txt
not_exported 11 "no passphrase and no terminal" hq "there is no terminal to ask at" env
says "keys/exporter-1.pem" "no passphrase and no terminal: the key is named"
says "FERRY_PASSPHRASE_FILE" "no passphrase and no terminal: the way out is named"
SECONDS_BEFORE=$SECONDS
alone "$FERRY_EXPORT" --point hq export --site plant-1 --full -o hq.out 2>err
claim "no passphrase and no terminal: it does not wait" test $((SECONDS - SECONDS_BEFORE)) -lt 10
not_exported 11 "an empty passphrase in the environment" hq "there is no terminal to ask at" env FERRY_PASSPHRASE=
: >empty.txt
not_exported 11 "an empty passphrase file" hq "the passphrase does not open this private key" env FERRY_PASSPHRASE_FILE=empty.txt
cp -r base unmade
refused 11 "no keys are encrypted without a passphrase" unmade alone "$FERRY_EXPORT" --point unmade trust init --encrypt
equal "no keys are encrypted without a passphrase: none are made" "$(find unmade/keys unmade/trust -type f)" ""
refused 64 "nor with an empty one" unmade alone env FERRY_PASSPHRASE_FILE=empty.txt "$FERRY_EXPORT" --point unmade trust init --encrypt
equal "nor with an empty one: none are made" "$(find unmade/keys unmade/trust -type f)" ""
equal "no passphrase is ever printed or logged" "$(grep -rlF -- "$secret" hq out err "$work/out" "$work/err")" ""

# A person at a terminal.
terminal_export() { terminal out.tty err.tty "$@" -- "$FERRY_EXPORT" --point hq export --site plant-1 --full -o hq.out; }
rm -rf hq.out
exits 0 "a person types the passphrase" terminal_export --type "$secret"
equal "asked once, without echo" "$(cat err.tty.questions)" "echo off passphrase of exporter-1.pem:"
equal "what was typed is not on the screen" "$(grep -lF -- "$secret" out.tty err.tty)" ""
exits 0 "the bundle verifies" ferry_import verify hq.out --trust hq/trust/trust-0001.xml
rm -rf hq.out
refused 11 "a person types something else" hq terminal_export --type wrong
equal "something else: he is asked once" "$(cat err.tty.questions)" "echo off passphrase of exporter-1.pem:"
claim "something else: he is told" grep -qF "the passphrase does not open this private key" err.tty
equal "something else: nothing is published" "$(find hq.out -type f 2>/dev/null)" ""
exits 11 "a person only presses enter, twice" terminal_export --type "" --type ""
claim "only enter: he is told" grep -qF "no passphrase was entered" err.tty
# shellcheck disable=SC2016  # the inner shell expands
piped_export() { terminal out.tty err.tty --type "$secret" -- sh -c '"$1" --point hq export --site plant-1 --full -o hq.out </dev/null >piped 2>&1' sh "$FERRY_EXPORT"; }
exits 0 "the terminal is asked, whatever the three streams are" piped_export
exits 0 "with --json too" terminal json.tty err.tty --type "$secret" -- "$FERRY_EXPORT" --point hq export --site plant-1 --full -o hq.out --json
holds "and the question is not in the JSON" json.tty "d['bundles'][0]['name'] == 'all_plant-1_g0-g1_full'"

cp -r base typed
typed_init() { terminal out.tty err.tty "$@" -- "$FERRY_EXPORT" --point "$point" trust init --encrypt; }
point=typed
exits 0 "new keys: a person types each passphrase twice" typed_init --type one --type one --type two --type two
equal "new keys: four questions without echo" "$(grep -c '^echo off ' err.tty.questions)/$(grep -c . err.tty.questions)" "4/4"
claim "new keys: the first is the root key's" openssl pkey -in typed/keys/root-1.pem -passin pass:one -noout
claim "new keys: the second is the exporter key's" openssl pkey -in typed/keys/exporter-1.pem -passin pass:two -noout
cp -r base mistyped
point=mistyped
exits 11 "new keys: the second time something else" typed_init --type one --type eno
equal "new keys, something else: none are made" "$(find mistyped/keys mistyped/trust -type f)" ""

# A token.
module=$(find /usr/lib -name libsofthsm2.so 2>/dev/null | head -n 1)
engine=$(find /usr/lib -name pkcs11.so -path '*engines*' 2>/dev/null | head -n 1)
if [ -z "$module" ] || [ -z "$engine" ] || ! command -v softhsm2-util pkcs11-tool >/dev/null; then
  skip "keys in a token" "needs softhsm2, libengine-pkcs11-openssl and opensc"
  finish
  exit
fi
export SOFTHSM2_CONF=$work/softhsm2.conf PKCS11_MODULE_PATH=$module
mkdir tokens
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$work" >"$SOFTHSM2_CONF"
softhsm2-util --init-token --free --label ferry --so-pin 12345678 --pin 4711 >out 2>&1
token() { pkcs11-tool --module "$module" --token-label ferry --login --pin 4711 "$@" >out 2>&1; }

# token_key NAME TYPE: a key made in the token, with its certificate, and a point that signs with it.
token_key() {
  local name=$1 uri="pkcs11:token=ferry;object=$1;type=private"
  token --keypairgen --key-type "$2" --label "$name" --id "$3" --usage-sign
  openssl req -x509 -engine pkcs11 -keyform engine -key "$uri;pin-value=4711" -config req.cnf -subj "/CN=$name" -days 3650 \
    -addext "${signer_says[0]}" -addext "${signer_says[1]}" -addext extendedKeyUsage=codeSigning \
    -addext subjectKeyIdentifier=hash -out "$name.crt" 2>out
  cp -r base "$name"
  printf '[signing]\npkcs11-module = "%s"\n' "$module" >>"$name/point.toml"
  exits 0 "$name: a trust file names a key in a token" ferry_export --point "$name" trust init --certificate "$name.crt"
  echo "$uri" >"$name/keys/$name.uri"
  cp "$name.crt" "$name/keys/"
  echo 4711 >"$name.pin"
}
for kind in "token-p256 EC:prime256v1 01" "token-rsa rsa:3072 02"; do
  # shellcheck disable=SC2086  # three words
  token_key $kind
  name=${kind%% *}
  exported "$name, PIN in the environment" "$name" env FERRY_PASSPHRASE=4711
  exported "$name, PIN in a file" "$name" env FERRY_PASSPHRASE_FILE="$name.pin"
  rm -rf parts && mkdir parts && tar xf "$name.out/$volume" -C parts
  claim "$name: openssl verifies the signature" openssl cms -verify -binary -inform DER -in parts/signatures/01.p7s \
    -content parts/manifest.xml -CAfile "$name/trust/exporters.pem" -no-CApath -no-CAstore -purpose any -out /dev/null
  new_site "$name.site" "$name"
  exits 0 "$name: a site, which has no token, imports it" env -u SOFTHSM2_CONF "$FERRY_IMPORT" --point "$name.site" import "$name.out"
  not_exported 11 "$name, wrong PIN" "$name" "or the PIN is wrong" env FERRY_PASSPHRASE=0815
  says "keys/$name.uri" "$name, wrong PIN: the key is named"
  equal "$name, wrong PIN: one line says it, no library's own words" "$(grep -vc '^ferry-export: error: ' err)" 0
  not_exported 11 "$name, no PIN and no terminal" "$name" "there is no terminal to ask at" env
done
equal "the private key is nowhere but in the token" "$(find token-p256 token-rsa -name '*.pem' -path '*keys*' ! -name 'root-*')" ""
exits 0 "a person types the PIN" terminal out.tty err.tty --type 4711 -- "$FERRY_EXPORT" --point token-p256 export --site plant-1 --full -o typed.out
equal "the PIN: asked once, without echo" "$(cat err.tty.questions)" "echo off passphrase of token-p256.uri:"
exits 11 "a person types a wrong PIN" terminal out.tty err.tty --type 0815 -- "$FERRY_EXPORT" --point token-p256 export --site plant-1 --full -o typed.out
equal "a wrong PIN: asked once, by nobody else" "$(cat err.tty.questions)" "echo off passphrase of token-p256.uri:"
echo "pkcs11:token=ferry;object=token-p256;type=private;pin-value=4711" >token-p256/keys/token-p256.uri
exported "PIN in the URI" token-p256 env
printf 4711 >token-p256.pin # the library takes the whole file
echo "pkcs11:token=ferry;object=token-p256;type=private;pin-source=file:$work/token-p256.pin" >token-p256/keys/token-p256.uri
exported "a file with the PIN in the URI" token-p256 env
echo "pkcs11:token=ferry;object=nobody;type=private" >token-p256/keys/token-p256.uri
not_exported 11 "a key that is not in the token" token-p256 "the token has no such private key" env FERRY_PASSPHRASE=4711
echo "pkcs11:token=ferry;object=token-rsa;type=private" >token-p256/keys/token-p256.uri
not_exported 11 "another key of the token" token-p256 "is of another key" env FERRY_PASSPHRASE=4711
sed -i "s|^pkcs11-module.*|pkcs11-module = \"nowhere.so\"|" token-rsa/point.toml
not_exported 3 "the token's library is not there" token-rsa "nowhere.so'; see pkcs11-module" env FERRY_PASSPHRASE=4711
sed -i "/^pkcs11-module/d" token-rsa/point.toml
not_exported 64 "point.toml names no library" token-rsa "pkcs11-module" env FERRY_PASSPHRASE=4711

finish
