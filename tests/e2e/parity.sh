#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Parity on media that cannot be read everywhere, and in the memory that it promises.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"

mkdir in
for i in 1 2 3; do head -c 20000001 /dev/urandom >in/v$i; done
data=(in/v1 in/v2 in/v3)
parity=in/set_p01of01.parity
# One buffer of 52 MiB, and the program itself.
confined() { (ulimit -d 65536 && "$@"); }
claim "parity for 10 % of 60 MB is written within 64 MiB" confined "$PARITY_TOOL" write percent 10 in set "${data[@]}"
exits 0 "it is read within 64 MiB" confined "$PARITY_TOOL" assess "$parity" -- "${data[@]}"
says "0 data blocks and 0 parity blocks lost, 0 unchecked" "and nothing is damaged"

# faulty FILE WHEN COMMAND...: reads of this file end with EIO, as `when=` of strace says.
faulty() {
  local file=$1 when=$2
  shift 2
  strace -f -qq -o trace -e trace=pread64 -P "$work/$file" -e "inject=pread64:error=EIO:when=$when" "$@"
}
if faulty in/v2 1 true 2>/dev/null; then
  exits 0 "a read error that goes away costs nothing" faulty in/v2 1 "$PARITY_TOOL" assess "$parity" -- "${data[@]}"
  claim "the error was there" grep -q 'EIO.*INJECTED' trace
  says "0 data blocks and 0 parity blocks lost" "all was read in the second try"

  # A run is read at once, and after an error sector by sector; of these some fail as well.
  exits 0 "sectors that cannot be read are damaged" faulty in/v2 1+9 "$PARITY_TOOL" assess "$parity" -- "${data[@]}"
  claim "they are told one by one" grep -qE '^damaged v2 [0-9]+ 2048$' out
  equal "no other file is damaged" "$(grep -c '^damaged v[13]' out)" 0
  mkdir errors
  exits 0 "what cannot be read is repaired" confined faulty in/v2 1+9 "$PARITY_TOOL" repair errors "$parity" -- "${data[@]}"
  says "repaired v2" "only the damaged file"
  claim "byte for byte" cmp in/v2 errors/v2
  mkdir parity-errors
  exits 0 "errors in the parity file do not matter" faulty $parity 1+9 "$PARITY_TOOL" assess "$parity" -- "${data[@]}"
else
  skip "read errors" "strace cannot inject them here"
fi

# A stick that was pulled out too early. A run of sectors is spread over all stripes, so more may be lost at one place.
mkdir late hopeless
cp in/v1 in/v3 .
head -c 15000000 v3 >in/v3
head -c 6000 /dev/zero | dd of=in/v1 bs=1 seek=1234567 conv=notrunc status=none
exits 0 "a scratch and a missing end are repaired" "$PARITY_TOOL" repair late "$parity" -- "${data[@]}"
claim "the scratched file byte for byte" cmp v1 late/v1
claim "the short file byte for byte" cmp v3 late/v3
rm in/v2
exits 1 "a third of everything is too much" "$PARITY_TOOL" repair hopeless "$parity" -- "${data[@]}"
exits 1 "an assessment says so before" "$PARITY_TOOL" assess "$parity" -- "${data[@]}"
says "lost v2 0 20000001" "and names every byte that is lost"
equal "nothing half repaired stays" "$(ls -A hopeless)" ""
finish
