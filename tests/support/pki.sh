# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A PKI as openssl makes it, in the current folder: NAME.key, NAME.crt, NAME.crl. Sourced after e2e.sh.

# What a certificate of each kind says; more may follow.
# shellcheck disable=SC2034  # used by the tests
authority_says=("basicConstraints=critical,CA:TRUE" "keyUsage=critical,keyCertSign,cRLSign")
# shellcheck disable=SC2034
signer_says=("basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature")

# Nothing of the machine's openssl.cnf gets in.
printf '[req]\ndistinguished_name = dn\n[dn]\n' >"${work:?}/req.cnf"

# make_key NAME TYPE
make_key() {
  local options
  case $2 in
    p224 | p256 | p384 | p521) options=(-algorithm EC -pkeyopt "ec_paramgen_curve:P-${2#p}") ;;
    rsa*) options=(-algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa}") ;;
    pss-any) options=(-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:3072) ;;
    pss-sha256)
      options=(-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:3072 -pkeyopt rsa_pss_keygen_md:sha256
        -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32) ;;
    *) options=(-algorithm "$2") ;;
  esac
  openssl genpkey "${options[@]}" -out "$1.key" 2>/dev/null
}

# make_certificate NAME ISSUER EXTENSION...: for NAME.key; the subject is NAME, or what `subject` holds. An issuer
# of the same name signs itself.
make_certificate() {
  local name=$1 issuer=$2 extension options=()
  shift 2
  [ "$name" = "$issuer" ] || options=(-CA "$issuer.crt" -CAkey "$issuer.key")
  for extension in "$@" subjectKeyIdentifier=hash; do options+=(-addext "$extension"); done
  [ "$name" = "$issuer" ] || options+=(-addext authorityKeyIdentifier=keyid:always)
  openssl req -x509 -config "$work/req.cnf" -utf8 -subj "${subject:-/CN=$name}" -days 3650 -key "$name.key" \
    "${options[@]}" -out "$name.crt" || echo "# no certificate $name"
}

# make_crl NAME ISSUER [REVOKED.crt] [OPTION...]: NAME.crl
make_crl() {
  local name=$1 issuer=$2 revoked=${3:-}
  printf '[ca]\ndefault_ca = d\n[d]\ndatabase = %s.db\ncrlnumber = %s.number\ndefault_md = sha256\ndefault_crl_days = 30\ncrl_extensions = e\n[e]\nauthorityKeyIdentifier = keyid:always\n' \
    "$name" "$name" >"$name.cnf"
  : >"$name.db"
  echo 01 >"$name.number"
  [ -z "$revoked" ] ||
    openssl ca -config "$name.cnf" -cert "$issuer.crt" -keyfile "$issuer.key" -revoke "$revoked" 2>/dev/null
  openssl ca -config "$name.cnf" -cert "$issuer.crt" -keyfile "$issuer.key" -gencrl "${@:4}" -out "$name.crl" 2>/dev/null
}

# pin_of FILE.crt: what "a distinct key" means, SHA-256 of the SubjectPublicKeyInfo.
pin_of() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d ' ' -f 1; }

# give_key POINT NAME CERTIFICATE...: NAME.key becomes a key of this point, with these certificates beside it.
give_key() {
  local point=$1 name=$2
  shift 2
  install -m 600 "$name.key" "$point/keys/$name.pem"
  cat "$@" >"$point/keys/$name.crt"
}

# signed_anew VOLUME NAME DIRECTORY [CERTIFICATE...]: the same volume with one signature of NAME.key, which openssl
# makes as FORMAT.md says.
signed_anew() {
  local volume=$1 name=$2 directory=$3 chain=() file
  shift 3
  for file in "$@"; do chain+=(-certfile "$file"); done
  rm -rf "$directory" && mkdir -p "$directory/parts"
  tar xf "$volume" -C "$directory/parts"
  openssl cms -sign -binary -cades -nosmimecap -md sha256 -outform DER -signer "$name.crt" -inkey "$name.key" \
    "${chain[@]}" -in "$directory/parts/manifest.xml" -out "$directory/parts/signatures/01.p7s"
  tar tf "$volume" >"$directory/members"
  tar --format=ustar -b1 --owner=0 --group=0 --numeric-owner --mode=0644 --mtime=@0 -C "$directory/parts" \
    -cf "$directory/$(basename "$volume")" --files-from "$directory/members"
}
