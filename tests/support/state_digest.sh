# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What FORMAT.md says of records and states, done with sha256sum and xxd: nothing of Ferry has a part in it. Sourced.

hash_of_hex() { xxd -r -p | sha256sum | cut -d ' ' -f 1; }

# state_digest <MEMBERS: lines "update-id revision sha256-of-document", in any order.
state_digest() {
  local zero id revision digest entry bucket group number
  local -A buckets groups
  zero=$(printf '0%.0s' {1..64})
  while read -r id revision digest; do
    id=${id//-/}
    bucket=$(hash_of_hex <<<"$id" | cut -c 1-4)
    printf '%s %s%08x%s\n' "$bucket" "$id" "$revision" "$digest"
  done | sort >members.sorted
  while read -r bucket entry; do buckets[$bucket]+=$entry; done <members.sorted
  for bucket in "${!buckets[@]}"; do
    buckets[$bucket]=$(hash_of_hex <<<"00${buckets[$bucket]}")
    groups[${bucket:0:2}]=1
  done
  {
    echo 02
    for group in $(printf '%02x ' {0..255}); do
      [ -n "${groups[$group]:-}" ] || { echo "$zero" && continue; }
      {
        echo 01
        for number in $(printf '%02x ' {0..255}); do echo "${buckets[$group$number]:-$zero}"; done
      } | hash_of_hex
    done
  } | hash_of_hex
}

# put_record ID REVISION DIALECT FILE, drop_record ID REVISION REASON: the bytes of a record.
put_record() {
  printf 'put %s %s %s %s\n' "$1" "$2" "$3" "$(stat -c %s "$4")"
  cat "$4"
  printf '\n'
}
drop_record() { printf 'drop %s %s %s\n' "$1" "$2" "$3"; }

# members_of CHUNK...: the put records of raw chunks, as lines that state_digest reads.
members_of() {
  local chunk line length at
  for chunk in "$@"; do
    at=1
    while line=$(tail -c "+$at" "$chunk" 2>/dev/null | head -n 1 | tr -d '\0'); [ -n "$line" ]; do
      # shellcheck disable=SC2086  # five words
      set -- $line
      [ "$1" = put ] || break
      length=$5
      at=$((at + ${#line} + 1))
      printf '%s %s %s\n' "$2" "$3" "$(tail -c "+$at" "$chunk" | head -c "$length" | sha256sum | cut -d ' ' -f 1)"
      at=$((at + length + 1))
    done
  done
}
