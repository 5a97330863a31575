#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Payload beyond 32 bits and beyond 16: a sparse file of more than 4 GiB, and more than 65,535 members. Complete runs
# only (FERRY_COMPLETE=1); FERRY_PAYLOAD_GIB=20 takes that much. Memory is held below 256 MiB by a limit of the process.
# shellcheck source-path=SCRIPTDIR source=../support/e2e.sh
. "$FERRY_SOURCE_ROOT/tests/support/e2e.sh"
if [ -z "${FERRY_COMPLETE:-}" ]; then
  skip "a payload file of more than 4 GiB" "only in complete runs"
  skip "more than 65,535 payload files" "only in complete runs"
  finish
  exit
fi
payload() { python3 "$FERRY_SOURCE_ROOT/tests/support/payload.py" "$@"; }
gib=${FERRY_PAYLOAD_GIB:-5}
limited() { (ulimit -d 262144 && exec "$@"); }

payload catalog "huge:$((gib * 1024 * 1024 * 1024 + 12345))S" small:5000 >files
new_exporter hq updates "$work/catalog/updates"
sed -i 's/^content = .*/content = "all"/' hq/point.toml
ferry_export --point hq sync >/dev/null
new_site site hq
exits 0 "a sparse file of $gib GiB is taken in" limited "$FERRY_EXPORT" --point hq content add catalog/content
exits 0 "and exported in volumes of 4 GiB" limited "$FERRY_EXPORT" --point hq export --site plant-1 --volume-size fat32 -o stick
equal "volumes" "$(find stick -name '*.ferry' | wc -l)" $((gib / 4 + 1))
claim "none is larger than a file on FAT32 may be" test "$(find stick -size +4294967295c | wc -l)" = 0
before=$(df --output=used -B1 . | tail -n 1)
exits 0 "imported" limited "$FERRY_IMPORT" --point site import stick
after=$(df --output=used -B1 . | tail -n 1)
claim "one copy of the data was written" test $((after - before)) -lt $(((gib * 10 + 8) * 1024 * 1024 * 1024 / 10))
digest=$(awk '$1 == "huge" {print $3}' files)
equal "its size is right" "$(stat -c %s "site/content/${digest:0:2}/$digest")" $((gib * 1024 * 1024 * 1024 + 12345))
exits 0 "and its bytes" ferry_import --point site content check
rm -rf stick site hq catalog

# shellcheck disable=SC2046 # words are wanted
python3 - <<'PYTHON'
import base64, hashlib, os, uuid
os.makedirs("catalog/updates")
os.makedirs("catalog/content")
upd = "http://schemas.microsoft.com/msus/2002/12/Update"
number = 0
for update in range(70):
    files = ""
    for _ in range(1000):
        number += 1
        data = b"payload %d" % number
        sha1, sha256 = hashlib.sha1(data), hashlib.sha256(data)
        with open(f"catalog/content/{sha1.hexdigest()}", "wb") as file:
            file.write(data)
        files += (f'<File Digest="{base64.b64encode(sha1.digest()).decode()}" DigestAlgorithm="SHA1" FileName="{number}.bin" '
                  f'Size="{len(data)}"><AdditionalDigest Algorithm="SHA256">{base64.b64encode(sha256.digest()).decode()}'
                  "</AdditionalDigest></File>")
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, str(update))
    with open(f"catalog/updates/{identity}.xml", "w") as file:
        file.write(f'<Update xmlns="{upd}"><UpdateIdentity UpdateID="{identity}" RevisionNumber="1"/>'
                   f'<Properties UpdateType="Software"/><Files>{files}</Files></Update>')
PYTHON
new_exporter hq updates "$work/catalog/updates"
sed -i 's/^content = .*/content = "all"/' hq/point.toml
ferry_export --point hq sync >/dev/null
new_site site hq
exits 0 "70,000 files are taken in" limited "$FERRY_EXPORT" --point hq content add catalog/content
exits 0 "and exported" limited "$FERRY_EXPORT" --point hq export --site plant-1 -o stick
equal "as so many members" "$(tar tf stick/*.ferry | grep -c ^content/)" 70000
exits 0 "and imported" limited "$FERRY_IMPORT" --point site import stick
equal "all are there" "$(find site/content -type f | wc -l)" 70000
exits 0 "and sound" ferry_import --point site content check
exits 2 "nothing is lacking" ferry_import --point site need
finish
