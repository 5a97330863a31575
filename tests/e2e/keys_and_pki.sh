#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every kind of key that may sign, every kind that may not, and keys of a PKI that was there before.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
# shellcheck source-path=SCRIPTDIR source=../support/pki.sh
. "$FERRY_SOURCE_ROOT/tests/support/pki.sh"

# One catalog for all: points differ in their keys only.
sample_catalog catalog
sample_exporter base "$work/catalog"
rm -r base/trust base/keys && mkdir -m 700 base/keys && mkdir base/trust
ferry_export --point base sync >out
bundle=all_plant-1_g0-g1_full
volume=${bundle}_v01of01.ferry

new_point() { cp -r base "$1"; }

# travels NAME POINT ALGORITHM ANCHOR: a bundle of this point is made, checked, checked by openssl as FORMAT.md's
# "By hand" shows it, and imported by a site. ALGORITHM as openssl calls it. ANCHOR: the certificates that openssl
# trusts; without a self-signed one it must be told so.
travels() {
  local name=$1 point=$2 algorithm=$3 anchor=$4 partial=()
  exits 0 "$name: a bundle is made" ferry_export --point "$point" export --site plant-1 -o "$point.out"
  exits 0 "$name: the bundle verifies" ferry_import verify "$point.out" --trust "$point/trust/trust-0001.xml"
  mkdir "$point.by-hand" && tar xf "$point.out/$volume" -C "$point.by-hand"
  openssl x509 -in "$anchor" -noout -subject -issuer | sed 's/^[a-z]*=//' | uniq | grep -c . >count
  [ "$(cat count)" = 1 ] || partial=(-partial_chain)
  openssl_verify() {
    openssl cms -verify -binary -inform DER -in "$point.by-hand/signatures/01.p7s" -content "$1" -CAfile "$anchor" \
      -no-CApath -no-CAstore -purpose any "${partial[@]}" -out /dev/null
  }
  claim "$name: openssl verifies it too" openssl_verify "$point.by-hand/manifest.xml"
  sed 's/ kind="full"/ kind="fulL"/' "$point.by-hand/manifest.xml" >changed.xml
  exits 4 "$name: but no other manifest" openssl_verify changed.xml
  openssl cms -cmsout -print -noout -inform DER -in "$point.by-hand/signatures/01.p7s" >printed 2>&1
  sed -n '/signerInfos/,$p' printed | grep -A 1 signatureAlgorithm | grep -o 'algorithm: [A-Za-z0-9-]*' | tail -n 1 >found
  equal "$name: the signature is $algorithm" "$(cat found)" "algorithm: $algorithm"
  new_site "$point.site" "$point"
  exits 0 "$name: a site imports it" ferry_import --point "$point.site" import "$point.out"
}

# no_bundle NAME POINT TEXT: the export is refused, the reason holds TEXT, and nothing was published.
no_bundle() {
  refused 11 "$1: no bundle is made" "$2" ferry_export --point "$2" export --site plant-1 -o "$2.out"
  says "$3" "$1: the reason is named: $3"
  equal "$1: nothing is published" "$(find "$2.out" -type f 2>/dev/null)" ""
}

# trust_init POINT OPTION...
trust_init() { ferry_export --point "$1" trust init "${@:2}" >/dev/null; }

# Keys that Ferry makes.
for kind in "p256 ecdsa-with-SHA256" "p384 ecdsa-with-SHA384" "rsa3072 rsaEncryption"; do
  read -r type algorithm <<<"$kind"
  new_point "own-$type"
  claim "$type: keys are made" trust_init "own-$type" --type "$type"
  equal "$type: the private keys are for their owner only" "$(stat -c %a "own-$type"/keys/*.pem | sort -u)" 600
  travels "$type" "own-$type" "$algorithm" "own-$type/trust/exporters.pem"
done
new_point own-pss
trust_init own-pss --type rsa3072 --algorithms rsa-pss
travels "RSA with PSS" own-pss rsassaPss own-pss/trust/exporters.pem
new_point default
trust_init default
equal "the default is P-256" "$(openssl pkey -in default/keys/exporter-1.pem -noout -text | grep -c 'NIST CURVE: P-256')" 1
refused 64 "an unknown type of key" base ferry_export --point base trust init --type ed25519
says "expected p256, p384 or rsa3072" "an unknown type of key: the known ones are named"
equal "an unknown type of key: no trust file is made" "$(ls -A base/trust base/keys)" "$(printf 'base/keys:\n\nbase/trust:')"

# Keys that openssl made.
for kind in pss-any pss-sha256; do
  make_key "$kind" "$kind"
  make_certificate "$kind" "$kind" "${signer_says[@]}" extendedKeyUsage=codeSigning
  new_point "$kind"
  give_key "$kind" "$kind" "$kind.crt"
  claim "a key for PSS only ($kind): the trust file names it" trust_init "$kind" --certificate "$kind.crt"
  travels "a key for PSS only ($kind)" "$kind" rsassaPss "$kind.crt"
done

# A PKI: an authority, one below it, and its signers.
make_key root p256
make_certificate root root "${authority_says[@]}"
make_key sub p384
make_certificate sub root "${authority_says[@]}"
make_key leaf p256
make_certificate leaf sub "${signer_says[@]}" extendedKeyUsage=codeSigning
for anchor in root sub leaf; do
  new_point "by-$anchor"
  trust_init "by-$anchor" --certificate "$anchor.crt"
  give_key "by-$anchor" leaf leaf.crt sub.crt
  travels "the role names the $anchor of a PKI" "by-$anchor" ecdsa-with-SHA256 "$anchor.crt"
  holds "the role names the $anchor of a PKI: the trust file holds its key alone" \
    <(ferry_export --point "by-$anchor" trust show --json) \
    "[k['key'] for k in d['trust'][0]['exporter']['keys']] == ['$(pin_of "$anchor.crt")']"
done
for anchor in root sub leaf; do
  new_point "pin-$anchor"
  trust_init "pin-$anchor" --pin "$(pin_of "$anchor.crt")"
  give_key "pin-$anchor" leaf leaf.crt sub.crt root.crt
  travels "the role pins the $anchor's key" "pin-$anchor" ecdsa-with-SHA256 "$anchor.crt"
done
new_point no-chain
trust_init no-chain --certificate root.crt
give_key no-chain leaf leaf.crt
no_bundle "the certificate between is missing" no-chain "holds no key that trust file 1 lets sign bundles"
new_point no-anchor
trust_init no-anchor --pin "$(pin_of root.crt)"
give_key no-anchor leaf leaf.crt sub.crt
no_bundle "the certificate with the pinned key does not travel" no-anchor "holds no key that trust file 1 lets sign bundles"
make_key other-root p256
subject=/CN=root make_certificate other-root other-root "${authority_says[@]}"
new_point other-root
trust_init other-root --certificate other-root.crt
give_key other-root leaf leaf.crt sub.crt
no_bundle "an authority of the same name with another key" other-root "holds no key that trust file 1 lets sign bundles"
new_point wrong-pair
trust_init wrong-pair --certificate root.crt
cp leaf.key foreign.key && make_key leaf p256
give_key wrong-pair leaf leaf.crt sub.crt
mv foreign.key leaf.key
no_bundle "a certificate of another key lies beside the key" wrong-pair "is of another key"

signed_anew by-root.out/$volume leaf anew sub.crt
exits 0 "a signature that openssl makes with that key is as good" ferry_import --point by-root.site verify anew/$volume

# What a signer's certificate must say.
make_key signer p256
# signer_with NAME TEXT ISSUER EXTENSION...: the role names the root; a signer with these extensions is refused.
signer_with() {
  local name=$1 text=$2 issuer=$3 point chain=(signer.crt)
  point=signer-$test_count
  shift 3
  make_certificate signer "$issuer" "$@"
  [ "$issuer" = root ] || chain+=("$issuer.crt")
  new_point "$point"
  trust_init "$point" --certificate root.crt
  give_key "$point" signer "${chain[@]}"
  no_bundle "$name" "$point" "$text"
  # The same with openssl's hand: the site decides by itself.
  signed_anew by-root.out/$volume signer anew "${chain[@]:1}"
  exits 11 "$name: nor does a site take one" ferry_import --point by-root.site verify anew/$volume
  says "$text" "$name: and it says why: $text"
}
signer_with "a signer without purposes" "is not for code signing" root "${signer_says[@]}"
signer_with "a web server's certificate" "is not for code signing" root "${signer_says[@]}" extendedKeyUsage=serverAuth
signer_with "a signer that may not sign data" "expected key usage digitalSignature" root basicConstraints=critical,CA:FALSE \
  keyUsage=critical,keyEncipherment extendedKeyUsage=codeSigning
make_key web-ca p256
make_certificate web-ca root "${authority_says[@]}" extendedKeyUsage=serverAuth
signer_with "a signer under an authority for web servers" "certificate 'CN=web-ca' is not for code signing" web-ca \
  "${signer_says[@]}" extendedKeyUsage=codeSigning
make_key code-ca p256
make_certificate code-ca root "${authority_says[@]}" extendedKeyUsage=codeSigning,serverAuth
make_certificate signer code-ca "${signer_says[@]}" extendedKeyUsage=codeSigning
new_point code-ca
trust_init code-ca --certificate root.crt
give_key code-ca signer signer.crt code-ca.crt
travels "a signer under an authority for code signing" code-ca ecdsa-with-SHA256 root.crt

# A purpose of one's own.
purpose=1.3.6.1.4.1.55555.7
make_key own p256
make_certificate own root "${signer_says[@]}" extendedKeyUsage=$purpose
new_point purpose
trust_init purpose --certificate root.crt --purpose $purpose
give_key purpose own own.crt
travels "a purpose of one's own" purpose ecdsa-with-SHA256 root.crt
new_point purpose-missing
trust_init purpose-missing --certificate root.crt --purpose $purpose
give_key purpose-missing leaf leaf.crt sub.crt
no_bundle "code signing is not that purpose" purpose-missing "is not for $purpose"
signed_anew by-root.out/$volume own anew
exits 11 "that purpose is not code signing" ferry_import --point by-root.site verify anew/$volume
says "is not for code signing" "that purpose is not code signing: it says why"
refused 64 "a purpose that is no object identifier" base ferry_export --point base trust init --purpose code-signing

# Keys that are too weak, or of a kind that CMS does not know.
for kind in "rsa2048|RSA key of 2048 bits; expected 3072" "p224|of 224 bits; expected P-256 or P-384" \
  "p521|of 521 bits; expected P-256 or P-384" "ed25519|expected P-256, P-384 or RSA"; do
  type=${kind%%|*} text=${kind#*|}
  make_key "$type" "$type"
  make_certificate "$type" root "${signer_says[@]}" extendedKeyUsage=codeSigning
  new_point "weak-$type"
  exits 11 "$type: no trust file names such a key" ferry_export --point "weak-$type" trust init --certificate "$type.crt"
  says "$text" "$type: the fault is named"
  equal "$type: there is no trust file" "$(ls -A "weak-$type/trust")" ""
  trust_init "weak-$type" --certificate root.crt
  give_key "weak-$type" "$type" "$type.crt"
  no_bundle "$type, of an authority that is trusted" "weak-$type" "$text"
  rm "weak-$type/keys/$type.crt"
  no_bundle "$type, alone" "weak-$type" "$text"
  [ "$type" = ed25519 ] && continue # CMS of OpenSSL 3.0 cannot do it
  signed_anew by-root.out/$volume "$type" anew
  exits 11 "$type: no site takes its signature" ferry_import --point by-root.site verify anew/$volume
  says "$text" "$type: and the site says why"
done

# Algorithms that a role does not list.
make_key rsa rsa3072
make_certificate rsa root "${signer_says[@]}" extendedKeyUsage=codeSigning
for kind in "leaf ecdsa-p384,rsa-pss ecdsa-p256" "rsa ecdsa-p256,ecdsa-p384 rsa-pkcs1" "sub-signer ecdsa-p256 ecdsa-p384"; do
  read -r name allowed used <<<"$kind"
  chain=()
  if [ "$name" = leaf ]; then chain=(sub.crt); fi
  if [ "$name" = sub-signer ]; then
    make_key sub-signer p384 && make_certificate sub-signer root "${signer_says[@]}" extendedKeyUsage=codeSigning
  fi
  new_point "listed-$used"
  trust_init "listed-$used" --certificate root.crt --algorithms "$allowed"
  give_key "listed-$used" "$name" "$name.crt" "${chain[@]}"
  no_bundle "the role lists $allowed, the key makes $used" "listed-$used" "signature is $used, which the trust file does not allow"
done
refused 64 "an algorithm that nobody knows" base ferry_export --point base trust init --algorithms rsa-md5
# Rules under which nobody could sign are found now and not at the sites, before any key is made.
new_point unusable
for rules in "--algorithms rsa-pss" "--type rsa3072 --algorithms ecdsa-p256" "--crl" "--purpose 1.3.6.1.4.1.99999.1"; do
  # shellcheck disable=SC2086
  exits 64 "trust init $rules, with keys of our own: refused" ferry_export --point unusable trust init $rules
  says "role exporter demands 1 signature, and only 0 of its keys can make one" "trust init $rules: it says why"
done
equal "no trust file and no key is left" "$(find unusable/trust unusable/keys -type f)" ""

# Revocation lists, where the role demands them.
make_certificate signer root "${signer_says[@]}" extendedKeyUsage=codeSigning
make_crl good root
make_crl revoked root signer.crt
make_crl outdated root "" -crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z
make_crl of-other other-root
make_crl of-web-ca web-ca
openssl crl -in good.crl -outform DER -out good-der.crl
# with_list NAME LIST...: a point whose role demands lists and that has these.
with_list() {
  local name=$1 list files=""
  shift
  new_point "$name"
  trust_init "$name" --certificate root.crt --crl
  give_key "$name" signer signer.crt
  for list in "$@"; do
    cp "$list.crl" "$name/"
    files+="\"$list.crl\", "
  done
  printf '[signing]\ncrl = [%s]\n' "$files" >>"$name/point.toml"
}
for list in good good-der; do
  with_list "crl-$list" "$list"
  travels "a revocation list is demanded and there ($list)" "crl-$list" ecdsa-with-SHA256 root.crt
done
with_list crl-several of-other outdated good
travels "one list of several is the right one" crl-several ecdsa-with-SHA256 root.crt
with_list crl-missing
no_bundle "a revocation list is demanded and missing" crl-missing "unable to get certificate CRL"
with_list crl-revoked revoked
no_bundle "the list revokes the signer" crl-revoked "certificate revoked"
with_list crl-outdated outdated
no_bundle "the list is out of date" crl-outdated "CRL has expired"
with_list crl-of-other of-other
no_bundle "the list is of an authority of the same name with another key" crl-of-other "CRL"
with_list crl-of-web-ca of-web-ca
no_bundle "the list is of another authority" crl-of-web-ca "unable to get certificate CRL"
new_point crl-ignored
trust_init crl-ignored --certificate root.crt
give_key crl-ignored signer signer.crt
cp revoked.crl crl-ignored/ && printf '[signing]\ncrl = ["revoked.crl"]\n' >>crl-ignored/point.toml
travels "a role that demands no list reads none" crl-ignored ecdsa-with-SHA256 root.crt
# The site decides by what travels.
signed_anew crl-good.out/$volume signer anew
exits 11 "no site takes a signature without a list" ferry_import --point crl-good.site verify anew/$volume
says "unable to get certificate CRL" "no site takes a signature without a list: it says why"
new_point crl-none
printf '[signing]\ncrl = ["nowhere.crl"]\n' >>crl-none/point.toml
trust_init crl-none
exits 3 "a list that is named and not there" ferry_export --point crl-none export --site plant-1 -o crl-none.out
says "nowhere.crl" "a list that is named and not there: it is named"
new_point crl-junk
printf '[signing]\ncrl = ["point.toml"]\n' >>crl-junk/point.toml
trust_init crl-junk
no_bundle "a list that is none" crl-junk "not a certificate revocation list"

finish
